"""What lies in a search index: which row number is which second of which video, and the vectors under those numbers.

A video's rows are numbered in one run, and numbers are not used again, so rows of others keep theirs when a video
goes. Not safe for threads by itself: `index.FrameIndex` holds the lock.
"""

import logging
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.records import FeatureTrack
from core.store.vectors import VectorIndex

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one video; none when all its frames are black."""

    first: int  # row number
    times: NDArray[np.float64]  # (N,) seconds
    stamp: str  # of the track they were read from

    @property
    def numbers(self) -> NDArray[np.int64]:
        return np.arange(self.first, self.first + len(self.times), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Nearest:
    """The frames of a library that are nearest to each of some query frames, best first: (P, k) each."""

    names: Sequence[str]  # ids of videos
    video: NDArray[np.int32]  # place in `names`, -1 where there are no k frames, or the query has no direction
    time: NDArray[np.float64]  # seconds
    similarity: NDArray[np.float32]  # -1–1


class IndexedFrames:
    """All frames worth finding of a set of videos, by one encoder."""

    def __init__(self, vectors: VectorIndex, videos: dict[str, Rows]) -> None:
        self.vectors = vectors
        self.videos = videos
        self.end = max((rows.first + len(rows.times) for rows in videos.values()), default=0)  # the next row number
        self._names: list[str] = []
        self._video_of = np.full(self.end, -1, np.int32)  # row number -> place in names
        self._time_of = np.zeros(self.end, np.float64)
        for video_id, rows in videos.items():
            self._enter(video_id, rows)

    def __len__(self) -> int:
        return len(self.vectors)

    def add(self, tracks: Sequence[tuple[FeatureTrack, str]]) -> int:
        """Adds tracks of new videos, each with its stamp: frames that hold something to recognise. Gives their number.

        A track of another dimension is a stranger's: it is logged, and none of its frames can be found.
        """
        parts, end = [], self.end
        entered: dict[str, Rows] = {}
        for track, stamp in tracks:
            vectors, kept = unit_rows(track.vectors)
            kept &= track.weights > 0
            if kept.any() and vectors.shape[1] != self.vectors.dimension:
                logger.warning(
                    "The track of %s by %s has %s numbers a frame instead of %s and is left out of the search index.",
                    track.video_id, track.encoder, vectors.shape[1], self.vectors.dimension,
                )  # fmt: skip
                kept[:] = False
            entered[track.video_id] = Rows(end, track.times[kept], stamp)
            if kept.any():
                parts.append(vectors[kept])
                end += int(kept.sum())
        grown = end - self.end
        if grown:
            self.vectors.add(np.arange(self.end, end), np.concatenate(parts))
        self._video_of = np.concatenate([self._video_of, np.full(grown, -1, np.int32)])
        self._time_of = np.concatenate([self._time_of, np.zeros(grown)])
        self.end = end
        for video_id, rows in entered.items():
            self.videos[video_id] = rows
            self._enter(video_id, rows)
        return grown

    def remove(self, video_ids: Iterable[str]) -> int:
        """Takes videos out and says how many rows that were."""
        gone = [self.videos.pop(video_id).numbers for video_id in video_ids]
        numbers = np.concatenate([np.zeros(0, np.int64), *gone])
        if len(numbers):
            self.vectors.remove(numbers)
        return len(numbers)

    def search(self, queries: NDArray[np.float32], k: int, exclude: Set[str]) -> Nearest:
        """For each row (P, D) of length 1 the k most similar frames of videos that are not excluded, best first."""
        allowed, left = None, len(self)
        for rows in (self.videos[video_id] for video_id in exclude if video_id in self.videos):
            allowed = np.ones(self.end, bool) if allowed is None else allowed
            allowed[rows.first : rows.first + len(rows.times)] = False
            left -= len(rows.times)
        k = min(k, left)
        if k <= 0 or not len(queries):
            return nothing_near(len(queries))
        similarities, numbers = self.vectors.search(queries, k, allowed)
        video = np.where(numbers >= 0, self._video_of[numbers], np.int32(-1))
        return Nearest(self._names, video, self._time_of[numbers], np.clip(similarities, -1.0, 1.0))

    def _enter(self, video_id: str, rows: Rows) -> None:
        span = slice(rows.first, rows.first + len(rows.times))
        self._video_of[span] = len(self._names)
        self._time_of[span] = rows.times
        self._names.append(video_id)


def nothing_near(count: int) -> Nearest:
    """That so many query frames have nothing near."""
    empty = np.zeros((count, 0))
    return Nearest((), empty.astype(np.int32), empty, empty.astype(np.float32))


def unit_rows(vectors: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The rows (N, D) brought to length 1, and which of them (N,) have a direction: finite and not zero."""
    with np.errstate(invalid="ignore", over="ignore"):
        lengths = np.linalg.norm(np.asarray(vectors, np.float64), axis=1)
    usable = np.isfinite(lengths) & (lengths > 0)
    divisors = np.where(usable, lengths, 1.0)[:, None]
    return (np.where(usable[:, None], vectors, 0.0) / divisors).astype(np.float32), usable
