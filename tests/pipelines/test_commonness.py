"""How common a frame is: counted over a library of made-up tracks."""

from pathlib import Path

import numpy as np

from core.pipelines.commonness import count_elsewhere, near_identical, shared, specificity
from core.records import FeatureTrack, MediaInfo, Video
from core.store.index import FrameIndex
from core.store.library import Library

AXES = np.eye(64, dtype=np.float32)
ENCODER = "numbers-1@1fps"
INFO = MediaInfo(3.0, 64, 48, 10.0, "mp4", "h264", "yuv420p", None, 0, 1000)


def track(number: int, axes: list[int], weights: list[float] | None = None) -> FeatureTrack:
    heavy = np.ones(len(axes), np.float32) if weights is None else np.array(weights, np.float32)
    return FeatureTrack(f"{number:016x}", ENCODER, np.arange(float(len(axes))), AXES[axes], heavy)


def a_library(tmp_path: Path) -> FrameIndex:
    """Five videos with the intro 0 0 1, each with frames of its own after it."""
    library = Library(tmp_path / "library")
    for number in range(5):
        library.save_track(track(number, [0, 0, 1, 10 + 2 * number, 11 + 2 * number]))
        library.add(Video(f"{number:016x}", f"clip {number}", Path("/nowhere"), INFO, "absent"))
    return FrameIndex(library, ENCODER)


def test_a_frame_is_counted_once_in_every_other_video(tmp_path: Path) -> None:
    index = a_library(tmp_path)
    mine = index.library.load_track(f"{2:016x}", ENCODER)
    assert count_elsewhere(mine, index, at_least=0.8).tolist() == [4, 4, 4, 0, 0]
    without = {f"{0:016x}", f"{1:016x}"}
    assert count_elsewhere(mine, index, at_least=0.8, without=without).tolist() == [2, 2, 2, 0, 0]


def test_black_frames_are_common_with_nothing(tmp_path: Path) -> None:
    assert count_elsewhere(track(9, [0, 1], [0.0, 1.0]), a_library(tmp_path), at_least=0.8).tolist() == [0, 5]
    assert count_elsewhere(track(9, [0, 1], [0.0, 0.0]), a_library(tmp_path), at_least=0.8).tolist() == [0, 0]


def test_what_everyone_shows_says_nothing_and_what_nobody_else_shows_everything() -> None:
    assert specificity(np.array([0, 9]), 9).tolist() == [1.0, 0.0]
    assert (np.diff(specificity(np.arange(10), 9)) < 0).all()
    assert specificity(np.array([3]), 0).tolist() == [1.0]


def test_an_intro_is_shared_and_a_video_with_many_copies_is_not() -> None:
    weights = np.ones(6, np.float32)
    assert shared(np.array([4, 4, 0, 0, 0, 0]), weights).tolist() == [True, True, False, False, False, False]
    assert not shared(np.full(6, 7), weights).any()
    assert not shared(np.array([2, 2, 0, 0, 0, 0]), weights).any()
    assert not shared(np.array([9, 0]), np.zeros(2, np.float32)).any()


def test_near_identical_lies_between_a_copy_and_the_same() -> None:
    assert near_identical(0.6) == 0.8
