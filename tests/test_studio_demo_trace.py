"""The compilation of demo clips that a person can try tracing with."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.config import SAMPLES, Settings
from core.pipelines.demo_compilation import PIECES, TITLE, dunes
from core.records import Video
from core.studio import Studio

HELD = ("aurora-incident_scene.mp4", "regatta-anchor.mp4")  # the clips of the first two pieces


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A library of two of the demo clips that are stitched."""
    studio = Studio(Settings(library=tmp_path_factory.mktemp("library"), encoder="embedded"))
    assert not studio.can_stitch_demo()
    studio.ingest([SAMPLES / HELD[0]])
    assert not studio.can_stitch_demo()  # one source is no compilation
    studio.ingest([SAMPLES / HELD[1]])
    yield studio
    studio.close()


@pytest.fixture(scope="module")
def stitched(studio: Studio) -> Video:
    heard: list[float] = []
    video = studio.stitch_demo(lambda done, text: heard.append(done))
    assert heard == sorted(heard)
    return video


def test_two_demo_clips_in_the_library_are_enough_to_stitch(studio: Studio) -> None:
    assert studio.can_stitch_demo()


def test_the_compilation_is_a_query_of_all_its_pieces(studio: Studio, stitched: Video) -> None:
    assert (stitched.title, stitched.role) == (TITLE, "query")
    assert stitched.info.duration == pytest.approx(sum(piece.end - piece.start for piece in PIECES), abs=0.3)
    assert (stitched.info.width, stitched.info.height) == (640, 360)
    assert stitched.id not in {video.id for video in studio.videos().videos}
    assert not list(Path(studio.settings.library / "incoming").iterdir())


def test_its_parts_are_traced_to_the_clips_that_are_there(studio: Studio, stitched: Video) -> None:
    segments = studio.trace(stitched).segments
    titles = {video.title for video in studio.videos().videos}
    assert {segment.title for segment in segments[:2]} == titles
    assert [segment.query_end for segment in segments[:2]] == pytest.approx([6, 11], abs=0.5)
    assert [segment.reference_start for segment in segments[:2]] == pytest.approx([1, 3.5], abs=0.5)
    assert not any(segment.is_known for segment in segments[2:])  # the drawn scene, and clips that were not added


def test_it_is_made_once(studio: Studio, stitched: Video) -> None:
    heard: list[float] = []
    assert studio.stitch_demo(lambda done, text: heard.append(done)).id == stitched.id
    assert not heard


def test_the_drawn_scene_moves(stitched: Video) -> None:
    first, later = dunes(0.0).astype(int), dunes(4.0).astype(int)
    assert np.abs(first - later).mean() > 3
    assert first.std() > 20
