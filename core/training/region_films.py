"""Films made by code as region vectors, in the original and as edited copies: what ViSiL learns to recognise again.

A family is one film: its frames once a second, and copies of it sampled half a second off, each under one edit of the
picture. `cut` makes videos of them, with the edits of time: trims, other speeds, foreign and black passages.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from core.features.base import WindowEncoder
from core.features.embedded import EmbeddedRegions
from core.features.pooling import frame_weights
from core.records import Progress, no_progress
from core.training.edits import EDITS
from core.training.synthesis import make_film

FIRST = 2_000_000_011  # seeds from here on: the encoder and other models were fitted on lower ones
SECONDS = 24  # of a film
SHOT_SECONDS = (2, 7)  # shortest and longest
COPIES = 3  # edited copies of each film, the first of them unedited but half a second off one time in four
SPEEDS = (0.5, 0.8, 0.8, 1.0, 1.0, 1.0, 1.0, 1.25, 1.25, 2.0)
SHORTEST = 4  # frames of the film that a copy shows at least


@dataclass(frozen=True)
class Family:
    """A video and its copies as regions, and how much each frame counts."""

    original: NDArray[np.float16]  # (T, R, D) a frame per second
    copies: NDArray[np.float16]  # (C, T, R, D) the same seconds, edited
    weights: NDArray[np.float32]  # (T,)
    copy_weights: NDArray[np.float32]  # (C, T)


@dataclass(frozen=True)
class Cut:
    """A video put together from families."""

    regions: NDArray[np.float32]  # (T, R, D)
    weights: NDArray[np.float32]  # (T,)


def film_families(films: int, *, seed: int = 0, workers: int = 2, progress: Progress = no_progress) -> list[Family]:
    """So many films with their copies. Same seed, same vectors."""
    jobs = [FIRST + seed * 1_000_003 + film for film in range(films)]
    made: list[Family] = []
    for family in _families(jobs, workers):
        made.append(family)
        progress(len(made) / films, f"Film {len(made):,} of {films:,}")
    return made


def _families(jobs: Sequence[int], workers: int) -> Iterator[Family]:
    if workers <= 1:
        yield from map(film_family, jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(film_family, jobs, chunksize=2)


def film_family(seed: int) -> Family:
    """One film of several shots: its frames once a second, and again half a second later under edits."""
    rng = np.random.default_rng([seed, 5])
    lengths: list[int] = []
    while sum(lengths) < SECONDS:
        lengths.append(int(rng.integers(SHOT_SECONDS[0], SHOT_SECONDS[1] + 1)))
    film = make_film(seed, shots=len(lengths))
    moments = [(shot, float(second)) for shot, length in enumerate(lengths) for second in range(length)][:SECONDS]
    frames = np.stack([film.frame(shot, second) for shot, second in moments])
    later = np.stack([film.frame(shot, second + 0.5) for shot, second in moments])
    return family_of(frames, later, EmbeddedRegions(), rng)


def family_of(
    frames: NDArray[np.uint8],
    later: NDArray[np.uint8],
    encoder: WindowEncoder,
    rng: np.random.Generator,
    copies: int = COPIES,
) -> Family:
    """A family from the pictures of a video (T, H, W, 3) and those its copies are made of, which may be the same."""
    described, weights = [], []
    names = [str(name) for name in rng.choice(list(EDITS), copies, replace=False)]
    for place, name in enumerate(names):
        state = int(rng.integers(2**31))  # the same place and strength on every frame of the copy
        is_plain = place == 0 and rng.random() < 0.25
        edited = later if is_plain else np.stack([EDITS[name](image, np.random.default_rng(state)) for image in later])
        described.append(encoder.encode(edited).astype(np.float16))
        weights.append(frame_weights(edited))
    return Family(
        encoder.encode(frames).astype(np.float16), np.stack(described), frame_weights(frames), np.stack(weights)
    )


def plain(family: Family, length: int, rng: np.random.Generator) -> tuple[Cut, int]:
    """So many frames of the original in a row (at most all), and the first of them."""
    start = int(rng.integers(len(family.original) - length + 1))
    part = slice(start, start + length)
    return Cut(family.original[part].astype(np.float32), family.weights[part]), start


def copied(
    family: Family, start: int, length: int, others: Sequence[Family], size: int, rng: np.random.Generator
) -> Cut:
    """A video of `size` frames that shows an edited copy of part of the original's frames `start` … `start + length`.

    The part runs at another speed or not; around it lie more of the film, other films, or black.
    """
    version = int(rng.integers(len(family.copies)))
    speed = float(rng.choice(SPEEDS))
    shown = int(min(size, max(1, length / speed)))
    shown = int(rng.integers(min(SHORTEST, shown), shown + 1))
    first = start + rng.uniform(0, max(0.0, length - shown * speed))
    source = np.clip(np.floor(first + np.arange(shown) * speed).astype(int), 0, len(family.original) - 1)
    around = _filling(family, version, source, others, size - shown, rng)
    place = int(rng.integers(size - shown + 1)) if around is not None else 0
    regions, weights = family.copies[version][source].astype(np.float32), family.copy_weights[version][source]
    if around is None:
        return Cut(regions, weights)
    return Cut(
        np.concatenate([around.regions[:place], regions, around.regions[place:]]),
        np.concatenate([around.weights[:place], weights, around.weights[place:]]),
    )


def foreign(others: Sequence[Family], size: int, rng: np.random.Generator) -> Cut:
    """So many frames of other films, in passages of at least a few frames, edited or not."""
    regions, weights, left = [], [], size
    while left > 0:
        other = others[int(rng.integers(len(others)))]
        length = min(left, len(other.original), int(rng.integers(SHORTEST, size + SHORTEST)))
        start = int(rng.integers(len(other.original) - length + 1))
        version = int(rng.integers(-1, len(other.copies)))
        rows, heavy = (
            (other.original, other.weights) if version < 0 else (other.copies[version], other.copy_weights[version])
        )
        regions.append(rows[start : start + length].astype(np.float32))
        weights.append(heavy[start : start + length])
        left -= length
    return Cut(np.concatenate(regions), np.concatenate(weights))


def _filling(
    family: Family,
    version: int,
    source: NDArray[np.int64],
    others: Sequence[Family],
    size: int,
    rng: np.random.Generator,
) -> Cut | None:
    """What surrounds the copy: nothing (None when there is no room), more of the film, other films, or black."""
    if size == 0:
        return None
    kind = rng.random()
    if kind < 0.15:
        cut = foreign(others, size, rng)
        return Cut(cut.regions, np.zeros_like(cut.weights))  # what a black frame looks like is nobody's business
    if kind < 0.35 and len(family.original) - 1 - source[-1] >= size:
        rest = slice(int(source[-1]) + 1, int(source[-1]) + 1 + size)
        return Cut(family.copies[version][rest].astype(np.float32), family.copy_weights[version][rest])
    return foreign(others, size, rng)
