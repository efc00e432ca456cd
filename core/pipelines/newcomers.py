"""Frames that came after a map was fitted, laid beside what they resemble.

The network of a map places what it has seen better than what it has not: the frames of a new clip lie scattered among
those that each of them resembles a little. So they are settled by the loss of the fit, between their neighbours, while
the map itself stays as it is.

Measured on 152 real clips, every fifth group of them left out of the fit (`python -m core evaluate map`).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.store.index import FrameIndex

MOST = 20_000  # frames that are settled: of 100,000 that were fitted, so many new ones ask for a new fit anyway
STRANGERS = 20_000  # of the fitted frames that the new ones keep away from, drawn evenly


def settled(
    vectors: NDArray[np.float32],
    code: NDArray[np.float32],
    video: NDArray[np.int32],
    times: NDArray[np.float64],
    ids: Sequence[str],
    *,
    index: FrameIndex,
    seed: int,
) -> NDArray[np.float32]:
    """The codes (M, 2) of the last M frames of a map, whose vectors (M, D) these are.

    `code` (N, 2), `video` (N,), the places of videos in `ids`, and `times` (N,) are of all its frames, video by video
    in order of time.
    """
    from core.models import map_neighbours  # PyTorch

    first = len(code) - len(vectors)
    near = _neighbours(vectors, video, times, ids, index=index, count=map_neighbours.NEIGHBOURS)
    drawn = np.random.default_rng(seed).permutation(first)[:STRANGERS]
    kept = np.union1d(drawn, near[near < first])
    near = np.where(near < first, len(vectors) + np.searchsorted(kept, near), near - first)
    return map_neighbours.settle(code[first:], code[kept], near, seed=seed)


def _neighbours(
    vectors: NDArray[np.float32],
    video: NDArray[np.int32],
    times: NDArray[np.float64],
    ids: Sequence[str],
    *,
    index: FrameIndex,
    count: int,
) -> NDArray[np.int64]:
    """The frames (M, count) nearest to each of the last M; a frame stands for itself where there are fewer."""
    first = len(video) - len(vectors)
    place = {video_id: number for number, video_id in enumerate(ids)}
    edges = np.searchsorted(video, np.arange(len(ids) + 1))
    near = np.repeat(np.arange(first, len(video))[:, None], count, axis=1)
    filled = np.zeros(len(vectors), np.int64)
    for found in index.search(vectors, np.arange(len(vectors)), count + 1):
        row, number = int(found.query_time), place.get(found.video_id)
        if number is None or filled[row] == count:  # not on the map yet
            continue
        start, end = edges[number], edges[number + 1]
        frame = min(start + int(np.searchsorted(times[start:end], found.time - 1e-3)), end - 1)
        if frame != first + row:
            near[row, filled[row]] = frame
            filled[row] += 1
    return near
