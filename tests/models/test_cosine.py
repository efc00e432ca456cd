"""Chamfer and moments on vectors whose answer the eye sees, and against the walkthrough's loops."""

import numpy as np
import pytest

from core.models import cosine
from core.models.cosine import (
    best_moment,
    best_run,
    chamfer_similarity,
    compare,
    compare_frames,
    frame_matrix,
)

RED, GREEN, BLUE = np.eye(3, dtype=np.float32)


def rows(*vectors: np.ndarray) -> np.ndarray:
    return np.stack(vectors)


def ones(count: int) -> np.ndarray:
    return np.ones(count, np.float32)


def test_the_same_frames_have_cosine_one_and_unrelated_ones_zero() -> None:
    matrix = frame_matrix(rows(RED, GREEN), rows(RED, BLUE))
    assert matrix.tolist() == [[1, 0], [0, 0]]


def test_chamfer_asks_how_much_of_the_query_is_found() -> None:
    matrix = frame_matrix(rows(RED), rows(RED, GREEN, BLUE))
    assert chamfer_similarity(matrix) == 1.0
    assert chamfer_similarity(matrix.T) == pytest.approx(1 / 3)


def test_chamfer_equals_the_walkthroughs_loops() -> None:
    matrix = np.random.default_rng(0).uniform(-1, 1, (7, 11)).astype(np.float32)
    total = 0.0
    for i in range(7):
        best = -np.inf
        for j in range(11):
            best = max(best, float(matrix[i][j]))
        total += best
    assert chamfer_similarity(matrix) == pytest.approx(total / 7, abs=1e-6)


def test_a_frame_without_content_counts_nothing() -> None:
    matrix = frame_matrix(rows(RED, GREEN), rows(RED))
    assert chamfer_similarity(matrix, np.array([1, 0], np.float32)) == 1.0


def test_black_does_not_find_black() -> None:
    black = BLUE
    query, reference = rows(RED, black), rows(GREEN, black)
    weights = np.array([1, 0], np.float32)
    answer = compare(frame_matrix(query, reference), weights, weights)
    assert answer.similarity == 0.0


def test_two_black_videos_are_compared_all_the_same() -> None:
    nothing = np.zeros(1, np.float32)
    assert compare(frame_matrix(rows(BLUE), rows(BLUE)), nothing, nothing).similarity == 1.0


def test_the_closest_pair_of_frames_is_the_moment_when_nothing_reaches_the_floor() -> None:
    matrix = frame_matrix(rows(GREEN, RED), rows(BLUE, BLUE, RED)) * np.float32(0.4)
    assert best_moment(matrix, 0.5) == (1, 2)


def test_a_long_stretch_beats_a_lucky_pair() -> None:
    matrix = np.full((6, 6), 0.1, np.float32)
    np.fill_diagonal(matrix, 0.8)
    matrix[3, 3] = 0.4  # a dip does not end it
    matrix[0, 5] = 0.9
    assert best_run(matrix, 0.5) == (0, 0, 6)
    assert best_moment(matrix, 0.5) == (0, 0)


def test_videos_compared_block_by_block_are_as_alike_as_by_their_whole_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    query, reference = (random.standard_normal((count, 8)).astype(np.float32) for count in (23, 31))
    weights, others = (random.integers(0, 2, count).astype(np.float32) for count in (23, 31))
    monkeypatch.setattr(cosine, "BLOCK_CELLS", 50)
    for own in (weights, np.zeros(23, np.float32)):
        expected = compare(frame_matrix(query, reference), own, others)
        found = compare_frames(query, reference, own, others)
        assert found.query_in_reference == pytest.approx(expected.query_in_reference, abs=1e-6)
        assert found.reference_in_query == pytest.approx(expected.reference_in_query, abs=1e-6)
