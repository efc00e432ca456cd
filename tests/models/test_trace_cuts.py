"""Cuts between two frames, found in pictures that the eye can check: dark before, light after."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.models.trace_cuts import edges, greatest_change, halfway
from core.models.trace_decoder import UNKNOWN, Span

TIMES = np.arange(6) / 3  # of the rows
SPANS = [Span(0, 2, 0), Span(2, 4, UNKNOWN), Span(4, 6, 1)]


def look(first: float, second: float) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Ten pictures a second: dark at first, a little lighter from 0.42 s on, bright from 1.3 s on."""
    times = np.arange(round(first * 10), round(second * 10) + 1) / 10
    levels = 10.0 * (times > 0.42) + 100.0 * (times >= 1.3)
    return times, np.broadcast_to(levels[:, None, None], (len(times), 4, 4)).astype(np.float32)


def test_without_a_closer_look_a_cut_lies_halfway_between_two_frames() -> None:
    assert edges(SPANS, TIMES, 2.5) == pytest.approx([0, 0.5, 7 / 6, 2.5])
    assert edges([Span(0, 6, 0)], TIMES, 2.5) == [0.0, 2.5]


def test_a_closer_look_finds_the_greatest_change_between_the_frames() -> None:
    cut = greatest_change(look)
    assert edges(SPANS, TIMES, 2.5, cut) == pytest.approx([0, 0.45, 1.25, 2.5])
    assert cut(0.0, 2.0) == pytest.approx(1.25)


def test_one_picture_says_nothing_of_a_cut() -> None:
    assert greatest_change(lambda first, second: (np.zeros(1), np.zeros((1, 4, 4), np.float32)))(1, 2) == halfway(1, 2)
