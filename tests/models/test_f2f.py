"""Chamfer over regions against the paper's loops written plainly, and in blocks as in one piece."""

import numpy as np
import pytest

from core.models import f2f
from core.models.f2f import frame_matrices


def regions(count, seed, *, parts=9, dimension=24):
    rows = np.random.default_rng(seed).standard_normal((count, parts, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def f2f_simi_score(frame_1, frame_2):
    """The walkthrough's loop, with the maximum begun anew for every region as its formula has it."""
    sum_simi = 0.0
    for region_vec_1 in frame_1:
        max_simi = -np.inf
        for region_vec_2 in frame_2:
            max_simi = max(max_simi, float(region_vec_1 @ region_vec_2))
        sum_simi += max_simi
    return sum_simi / len(frame_1)


def test_both_readings_are_the_loops_of_the_walkthrough():
    query, reference = regions(5, 1), regions(7, 2)
    matrices = frame_matrices(query, reference)
    for row, frame in enumerate(query):
        for column, other in enumerate(reference):
            assert matrices.query_in_reference[row, column] == pytest.approx(f2f_simi_score(frame, other), abs=1e-6)
            assert matrices.reference_in_query[row, column] == pytest.approx(f2f_simi_score(other, frame), abs=1e-6)


def test_a_part_is_wholly_in_the_whole_but_not_the_other_way_round():
    whole = np.eye(9, dtype=np.float32)[None]
    part = np.repeat(whole[:, :1], 9, axis=1)  # nine times the first region
    matrices = frame_matrices(part, whole)
    assert matrices.query_in_reference[0, 0] == 1.0
    assert matrices.reference_in_query[0, 0] == pytest.approx(1 / 9)
    assert matrices.symmetric[0, 0] == pytest.approx((1 + 1 / 9) / 2)


def test_swapping_the_videos_swaps_the_readings():
    query, reference = regions(6, 3), regions(4, 4)
    there, back = frame_matrices(query, reference), frame_matrices(reference, query)
    np.testing.assert_allclose(there.query_in_reference, back.reference_in_query.T, atol=1e-6)
    np.testing.assert_allclose(there.symmetric, back.symmetric.T, atol=1e-6)


def test_blocks_change_nothing(monkeypatch):
    query, reference = regions(23, 5), regions(31, 6)
    whole = frame_matrices(query, reference)
    monkeypatch.setattr(f2f, "BLOCK", 7)
    monkeypatch.setattr(f2f, "PRODUCT_BYTES", 4 * 81 * 7 * 5)
    parts = frame_matrices(query, reference)
    np.testing.assert_allclose(parts.query_in_reference, whole.query_in_reference, atol=1e-6)
    np.testing.assert_allclose(parts.reference_in_query, whole.reference_in_query, atol=1e-6)


def test_frames_without_regions_are_compared_by_their_cosine():
    query, reference = regions(3, 7)[:, 0], regions(4, 8)[:, 0]
    matrices = frame_matrices(query, reference)
    np.testing.assert_allclose(matrices.query_in_reference, query @ reference.T, atol=1e-6)
    np.testing.assert_allclose(matrices.reference_in_query, query @ reference.T, atol=1e-6)


def test_eight_bits_of_precision_cost_less_than_a_hundredth():
    query, reference = regions(20, 9, dimension=512), regions(20, 10, dimension=512)
    reference[:10] = query[:10]
    exact, short = frame_matrices(query, reference), frame_matrices(query, reference, precision="bfloat16")
    assert np.abs(exact.query_in_reference - short.query_in_reference).max() < 0.01
    assert np.abs(exact.reference_in_query - short.reference_in_query).max() < 0.01


def test_an_empty_side_gives_an_empty_matrix():
    assert frame_matrices(regions(0, 1), regions(3, 2)).query_in_reference.shape == (0, 3)
    assert frame_matrices(regions(3, 1), regions(0, 2)).reference_in_query.shape == (3, 0)
