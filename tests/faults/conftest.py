"""A library of the demo clips, made once and copied for each test that does harm to one."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.config import SAMPLES, Settings
from core.studio import Studio

SCENES = ("aurora", "balloons", "fireworks", "jellyfish", "regatta")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library, and beside it the folder `films` that its clips lie in."""
    place = tmp_path_factory.mktemp("demo")
    films = place / "films"
    films.mkdir()
    for scene in SCENES:
        for path in SAMPLES.glob(f"{scene}-*.mp4"):
            shutil.copy(path, films)
    studio = Studio(Settings(library=place / "library", encoder="embedded"))
    assert len(studio.ingest([films]).added) == 5 * len(SCENES)
    studio.close()
    return place / "library"


@pytest.fixture
def copied(demo: Path, tmp_path: Path) -> Path:
    """A copy of that library; its clips stay where they are."""
    shutil.copytree(demo, tmp_path / "library")
    return tmp_path / "library"


@pytest.fixture
def opened(copied: Path) -> Callable[[], Studio]:
    """Opens that copy, each time anew."""
    return lambda: Studio(Settings(library=copied, encoder="embedded"))
