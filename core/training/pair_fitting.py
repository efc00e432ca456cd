"""Fitting what tells pairs of frames apart: the published threshold and network, and the head without order.

Hours, Osmont and Müller, "Predicting if two frames are part of the same video", section II.D. Knows pairs of vectors
and whether they belong together; no video, no file.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from core.models.same_video import OPTIMISER, CosineMethod, PublishedNetwork, SymmetricHead
from core.records import Curve, Progress, ScoreSpread, no_progress
from core.training.frame_pairs import Footage, Pair, truths_of, vectors_of
from core.training.loop import minimise, seeded
from core.training.metrics import best_threshold, brier_score, calibration_error, f1_score, fit_logistic, roc_curve

RATE, BATCH, EPOCHS = 5e-3, 128, 2  # section II.D.2
BINS = 40  # of the cosines of known pairs, -1–1
ECE_BINS = 15
ROC_POINTS = 101  # of a curve kept for drawing
SHARES = (0.25, 0.5, 1.0)  # of the network in the odds that are tried against none
STANDARD_ERRORS = 2.0  # by which a share must beat the cosine on validation videos


@dataclass(frozen=True)
class Sample:
    """One part of the split, its pairs laid out."""

    pairs: Sequence[Pair]
    a: NDArray[np.float32]  # (N, D)
    b: NDArray[np.float32]  # (N, D)
    truths: NDArray[np.bool_]  # (N,)
    sources: NDArray[np.str_]  # (N,) group of the first frame

    @property
    def cosines(self) -> NDArray[np.float64]:
        """(N,)"""
        return np.einsum("nd,nd->n", self.a, self.b, dtype=np.float64)

    @property
    def tensors(self) -> tuple[Tensor, Tensor]:
        """Both sides for PyTorch."""
        return torch.from_numpy(self.a), torch.from_numpy(self.b)


def sample(footage: Footage, pairs: Sequence[Pair]) -> Sample:
    """Pairs with their vectors."""
    a, b = vectors_of(footage, pairs)
    return Sample(pairs, a, b, truths_of(pairs), np.array([footage.groups[pair.first[0]] for pair in pairs], str))


def labels(part: Sample) -> Tensor:
    """(N,): 1 for the same video."""
    return torch.from_numpy(part.truths.astype(np.int64))


# ----------------------------------------------------------------------------------------------- the cosine


def fit_cosine(train: Sample, source: str) -> CosineMethod:
    """Section II.D.1: the threshold of highest accuracy on the training pairs, and a logistic curve through them."""
    cosines = train.cosines
    slope, intercept = fit_logistic(cosines, train.truths)
    edges = np.linspace(-1, 1, BINS + 1)
    shares = [
        np.histogram(np.clip(cosines[train.truths == kind], -1, 1), edges)[0] / max((train.truths == kind).sum(), 1)
        for kind in (True, False)
    ]
    scores = ScoreSpread(*(tuple(np.round(values, 5).tolist()) for values in (edges, *shares)))
    return CosineMethod(best_threshold(cosines, train.truths), slope, intercept, scores, source)


def cosine_figures(cosine: CosineMethod, train: Sample, validation: Sample) -> dict[str, float]:
    """The left half of the paper's results: its threshold, accuracies and F1."""
    says = {name: part.cosines >= cosine.threshold for name, part in (("train", train), ("validation", validation))}
    return {
        "threshold": round(cosine.threshold, 4),
        "train_accuracy": _rounded((says["train"] == train.truths).mean()),
        "validation_accuracy": _rounded((says["validation"] == validation.truths).mean()),
        "validation_f1": _rounded(f1_score(says["validation"], validation.truths)),
    }


def roc_points(cosine: CosineMethod, train: Sample) -> dict[str, list[float]]:
    """Figure 3 of the paper: rates of false and true "yes" over all thresholds, thinned, and the chosen one."""
    false, true, _ = roc_curve(train.cosines, train.truths)
    kept = np.unique(np.searchsorted(false + true, np.linspace(0, 2, ROC_POINTS)).clip(0, len(false) - 1))
    says = train.cosines >= cosine.threshold
    chosen = [_rounded(says[train.truths == kind].mean()) for kind in (False, True)]
    return {
        "false": [_rounded(rate) for rate in false[kept]],
        "true": [_rounded(rate) for rate in true[kept]],
        "chosen": chosen,
    }


# ------------------------------------------------------------------------------------- the published network


def train_published(
    network: PublishedNetwork, train: Sample, validation: Sample, *, seed: int, progress: Progress = no_progress
) -> tuple[tuple[Curve, ...], torch.optim.Adam]:
    """Section II.D.2, in place: Adam, cross-entropy, batches of 128, two epochs. Gives curves by half epoch."""
    with seeded(seed):
        _start_anew(network)
        optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
        running: list[tuple[float, float]] = []  # sums of right answers and of samples since the last half epoch
        rows: dict[str, list[float]] = {
            name: [] for name in ("training accuracy", "validation loss", "validation accuracy")
        }
        a, b, y = *train.tensors, labels(train)

        def loss_of(batch: Tensor) -> Tensor:
            logits = network(a[batch], b[batch])
            running.append((float((logits.argmax(dim=1) == y[batch]).sum()), len(batch)))
            return functional.cross_entropy(logits, y[batch])

        def after(half: int) -> None:
            right, count = np.sum(running, axis=0)
            running.clear()
            rows["training accuracy"].append(float(right / count))
            with torch.inference_mode():
                logits = network(*validation.tensors)
            rows["validation loss"].append(float(functional.cross_entropy(logits, labels(validation))))
            rows["validation accuracy"].append(float((logits.argmax(dim=1) == labels(validation)).double().mean()))

        losses = minimise(
            loss_of,
            _half_epochs(len(y)),
            module=network,
            optimiser=optimiser,
            epochs=2 * EPOCHS,
            progress=lambda done, text: progress(done, "training the published network"),
            after_epoch=after,
        )
    steps = tuple((half + 1) / 2 for half in range(2 * EPOCHS))
    curves = {"training loss": losses, **rows}
    return tuple(Curve(name, steps, tuple(values)) for name, values in curves.items()), optimiser


