"""kill -9 in the midst of adding, searching, playing and uploading: what was finished is there, nothing half-done is
believed, what was left behind goes, and no process of ours lives on."""

import random
from pathlib import Path

import pytest

from core.config import SAMPLES, Settings
from core.media.preview import is_browser_ready
from core.media.sandbox import Sandbox
from core.store.disk import PART
from core.store.index import FrameIndex
from core.store.library import Library
from core.studio import Studio
from tests import clips
from tests.faults.killing import assert_tidy, assert_whole, killed, needs_proc
from tests.store.judge import DIMENSION, assert_right
from tests.store.worlds import ENCODER, fill

pytestmark = needs_proc

MOMENTS = random.Random(11)


@pytest.mark.parametrize("turn", range(3))
def test_while_clips_are_added(turn: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "library"
    for attempt in range(2):
        done = killed("ingest", root, SAMPLES, reports=1 + turn, seconds=MOMENTS.uniform(0.0, 0.5))
        studio = Studio(Settings(library=root, encoder="embedded"))
        paths = {video.path.stem for video in studio.videos(limit=100).videos}
        assert set(done) <= paths, "a finished clip is lost"
        assert len(paths) <= len(done) + 1 + attempt * (turn + 1)
        assert_whole(studio)
        assert [job.state for job in studio.jobs()].count("interrupted") <= attempt + 1
        studio.close()
    assert_tidy(root, monkeypatch)


@pytest.mark.parametrize("turn", range(4))
def test_while_the_search_index_is_written(turn: int, tmp_path: Path) -> None:
    library = Library(tmp_path)
    fill(library, 120, frames=150, dimension=DIMENSION)
    killed("index", tmp_path, tmp_path, reports=turn, seconds=MOMENTS.uniform(0.0, 0.4))
    assert_right(FrameIndex(Library(tmp_path), ENCODER), seed=turn)


def test_while_a_preview_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, films = tmp_path / "library", tmp_path / "films"
    films.mkdir()
    for number in range(2):
        clips.numbered(films / f"{number}.avi", seconds=20.0, fps=25.0)
    studio = Studio(Settings(library=root, encoder="embedded"))
    videos = studio.ingest([films]).added
    studio.close()
    for turn in range(3):
        killed("preview", root, films, reports=turn, seconds=MOMENTS.uniform(0.05, 0.6))
        studio = Studio(Settings(library=root, encoder="embedded"))
        for video in videos:
            path = studio.playable(video.id)
            with Sandbox(path, studio.settings.limits) as sandbox:
                info = sandbox.probe()
            assert is_browser_ready(info, path)
            assert info.duration == pytest.approx(20.0, abs=0.2), "half a preview is believed"
        assert_whole(studio)
        studio.close()
    assert_tidy(root, monkeypatch)


def test_while_an_upload_arrives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "library"
    killed("upload", root, tmp_path, reports=1, seconds=1.5)
    (left,) = (root / "incoming").iterdir()
    assert left.name.endswith(PART)
    studio = Studio(Settings(library=root, encoder="embedded"))
    assert studio.videos().total == 0
    studio.close()
    assert_tidy(root, monkeypatch)
