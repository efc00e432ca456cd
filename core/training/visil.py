"""The recipe of ViSiL: hard triplets of videos, of which the anchor and the positive share a passage.

`run` learns from films made by code and writes the weights that ship; `learn` goes on from them with the videos of a
library and edited copies of these. The anchor is a stretch of a video; the positive shows part of it, edited in picture
and time, among other things; the negative is put together from the videos that look most like the anchor's.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core import checkpoints
from core.config import WEIGHTS
from core.errors import MediaError, StudioError
from core.features.base import WindowEncoder
from core.features.embedded import EmbeddedRegions
from core.models import visil
from core.models.cosine import chamfer_similarity
from core.models.f2f import frame_matrices
from core.models.visil import ViSiL, similarity_regulariser, triplet_loss
from core.records import Progress, TrainingReport, no_progress
from core.records.learning import Curve
from core.training.loop import minimise, seeded
from core.training.material import Material
from core.training.region_films import SECONDS, Cut, Family, copied, family_of, film_families, foreign, plain

TARGET = WEIGHTS / checkpoints.file_name(visil.NAME, f"embedded-{EmbeddedRegions.version}")


@dataclass(frozen=True)
class Config:
    """All that the weights depend on beside the seed."""

    films: int = 260
    held_out: int = 40  # of them, to measure on
    margin: float = 1.0  # 0.5 is published; here it is met within a few epochs, and then nothing is learned
    regulariser: float = 0.1  # share of the similarity regulariser in the loss, as published
    rate: float = 1e-3
    epochs: int = 40
    batches: int = 40  # of an epoch
    triplets: int = 12  # of a batch
    hardest: int = 12  # videos most like the anchor's that a negative is put together from
    sizes: tuple[int, ...] = (4, 8, 8, 12, 16, 20, 24)  # frames of a video, drawn anew for every batch
    whitened: int = 192  # axes of the whitening; 0 for none
    has_attention: bool = False  # it helped neither on held-out films nor on real clips


ON_LIBRARY = Config(rate=2e-4, epochs=10)
LEAST = 12  # videos of a library
MOST = 120  # of its videos are looked at
SHORTEST_VIDEO = 8  # seconds
FURTHEST = 120.0  # seconds into a video that are looked at
FIGURE = "held_out_mean_average_precision_visil"


@dataclass(frozen=True)
class Triplets:
    """A batch: regions (N, T, R, D) and weights (N, T) of three videos each."""

    anchor: tuple[Tensor, Tensor]
    positive: tuple[Tensor, Tensor]
    negative: tuple[Tensor, Tensor]


def run(*, out: Path | None = None, seed: int = 0, progress: Progress = no_progress) -> dict[str, Any]:
    """Learns from made films and writes the checkpoint: into the folder `out`, or over the shipped one."""
    config = Config()
    families = film_families(config.films, seed=seed, progress=lambda done, text: progress(0.7 * done, text))
    target = (out or TARGET.parent) / TARGET.name
    with seeded(seed):
        model = ViSiL(visil.Config(EmbeddedRegions.dimension, config.whitened, config.has_attention))
    if config.whitened:
        whiten(model, families[: len(families) - config.held_out])
    figures, losses = fit(
        model, families, config, seed=seed, progress=lambda done, text: progress(0.7 + 0.3 * done, text)
    )
    made = {"seed": seed, **asdict(config), **figures}
    checkpoints.save(target, visil.checkpoint_of(model, {"made": made}))
    progress(1.0, f"Weights written to {target.name}")
    return {"weights": str(target), **made, "loss": [round(losses[0], 4), round(losses[-1], 4)]}


def learn(material: Material, out: Path, *, seed: int = 0, progress: Progress = no_progress) -> TrainingReport:
    """Goes on from the shipped weights with the videos of a library and copies of them, and writes the file `out`.

    What it knew stays when learning on did not help on videos it was not shown. Raises StudioError when fewer than
    `LEAST` videos are long enough.
    """
    started = time.monotonic()
    encoder = material.window_encoder()
    families = library_families(material, encoder, seed=seed, progress=lambda done, text: progress(0.7 * done, text))
    if len(families) < LEAST:
        raise StudioError(
            f"ViSiL needs {LEAST} videos of {SHORTEST_VIDEO} seconds or more to learn from; here are {len(families)}."
        )
    model = _start(encoder, seed)
    config = replace(ON_LIBRARY, held_out=max(2, len(families) // 5))
    before = measure(model, families[len(families) - config.held_out :], seed=seed)
    known = {name: value.clone() for name, value in model.state_dict().items()}
    after, losses = fit(
        model, families, config, seed=seed, progress=lambda done, text: progress(0.7 + 0.3 * done, text)
    )
    is_better = after[FIGURE] >= before[FIGURE]
    if not is_better:
        model.load_state_dict(known)
    report = TrainingReport(
        summary=(
            f"Copies of videos it was not shown are found with mAP {after[FIGURE]:.3f}, {before[FIGURE]:.3f} before."
            if is_better
            else f"Learning on did not help here (mAP {after[FIGURE]:.3f}, {before[FIGURE]:.3f} before), so what it "
            "knew stays."
        ),
        videos=len(families),
        seconds=round(time.monotonic() - started, 1),
        figures={"before": before, "after": after, "held_out_videos": config.held_out},
        curves=(Curve("loss", tuple(map(float, range(1, len(losses) + 1))), tuple(losses)),),
    )
    checkpoints.save(out, visil.checkpoint_of(model, {"report": asdict(report)}))
    progress(1.0, "Weights written")
    return report


def library_families(
    material: Material, encoder: WindowEncoder, *, seed: int = 0, progress: Progress = no_progress
) -> list[Family]:
    """At most `MOST` videos of a library, drawn at random: a stretch of each, and edited copies of it.

    A video that is too short or whose original is gone is left out.
    """
    videos = material.videos()
    order = np.random.default_rng(seed).permutation(len(videos))[:MOST].tolist()
    families = []
    for number, place in enumerate(order):
        video = videos[place]
        progress(number / len(order), f"{video.title}: making copies")
        end = min(video.info.duration, FURTHEST)
        try:
            images = [
                image
                for run in material.frames(video, fps=2.0, short_side=encoder.short_side, end=end)
                for image in run.images.copy()
            ]
        except MediaError:
            continue
        images = [image for image in images if image.shape == images[0].shape]
        pairs = len(images) // 2
        if pairs < SHORTEST_VIDEO:
            continue
        first = max(0, (pairs - SECONDS) // 2)
        shown = slice(first, first + SECONDS)
        rng = np.random.default_rng([seed, number, 7])
        whole, later = np.stack(images[0 : 2 * pairs : 2][shown]), np.stack(images[1 : 2 * pairs : 2][shown])
        families.append(family_of(whole, later, encoder, rng))
    return families


def _start(encoder: WindowEncoder, seed: int) -> ViSiL:
    """The shipped model where it was trained on this encoder, else a new one."""
    if encoder.name == EmbeddedRegions.name and TARGET.is_file():
        return visil.restore(checkpoints.load(TARGET, visil.NAME))
    with seeded(seed):
        return ViSiL(visil.Config(encoder.dimension)).eval()


def fit(
    model: ViSiL,
    families: Sequence[Family],
    config: Config,
    *,
    seed: int = 0,
    progress: Progress = no_progress,
) -> tuple[dict[str, Any], list[float]]:
    """Trains the model in place on all families but the held-out ones; how well it does on these, and the losses.

    Same seed, families and configuration, same weights (on one machine and number of threads).
    """
    kept = families[: len(families) - config.held_out]
    near = hard_negatives(kept, config.hardest)
    with seeded(seed):
        optimiser = torch.optim.Adam(model.parameters(), lr=config.rate)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, config.epochs)
        losses = minimise(
            lambda batch: loss_of(model, batch, config),
            lambda epoch: (
                draw(kept, near, config, np.random.default_rng([seed, epoch, number]))
                for number in range(config.batches)
            ),
            module=model,
            optimiser=optimiser,
            epochs=config.epochs,
            threads=None,
            progress=progress,
            after_epoch=lambda epoch: schedule.step(),
        )
    return measure(model, families[len(kept) :], seed=seed), losses


def loss_of(model: ViSiL, batch: Triplets, config: Config) -> Tensor:
    """Triplet loss and similarity regulariser of one batch, as published."""
    anchor, weights = batch.anchor
    positive, near_output = model(anchor, batch.positive[0], weights, batch.positive[1])
    negative, far_output = model(anchor, batch.negative[0], weights, batch.negative[1])
    beyond = similarity_regulariser(near_output) + similarity_regulariser(far_output)
    return triplet_loss(positive, negative, config.margin) + config.regulariser * beyond


def draw(families: Sequence[Family], near: NDArray[np.int64], config: Config, rng: np.random.Generator) -> Triplets:
    """One batch. In half of them the copy asks and the original is to be found, in the others it is the reverse."""
    longest = min(len(family.original) for family in families)
    size = min(int(rng.choice(config.sizes)), longest)
    other_size = int(rng.choice([one for one in config.sizes if one >= min(size, 8)]))
    rows: list[tuple[Cut, Cut, Cut]] = []
    copy_asks = rng.random() < 0.5
    for place in rng.choice(len(families), config.triplets, replace=len(families) < config.triplets).tolist():
        family, strangers = families[place], [families[other] for other in near[place]]
        original, start = plain(family, size, rng)
        copy = copied(family, start, size, strangers, other_size, rng)
        negative = foreign(strangers, size if copy_asks else other_size, rng)
        rows.append((copy, original, negative) if copy_asks else (original, copy, negative))
    return Triplets(*(_stacked([row[side] for row in rows]) for side in range(3)))


def hard_negatives(families: Sequence[Family], count: int) -> NDArray[np.int64]:
    """For each family the others that Chamfer finds most like it, the most alike first: (F, count)."""
    sampled = [family.original[::3].astype(np.float32) for family in families]
    whole, edges = np.concatenate(sampled), np.cumsum([0, *map(len, sampled)])
    likeness = np.empty((len(families), len(families)))
    for row, frames in enumerate(sampled):
        matrix = frame_matrices(frames, whole).query_in_reference
        likeness[row] = [chamfer_similarity(matrix[:, a:b]) for a, b in pairwise(edges)]
    np.fill_diagonal(likeness, -np.inf)
    return np.argsort(-likeness, axis=1)[:, : min(count, len(families) - 1)]


def whiten(model: ViSiL, families: Sequence[Family]) -> None:
    """Principal axes of the regions of all originals, scaled to equal variance, into the model's whitening."""
    rows = np.concatenate([family.original.reshape(-1, family.original.shape[-1]) for family in families])
    mean, axes = principal_axes(rows.astype(np.float64), model.config.whitened)
    with torch.no_grad():
        model.whitening.mean.copy_(torch.from_numpy(mean))  # type: ignore[union-attr, operator]
        model.whitening.axes.copy_(torch.from_numpy(axes))  # type: ignore[union-attr, operator]


