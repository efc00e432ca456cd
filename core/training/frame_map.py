"""Fitting a frame map: principal components, then the chosen network, from another seed or from where frames lay.

Knows vectors and which video each comes from; where the vectors come from, and how a code fills the plane, are not its
business. The same vectors, choices and seed give the same weights.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from core.errors import StudioError
from core.models import map_autoencoder, map_neighbours, map_vae
from core.models.projection import Components, FittedProjection, build_network, projection_spec
from core.records import MapChoices, Progress, no_progress, part_of
from core.store.vectors import VectorIndex
from core.training.loop import minimise, seeded

COMPONENTS = 256
PAIRS, ROWS = 1024, 256  # in a batch: of neighbours; of frames for the autoencoders
PASSES = 50  # over all pairs, within these bounds:
LEAST_STEPS, MOST_STEPS = 600, 5000
AUTO_PASSES, AUTO_LEAST, AUTO_MOST = 200, 3000, 12_000
REPORTS = 40  # how often progress is told
RATE, AUTO_RATE = 3e-3, 3e-3
CODE_WEIGHT, LOG_RATIO_WEIGHT, TEMPORAL_WEIGHT = 1.0, 0.1, 0.0
GENTLE_LOG_RATIO = 0.02  # of the same term beside the neighbours' loss
RECALL_STEPS = 400  # that bring a network back to where frames lay, before it learns on
FEWEST = 3  # frames a map can be fitted on

Losses = Callable[[Any], Tensor]
Batches = Callable[[int], Iterator[Any]]
Known = tuple[NDArray[np.int64], NDArray[np.float32]]
"""Rows (M,) that were on the last map, and their codes on it, (M, 2)."""


def fit(
    vectors: NDArray[np.float32],
    video: NDArray[np.int32],
    choices: MapChoices,
    *,
    known: Known | None = None,
    temporal: float = TEMPORAL_WEIGHT,
    effort: float = 1.0,
    progress: Progress = no_progress,
) -> tuple[FittedProjection, dict[str, Any]]:
    """Vectors (N, D) of frames, video by video in order of time, and the number of its video for each, (N,).

    `known` are rows that the network starts from; `temporal` weighs the article's first idea, for the published
    autoencoder; `effort` is the share of the usual steps. Gives the projection and what happened (seconds, variance
    kept, losses). Raises StudioError for fewer than three frames or an unknown projection.
    """
    from threadpoolctl import threadpool_limits

    projection_spec(choices.projection)
    if len(vectors) < FEWEST:
        raise StudioError(f"A frame map needs at least {FEWEST} frames to show. Add videos first.")
    began = time.perf_counter()
    progress(0.0, "finding principal components")
    with seeded(choices.seed):
        with threadpool_limits(1, user_api="blas"):  # which sums in another order when it shares its work out
            components = principal_components(vectors, seed=choices.seed)
            rows = torch.from_numpy(components.project(vectors))
        progress(0.05, f"{components.kept:.0%} of the variance kept by {len(components.axes)} components")
        network = build_network(choices.projection, rows.shape[1])
        losses: list[float] = []
        if network is not None:
            part = part_of(progress, 0.05, 1.0)
            losses = _train(network, choices, vectors, rows, video, known, temporal, effort, part)
    figures = {"seconds": time.perf_counter() - began, "variance_kept": components.kept, "losses": losses}
    return FittedProjection(choices.projection, components, network), figures


def principal_components(vectors: NDArray[np.float32], *, most: int = COMPONENTS, seed: int = 0) -> Components:
    """At most `most` of them, and the share of the variance they keep."""
    from sklearn.decomposition import PCA

    count = min(most, *vectors.shape)
    if not np.ptp(vectors, axis=0).any():  # all alike: no direction is better than another
        axes = np.eye(count, vectors.shape[1], dtype=np.float32)
        return Components(vectors.mean(axis=0), axes, 1.0, 1.0)
    found = PCA(count, random_state=seed).fit(np.asarray(vectors, np.float32))
    axes = found.components_.astype(np.float32)
    axes *= np.where(axes[np.arange(count), np.abs(axes).argmax(axis=1)] < 0, -1, 1)[:, None]
    scale = 1 / np.sqrt(max(float(found.explained_variance_.mean()), 1e-12))
    kept = float(np.clip(found.explained_variance_ratio_.sum(), 0.0, 1.0))
    return Components(found.mean_.astype(np.float32), axes, float(scale), kept)


def neighbours(vectors: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """The k frames most like each, by cosine, itself left out: (N, D) -> (N, k). Approximate past the index's limit."""
    from core.store.vectors import FLAT_LIMIT

    rows = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    index = VectorIndex(rows.shape[1])
    index.add(np.arange(len(rows)), rows)
    if len(rows) > FLAT_LIMIT:
        index = index.to_lists()
        index.tune(rows[np.random.default_rng(0).choice(len(rows), 256, replace=False)])
    found = np.concatenate([index.search(rows[start : start + 8192], k + 1)[1] for start in range(0, len(rows), 8192)])
    own = found == np.arange(len(rows))[:, None]
    own[~own.any(axis=1), -1] = True  # of several frames exactly alike, its own may be missing
    return np.where(found >= 0, found, np.arange(len(rows))[:, None])[~own].reshape(len(rows), k)


