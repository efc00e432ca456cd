"""What the search index has to say, found by looking at every frame of every track."""

import numpy as np
from numpy.typing import NDArray

from core.records import Candidate
from core.store.index import FrameIndex
from core.store.library import Library
from tests.store.worlds import ENCODER, unit_vectors

DIMENSION = 16


def brute_force(
    library: Library, queries: NDArray[np.float32], k: int, exclude: set[str] = frozenset()
) -> list[list[tuple[str, float, float]]]:
    """For each query the k best (video, time, similarity) by looking at every frame of every track."""
    rows: list[tuple[str, float, NDArray[np.float32]]] = []
    for video_id in library.ids():
        if video_id not in exclude and library.has_track(video_id, ENCODER):
            track = library.load_track(video_id, ENCODER)
            rows += [
                (video_id, time, vector)
                for time, vector, weight in zip(track.times, track.vectors, track.weights, strict=True)
                if weight > 0
            ]
    answers = []
    for query in queries:
        scored = [(video_id, float(time), float(vector @ query)) for video_id, time, vector in rows]
        answers.append(sorted(scored, key=lambda row: -row[2])[:k])
    return answers


def by_query(candidates: list[Candidate], count: int) -> list[list[tuple[str, float, float]]]:
    rows: list[list[tuple[str, float, float]]] = [[] for _ in range(count)]
    for candidate in candidates:
        rows[int(candidate.query_time)].append((candidate.video_id, candidate.time, candidate.similarity))
    return rows


def assert_same(found: list[list[tuple[str, float, float]]], expected: list[list[tuple[str, float, float]]]) -> None:
    assert [[row[:2] for row in rows] for rows in found] == [[row[:2] for row in rows] for rows in expected]
    for left, right in zip(found, expected, strict=True):
        np.testing.assert_allclose([row[2] for row in left], [row[2] for row in right], atol=1e-5)


def assert_right(index: FrameIndex, *, k: int = 7, exclude: set[str] = frozenset(), seed: int = 99) -> None:
    queries = unit_vectors(5, DIMENSION, seed=seed)
    found = by_query(index.search(queries, np.arange(5.0), k, exclude), 5)
    assert_same(found, brute_force(index.library, queries, k, exclude))
