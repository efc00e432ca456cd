"""A library ranked through candidates against one compared video by video, as it grows; and what the detour misses.

Made-up tracks: videos of a few shots whose frames drift, and queries that are short, noisy excerpts of some of them.
"""

import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.bench.rows import unit
from core.models.cosine import compare, frame_matrix
from core.records import BenchRow, FeatureTrack, MediaInfo, Video
from core.store.index import FrameIndex
from core.store.library import Library

SIZES = (100, 1_000, 10_000)  # videos
FRAMES = 40  # of a video
SHOT = 8  # frames around one centre
DIMENSION = 192
QUERIES = 12
EXCERPT = 10  # frames of a query
NOISE = 0.6  # length of what an edit adds to a vector: a cosine of 0.86, as measured on edited copies
KEPT = 50  # candidates that are scored

_ENCODER = "bench-1@1fps"
_INFO = MediaInfo(40.0, 640, 360, 25.0, "mov,mp4", "h264", "yuv420p", None, 0, 1)


def run(videos: Path | None) -> list[BenchRow]:
    """Seconds per query for both ways, and the recall of the candidates, at each size. `videos` changes nothing."""
    return [_row(size) for size in SIZES]


def _row(size: int) -> BenchRow:
    random = np.random.default_rng(size)
    tracks = [_track(random) for _ in range(size)]
    sources = random.choice(size, QUERIES, replace=False).tolist()
    queries = [_excerpt(tracks[source], random) for source in sources]
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder))
        times, weights = np.arange(float(FRAMES)), np.ones(FRAMES, np.float32)
        with library.database.write():  # one transaction for all
            for number, vectors in enumerate(tracks):
                library.save_track(FeatureTrack(f"{number:016x}", _ENCODER, times, vectors, weights))
                library.add(Video(f"{number:016x}", f"Clip {number}", Path(f"/films/{number}.mp4"), _INFO, "absent"))
        index = FrameIndex(library, _ENCODER)
        index.refresh()
        found, right = 0, 0
        start = time.perf_counter()
        for source, query in zip(sources, queries, strict=True):
            chosen = _candidates(index, query)
            found += source in chosen
            right += _best(query, tracks, chosen) == source
        ours = (time.perf_counter() - start) / QUERIES
        library.close()
    start = time.perf_counter()
    exact = sum(_best(query, tracks, range(size)) == source for source, query in zip(sources, queries, strict=True))
    theirs = (time.perf_counter() - start) / QUERIES
    name = (
        f"ranking {size:,} videos through candidates, recall@{KEPT} {found / QUERIES:.2f}, "
        f"first {right / QUERIES:.2f} against {exact / QUERIES:.2f}"
    )
    return BenchRow(name, ours, theirs, theirs / ours, "seconds per query", "every video compared")


def _candidates(index: FrameIndex, query: NDArray[np.float32]) -> list[int]:
    """The videos with the most and closest frames, as `pipelines.candidates` votes."""
    votes: dict[int, dict[float, float]] = {}
    for near in index.search(query, np.arange(float(len(query))), 64):
        of = votes.setdefault(int(near.video_id, 16), {})
        of[near.query_time] = max(near.similarity, of.get(near.query_time, 0.0))
    return sorted(votes, key=lambda number: -sum(votes[number].values()))[:KEPT]


def _best(query: NDArray[np.float32], tracks: Sequence[NDArray[np.float32]], numbers: Iterable[int]) -> int:
    """The number of the track that holds most of the query."""
    return max(numbers, key=lambda number: _score(query, tracks[number]))


def _score(query: NDArray[np.float32], reference: NDArray[np.float32]) -> float:
    ones = np.ones(len(query), np.float32), np.ones(len(reference), np.float32)
    return compare(frame_matrix(query, reference), *ones).query_in_reference


def _track(random: np.random.Generator) -> NDArray[np.float32]:
    centres = np.repeat(random.standard_normal((FRAMES // SHOT, DIMENSION), np.float32), SHOT, axis=0)
    return unit(centres + 0.5 * random.standard_normal((FRAMES, DIMENSION), np.float32))


def _excerpt(track: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    start = int(random.integers(FRAMES - EXCERPT))
    noise = unit(random.standard_normal((EXCERPT, DIMENSION), np.float32))
    return unit(track[start : start + EXCERPT] + NOISE * noise)
