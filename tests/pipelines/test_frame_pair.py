"""Two frames: the cosine decides until a head was trained, then the head does, and the order never matters."""

from dataclasses import replace

import numpy as np
import pytest

from core.features.registry import Calibration
from core.models.same_video import CosineMethod, SameVideo, SymmetricHead
from core.pipelines.frame_pair import compare_frames
from core.records import ScoreSpread
from tests.fakes import BLUE, RED, FakeImageEncoder, solid, striped

CALIBRATION = Calibration(same_video=0.5, same_video_source="set by hand", copy=0.9)
SPREAD = ScoreSpread((-1.0, 0.0, 1.0), (0.1, 0.9), (0.9, 0.1))


def a_model(threshold: float) -> SameVideo:
    head = SymmetricHead(3, has_network=False)
    head.slope.fill_(10.0)
    head.threshold.fill_(threshold)
    return SameVideo(
        CosineMethod(threshold, 10.0, -10.0 * threshold, SPREAD, "12 sources of this library"), head.eval()
    )


def asked(a: np.ndarray, b: np.ndarray, model: SameVideo | None = None):
    return compare_frames(a, b, encoder=FakeImageEncoder(), calibration=CALIBRATION, model=model)


def test_without_a_head_the_cosine_decides_at_the_encoders_threshold() -> None:
    alike, unlike = asked(striped(RED), striped(RED)), asked(striped(RED), striped(BLUE))
    assert (alike.is_same, unlike.is_same) == (True, False)
    assert (alike.threshold, alike.threshold_source) == (0.5, "set by hand")
    assert alike.head_probability is None
    assert alike.spread is None


def test_a_trained_head_decides_and_says_what_it_learned_from() -> None:
    mixed = striped((255, 0, 120))
    strict, lenient = (asked(striped(RED), mixed, a_model(threshold)) for threshold in (0.99, 0.5))
    assert (strict.is_same, lenient.is_same) == (False, True)
    assert lenient.head_probability == pytest.approx(lenient.probability)
    assert "12 sources of this library" in lenient.threshold_source
    assert lenient.spread == SPREAD


def test_swapping_the_frames_changes_nothing() -> None:
    a, b = striped(RED), striped((90, 10, 200))
    assert asked(a, b, a_model(0.4)) == replace(asked(b, a, a_model(0.4)))


def test_a_frame_with_nothing_to_see_is_called_blank() -> None:
    assert asked(striped(RED), solid((0, 0, 0))).is_blank
    assert not asked(striped(RED), striped(BLUE)).is_blank
