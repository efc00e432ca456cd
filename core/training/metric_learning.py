"""How deep metric learning is trained and judged: triplets of a video, a copy of it and the closest stranger.

Du and Peng (2021), sections 3.2 and 4: mAP of the plain features against 2, 3 and 4 layers, with precision–recall.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
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
from core.models.metric_learning import NAME, Config, MetricLearning, squared_distance, triplet_loss
from core.records import Curve, Progress, TrainingReport, no_progress
from core.training import cc_web_variants
from core.training.loop import minimise, seeded
from core.training.material import Material
from core.training.metrics import average_precision
from core.training.variants import Variants, described, film_variants, library_variants

Floats = NDArray[np.float32]

EPOCHS, STEPS, BATCH = 12, 60, 192  # videos in a batch; steps of an epoch
LEARNING_RATE = 3e-4
LEAST_VIDEOS = 8
RECALLS = 11  # points of an interpolated curve
PUBLISHED = {  # mAP in per cent: table 1 of the report; trained and tested on the same set
    "baseline": 95.70,
    "2 layers": 99.96,
    "3 layers": 99.99,
    "4 layers": 99.97,
    "protocol": "CC_WEB_VIDEO, trained and tested on the same set; trained on VCDB the method is published at 97.1",
}


def run(
    *, out: Path | None = None, videos: Path | None = None, seed: int = 0, progress: Progress = no_progress
) -> dict[str, Any]:
    """Learns three layers and writes the weights: into the folder `out`, or over the shipped ones.

    From made films, or from CC_WEB_VIDEO where `videos` is a folder that holds it: a tenth is kept for judging. Raises
    StudioError for a folder without it.
    """
    made = _material(videos, seed, lambda done, text: progress(0.7 * done, text))
    held = max(1, len(made) // 10)
    network, losses = train(
        made[held:], layers=3, seed=seed, progress=lambda done, text: progress(0.7 + 0.3 * done, text)
    )
    figures = {
        "films" if videos is None else "seeds of CC_WEB_VIDEO": len(made) - held,
        "loss": round(losses[-1], 5),
        "held_out_films" if videos is None else "held_out_seeds": figures_of(made[:held], network),
    }
    encoder = EmbeddedEncoder()
    target = (out or WEIGHTS) / checkpoints.file_name(NAME, f"{encoder.name}-{encoder.version}")
    checkpoints.save(target, network.checkpoint({"seed": seed, **figures}))
    return {"weights": str(target), "seed": seed, **figures}


def _material(videos: Path | None, seed: int, progress: Progress) -> list[Variants]:
    if videos is None:
        return film_variants(seed=seed, progress=progress)
    named = cc_web_variants.tasks(videos)
    if not named:
        raise StudioError(f"{videos} holds no CC_WEB_VIDEO: Seed.txt, Video_List.txt and GT/ are expected there.")
    made = cc_web_variants.variants(named[0], cc_web_variants.read_frames(videos, named, progress=progress)[0])
    if len(made) < 2:
        raise StudioError("Fewer than two seeds of CC_WEB_VIDEO are held with a relevant video. Add some of them.")
    return made


def learn(material: Material, out: Path, *, seed: int = 0, progress: Progress = no_progress) -> TrainingReport:
    """Learns from a library and copies made of its videos. Raises StudioError below `LEAST_VIDEOS` videos."""
    start = time.monotonic()
    videos = list(library_variants(material, seed=seed, progress=lambda done, text: progress(0.7 * done, text)))
    if len(videos) < LEAST_VIDEOS:
        raise StudioError(
            f"{len(videos)} videos with content are too few to learn from. Add some until there are {LEAST_VIDEOS}."
        )
    network, losses = train(videos, layers=3, seed=seed, progress=lambda d, text: progress(0.7 + 0.3 * d, text))
    figures = figures_of(videos, network)
    summary = (
        f"Copies of the {len(videos)} videos that it learned from are found with mAP {figures['learned']:.3f}, "
        f"{figures['plain']:.3f} without it."
    )
    steps = tuple(float(epoch + 1) for epoch in range(len(losses)))
    report = TrainingReport(
        summary, len(videos), time.monotonic() - start, figures, (Curve("loss", steps, tuple(losses)),)
    )
    checkpoints.save(out, network.checkpoint({"seed": seed, "report": asdict(report)}))
    return report


def train(
    videos: Sequence[Variants], *, layers: int, seed: int = 0, epochs: int = EPOCHS, progress: Progress = no_progress
) -> tuple[MetricLearning, list[float]]:
    """The network and the mean loss of every epoch. Same videos and seed, same weights."""
    with seeded(seed):
        network = MetricLearning(Config(videos[0].frames.shape[-1], layers))
        optimiser = torch.optim.Adam(network.parameters(), LEARNING_RATE)
        losses = minimise(
            lambda batch: _loss(network, *batch),
            lambda epoch: _batches(videos, np.random.default_rng([seed, epoch, 29])),
            module=network,
            optimiser=optimiser,
            epochs=epochs,
            progress=progress,
        )
    return network, losses


def _batches(videos: Sequence[Variants], rng: np.random.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Pairs of versions: half of the steps show whole videos, half single frames, since both are embedded in use."""
    for step in range(STEPS):
        chosen = rng.permutation(len(videos))[:BATCH]
        rows = []
        for place in chosen.tolist():
            versions = videos[place].frames
            first, second = rng.choice(len(versions), 2, replace=False)
            if step % 2:
                frame = int(rng.integers(versions.shape[1]))
                rows.append((versions[first, frame], versions[second, frame]))
            else:
                rows.append((mean_of(versions[first]), mean_of(versions[second])))
        yield torch.from_numpy(np.stack([a for a, _ in rows])), torch.from_numpy(np.stack([b for _, b in rows]))


