"""Metrics on answers the eye sees, and against scikit-learn where it has the same one."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

from core.training import metrics


def drawn(count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    truths = rng.random(count) < 0.4
    return rng.normal(0, 0.3, count) + 0.4 * truths, truths


def test_threshold_lies_halfway_between_two_clean_heaps() -> None:
    scores = np.array([0.9, 0.8, 0.2, 0.1])
    assert metrics.best_threshold(scores, np.array([True, True, False, False])) == pytest.approx(0.5)


def test_threshold_beats_every_other_cut() -> None:
    scores, truths = drawn()
    chosen = ((scores >= metrics.best_threshold(scores, truths)) == truths).mean()
    assert all(((scores >= cut) == truths).mean() <= chosen for cut in np.linspace(-2, 2, 2001))


@pytest.mark.parametrize("truth", [True, False])
def test_threshold_of_one_kind_only_says_always_that(truth: bool) -> None:
    scores = np.array([0.3, 0.5])
    assert ((scores >= metrics.best_threshold(scores, np.full(2, truth))) == truth).all()


def test_equal_scores_are_never_parted() -> None:
    scores, truths = np.array([0.5, 0.5, 0.5]), np.array([True, False, False])
    assert ((scores >= metrics.best_threshold(scores, truths)) == truths).sum() == 2


def test_a_threshold_needs_scores() -> None:
    with pytest.raises(ValueError, match="at least one"):
        metrics.best_threshold(np.zeros(0), np.zeros(0, bool))


def test_area_under_curve_agrees_with_scikit_learn() -> None:
    scores, truths = drawn()
    for values in (scores, np.round(scores, 1)):
        assert metrics.area_under_curve(values, truths) == pytest.approx(roc_auc_score(truths, values))


def test_average_precision_agrees_with_scikit_learn() -> None:
    scores, truths = drawn()
    assert metrics.average_precision(scores, truths) == pytest.approx(average_precision_score(truths, scores))


def test_average_precision_of_the_second_place_is_a_half() -> None:
    assert metrics.average_precision(np.array([0.9, 0.8, 0.1]), np.array([False, True, False])) == pytest.approx(0.5)


def test_logistic_fit_agrees_with_scikit_learn() -> None:
    scores, truths = drawn(5000)
    judge = LogisticRegression(C=1e6).fit(scores[:, None], truths)
    slope, intercept = metrics.fit_logistic(scores, truths)
    assert slope == pytest.approx(judge.coef_[0, 0], rel=0.01)
    assert intercept == pytest.approx(judge.intercept_[0], rel=0.01)


def test_logistic_fit_of_a_clean_split_stays_finite() -> None:
    slope, intercept = metrics.fit_logistic(np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True]))
    assert 0 < slope < 1000
    assert metrics.logistic(np.array([slope * 0.5 + intercept]))[0] == pytest.approx(0.5, abs=0.01)


def test_calibration_error_is_nought_for_honest_promises_and_large_for_boasts() -> None:
    truths = np.arange(1000) % 10 < 7
    assert metrics.calibration_error(np.full(1000, 0.7), truths) == pytest.approx(0, abs=1e-9)
    assert metrics.calibration_error(np.full(1000, 1.0), truths) == pytest.approx(0.3)
