"""The curves of confidence: fitted where the truth is known, and judged by how often they come true."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from core.models.trace_confidence import Curve
from core.training.trace_confidence import PRIOR, Answer, calibration_error, figures, fit, right_share
from core.training.trace_metrics import Piece


def drawn(count: int, slope: float, level: float, seed: int) -> list[Answer]:
    """Answers that are right as often as a curve says."""
    random = np.random.default_rng(seed)
    leads = random.uniform(-0.2, 0.4, count)
    is_right = random.random(count) < 1 / (1 + np.exp(-(slope * leads + level)))
    return [Answer(float(x), True, bool(right)) for x, right in zip(leads, is_right, strict=True)]


def test_the_curve_that_answers_were_drawn_from_is_found() -> None:
    curve = fit(drawn(20_000, 15.0, 0.5, 1))
    assert (curve.slope, curve.level) == (pytest.approx(15, rel=0.08), pytest.approx(0.5, abs=0.1))
    assert figures(drawn(20_000, 15.0, 0.5, 2), curve, curve)["calibration_error"] < 0.02


def test_with_much_evidence_it_is_the_regression_of_scikit_learn() -> None:
    judged = drawn(4_000, 10.0, -0.4, 3)
    rows = np.array([[one.lead] for one in judged])
    judge = LogisticRegression(C=1e9).fit(rows, [one.is_right for one in judged])
    curve = fit(judged)
    assert curve.slope == pytest.approx(float(judge.coef_[0, 0]), rel=0.02)
    assert curve.level == pytest.approx(float(judge.intercept_[0]), abs=0.02)


def test_few_answers_that_were_all_right_move_the_curve_only_a_little() -> None:
    nothing, few = fit([]), fit([Answer(x, True, True) for x in (-0.02, 0.02, 0.04)])
    assert (nothing.slope, nothing.level) == pytest.approx((PRIOR.slope, PRIOR.level))
    assert nothing(0.0) < few(0.0) < 0.9


def test_a_larger_lead_never_makes_an_answer_less_sure() -> None:
    assert fit([Answer(x, True, x < 0) for x in np.linspace(-0.3, 0.3, 400).tolist()]).slope == 0


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


def test_a_flat_curve_says_one_thing() -> None:
    assert Curve(0.0, 0.0)(0.7) == 0.5
