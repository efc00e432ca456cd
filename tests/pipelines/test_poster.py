"""Prints of the map: every tile the right frame of the right file at full resolution."""

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.config import Settings
from core.errors import Cancelled, StudioError
from core.features.registry import build_encoder
from core.pipelines.ingest import Extractors, ingest
from core.pipelines.mosaic import mosaic
from core.pipelines.poster import GROUND, check, print_mosaic, take_room
from core.store.library import Library
from tests import clips
from tests.pipelines.maps import a_map

LIMITS = Settings().limits
CORNERS = [(0.25, 0.75), (0.75, 0.75), (0.25, 0.25)]


@pytest.fixture
def library(tmp_path: Path):
    library = Library(tmp_path / "library")
    clips.colours(tmp_path / "a.mp4", ("red", "green"), size=(320, 180))
    clips.colours(tmp_path / "b.mp4", ("blue",), size=(320, 180))
    extractors = Extractors((build_encoder("embedded", Settings()),), (), 1.0, LIMITS)
    ingest([tmp_path / "a.mp4", tmp_path / "b.mp4"], library=library, extractors=extractors)
    yield library
    library.close()


def printed(library: Library, target: Path, **options):
    ids = {library.get(video_id).title: video_id for video_id in library.ids()}
    found = a_map({ids["a"]: CORNERS[:2], ids["b"]: CORNERS[2:]})
    cells = mosaic(found, centre=(0.5, 0.5), width=1, columns=2, rows=2)
    return print_mosaic(cells, found, target, library=library, limits=LIMITS, **options)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_every_tile_is_the_frame_of_its_place(library: Library, tmp_path: Path, suffix: str) -> None:
    done = printed(library, tmp_path / f"out{suffix}", tile=(160, 90))
    picture = np.asarray(Image.open(done.path).convert("RGB")).astype(int)
    assert (done.width, done.height, done.tiles, done.from_thumbnails) == (320, 180, 3, 0)
    assert picture.shape == (180, 320, 3)
    expected = {(45, 80): "red", (45, 240): "green", (135, 80): "blue"}
    for (y, x), name in expected.items():
        assert np.abs(picture[y, x] - clips.COLOURS[name]).max() < 25
    assert np.abs(picture[135, 240] - GROUND).max() < 8


def test_a_lost_original_is_shown_by_its_thumbnail_and_counted(library: Library, tmp_path: Path) -> None:
    (tmp_path / "b.mp4").unlink()
    done = printed(library, tmp_path / "out.png", tile=(160, 90))
    assert done.from_thumbnails == 1
    picture = np.asarray(Image.open(done.path)).astype(int)
    assert np.abs(picture[135, 80] - clips.COLOURS["blue"]).max() < 25


def test_a_print_from_thumbnails_opens_no_original(library: Library, tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).unlink()
    assert printed(library, tmp_path / "out.png", tile=(64, 36), is_from_originals=False).from_thumbnails == 3


def test_a_cancelled_print_leaves_no_file(library: Library, tmp_path: Path) -> None:
    def stop(fraction: float, text: str) -> None:
        if fraction > 0.9:
            raise Cancelled

    with pytest.raises(Cancelled):
        printed(library, tmp_path / "out.png", tile=(160, 90), progress=stop)
    assert not list(tmp_path.glob("out.png*"))
    assert not list((library.root / "incoming").iterdir())


def test_room_that_the_disk_does_not_have_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with tempfile.TemporaryFile(dir=tmp_path) as file:
        with pytest.raises(OSError, match="No space"):
            take_room(file.fileno(), 2 * shutil.disk_usage(tmp_path).free, tmp_path)
        assert os.fstat(file.fileno()).st_size == 0
        take_room(file.fileno(), 1_000_000, tmp_path)
        assert os.fstat(file.fileno()).st_size == 1_000_000


def test_what_cannot_be_printed_is_said_before_any_work() -> None:
    assert check(11, 18, (534, 300), ".jpg") == (5874, 5400)
    with pytest.raises(StudioError, match=r"\.png"):
        check(2, 2, (160, 90), ".gif")
    with pytest.raises(StudioError, match="65,535"):
        check(200, 2, (534, 300), ".jpg")
    check(200, 2, (534, 300), ".png")
    with pytest.raises(StudioError, match="smaller"):
        check(1000, 1000, (534, 300), ".png")
