"""Videos with edited copies as vectors, from made films or from a library: what near-duplicates are learned from."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from core.errors import MediaError
from core.features.embedded import EmbeddedEncoder
from core.features.pooling import frame_weights
from core.records import Progress, no_progress
from core.training.edits import EDITS
from core.training.material import Material
from core.training.synthesis import make_film

RATE = 3.0  # frames per second (Du and Peng 2021, section 4.1)
FILMS = 1500
FIRST = 2_000_000_011  # seeds from here on: nothing else was fitted on these films
SHOT_FRAMES = 4  # of each of the two shots of a film
COPIES = 3
MOST_FRAMES = 24  # of a video of a library
MOST_VIDEOS = 1000  # of a library: beyond that copies take hours to make, and gigabytes
LEAST_CONTENT = 0.2  # weight of a frame that can be learned from

Describe = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


@dataclass(frozen=True)
class Variants:
    """One video, frame by frame at `RATE`, and edited copies of the same frames."""

    group: str
    frames: NDArray[np.float32]  # (1 + K, T, D) the original first; rows of length 1
    edits: tuple[str, ...]  # (K,) names
    cut: int | None = None  # the frame before a cut, where there is one


def variants_of(group: str, images: NDArray[np.uint8], describe: Describe, seed: int, copies: int = COPIES) -> Variants:
    """The frames (T, H, W, 3) of a video and some edited copies, each with one place and strength throughout."""
    rng = np.random.default_rng([seed, 23])
    names = [str(name) for name in rng.choice(list(EDITS), copies, replace=False)]
    rows = [describe(images)]
    for name in names:
        state = int(rng.integers(2**31))
        edited = [EDITS[name](image, np.random.default_rng(state)) for image in images]
        rows.append(describe(np.stack(edited)))
    return Variants(group, np.stack(rows), tuple(names))


def film_variants(
    films: int = FILMS, *, seed: int = 0, workers: int = 2, progress: Progress = no_progress
) -> list[Variants]:
    """Made films of two shots by the built-in encoder. Same seed, same vectors."""
    jobs = [FIRST + seed * 1_000_003 + film for film in range(films)]
    found: list[Variants] = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for made in pool.map(film_variant, jobs, chunksize=10):
            found.append(made)
            if len(found) % 25 == 0:
                progress(len(found) / films, f"Film {len(found):,} of {films:,}")
    return found


def film_variant(seed: int) -> Variants:
    """The two shots of one film, `SHOT_FRAMES` frames each."""
    film = make_film(seed)
    start = float(np.random.default_rng(seed).uniform(0, 1))
    images = [film.frame(shot, start + step / RATE) for shot in (0, 1) for step in range(SHOT_FRAMES)]
    made = variants_of(f"film {seed}", np.stack(images), EmbeddedEncoder().encode, seed)
    return replace(made, cut=SHOT_FRAMES - 1)


def library_variants(material: Material, *, seed: int = 0, progress: Progress = no_progress) -> Iterator[Variants]:
    """The videos of a library that have content, at most `MOST_VIDEOS`, drawn at random; one whose original cannot be
    read is left out."""
    videos = material.videos()
    if len(videos) > MOST_VIDEOS:
        drawn = np.random.default_rng([seed, 53]).choice(len(videos), MOST_VIDEOS, replace=False)
        videos = [videos[place] for place in sorted(drawn.tolist())]
    for place, video in enumerate(videos):
        progress(place / len(videos), f"Making copies of “{video.title}”")
        try:
            side = material.encoder.short_side
            chunks = [c.images for c in material.frames(video, fps=RATE, short_side=side, end=MOST_FRAMES / RATE)]
        except MediaError:
            continue
        chunks = [chunk for chunk in chunks if chunk.shape[1:] == chunks[0].shape[1:]]  # the size may change midway
        images = np.concatenate(chunks) if chunks else np.zeros((0, 1, 1, 3), np.uint8)
        images = images[frame_weights(images) >= LEAST_CONTENT]
        if len(images) >= 2:
            yield variants_of(video.id, images, material.encoder.encode, seed + place)


def described(variants: Sequence[Variants]) -> list[NDArray[np.float32]]:
    """One descriptor for each version of each video, as its frames' mean of length 1: (1 + K, D) a video."""
    result = []
    for video in variants:
        mean = video.frames.mean(axis=1)
        result.append((mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)).astype(np.float32))
    return result
