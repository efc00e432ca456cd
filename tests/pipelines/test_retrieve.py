"""Answers from a library of made-up tracks, and pairs of videos, whose right order the eye can see."""

from pathlib import Path

import numpy as np
import pytest

from core.features.registry import Calibration
from core.models.methods import Method
from core.models.scorers import Clip, by_pairs, chamfer
from core.pipelines import candidates as room
from core.pipelines.candidates import candidates
from core.pipelines.frame_pair import compare_frames
from core.pipelines.references import Stored, no_sound
from core.pipelines.retrieve import retrieve
from core.records import FeatureTrack, Hit, KinCalibration, MediaInfo, Video
from core.store.index import FrameIndex
from core.store.library import Library
from tests.fakes import FakeImageEncoder, striped

INFO = MediaInfo(3.0, 64, 48, 10.0, "mp4", "h264", "yuv420p", None, 0, 1000)
ENCODER = "colour-1@1fps"
AXES = np.eye(8, dtype=np.float32)


def video(number: int) -> Video:
    return Video(f"{number:016x}", f"clip {number}", Path("/nowhere"), INFO, "absent")


def track(number: int, vectors: np.ndarray, weights: np.ndarray | None = None) -> FeatureTrack:
    count = len(vectors)
    weights = np.ones(count, np.float32) if weights is None else weights
    return FeatureTrack(f"{number:016x}", ENCODER, np.arange(float(count)), vectors.astype(np.float32), weights)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path / "library")
    for number, axes in enumerate(([0, 1, 2], [0, 1, 3], [0, 4, 5], [6, 6, 6])):
        library.save_track(track(number, AXES[axes]))
        library.add(video(number))
    return library


def look(library: Library, query: FeatureTrack, *, top: int = 5) -> tuple[tuple[Hit, ...], float]:
    """By pictures alone."""
    ids = candidates(query, among=library.extracted(ENCODER), index=FrameIndex(library, ENCODER), at_least=top)
    return retrieve(
        Clip(query, no_sound(query.video_id, "sound-1")),
        method=Method("visual", {"visual": by_pairs(chamfer)}, {}),
        ids=ids,
        library=library,
        references=Stored(library, ENCODER, "sound-1"),
        calibration=KinCalibration(0.05, 0.5, 0, "made up"),
        floor=0.6,
        top=top,
    )


def ask(library: Library, query: FeatureTrack, *, top: int = 5) -> list[str]:
    return [hit.title for hit in look(library, query, top=top)[0]]


def test_the_video_that_shares_most_comes_first(library: Library) -> None:
    assert ask(library, track(99, AXES[[0, 1, 2]]))[:3] == ["clip 0", "clip 1", "clip 2"]


def test_the_query_itself_is_left_out(library: Library) -> None:
    assert ask(library, library.load_track(f"{0:016x}", ENCODER))[0] == "clip 1"


def test_a_hit_names_the_second_that_matches(library: Library) -> None:
    (hit,), _ = look(library, track(99, AXES[[7, 3]]), top=1)
    assert (hit.title, hit.query_time, hit.reference_time) == ("clip 1", 1.0, 2.0)
    assert hit.distance == pytest.approx(1 - hit.similarity)


def test_candidates_from_the_index_lead_to_the_same_first_hit(library: Library, monkeypatch) -> None:
    monkeypatch.setattr(room, "SCORE_ALL", 0)
    query = track(99, AXES[[0, 1, 3]])
    assert ask(library, query)[0] == "clip 1"
    assert "clip 3" not in ask(library, query, top=2)


def test_a_long_still_scene_does_not_crowd_out_the_others(library: Library, monkeypatch) -> None:
    monkeypatch.setattr(room, "SCORE_ALL", 0)
    library.save_track(track(9, np.repeat(AXES[[0]], 500, axis=0)))
    library.add(video(9))
    hits = ask(library, track(99, AXES[[0, 0, 0]]))
    assert set(hits) >= {"clip 9", "clip 0", "clip 1", "clip 2"}


def test_a_damaged_track_costs_one_video_and_not_the_answer(library: Library) -> None:
    path = library.root / "tracks" / ENCODER / f"{1:016x}.npz"
    path.write_bytes(path.read_bytes()[:100])
    assert ask(library, track(99, AXES[[0, 1, 3]])) == ["clip 0", "clip 2", "clip 3"]


def test_a_black_query_finds_nothing(library: Library) -> None:
    assert ask(library, track(99, AXES[[6]], np.zeros(1, np.float32))) == []


def test_an_empty_library_gives_no_hits(tmp_path: Path) -> None:
    assert ask(Library(tmp_path / "empty"), track(99, AXES[[0]])) == []


def test_two_frames_of_one_colour_are_the_same_and_of_two_are_not() -> None:
    red, green = striped((200, 0, 0)), striped((0, 200, 0), 30, 90)
    calibration = Calibration(0.5, "made up", 0.8, probability=lambda cosine: 0.5 + cosine / 2)
    options = {"encoder": FakeImageEncoder(), "calibration": calibration}
    assert compare_frames(red, red, **options).is_same
    answer = compare_frames(red, green, **options)
    assert (answer.is_same, answer.cosine, answer.probability) == (False, 0.0, 0.5)