def _train(
    network: Any,
    choices: MapChoices,
    vectors: NDArray[np.float32],
    rows: Tensor,
    video: NDArray[np.int32],
    known: Known | None,
    temporal: float,
    effort: float,
    progress: Progress,
) -> list[float]:
    rate = RATE if choices.projection == "neighbours" else AUTO_RATE
    if choices.projection == "neighbours":
        network.start(float(rows[:, 0].std()))
        progress(0.0, "finding the neighbours of every frame")
        pairs = _pairs(vectors)
        steps = _steps(PASSES * len(pairs) / PAIRS, LEAST_STEPS, MOST_STEPS)
        batches, loss = _drawn(len(pairs), PAIRS), _neighbour_loss(network, rows, pairs)
    else:
        triples = _consecutive(video) if temporal else torch.zeros(0, 3, dtype=torch.long)
        steps = _steps(AUTO_PASSES * len(rows) / ROWS, AUTO_LEAST, AUTO_MOST)
        batches = _drawn(len(rows), ROWS)
        loss = (
            _vae_loss(network, rows)
            if choices.projection == "vae"
            else _published_loss(network, rows, triples, choices.std, temporal)
        )
    if known is not None and len(known[0]):
        _recall(network, rows, known)
    progress(0.15, "laying out the frames")
    steps = max(1, round(steps * effort))
    return _descend(network, loss, batches, steps, rate, part_of(progress, 0.15, 1.0))


def _neighbour_loss(network: Any, rows: Tensor, pairs: Tensor) -> Losses:
    def loss(batch: Tensor) -> Tensor:
        chosen = pairs[batch]
        codes = network(rows[chosen.reshape(-1)])
        others = codes[torch.randint(len(codes), (len(batch), map_neighbours.OTHERS))]
        triple = map_autoencoder.random_triples(len(codes), len(batch))
        seen = rows[chosen.reshape(-1)]
        ratios = map_autoencoder.log_ratio_loss(_three(seen, triple), _three(codes, triple))
        return map_neighbours.neighbour_loss(codes.reshape(-1, 2, 2), others) + GENTLE_LOG_RATIO * ratios

    return loss


def _published_loss(network: Any, rows: Tensor, consecutive: Tensor, std: float, temporal: float) -> Losses:
    def loss(batch: Tensor) -> Tensor:
        others = torch.randint(len(rows), (2, len(batch)))
        code, rebuilt = network(rows[batch])
        codes = (code, network.encode(rows[others[0]]), network.encode(rows[others[1]]))
        seen = (rows[batch], rows[others[0]], rows[others[1]])
        total = (
            map_autoencoder.reconstruction_loss(rows[batch], rebuilt)
            + CODE_WEIGHT * map_autoencoder.spread_loss(code, std)
            + LOG_RATIO_WEIGHT * map_autoencoder.log_ratio_loss(seen, codes)
        )
        if temporal and len(consecutive):
            chosen = consecutive[torch.randint(len(consecutive), (len(batch),))]
            three = network.encode(rows[chosen.reshape(-1)]).reshape(-1, 3, 2)
            total = total + temporal * map_autoencoder.temporal_loss(*three.unbind(1))
        return total

    return loss


def _vae_loss(network: Any, rows: Tensor) -> Losses:
    def loss(batch: Tensor) -> Tensor:
        mean, log_variance, rebuilt = network(rows[batch])
        error = map_autoencoder.reconstruction_loss(rows[batch], rebuilt)
        return error + map_vae.BETA * map_vae.divergence(mean, log_variance)

    return loss


def _recall(network: Any, rows: Tensor, known: Known) -> None:
    """Brings the network to give known rows their old codes, so that what it learns next starts from the last map."""
    places, targets = torch.from_numpy(known[0]), torch.from_numpy(np.asarray(known[1], np.float32))
    scale = targets.square().mean().clamp(min=1e-9)

    def loss(batch: Tensor) -> Tensor:
        return functional.mse_loss(network.encode(rows[places[batch]]), targets[batch]) / scale

    _descend(network, loss, _drawn(len(places), PAIRS), RECALL_STEPS, RATE)


def _descend(
    network: nn.Module, loss: Losses, batches: Batches, steps: int, rate: float, progress: Progress = no_progress
) -> list[float]:
    """So many steps of Adam, its rate falling evenly to a fiftieth; the mean loss of each of REPORTS stretches."""
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    fall = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.02, total_iters=steps)
    per_report = max(1, steps // REPORTS)

    def stretch(epoch: int) -> Iterator[Any]:
        source = batches(epoch)
        for _ in range(per_report):
            yield next(source)
            fall.step()

    return minimise(
        loss,
        stretch,
        module=network,
        optimiser=optimiser,
        epochs=max(1, steps // per_report),
        threads=None,
        progress=progress,
    )


def _drawn(count: int, size: int) -> Batches:
    """Endless batches of places in 0–count, in a new order each time all were given."""

    def batches(epoch: int) -> Iterator[Tensor]:
        while True:
            order = torch.randperm(count)
            pieces = order.split(size)
            yield from pieces if len(pieces) == 1 or len(pieces[-1]) == size else pieces[:-1]

    return batches


def _pairs(vectors: NDArray[np.float32]) -> Tensor:
    k = min(map_neighbours.NEIGHBOURS, len(vectors) - 1)
    near = torch.from_numpy(neighbours(vectors, k))
    return torch.stack([torch.arange(len(vectors)).repeat_interleave(k), near.reshape(-1)], dim=1)


def _consecutive(video: NDArray[np.int32]) -> Tensor:
    """(M, 3) places of three frames that follow one another in one video."""
    first = np.flatnonzero(video[2:] == video[:-2]) if len(video) > 2 else np.zeros(0, np.int64)
    return torch.from_numpy(first[:, None] + np.arange(3))


def _three(rows: Tensor, triple: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    return rows[triple[0]], rows[triple[1]], rows[triple[2]]


def _steps(wanted: float, least: int, most: int) -> int:
    return int(np.clip(wanted, least, most))
