"""Similarity without learning: cosine between frames, Chamfer between videos, the moment where two agree best.

Written in NumPy although its neighbours are PyTorch: nothing here learns, a matrix product is as fast, and the first
search on a laptop does not wait for PyTorch to load.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SLACK = 0.2  # cosine: pairs of frames this far below the best one of two videos are alike, but no part of a match
BLOCK_CELLS = 4_000_000  # pairs of frames that are compared at once: 16 MB
NEAR_TIE = 0.02  # cosine that the eye does not see


def frame_matrix(query: NDArray[np.float32], reference: NDArray[np.float32]) -> NDArray[np.float32]:
    """Frame-to-frame similarity: (P, D), (Q, D), rows of length 1 -> (P, Q) cosines in -1–1."""
    products = query @ reference.T
    return np.clip(products, -1.0, 1.0, out=products)


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
    """What Chamfer says of two videos."""

    query_in_reference: float  # -1–1
    reference_in_query: float  # -1–1

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
    return VideoSimilarity(
        query_in_reference=chamfer_similarity(counted, query_weights[rows]),
        reference_in_query=chamfer_similarity(counted.T, reference_weights[columns]),
    )


def compare_frames(
    query: NDArray[np.float32],
    reference: NDArray[np.float32],
    query_weights: NDArray[np.float32],
    reference_weights: NDArray[np.float32],
) -> VideoSimilarity:
    """`compare` of the frame matrix of two videos (P, D) and (Q, D), which is never held as a whole."""
    rows, columns = _with_content(query_weights), _with_content(reference_weights)
    counted = reference[columns]
    in_reference, in_query = np.empty(len(rows), np.float32), np.full(len(columns), -1.0, np.float32)
    step = max(1, BLOCK_CELLS // max(len(columns), 1))
    for start in range(0, len(rows), step):
        block = frame_matrix(query[rows[start : start + step]], counted)
        in_reference[start : start + step] = block.max(axis=1)
        np.maximum(in_query, block.max(axis=0), out=in_query)
    return VideoSimilarity(
        query_in_reference=chamfer_similarity(in_reference[:, None], query_weights[rows]),
        reference_in_query=chamfer_similarity(in_query[:, None], reference_weights[columns]),
    )


def best_run(matrix: NDArray[np.float32], floor: float) -> tuple[int, int, int] | None:
    """The stretch along one diagonal of (P, Q) that stands out most over `floor`: its first row and column, its length.

    The sum of what each pair of frames has above the floor decides, so a long stretch beats a lucky pair and a short
    dip does not end it. None when no pair reaches the floor.
    """
    excess = matrix - np.float32(floor)
    rows, columns = matrix.shape
    best, found = 0.0, None
    for offset in range(1 - rows, columns):
        sums = np.concatenate([[0.0], np.cumsum(excess.diagonal(offset), dtype=np.float64)])
        gains = sums[1:] - np.minimum.accumulate(sums)[:-1]
        end = int(gains.argmax())
        if gains[end] > best:
            best, start = float(gains[end]), int(sums[: end + 1].argmin())
            found = (start - min(offset, 0), start + max(offset, 0), end - start + 1)
    return found


def best_moment(matrix: NDArray[np.float32], floor: float) -> tuple[int, int]:
    """The row and column where two videos agree best: in the best run, else the closest pair of frames.

    Of the run the first pair that comes within `NEAR_TIE` of its peak, so that there is something left to watch.
    """
    run = best_run(matrix, _raised(floor, matrix))
    if run is None:
        row, column = np.unravel_index(int(matrix.argmax()), matrix.shape)
        return int(row), int(column)
    along = matrix[run[0] : run[0] + run[2], run[1] : run[1] + run[2]].diagonal()
    first = int(np.argmax(along >= along.max() - NEAR_TIE))
    return run[0] + first, run[1] + first


def only_content(
    matrix: NDArray[np.float32], query_weights: NDArray[np.float32], reference_weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The matrix (P, Q) with -1 wherever one of the two frames has no content, so that no match goes through black."""
    has_content = (query_weights[:, None] > 0) & (reference_weights[None, :] > 0)
    return np.where(has_content, matrix, np.float32(-1.0))


def _with_content(weights: NDArray[np.float32]) -> NDArray[np.intp]:
    return np.flatnonzero(weights) if weights.any() else np.arange(len(weights))


def _raised(floor: float, matrix: NDArray[np.float32]) -> float:
    return max(floor, float(matrix.max(initial=-1.0)) - SLACK)
