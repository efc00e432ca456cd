"""Methods side by side on made-up clips whose kin is known, judged by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.config import Settings
from core.errors import StudioError
from core.models.scorers import Clip
from core.records import FeatureTrack
from core.studio import Studio
from core.training.calibrate import cut
from core.training.clips import GROUP_TAG, Subject, from_library, from_videos
from core.training.evaluate_retrieval import measure
from core.training.material import Material
from tests import clips

SOURCES = 16


def track(name: str, rows: np.ndarray) -> FeatureTrack:
    count = len(rows)
    return FeatureTrack(name, "any", np.arange(float(count)), rows.astype(np.float32), np.ones(count, np.float32))


def subject(number: int, *, is_mute: bool = False, is_known: bool = True) -> Subject:
    """Two variants of each source: frames near one axis each, and a sound that says nothing."""
    rng = np.random.default_rng(number)
    source = number // 2
    rows = 4 * np.eye(SOURCES)[source] + 0.4 * rng.standard_normal((10, SOURCES))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    name = f"{number:02}"
    sound = track(name, np.zeros((0, 138)) if is_mute else rng.standard_normal((2, 138)))
    whole = Clip(track(name, rows), track(name, sound.vectors[:1]))
    return Subject(name, f"source {source}", is_known, 10.0, whole, cut(whole, 10.0, sound))


def row(found: dict, model: str, using: str) -> dict:
    return next(one for one in found["table"] if (one["model"], one["using"]) == (model, using))


def test_pictures_that_tell_everything_are_perfect_and_sound_that_tells_nothing_is_not() -> None:
    found = measure([subject(number) for number in range(2 * SOURCES)], only=["cosine", "descriptor"])
    for model in ("cosine", "descriptor"):
        seen = row(found, model, "visual")
        assert seen["halves"] == {
            "queries": 32,
            "recall_at_1": 1.0,
            "recall_at_5": 1.0,
            "mean_average_precision": 1.0,
        }
        assert seen["variants"]["recall_at_1"] == 1.0
        assert row(found, model, "audio")["variants"]["recall_at_1"] < 0.4
    assert (found["videos"], found["sources"], found["with_sound"]) == (32, 16, 32)
    assert [one["using"] for one in found["table"] if one["is_default"]] == ["late"]
    json.dumps(found, allow_nan=False)


def test_promises_of_clear_answers_are_kept() -> None:
    found = measure([subject(number) for number in range(2 * SOURCES)], only=["cosine"])
    calibration = row(found, "cosine", "visual")["calibration"]
    assert calibration["calibration_error"] < 0.05
    assert calibration["left_out"] < 0.05
    assert calibration["with_variants"] < 0.05
    assert sum(one["hits"] for one in calibration["bins"]) > 100


def test_a_clip_that_cannot_be_asked_counts_as_missed() -> None:
    subjects = [subject(number, is_mute=number < 16) for number in range(2 * SOURCES)]
    heard = row(measure(subjects, only=["cosine"]), "cosine", "audio")
    assert heard["halves"]["queries"] == 32
    assert heard["halves"]["recall_at_5"] <= 0.5


def test_what_a_manifest_leaves_open_is_ranked_and_not_calibrated_on() -> None:
    subjects = [subject(number, is_known=number >= 4) for number in range(2 * SOURCES)]
    found = row(measure(subjects, only=["cosine"]), "cosine", "visual")
    assert found["halves"]["queries"] == 32
    everyone = row(measure([subject(n) for n in range(2 * SOURCES)], only=["cosine"]), "cosine", "visual")
    hits = [sum(one["hits"] for one in part["calibration"]["bins"]) for part in (found, everyone)]
    assert hits[0] < hits[1]


def test_a_few_clips_say_nothing() -> None:
    with pytest.raises(StudioError, match="at least 24"):
        measure([subject(number) for number in range(6)])


def test_a_library_tells_sources_by_tags_and_cuts_its_clips_in_two(tmp_path: Path) -> None:
    studio = Studio(Settings(library=tmp_path / "library", encoder="embedded"))
    long = clips.numbered(tmp_path / "long.mp4", seconds=6.0, sound="tone")
    short = clips.numbered(tmp_path / "short.mp4", seconds=2.0)
    studio.ingest([long, short])
    for video in studio.videos().videos:
        studio.set_tags(video.id, ["sea", f"{GROUP_TAG}one"])
    material = studio._material()
    assert isinstance(material, Material)
    by_length = sorted(from_library(material), key=lambda one: one.duration)
    assert [one.group for one in by_length] == ["one", "one"]
    assert by_length[0].halves is None
    halves = by_length[1].halves
    assert halves is not None
    assert (len(halves.first.visual), len(halves.second.visual)) == (3, 3)
    assert halves.first.has_sound
    assert halves.second.has_sound
    studio.close()


def test_a_folder_is_read_with_its_manifest_and_bad_files_named(tmp_path: Path) -> None:
    clips.numbered(tmp_path / "a.mp4", seconds=5.0)
    clips.text(tmp_path / "b.mp4")
    (tmp_path / "manifest.csv").write_text("file,group\na.mp4,first\nb.mp4,second\n")
    (found,), failures = from_videos(tmp_path)
    assert (found.group, found.is_known) == ("first", True)
    assert len(found.whole.visual) == 5
    assert len(failures) == 1