def principal_axes(rows: NDArray[np.float64], count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean (D,) and whitening axes (D, E) of rows (N, D): centred rows times the axes have unit covariance."""
    mean = rows.mean(axis=0)
    variances, axes = np.linalg.eigh(np.cov(rows - mean, rowvar=False))
    order = np.argsort(-variances)[:count]
    return mean, axes[:, order] / np.sqrt(variances[order] + 1e-7)


def measure(model: ViSiL, families: Sequence[Family], *, seed: int = 0, queries: int = 4) -> dict[str, Any]:
    """Copies of each family look for it among the originals: mean average precision with the network and without."""
    ranks: dict[str, list[float]] = {"visil": [], "chamfer": []}
    for place, family in enumerate(families):
        rng = np.random.default_rng([seed, place, 9])
        others = [other for other in families if other is not family]
        for _ in range(queries):
            copy = copied(family, 0, len(family.original), others, int(rng.integers(8, 25)), rng)
            answers = [
                model.video_matrix(copy.regions, one.original.astype(np.float32), copy.weights, one.weights)
                for one in families
            ]
            for name in ranks:
                scores = np.array([getattr(one, "similarity" if name == "visil" else "chamfer") for one in answers])
                ranks[name].append(1.0 / (1 + int((scores > scores[place]).sum())))
    return {f"held_out_mean_average_precision_{name}": round(float(np.mean(rows)), 4) for name, rows in ranks.items()}


def _stacked(cuts: Sequence[Cut]) -> tuple[Tensor, Tensor]:
    return (
        torch.from_numpy(np.stack([cut.regions for cut in cuts])),
        torch.from_numpy(np.stack([cut.weights for cut in cuts])),
    )
