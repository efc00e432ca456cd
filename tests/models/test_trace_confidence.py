"""How sure a trace is of a part: the lead of an answer, what its pictures share, and the curves over them."""

import numpy as np
import pytest

from core.models.picture_agreement import WHOLE, Agreement
from core.models.trace_confidence import KNOWN, UNCLAIMED, chance_close, chance_seen, confidence, lead
from core.models.trace_decoder import UNKNOWN, Span
from core.models.trace_lines import Line

LINES = [Line(0, 0.0, 1.0, 0, 4), Line(0, 3.0, 1.0, 0, 4), Line(1, 0.0, 1.0, 0, 4)]
ALIKE = np.array([[0.9, 0.2, 0.5], [0.3, 0.7, 0.5], [0.1, 0.1, 0.2], [0.1, 0.1, 0.3]], np.float32)
FLOORS = np.array([0.6, 0.6, 0.6, 0.6], np.float32)


def test_a_source_leads_by_what_it_has_above_the_floor() -> None:
    assert lead(Span(0, 2, 0), LINES, ALIKE, FLOORS) == pytest.approx(0.8 - 0.6)


def test_the_same_footage_twice_in_the_library_makes_no_answer_less_sure() -> None:
    twice = np.concatenate([ALIKE, ALIKE[:, :2]], axis=1)
    lines = [*LINES, Line(2, 0.0, 1.0, 0, 4), Line(2, 3.0, 1.0, 0, 4)]
    assert confidence(Span(0, 2, 0), lines, twice, FLOORS) == confidence(Span(0, 2, 0), LINES, ALIKE, FLOORS)


def test_unknown_leads_by_what_the_closest_source_lacks() -> None:
    assert lead(Span(2, 4, UNKNOWN), LINES, ALIKE, FLOORS) == pytest.approx(0.6 - 0.25)
    nothing = np.zeros((4, 0), np.float32)
    assert lead(Span(2, 4, UNKNOWN), [], nothing, FLOORS) == pytest.approx(0.6)


def test_confidence_is_a_chance_that_grows_with_the_lead() -> None:
    for curve in (KNOWN, UNCLAIMED):
        chances = [curve(value) for value in np.linspace(-1, 1, 9)]
        assert chances == sorted(chances)
        assert 0 <= chances[0] <= chances[-1] <= 1


def agreement(share: float, strict: float = 0.0, moved: float = 0.0) -> Agreement:
    return Agreement(share, strict, moved, WHOLE[0])


def test_what_pictures_share_makes_a_part_surer_and_what_they_lack_less_sure_the_steadier_the_scene() -> None:
    chances = [chance_seen(0.1, agreement(shared), 0.9) for shared in np.linspace(0, 1, 9)]
    assert chances == sorted(chances)
    assert chances[0] < 0.01
    assert chances[-1] > 0.99
    assert chance_seen(0.3, agreement(0.1), 0.9) < chance_seen(0.3, agreement(0.1), 0.1)


def test_a_third_of_the_picture_is_a_copy_if_it_is_the_same_to_the_last_contrast_and_moves_alike() -> None:
    seen = agreement(0.3)
    alike, same, moving = (
        chance_close(0.1, seen, 0.8, agreement(0.3, strict, moved)) for strict, moved in ((0.1, 0), (0.3, 0), (0.1, 1))
    )
    assert alike < 0.5 < moving
    assert alike < same < moving
