"""The yardsticks of the frame map on layouts whose worth the eye can see."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import Cancelled, StudioError
from core.training.evaluate_map import judge, measure, nearest, run
from core.training.registry import experiment
from core.training.rivals import rivals
from tests import clips

VIDEO = np.repeat(np.arange(10, dtype=np.int32), 20)


def walk() -> np.ndarray:
    """Ten videos as slow walks on a plane, in no order."""
    random = np.random.default_rng(0)
    places = random.random((10, 2)).repeat(20, axis=0) + 0.002 * np.arange(200)[:, None] % 0.04
    return (places + 1e-4 * random.standard_normal(places.shape)).astype(np.float32)


def test_a_layout_that_is_the_data_is_perfect() -> None:
    rows = walk()
    found = judge(rows, rows, VIDEO, nearest(rows))
    assert found["trustworthiness"] == pytest.approx(1)
    assert found["neighbours_kept"] == pytest.approx(1)
    assert found["same_video"] > 0.8


def test_a_layout_by_chance_is_worthless() -> None:
    rows = walk()
    chance = np.random.default_rng(1).random((200, 2)).astype(np.float32)
    found = judge(rows, chance, VIDEO, nearest(rows))
    assert found["trustworthiness"] < 0.6
    assert found["neighbours_kept"] < 0.15
    assert found["same_video"] < 0.2
    assert found["temporal_step"] == pytest.approx(1, abs=0.15)
    assert found["filled"] > 0.4


def test_videos_that_stand_still_have_no_step() -> None:
    rows = np.repeat(np.random.default_rng(0).random((10, 2)), 20, axis=0).astype(np.float32)
    assert judge(rows, rows, VIDEO, nearest(rows))["temporal_step"] == 0


def test_every_rival_is_there_or_said_to_be_missing() -> None:
    found, missing = rivals()
    assert "t-SNE" in found
    assert len(found) + len(missing) == 3


def test_layouts_are_fitted_on_one_thread_and_can_be_stopped_in_the_midst_of_a_fit() -> None:
    told = []

    def stop_soon(fraction: float, text: str) -> None:
        told.append((text, torch.get_num_threads()))
        if "epoch" in text:
            raise Cancelled

    with pytest.raises(Cancelled):
        measure(walk(), VIDEO, VIDEO, progress=stop_soon)
    assert told[-1][0].startswith("neighbours: epoch 1 of")
    assert {threads for text, threads in told} == {1}


def test_too_few_frames_are_said(tmp_path: Path) -> None:
    clips.numbered(tmp_path / "a.mp4")
    with pytest.raises(StudioError, match="60 or more"):
        run(tmp_path)


def test_only_an_experiment_that_leaves_something_out_can_be_run_whole() -> None:
    assert experiment("map", is_whole=True).keywords == {"is_whole": True}
    with pytest.raises(StudioError, match="Leave out --whole"):
        experiment("visil", is_whole=True)
