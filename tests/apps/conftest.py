"""The library that the Streamlit pages open: an empty one, or one of three clips made once and copied."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config import Settings
from core.studio import Studio, close_studios, open_studio
from tests import clips


@pytest.fixture(scope="module")
def three_clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of three clips, red, green and blue, to be copied."""
    folder, library = tmp_path_factory.mktemp("clips"), tmp_path_factory.mktemp("library")
    for name in ("red", "green", "blue"):
        clips.colours(folder / f"{name}.mp4", [name, "white", name])
    studio = Studio(Settings(library=library, encoder="embedded"))
    assert len(studio.ingest([folder]).added) == 3
    studio.close()
    return library


@pytest.fixture
def page_studio(monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """The studio that the pages open: that of an empty library."""
    monkeypatch.setenv("CLIPKIN_ENCODER", "embedded")
    close_studios()
    studio = open_studio()
    yield studio
    close_studios()


@pytest.fixture
def filled(three_clips: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Studio:
    """The same with three clips."""
    shutil.copytree(three_clips, tmp_path / "library")
    return request.getfixturevalue("page_studio")
