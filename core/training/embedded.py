"""The recipe of the embedded encoder: a linear discriminant fitted on films made by code. No footage, no download.

Two frames 2 s apart, frames either side of a cut within one film, and edited copies should lie close; frames of
different films should not. The discriminant is the linear map that serves this best (Fisher 1936, Rao 1948): the
scatter within films, shrunk towards a ball, is whitened, then the directions of largest total scatter are kept.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.features import blocks, embedded
from core.records import Progress, no_progress
from core.training.edits import EDITS
from core.training.synthesis import make_film

PICTURES = 6  # of each film: a frame, 2 s later, after a cut, and edited copies of the first, second and first


@dataclass(frozen=True)
class Config:
    """All that the weights depend on beside the seed."""

    films: int = 6000
    dimension: int = 192
    shrinkage: float = 0.15  # of the scatter within films, as a share of its mean variance
    time_share: float = 1.0  # how much pairs 2 s apart count …
    cut_share: float = 0.3  # … pairs either side of a cut …
    edit_share: float = 0.5  # … and edited copies


def run(*, out: Path | None = None, seed: int = 0, progress: Progress = no_progress) -> dict[str, Any]:
    """Fits the shipped configuration and writes the weights: into the folder `out`, or over the shipped ones.

    Gives the configuration, the path and how well the made films are told apart, as what JSON can hold.
    """
    return train((out or embedded.WEIGHTS.parent) / embedded.WEIGHTS.name, Config(), seed=seed, progress=progress)


def train(
    target: Path, config: Config, *, seed: int = 0, workers: int = 2, progress: Progress = no_progress
) -> dict[str, Any]:
    """Makes the films, fits the map and writes it to `target` (SafeTensors). Same seed and config, same weights."""
    described = np.empty((config.films, PICTURES, sum(blocks.SIZES)), np.float32)
    for done, rows in enumerate(_describe_films(config.films, seed, workers), start=1):
        described[done - 1] = rows
        if done % 50 == 0:
            progress(0.95 * done / config.films, f"Film {done:,} of {config.films:,}")
    weights = fit(described, config)
    write(target, weights, config, seed=seed)
    progress(1.0, f"Weights written to {target.name}")
    return {"weights": str(target), "seed": seed, **asdict(config), **_figures(described, weights)}


def write(target: Path, weights: dict[str, NDArray[np.float32]], config: Config, *, seed: int) -> None:
    """Saves the weights with how they were made: one entry, since SafeTensors keeps several in no fixed order."""
    from safetensors.numpy import save_file

    made = {"version": embedded.EmbeddedEncoder.version, "seed": seed, **asdict(config)}
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(weights, target, metadata={"made": json.dumps(made)})


def picture_set(seed: int, film: int) -> NDArray[np.uint8]:
    """The six pictures of one film, normalised: (6, S, S, 3)."""
    made = make_film(seed * 1_000_003 + film)
    rng = np.random.default_rng([seed, film, 3])
    start = float(rng.uniform(0, 1))
    frames = [made.frame(0, start), made.frame(0, start + 2), made.frame(1, start)]
    names = rng.choice(list(EDITS), PICTURES - len(frames), replace=False)
    frames += [EDITS[str(name)](frames[place], rng) for name, place in zip(names, (0, 1, 0), strict=True)]
    return np.concatenate([blocks.normalise(frame[None]) for frame in frames])


def fit(described: NDArray[np.float32], config: Config) -> dict[str, NDArray[np.float32]]:
    """(films, 6, B) blocks -> the encoder's weights: `centre` (B,), `offset` (D,) and `projection` (B, D)."""
    centre = described.mean(axis=(0, 1), dtype=np.float64).astype(np.float32)
    rows = embedded.balance(described.reshape(-1, described.shape[-1]) - centre).astype(np.float64)
    films = rows.reshape(described.shape)
    first, later, after_cut, *copies = (films[:, place] for place in range(PICTURES))
    shares = np.array([config.time_share, config.cut_share, config.edit_share])
    edited = np.concatenate([first - copies[0], later - copies[1], first - copies[2]])
    within = sum(
        share * _scatter(difference)
        for share, difference in zip(shares / shares.sum(), (first - later, first - after_cut, edited), strict=True)
    )
    size = rows.shape[1]
    within += config.shrinkage * np.trace(within) / size * np.eye(size)
    variances, axes = np.linalg.eigh(within)
    whitening = axes / np.sqrt(variances)
    mean = rows.mean(axis=0)
    spread, directions = np.linalg.eigh(whitening.T @ _scatter(rows - mean) @ whitening)
    kept = directions[:, np.argsort(-spread)[: config.dimension]]
    # eigenvectors have no sign of their own: the largest entry is made positive
    kept *= np.sign(kept[np.abs(kept).argmax(axis=0), np.arange(kept.shape[1])])
    projection = whitening @ kept
    return {
        "centre": centre,
        "offset": (mean @ projection).astype(np.float32),
        "projection": np.ascontiguousarray(projection, np.float32),
    }


def _scatter(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    scatter: NDArray[np.float64] = rows.T @ rows / len(rows)
    return scatter


def _describe_films(films: int, seed: int, workers: int) -> Iterator[NDArray[np.float32]]:
    jobs = ((seed, film) for film in range(films))
    if workers <= 1:
        yield from map(_describe_film, jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_describe_film, jobs, chunksize=20)


def _describe_film(job: tuple[int, int]) -> NDArray[np.float32]:
    return embedded.describe(picture_set(*job))


def _figures(described: NDArray[np.float32], weights: dict[str, NDArray[np.float32]]) -> dict[str, float]:
    """Mean cosines on the films themselves: 2 s apart, across a cut, edited copies, strangers."""
    vectors = embedded.project(described.reshape(-1, described.shape[-1]), weights).reshape(*described.shape[:2], -1)
    first = vectors[:, 0]
    pairs = {
        "later": vectors[:, 1],
        "across_a_cut": vectors[:, 2],
        "edited": vectors[:, 3],
        "strangers": np.roll(first, 1, axis=0),
    }
    return {f"mean_cosine_{name}": round(float((first * other).sum(axis=1).mean()), 4) for name, other in pairs.items()}
