"""The speed of the frame map: fitting as many frames as the article has, and showing a million of them.

Vectors are made up: shots of twenty frames around centres that themselves lie in groups, so there is something to lay
out. Rows are seconds against the limit that was promised, wall and processor time side by side.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.models.stretch import fit_placement
from core.pipelines.mosaic import mosaic, tile
from core.pipelines.regions import assign, centres_of, inside
from core.records import BenchRow, FrameMap, MapChoices
from core.training.frame_map import fit

FITTED, DIMENSION = 67_000, 256  # of the article
SHOWN = 1_000_000
SHOT, GROUP = 20, 50  # frames around one centre, shots around one theme
FIT_LIMIT = 180.0  # seconds
TILE_LIMIT, MOSAIC_LIMIT, LASSO_LIMIT = 0.5, 2.0, 1.0  # seconds: what a person waits for
LAYING_LIMIT = 60.0  # seconds to place a million frames once a map is fitted

Result = TypeVar("Result")


def run(videos: Path | None) -> list[BenchRow]:
    """Every claim; `videos` changes nothing. Takes some 2 GB of memory and minutes."""
    vectors, video = made_up(FITTED, seed=0)
    rows, fitted = [], {}
    for name in ("neighbours", "autoencoder"):
        began = time.process_time()
        (fitted[name], _), seconds = _timed(partial(fit, vectors, video, MapChoices(name)))
        used = time.process_time() - began
        label = f"fit {name} to {FITTED:,} x {DIMENSION}"
        rows += [_row(label, seconds, FIT_LIMIT, "seconds"), _row(label, used, FIT_LIMIT, "processor seconds")]
    return rows + _million(fitted["neighbours"].code)


def _million(code_of: Callable[[NDArray[np.float32]], NDArray[np.float32]]) -> list[BenchRow]:
    """What a library of a million frames asks for once a map is fitted."""

    def lay_out() -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        parts, numbers, done = [], [], 0
        while done < SHOWN:  # a track at a time, as a library is read
            vectors, video = made_up(min(50_000, SHOWN - done), seed=done + 1)
            parts.append(code_of(vectors))
            numbers.append(video + done // SHOT)
            done += len(vectors)
        code = np.concatenate(parts)
        return fit_placement(code).place(code), np.concatenate(numbers)

    (positions, video), laying = _timed(lay_out)
    _, regions = _timed(lambda: assign(positions, centres_of(positions)))
    found = _as_map(positions, video)
    tile_seconds = max(_timed(partial(tile, found, z, 2**z // 2, 2**z // 2))[1] for z in (0, 3, 6))
    _, mosaic_seconds = _timed(lambda: mosaic(found, centre=(0.5, 0.5), width=1.0, columns=44, rows=72))
    square = np.array([[0.3, 0.3], [0.7, 0.3], [0.7, 0.7], [0.3, 0.7]])
    _, lasso = _timed(lambda: inside(positions, square))
    return [
        _row(f"make and project {SHOWN:,} frames", laying, LAYING_LIMIT, "seconds"),
        _row(f"regions of {SHOWN:,} frames", regions, LAYING_LIMIT, "seconds"),
        _row(f"choose the frames of a tile of {SHOWN:,}", tile_seconds, TILE_LIMIT, "seconds"),
        _row(f"choose 44 x 72 tiles of {SHOWN:,}", mosaic_seconds, MOSAIC_LIMIT, "seconds"),
        _row(f"a lasso over {SHOWN:,}", lasso, LASSO_LIMIT, "seconds"),
    ]


def made_up(frames: int, *, seed: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Vectors (N, 256) of length 1 and the number of the video of each: a video is one shot."""
    random = np.random.default_rng(seed)
    shots = -(-frames // SHOT)
    themes = np.random.default_rng(0).standard_normal((-(-shots // GROUP) + 1, DIMENSION), np.float32)
    centres = themes[random.integers(len(themes), size=shots)]
    centres = centres + 0.6 * random.standard_normal((shots, DIMENSION), np.float32)
    rows = np.repeat(centres, SHOT, axis=0)[:frames]
    rows = rows + 0.3 * random.standard_normal(rows.shape, np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows, np.repeat(np.arange(shots, dtype=np.int32), SHOT)[:frames]


def _as_map(positions: NDArray[np.float32], video: NDArray[np.int32]) -> FrameMap:
    names = tuple(f"{number:016x}" for number in range(int(video.max()) + 1))
    return FrameMap(
        version="map-bench", view="map-bench", positions=positions, video=video, times=np.zeros(len(video)),
        labels=np.zeros(len(video), np.uint8), ids=names, titles=names, clusters=(), encoder="embedded",
        projection="neighbours", std=0.3, seed=0, rotation=0.0, variance_kept=1.0,
    )  # fmt: skip


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    began = time.perf_counter()
    return work(), time.perf_counter() - began


def _row(name: str, seconds: float, limit: float, unit: str) -> BenchRow:
    return BenchRow(name, seconds, limit, limit / seconds, unit, "the limit")
