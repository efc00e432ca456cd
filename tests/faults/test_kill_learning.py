"""kill -9 in the midst of a training and of drawing a map: the old weights and maps hold, or the new ones, whole."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from core.studio import Studio
from tests.faults.killing import assert_tidy, assert_whole, killed, needs_proc

pytestmark = needs_proc

MOMENTS = random.Random(12)


def test_while_a_model_learns(copied: Path, opened: Callable[[], Studio], monkeypatch: pytest.MonkeyPatch) -> None:
    for turn in range(2):
        done = killed("train", copied, copied, reports=turn, seconds=MOMENTS.uniform(0.3, 1.5))
        studio = opened()
        trainable = studio.trainable("same_video")
        assert (trainable.origin == "library") or (turn == 0 and not done)
        if trainable.origin == "library":
            assert trainable.report is not None, "half a checkpoint is believed"
        assert studio._equipment.model("same_video", "embedded") is not None
        assert_whole(studio)
        studio.close()
    assert_tidy(copied, monkeypatch)


def test_while_a_map_is_drawn(copied: Path, opened: Callable[[], Studio], monkeypatch: pytest.MonkeyPatch) -> None:
    for turn in range(2):
        done = killed("map", copied, copied, reports=turn, seconds=MOMENTS.uniform(0.1, 1.0))
        studio = opened()
        found = studio.frame_map()
        assert (found is not None) or not done
        if found is not None:
            assert len(found) == sum(
                len(studio._library.load_track(i, studio._equipment.track("embedded"))) for i in studio._library.ids()
            )
        assert_whole(studio)
        studio.close()
    assert_tidy(copied, monkeypatch)
