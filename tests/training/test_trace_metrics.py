"""Figures of traces: by hand, and segments against the area formulas written plainly."""

import numpy as np
import pytest

from core.training.trace_metrics import (
    Piece,
    boundary_errors,
    boxes,
    count_seconds,
    f_score,
    pair_scores,
    parts_called_unknown,
    pooled,
    segment_scores,
)

TRUTH = [Piece(0, 10, "a", 20, 30), Piece(10, 20, None), Piece(20, 30, "b", 5, 15)]


def test_what_is_all_right_scores_full() -> None:
    seconds = count_seconds(TRUTH, TRUTH)
    assert (seconds.known, seconds.right, seconds.placed, seconds.lost) == (20, 20, 20, 0)
    assert (seconds.unknown, seconds.recognised, seconds.accuracy) == (10, 10, 1.0)
    assert segment_scores(TRUTH, TRUTH) == (pytest.approx(1), pytest.approx(1))
    assert boundary_errors(TRUTH, TRUTH) == [0, 0]
    assert parts_called_unknown(TRUTH, TRUTH) == [False, True, False]


def test_each_kind_of_mistake_is_counted_where_it_belongs() -> None:
    said = [Piece(0, 5, "a", 20, 25), Piece(5, 10, None), Piece(10, 20, "c", 0, 10), Piece(20, 30, "b", 50, 60)]
    seconds = count_seconds(TRUTH, said)
    assert (seconds.right, seconds.lost, seconds.placed, seconds.recognised) == (15, 5, 5, 0)
    assert seconds.accuracy == 15 / 30
    assert parts_called_unknown([TRUTH[1]], said) == [False]


def test_the_error_of_a_boundary_is_the_way_to_the_nearest_that_was_found() -> None:
    said = [Piece(0, 10.5, "a", 20, 30.5), Piece(10.5, 18, None), Piece(18, 30, "b", 3, 15)]
    assert boundary_errors(TRUTH, said) == [0.5, 2.0]
    assert boundary_errors(TRUTH, [Piece(0, 30, None)]) == [30, 30]


def test_a_change_between_two_unknown_parts_is_not_asked_for() -> None:
    assert boundary_errors([Piece(0, 5, None), Piece(5, 9, None)], [Piece(0, 9, None)]) == []


def test_where_several_sources_are_true_at_once_each_of_them_is_right() -> None:
    both = [Piece(0, 10, "a", 20, 30), Piece(5, 10, "b", 0, 5), Piece(10, 12, None)]
    for said in ([Piece(0, 10, "a", 20, 30)], [Piece(0, 5, "a", 20, 25), Piece(5, 10, "b", 0, 5)]):
        seconds = count_seconds(both, said)
        assert (seconds.known, seconds.right, seconds.placed, seconds.unknown) == (10, 10, 10, 2)
    assert boundary_errors(both, [Piece(0, 5, "a"), Piece(5, 10, "b"), Piece(10, 12, None)]) == [0, 0]


def test_precision_and_recall_are_products_of_the_overlaps_on_both_axes() -> None:
    # found: seconds 0–8 of the query as 22–34 of the reference; true: 0–10 as 20–30
    precision, recall = pair_scores([(0, 22, 8, 34)], [(0, 20, 10, 30)])
    assert precision == pytest.approx((8 / 8) * (8 / 12))
    assert recall == pytest.approx((8 / 10) * (8 / 10))


def plainly(found: list[tuple[int, ...]], true: list[tuple[int, ...]]) -> tuple[float, float]:
    """On whole seconds: each judged box is covered, axis by axis, by the boxes it shares an area with."""

    def share(judged: list[tuple[int, ...]], judges: list[tuple[int, ...]]) -> float:
        product = 1.0
        for axis in (0, 1):
            covered = total = 0
            for box in judged:
                cells = range(box[axis], box[axis + 2])
                meeting = [o for o in judges if all(max(box[k], o[k]) < min(box[k + 2], o[k + 2]) for k in (0, 1))]
                covered += sum(any(o[axis] <= cell < o[axis + 2] for o in meeting) for cell in cells)
                total += len(cells)
            product *= covered / total
        return product

    return share(found, true), share(true, found)


def test_segments_agree_with_the_protocol_written_plainly() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        sides = [
            [(int(q), int(r), int(q + 1 + w), int(r + 1 + h)) for q, r, w, h in rng.integers(0, 12, (n, 4))]
            for n in rng.integers(1, 5, 2)
        ]
        assert pair_scores(*sides) == pytest.approx(plainly(*sides))


def test_an_empty_side_is_precise_or_remembers_all() -> None:
    assert pair_scores([], [(0, 0, 1, 1)]) == (1, 0)
    assert pair_scores([(0, 0, 1, 1)], []) == (0, 1)
    assert segment_scores([Piece(0, 5, None)], [Piece(0, 5, None)]) == (1, 1)


def test_queries_are_averaged_and_then_the_harmonic_mean_is_taken() -> None:
    result = pooled([(1.0, 0.5), (0.5, 0.5)])
    assert result == {"precision": 0.75, "recall": 0.5, "f1": pytest.approx(0.6)}
    assert f_score(0, 0) == 0


def test_boxes_are_query_and_reference_start_then_ends() -> None:
    assert boxes(TRUTH) == {"a": [(0, 20, 10, 30)], "b": [(20, 5, 30, 15)]}
