"""Probabilities on numbers a person can check, and equation 1 against its own letters."""

import numpy as np
import pytest

from core.models.probability import kinship, published, softmax

FIGURE_7 = np.array([49.0, 24.4, 16.0, 6.6, 3.6])


def test_equation_1_is_a_softmax_of_one_minus_a_softmax() -> None:
    distances = np.array([0.1, 0.7, 1.3, 2.0, 4.0])
    inner = np.exp(distances) / np.exp(distances).sum()
    outer = np.exp(1 - inner) / np.exp(1 - inner).sum()
    np.testing.assert_allclose(published(distances), outer, rtol=1e-12)
    assert published(distances).argmax() == 0


@pytest.mark.parametrize("spread", [0.1, 10.0, 1e6])
def test_equation_1_never_tells_first_and_last_apart_by_more_than_e_although_the_report_shows_more(spread) -> None:
    chances = published(np.array([0.0, 0.0, 0.0, 0.0, 1.0]) * spread)
    assert chances.max() / chances.min() <= np.e + 1e-9
    assert FIGURE_7[0] / FIGURE_7[-1] > 13


def test_nothing_is_shared_among_nobody() -> None:
    assert published(np.zeros(0)).size == softmax(np.zeros(0)).size == 0
    assert kinship(np.zeros(0), temperature=0.1, none_at=0.5)[1] == 1.0


def test_a_hit_as_alike_as_none_is_as_likely_kin_as_not() -> None:
    chances, none = kinship(np.array([0.5]), temperature=0.05, none_at=0.5)
    assert (chances[0], none) == (pytest.approx(0.5), pytest.approx(0.5))


def test_one_temperature_more_is_e_times_the_odds() -> None:
    chances, none = kinship(np.array([0.55, 0.5]), temperature=0.05, none_at=0.0)
    assert chances[0] / chances[1] == pytest.approx(np.e)
    assert chances.sum() + none == pytest.approx(1.0)


def test_strangers_only_leave_everything_to_none_of_these() -> None:
    chances, none = kinship(np.array([0.1, 0.05, 0.0]), temperature=0.05, none_at=0.5)
    assert none > 0.99
    assert chances.max() < 0.01


def test_copies_of_one_film_do_not_take_probability_from_each_other() -> None:
    scores = np.array([0.9, 0.9, 0.1])
    apart, _ = kinship(scores, temperature=0.05, none_at=0.5)
    copies = np.array([[False, True], [True, False]])  # about the first two only
    together, _ = kinship(scores, temperature=0.05, none_at=0.5, copies=copies)
    assert apart[:2] == pytest.approx([0.5, 0.5], abs=0.01)
    assert together[:2] == pytest.approx([1.0, 1.0], abs=0.01)
    assert together[2] == pytest.approx(apart[2])


def test_far_apart_scores_do_not_overflow() -> None:
    chances, none = kinship(np.array([1.0, -1.0]), temperature=1e-4, none_at=0.0)
    assert (chances.tolist(), none) == ([1.0, 0.0], 0.0)