def optimiser_arrays(optimiser: torch.optim.Optimizer) -> dict[str, NDArray[np.float32]]:
    """The state of an optimiser by parameter and name, to go on from where it stopped."""
    return {
        f"{OPTIMISER}{number}.{name}": np.asarray(value)
        for number, values in optimiser.state_dict()["state"].items()
        for name, value in values.items()
    }


# ------------------------------------------------------------------------------------------------- the head


def train_network(head: SymmetricHead, train: Sample, *, seed: int) -> None:
    """The network inside the head with the budget of the published one, in place."""
    with seeded(seed):
        _start_anew(head)
        a, b, y = *train.tensors, labels(train)
        minimise(
            lambda batch: functional.cross_entropy(head(a[batch], b[batch]), y[batch]),
            _half_epochs(len(y)),
            module=head,
            optimiser=torch.optim.Adam(head.parameters(), lr=RATE),
            epochs=2 * EPOCHS,
        )


def fit_head(
    cosine: CosineMethod, train: Sample, validation: Sample, *, seed: int
) -> tuple[SymmetricHead, dict[str, Any]]:
    """The head and how its network did on validation videos, where a share of it must beat the cosine clearly: by two
    standard errors of the mean difference over sources. Otherwise the odds are those of the cosine."""
    with seeded(seed):
        head = SymmetricHead(train.a.shape[1])
    train_network(head, train, seed=seed)
    head.slope.fill_(cosine.slope)
    head.threshold.fill_(cosine.threshold)
    is_right = {0.0: _is_right(head, validation)}
    tried, best = {}, 0.0
    for share in SHARES:
        _set_share(head, share, cosine, train)
        is_right[share] = _is_right(head, validation)
        mean, error = _paired(is_right[share] - is_right[0.0], validation.sources)
        tried[str(share)] = _rounded(is_right[share].mean())
        if mean > STANDARD_ERRORS * error and is_right[share].mean() > is_right[best].mean():
            best = share
    _set_share(head, best, cosine, train)
    # two numbers do not learn pairs by heart, so without the network the training pairs may speak as well
    parts = (validation,) if best else (train, validation)
    odds = np.concatenate([_odds(head, part) for part in parts])
    head.temperature.fill_(fit_temperature(odds, np.concatenate([part.truths for part in parts])))
    return head.eval(), {
        "share_of_the_network": best,
        "validation_accuracy_by_share": {"0": _rounded(is_right[0.0].mean()), **tried},
        "temperature": round(float(head.temperature), 4),
    }


def fit_temperature(odds: NDArray[np.float64], truths: NDArray[np.bool_]) -> float:
    """By what the odds are divided so that their likelihood is highest (Guo et al. 2017, section 4.2): (N,), (N,)."""
    signed = np.where(truths, odds, -odds)
    grid = np.geomspace(0.1, 10.0, 401)
    losses = [np.logaddexp(0.0, -signed / temperature).mean() for temperature in grid]
    return float(grid[int(np.argmin(losses))])


def judged(probabilities: NDArray[np.floating], part: Sample, threshold: float | None = None) -> dict[str, float]:
    """Accuracy, F1, calibration error and Brier score; decided by a cosine threshold where one is given."""
    says = probabilities >= 0.5 if threshold is None else part.cosines >= threshold
    return {
        "accuracy": _rounded((says == part.truths).mean()),
        "f1": _rounded(f1_score(says, part.truths)),
        "calibration_error": _rounded(calibration_error(probabilities, part.truths, bins=ECE_BINS)),
        "brier": _rounded(brier_score(probabilities, part.truths)),
    }


def _set_share(head: SymmetricHead, share: float, cosine: CosineMethod, train: Sample) -> None:
    """Give the network this share and put even odds where training accuracy is highest."""
    head.share.fill_(share)
    head.threshold.fill_(cosine.threshold)
    if share:
        shift = best_threshold(_odds(head, train), train.truths)
        head.threshold.fill_(cosine.threshold + shift / cosine.slope)


def _odds(head: SymmetricHead, part: Sample) -> NDArray[np.float64]:
    with torch.inference_mode():
        return np.asarray(head.odds(*part.tensors).numpy(), np.float64)


def _is_right(head: SymmetricHead, part: Sample) -> NDArray[np.float64]:
    return ((_odds(head, part) >= 0) == part.truths).astype(np.float64)


def _paired(gains: NDArray[np.float64], sources: NDArray[np.str_]) -> tuple[float, float]:
    """The mean gain over sources and its standard error."""
    means = np.array([gains[sources == name].mean() for name in np.unique(sources)])
    return float(means.mean()), float(means.std(ddof=1) / np.sqrt(len(means)))


def _half_epochs(count: int) -> Callable[[int], Iterator[Tensor]]:
    """Batches of half an epoch at a time, every sample once in two of them."""
    order = [torch.arange(count)]

    def batches(half: int) -> Iterator[Tensor]:
        if half % 2 == 0:
            order[0] = torch.randperm(count)
        rows = order[0].split(BATCH)
        middle = (len(rows) + 1) // 2
        yield from rows[:middle] if half % 2 == 0 else rows[middle:]

    return batches


def _start_anew(module: nn.Module) -> None:
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            layer.reset_parameters()


def _rounded(value: Any) -> float:
    return round(float(value), 4)
