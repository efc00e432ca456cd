"""Films made by code as tracks of the built-in encoder, so that learning needs no footage and no download."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from core.features.embedded import EmbeddedEncoder
from core.features.pooling import frame_weights
from core.records import FeatureTrack, Progress, no_progress
from core.training.frame_pairs import Footage
from core.training.synthesis import make_film

FILMS = 2000
SECONDS = 4  # of each of the two shots of a film, one frame per second: a third of the pairs 2 s apart straddle the cut
FIRST = 1_000_000_007  # seeds from here on: the encoder was fitted on lower ones


def film_footage(films: int = FILMS, *, seed: int = 0, workers: int = 2, progress: Progress = no_progress) -> Footage:
    """One track per film. Same seed, same vectors."""
    jobs = [FIRST + seed * 1_000_003 + film for film in range(films)]
    tracks: list[FeatureTrack] = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for vectors, weights in pool.map(describe_film, jobs, chunksize=20):
            name = f"{len(tracks):016x}"
            tracks.append(FeatureTrack(name, "made films", np.arange(len(vectors), dtype=float), vectors, weights))
            if len(tracks) % 50 == 0:
                progress(0.9 * len(tracks) / films, f"Film {len(tracks):,} of {films:,}")
    return Footage(tracks, [track.video_id for track in tracks])


def describe_film(seed: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The vectors (8, D) of both shots of a film, second by second, and their weights (8,)."""
    film = make_film(seed)
    start = float(np.random.default_rng(seed).uniform(0, 1))
    images = np.stack([film.frame(shot, start + second) for shot in (0, 1) for second in range(SECONDS)])
    return EmbeddedEncoder().encode(images), frame_weights(images)
