"""Similarity without learning: cosine between frames, Chamfer between videos, softmax over hits.

Written in NumPy although its neighbours are PyTorch: nothing here learns, a matrix product is as fast, and the first
search on a laptop does not wait for PyTorch to load.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.records import Match

TEMPERATURE = 0.05  # of the softmax over hits: 0.05 more cosine is e times the odds
PUBLISHED_THRESHOLD = 0.685  # ViT-B/32 cosine, Hours, Osmont, Müller: "Predicting if two frames…", section III


def frame_matrix(query: NDArray[np.float32], reference: NDArray[np.float32]) -> NDArray[np.float32]:
    """Frame-to-frame similarity: (P, D), (Q, D), rows of length 1 -> (P, Q) cosines in -1–1."""
    return np.clip(query @ reference.T, -1.0, 1.0)


def chamfer_similarity(matrix: NDArray[np.float32], weights: NDArray[np.float32] | None = None) -> float:
    """How well each query row is matched in the reference: (P, Q) -> -1–1.

    Directional: transposing the matrix asks the opposite question. `weights` (P,) say how much each query frame
    counts; when all are zero, all count alike. An empty side matches nothing: 0.
    """
    if matrix.size == 0:
        return 0.0
    if weights is not None and not weights.any():
        weights = None
    return float(np.average(matrix.max(axis=1), weights=weights))


@dataclass(frozen=True, slots=True)
class VideoSimilarity:
    """What Chamfer says of two videos, and where they are closest."""

    query_in_reference: float  # -1–1
    reference_in_query: float  # -1–1
    best: tuple[int, int]  # row and column of the closest pair of frames that count

    @property
    def similarity(self) -> float:
        """The mean of both directions."""
        return (self.query_in_reference + self.reference_in_query) / 2


def compare(
    matrix: NDArray[np.float32], query_weights: NDArray[np.float32], reference_weights: NDArray[np.float32]
) -> VideoSimilarity:
    """Both Chamfer directions of one frame matrix (P, Q), both sides with at least one frame.

    A frame without content (weight 0) neither counts nor is it a match for anything: black does not find black,
    unless a side has nothing else.
    """
    rows, columns = _with_content(query_weights), _with_content(reference_weights)
    counted = matrix[np.ix_(rows, columns)]
    row, column = np.unravel_index(int(counted.argmax()), counted.shape)
    return VideoSimilarity(
        query_in_reference=chamfer_similarity(counted, query_weights[rows]),
        reference_in_query=chamfer_similarity(counted.T, reference_weights[columns]),
        best=(int(rows[row]), int(columns[column])),
    )


def diagonal_matches(
    matrix: NDArray[np.float32],
    query_times: NDArray[np.float64],
    reference_times: NDArray[np.float64],
    *,
    floor: float,
    count: int = 5,
) -> list[Match]:
    """The best-matching moments: runs along the diagonals of (P, Q) whose similarity stays at `floor` or above.

    Greedy: the closest pair of frames is extended in both directions, its rows and columns are then taken, and the
    next closest follows. Segments end where the next sampled frame begins. Fewer than `count` when nothing is left
    above the floor.
    """
    query_step, reference_step = _step(query_times), _step(reference_times)
    left = matrix.copy()
    matches: list[Match] = []
    while len(matches) < count and left.size:
        row, column = np.unravel_index(int(left.argmax()), left.shape)
        if left[row, column] < floor:
            break
        before = _run(left[row::-1, column::-1].diagonal(), floor)
        after = _run(left[row:, column:].diagonal(), floor)
        first, last = (row - before + 1, column - before + 1), (row + after - 1, column + after - 1)
        cells = matrix[np.arange(first[0], last[0] + 1), np.arange(first[1], last[1] + 1)]
        matches.append(
            Match(
                query_start=float(query_times[first[0]]),
                query_end=float(query_times[last[0]]) + query_step,
                reference_start=float(reference_times[first[1]]),
                reference_end=float(reference_times[last[1]]) + reference_step,
                score=float(cells.mean()),
            )
        )
        left[first[0] : last[0] + 1, :] = -2.0
        left[:, first[1] : last[1] + 1] = -2.0
    return sorted(matches, key=lambda match: (match.query_end - match.query_start) * match.score, reverse=True)


def probabilities(similarities: NDArray[np.float64], temperature: float = TEMPERATURE) -> NDArray[np.float64]:
    """Softmax over the hits of one answer: (N,) in -1–1 -> (N,) that sum to 1. Empty stays empty."""
    if similarities.size == 0:
        return similarities
    powers = np.exp((similarities - similarities.max()) / temperature)
    return powers / powers.sum()


def _with_content(weights: NDArray[np.float32]) -> NDArray[np.intp]:
    return np.flatnonzero(weights) if weights.any() else np.arange(len(weights))


def _run(values: NDArray[np.float32], floor: float) -> int:
    below = np.flatnonzero(values < floor)
    return int(below[0]) if below.size else len(values)


def _step(times: NDArray[np.float64]) -> float:
    return float(np.median(np.diff(times))) if len(times) > 1 else 0.0
