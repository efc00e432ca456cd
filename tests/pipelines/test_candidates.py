"""Which videos are worth scoring, on made-up tracks."""

from pathlib import Path

import numpy as np
import pytest

from core.pipelines import candidates as room
from core.pipelines.candidates import candidates
from core.records import FeatureTrack, MediaInfo, Video
from core.store.index import FrameIndex
from core.store.library import Library

AXES = np.eye(16, dtype=np.float32)
ENCODER = "numbers-1@1fps"
INFO = MediaInfo(3.0, 64, 48, 10.0, "mp4", "h264", "yuv420p", None, 0, 1000)


def track(number: int, axes: list[int]) -> FeatureTrack:
    ones = np.ones(len(axes), np.float32)
    return FeatureTrack(f"{number:016x}", ENCODER, np.arange(float(len(axes))), AXES[axes], ones)


@pytest.fixture
def library(tmp_path: Path, monkeypatch) -> Library:
    monkeypatch.setattr(room, "SCORE_ALL", 0)
    library = Library(tmp_path / "library")
    for number, axes in enumerate(([0, 1, 2], [0, 4, 5], [6, 7, 8], [9, 10, 11])):
        library.save_track(track(number, axes))
        library.add(Video(f"{number:016x}", f"clip {number}", Path("/nowhere"), INFO, "absent"))
    return library


def ask(library: Library, axes: list[int], at_least: int) -> list[int]:
    found = candidates(
        track(99, axes), among=library.extracted(ENCODER), index=FrameIndex(library, ENCODER), at_least=at_least
    )
    return [int(video_id, 16) for video_id in found]


def test_only_videos_with_a_near_frame_are_candidates_the_one_with_most_of_them_first(library: Library) -> None:
    assert ask(library, [0, 1, 2], at_least=1) == [0, 1]


def test_others_fill_up_when_more_are_asked_for(library: Library) -> None:
    found = ask(library, [0, 1, 2], at_least=3)
    assert found[:2] == [0, 1]
    assert len(found) == 3


def test_a_video_is_no_candidate_for_itself(library: Library) -> None:
    own = library.load_track(f"{0:016x}", ENCODER)
    found = candidates(own, among=library.extracted(ENCODER), index=FrameIndex(library, ENCODER), at_least=1)
    assert found == [f"{1:016x}"]
