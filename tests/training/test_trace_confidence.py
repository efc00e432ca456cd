"""The weights of confidence: fitted where the truth is known, and judged by how often what they say comes true."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from core.training.trace_confidence import CLOSE_PRIOR, PRIOR, Judged, calibration_error, figures, fit, right_share
from core.training.trace_metrics import Piece

TRUE = np.array([8.0, 4.0, -1.0, 1.0])


def drawn(count: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    """Signs, what came true as often as weights say, and the chances they say."""
    random = np.random.default_rng(seed)
    rows = np.concatenate([random.normal(0, 0.5, (count, 3)), np.ones((count, 1))], axis=1)
    chances = 1 / (1 + np.exp(-rows @ TRUE))
    return rows, random.random(count) < chances, chances


def test_the_weights_that_answers_were_drawn_from_are_found() -> None:
    rows, is_right, _ = drawn(20_000, 1)
    np.testing.assert_allclose(fit(rows, is_right), TRUE, atol=0.25)


def test_with_much_evidence_it_is_the_regression_of_scikit_learn() -> None:
    rows, is_right, _ = drawn(20_000, 3)
    judge = LogisticRegression(C=1e9).fit(rows[:, :3], is_right)
    np.testing.assert_allclose(fit(rows, is_right), [*judge.coef_[0], judge.intercept_[0]], atol=0.05)


def test_without_evidence_the_weights_are_those_expected_and_few_answers_move_them_a_little() -> None:
    np.testing.assert_allclose(fit(np.zeros((0, 4)), np.zeros(0, bool)), PRIOR)
    np.testing.assert_allclose(fit(np.array([]), np.zeros(0, bool), CLOSE_PRIOR), CLOSE_PRIOR)
    few = fit(np.array([[0.0, -2, -2, 1]] * 3), np.ones(3, bool))
    assert few[1] < PRIOR[1]
    assert few[3] > PRIOR[3]
    assert np.abs(few - PRIOR).max() < 8


def test_what_comes_true_as_often_as_said_is_well_calibrated() -> None:
    _, is_right, chances = drawn(20_000, 2)
    said = figures([Judged(float(chance), bool(right)) for chance, right in zip(chances, is_right, strict=True)])
    assert said["calibration_error"] < 0.02
    assert said["right"] == int(is_right.sum())


def test_calibration_error_is_the_gap_between_chance_and_truth() -> None:
    chances = np.array([0.95, 0.95, 0.95, 0.95, 0.55, 0.55])
    is_right = np.array([True, True, True, False, True, False])
    assert calibration_error(chances, is_right) == pytest.approx((4 * 0.2 + 2 * 0.05) / 6)
    assert calibration_error(np.array([1.0, 0.0]), np.array([True, False])) == 0


def test_an_answer_is_as_right_as_the_share_of_its_time_that_shows_what_it_names() -> None:
    true = [Piece(0, 10, "a", 0, 10), Piece(10, 20, None)]
    assert right_share(Piece(4, 12, "a"), true) == pytest.approx(0.75)
    assert right_share(Piece(8, 18, None), true) == pytest.approx(0.8)
    assert right_share(Piece(0, 10, "b"), true) == 0