def mean_of(frames: Floats) -> Floats:
    """The descriptor of a video, as its frames' mean of length 1: (T, D) -> (D,)."""
    mean = frames.mean(axis=0)
    return mean / np.float32(max(float(np.linalg.norm(mean)), 1e-9))


def _loss(network: MetricLearning, anchors: Tensor, positives: Tensor) -> Tensor:
    """Triplets with the closest stranger of the batch as the negative."""
    anchor, positive = network(anchors), network(positives)
    with torch.no_grad():
        distances = torch.cdist(anchor, positive).square()
        distances.fill_diagonal_(torch.inf)
        closest = distances.argmin(dim=1)
    return triplet_loss(anchor, positive, positive[closest])


# -------------------------------------------------------------------------------------------------- measuring


def figures_of(videos: Sequence[Variants], network: MetricLearning) -> dict[str, float]:
    """mAP of copies looking for their original and other copies: by plain features and learned ones."""
    plain, groups = flat(videos)
    return {
        "plain": round(mean_average_precision(plain, groups)[0], 5),
        "learned": round(mean_average_precision(network.embed(plain), groups)[0], 5),
    }


def flat(videos: Sequence[Variants]) -> tuple[Floats, NDArray[np.int64]]:
    rows = described(videos)
    return np.concatenate(rows), np.repeat(np.arange(len(rows)), [len(versions) for versions in rows])


def mean_average_precision(rows: Floats, groups: NDArray[np.int64]) -> tuple[float, list[float]]:
    """Eq. 12 with every row that has kin as a query for it, by distance; and the interpolated precision at
    recalls 0, 0.1, … 1, averaged over queries."""
    distances = squared_distance(torch.from_numpy(rows)[:, None], torch.from_numpy(rows)[None]).numpy()
    found, curves = [], []
    for row in range(len(rows)):
        others = np.arange(len(rows)) != row
        truths = groups[others] == groups[row]
        if not truths.any():
            continue  # nothing to look for
        scores = -distances[row, others]
        found.append(average_precision(scores, truths))
        ranked = truths[np.argsort(-scores, kind="stable")]
        precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
        recall = np.cumsum(ranked) / max(int(ranked.sum()), 1)
        curves.append([float(precision[recall >= at - 1e-9].max()) for at in np.linspace(0, 1, RECALLS)])
    return float(np.mean(found)), [round(float(value), 4) for value in np.mean(curves, axis=0)]
