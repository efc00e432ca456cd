"""Tracing with everything real behind it: files cut and joined, the embedded encoder, the command line."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.config import Settings
from core.errors import ModelUnavailable, StudioError
from core.records import Video
from core.studio import Studio
from core.training.stitched_files import write_query
from core.training.stitching import Footage, Part, Plan
from core.training.synthesis import make_film
from tests import clips

FPS = 6.0
PLAN = Plan((Part(0, 1.0, 5.0), Part(2, 0.0, 5.0), Part(1, 2.0, 5.5)), "clean", 0)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three films as files, the third outside the library, and a query of parts of all three."""
    folder = tmp_path_factory.mktemp("films")
    none = np.zeros((0, 1, 1, 3), np.uint8)
    for number in range(3):
        film = make_film(88_000 + number)
        frames = [film.frame(shot, step / FPS) for shot in (0, 1) for step in range(24)]
        even = [frame[: frame.shape[0] // 2 * 2, : frame.shape[1] // 2 * 2] for frame in frames]
        clips.write(folder / f"film {number}.mp4", even, fps=FPS)
    footage = [Footage(f"film {number}.mp4", str(number), none) for number in range(3)]
    write_query(PLAN, footage, folder, folder / "query.mp4")
    studio = Studio(Settings(library=folder / "library", encoder="embedded"))
    studio.ingest([folder / "film 0.mp4", folder / "film 1.mp4"])
    studio.close()
    return folder


@pytest.fixture
def studio(world: Path):
    studio = Studio(Settings(library=world / "library", encoder="embedded"))
    yield studio
    studio.close()


@pytest.fixture
def query(studio: Studio, world: Path) -> Video:
    return studio.query(world / "query.mp4")


def test_the_parts_of_a_stitched_file_are_traced_to_their_second(studio: Studio, query: Video) -> None:
    heard: list[float] = []
    answer = studio.trace(query, progress=lambda done, text: heard.append(done))
    assert [segment.title for segment in answer.segments] == ["film 0", "", "film 1"]
    assert [segment.query_end for segment in answer.segments[:2]] == pytest.approx([5, 10], abs=0.02)  # to the frame
    assert answer.segments[0].reference_start == pytest.approx(1, abs=0.8)
    assert answer.segments[2].reference_start == pytest.approx(2, abs=0.8)
    assert heard == sorted(heard)
    assert answer.rate == pytest.approx(3)
    assert studio.trace(query.id).segments == answer.segments  # by id, from the track that is there by now


def test_a_clip_that_is_gone_is_traced_as_it_was_looked_at(studio: Studio, world: Path, tmp_path: Path) -> None:
    path = tmp_path / "gone.mp4"
    path.write_bytes((world / "query.mp4").read_bytes() + b"\0")  # another video
    before = studio.trace(studio.query(path))
    path.unlink()
    after = studio.trace(before.query)
    assert [segment.title for segment in after.segments] == [segment.title for segment in before.segments]
    assert [segment.query_end for segment in after.segments[:2]] == pytest.approx([5, 10], abs=0.2)
    assert "cuts" in after.notes[-1]
    assert before.notes == ()


def test_the_published_memory_is_a_model_of_the_same_question(studio: Studio, query: Video) -> None:
    assert {model.name for model in studio.models("trace")} >= {"trace_decoder", "retrieval_memory"}
    answer = studio.trace(query, model="retrieval_memory")
    assert answer.model == "retrieval_memory"
    assert {"film 0", "film 1"} <= {segment.title for segment in answer.segments}


def test_the_published_memory_is_ready_where_the_transition_network_has_learned(world: Path) -> None:
    for encoder, is_ready in (("embedded", True), ("clip", False)):
        studio = Studio(Settings(library=world / "library", encoder=encoder))
        models = {model.name: model for model in studio.models("trace")}
        assert models["retrieval_memory"].is_ready is is_ready
        assert models["trace_decoder"].is_ready
        if not is_ready:
            with pytest.raises(ModelUnavailable) as caught:
                studio._equipment.model("transition", encoder)
            assert models["retrieval_memory"].reason == str(caught.value)
        studio.close()


def test_a_model_of_another_question_is_refused(studio: Studio, query: Video) -> None:
    with pytest.raises(StudioError, match="trace_decoder"):
        studio.trace(query, model="cosine")


def test_a_library_of_nothing_but_the_query_says_so(tmp_path: Path, world: Path) -> None:
    studio = Studio(Settings(library=tmp_path / "own", encoder="embedded"))
    answer = studio.trace(studio.query(world / "query.mp4"))
    assert [segment.video_id for segment in answer.segments] == [None]
    assert "no other video" in answer.notes[0]
    studio.close()


def test_the_command_line_prints_segments_and_files_for_others(world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = ["trace", str(world / "query.mp4"), "--library", str(world / "library"), "--encoder", "embedded"]
    assert main([*common, "--json"]) == 0
    segments = json.loads(capsys.readouterr().out)["segments"]
    assert [segment["video_id"] is None for segment in segments] == [False, True, False]
    assert {"query_start", "query_end", "title", "reference_start", "reference_end", "score"} <= set(segments[0])
    assert main([*common, "--export", "edl"]) == 0
    assert capsys.readouterr().out.startswith("TITLE: query\r\nFCM: NON-DROP FRAME")
    assert main([*common, "--export", "csv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["export"].startswith("query_start,")
    assert main(common) == 0
    assert "unknown" in capsys.readouterr().out
