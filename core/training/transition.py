"""How the transition network is trained and judged: neighbouring frames of one video against frames of two.

Du and Peng (2021), section 4.1: as many pairs across a transition as within a video, 18,300 of each unless asked
otherwise. Pairs across the one cut of a made film are left out: with them more real pairs, of both kinds, were told
wrongly. In real videos cuts count as they come.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core import checkpoints
from core.config import WEIGHTS
from core.errors import StudioError
from core.features.embedded import EmbeddedEncoder
from core.models import metric_learning
from core.models.metric_learning import MetricLearning
from core.models.transition import NAME, Config, Transition, transition_loss
from core.records import Curve, Progress, TrainingReport, no_progress
from core.training.loop import minimise, seeded
from core.training.material import Material
from core.training.metric_learning import LEAST_VIDEOS
from core.training.metric_learning import train as train_embedding
from core.training.variants import Variants, film_variants, library_variants

Floats = NDArray[np.float32]

PAIRS = 18_300  # of each kind, as published
EPOCHS, BATCH, LEARNING_RATE = 16, 256, 1e-3
WEIGHT_DECAY = 1e-3
RATIOS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)  # of transitions among the pairs: table 2
PUBLISHED = {"0.0": 0.9732, "0.2": 0.9682, "0.4": 0.9511, "0.6": 0.9336, "0.8": 0.9219, "1.0": 0.9172}
POINTS = 21  # of a precision–recall curve


@dataclass(frozen=True)
class Pairs:
    """Neighbouring frames, and whether the video changes between them."""

    before: Floats  # (N, D)
    after: Floats  # (N, D)
    is_change: NDArray[np.bool_]  # (N,)


def draw(videos: Sequence[Variants], pairs: int, *, seed: int) -> Pairs:
    """`pairs` of each kind: frames that follow one another in one version of a video, and frames of two videos."""
    rng = np.random.default_rng([seed, 37])
    before, after = [], []
    for number in range(2 * pairs):
        video = videos[int(rng.integers(len(videos)))]
        version = int(rng.integers(len(video.frames)))
        frame = int(rng.integers(video.frames.shape[1] - 1))
        while frame == video.cut and number < pairs:
            frame = int(rng.integers(video.frames.shape[1] - 1))
        before.append(video.frames[version, frame])
        if number < pairs:
            after.append(video.frames[version, frame + 1])
            continue
        other = video
        while other.group == video.group:
            other = videos[int(rng.integers(len(videos)))]
        after.append(other.frames[int(rng.integers(len(other.frames))), int(rng.integers(other.frames.shape[1]))])
    return Pairs(np.stack(before), np.stack(after), np.arange(2 * pairs) >= pairs)


def run(*, out: Path | None = None, seed: int = 0, progress: Progress = no_progress) -> dict[str, Any]:
    """Learns from made films over the shipped metric learning, and writes the weights: into `out`, or the shipped ones.

    One film in ten is kept for judging. Raises CheckpointError when metric learning has not been trained.
    """
    encoder = EmbeddedEncoder()
    version = f"{encoder.name}-{encoder.version}"
    folder = out or WEIGHTS
    shipped = WEIGHTS / checkpoints.file_name(metric_learning.NAME, version)
    own = folder / shipped.name
    embedding = metric_learning.restore(checkpoints.load(own if own.is_file() else shipped, metric_learning.NAME))
    made = film_variants(seed=seed, progress=lambda done, text: progress(0.7 * done, text))
    held = len(made) // 10
    network, losses = train(
        made[held:], embedding, seed=seed, progress=lambda done, text: progress(0.7 + 0.3 * done, text)
    )
    judged = draw(made[:held], PAIRS // 10, seed=seed + 1)
    figures: dict[str, Any] = {"films": len(made) - held, "pairs": 2 * PAIRS, "loss": round(losses[-1], 4)}
    figures["held_out_films"] = figures_of(judged, network)
    target = folder / checkpoints.file_name(NAME, version)
    checkpoints.save(target, network.checkpoint({"seed": seed, **figures}))
    return {"weights": str(target), "seed": seed, **figures}


def learn(material: Material, out: Path, *, seed: int = 0, progress: Progress = no_progress) -> TrainingReport:
    """Learns from a library, the embedding first, and judges on a fifth of the videos that it did not learn from.

    Raises StudioError when there are too few videos.
    """
    start = time.monotonic()
    videos = list(library_variants(material, seed=seed, progress=lambda done, text: progress(0.6 * done, text)))
    if len(videos) < 2 * LEAST_VIDEOS:
        raise StudioError(
            f"{len(videos)} videos with content are too few to learn transitions from. Add some until there are "
            f"{2 * LEAST_VIDEOS}."
        )
    order = np.random.default_rng([seed, 41]).permutation(len(videos)).tolist()
    held = [videos[place] for place in order[: len(videos) // 5]]
    kept = [videos[place] for place in order[len(videos) // 5 :]]
    embedding, _ = train_embedding(kept, layers=3, seed=seed, progress=lambda d, text: progress(0.6 + 0.2 * d, text))
    network, losses = train(kept, embedding, seed=seed, progress=lambda d, text: progress(0.8 + 0.2 * d, text))
    figures = figures_of(draw(held, PAIRS // 10, seed=seed + 1), network)
    summary = (
        f"Tells a transition from the same video going on in {100 * figures['accuracy']['0.6']:.1f} % of pairs from "
        f"{len(held)} videos that it did not learn from."
    )
    steps = tuple(float(epoch + 1) for epoch in range(len(losses)))
    report = TrainingReport(
        summary, len(kept), time.monotonic() - start, figures, (Curve("loss", steps, tuple(losses)),)
    )
    checkpoints.save(out, network.checkpoint({"seed": seed, "report": asdict(report)}))
    return report


def train(
    videos: Sequence[Variants],
    embedding: MetricLearning,
    *,
    pairs: int = PAIRS,
    seed: int = 0,
    epochs: int = EPOCHS,
    progress: Progress = no_progress,
) -> tuple[Transition, list[float]]:
    """The network over that embedding, which stays as it is, and the mean loss of every epoch."""
    drawn = draw(videos, pairs, seed=seed)
    rows = np.concatenate([embedding.embed(drawn.before), embedding.embed(drawn.after)], axis=1)
    inputs, truths = torch.from_numpy(rows), torch.from_numpy(drawn.is_change.astype(np.float32))
    with seeded(seed):
        network = Transition(Config(embedding.config.dimension, embedding.config.layers))
        network.embedding.load_state_dict(embedding.state_dict())
        optimiser = torch.optim.AdamW(network.network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        losses = minimise(
            lambda batch: transition_loss(network(batch[0]), batch[1]),
            lambda epoch: _batches(inputs, truths, np.random.default_rng([seed, epoch, 43])),
            module=network,
            optimiser=optimiser,
            epochs=epochs,
            progress=progress,
        )
    return network, losses


def _batches(inputs: Tensor, truths: Tensor, rng: np.random.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    order = torch.from_numpy(rng.permutation(len(inputs)))
    for start in range(0, len(order) - 1, BATCH):
        chosen = order[start : start + BATCH]
        if len(chosen) > 1:  # batch normalisation needs more than one
            yield inputs[chosen], truths[chosen]


# -------------------------------------------------------------------------------------------------- measuring


def figures_of(pairs: Pairs, network: Transition) -> dict[str, Any]:
    """Accuracy at every share of transitions (table 2) and precision at recalls, as what JSON can hold.

    The accuracy at a share is that of both kinds of pairs, weighed by the share, so nothing is drawn again.
    """
    chances = network.score(pairs.before, pairs.after)
    called = chances >= 0.5
    right_change = float(called[pairs.is_change].mean())
    right_rest = float((~called[~pairs.is_change]).mean())
    return {
        "accuracy": {str(r): round(r * right_change + (1 - r) * right_rest, 4) for r in RATIOS},
        "precision_at_recalls": precision_recall(chances, pairs.is_change),
    }


def precision_recall(scores: Floats, truths: NDArray[np.bool_], points: int = POINTS) -> list[tuple[float, float]]:
    """The interpolated curve: the best precision at each recall 0 … 1 or above, as (recall, precision)."""
    ranked = truths[np.argsort(-scores, kind="stable")]
    precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    recall = np.cumsum(ranked) / max(int(ranked.sum()), 1)
    return [
        (round(float(at), 2), round(float(precision[recall >= at - 1e-9].max()), 4)) for at in np.linspace(0, 1, points)
    ]
