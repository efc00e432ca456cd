"""The cache of tracks of folders: it helps, and it does not grow for ever."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from core.features.embedded import EmbeddedEncoder
from core.store.tracks import Tracks
from core.training import folder_tracks
from core.training.folder_tracks import read_folder
from tests import clips
from tests.store.worlds import ENCODER, a_track, name, unit_vectors

DAY = 24 * 3600.0


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def filled(folder: Path, count: int) -> tuple[Tracks, int]:
    """Tracks of one size, number 0 used today, number 1 yesterday and so on; and that size."""
    tracks = Tracks(folder)
    for number in range(count):
        tracks.save(a_track(number, unit_vectors(10, 16, seed=number)))
        used = time.time() - number * DAY
        os.utime(tracks.path(name(number), ENCODER), (used, used))
    return tracks, tracks.path(name(0), ENCODER).stat().st_size


def test_what_was_not_used_for_long_goes(tmp_path: Path) -> None:
    tracks, _ = filled(tmp_path, 5)
    tracks.touch(name(4), ENCODER)
    tracks.prune(seconds=1.5 * DAY, most_bytes=10**9)
    assert tracks.ids(ENCODER) == {name(0), name(1), name(4)}


def test_beyond_its_size_what_was_used_least_lately_goes(tmp_path: Path) -> None:
    tracks, size = filled(tmp_path, 5)
    tracks.prune(seconds=100 * DAY, most_bytes=2 * size)
    assert tracks.ids(ENCODER) == {name(0), name(1)}


def test_leftovers_of_a_killed_process_and_damaged_tracks_go_too(tmp_path: Path) -> None:
    tracks, _ = filled(tmp_path, 1)
    for leftover in ("x.npz.12-ab.part", "y.npz.damaged"):
        path = tmp_path / ENCODER / leftover
        path.write_bytes(b"half")
        os.utime(path, (0, 0))
    tracks.prune(seconds=DAY, most_bytes=10**9)
    assert files(tmp_path) == {f"{name(0)}.npz"}


def test_a_cache_that_is_not_there_yet_needs_no_pruning(tmp_path: Path) -> None:
    Tracks(tmp_path / "none").prune(seconds=DAY, most_bytes=1)
    assert not (tmp_path / "none").exists()


def test_reading_a_folder_prunes_the_cache_and_keeps_what_it_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    videos, cache = tmp_path / "videos", tmp_path / "cache"
    videos.mkdir()
    clips.colours(videos / "red.mp4", ["red", "white"])
    encoder = {"embedded": ("embedded-3@2fps", EmbeddedEncoder().encode)}
    before = read_folder(videos, encoder, cache=cache)
    used = files(cache)
    filled(cache, 3)
    monkeypatch.setattr(folder_tracks, "KEPT_SECONDS", 0.5 * DAY)
    for path in cache.rglob("*.npz"):
        os.utime(path, (time.time() - DAY / 3, time.time() - DAY / 3))
    read_folder(videos, encoder, cache=cache)  # notes the use of its own
    monkeypatch.setattr(folder_tracks, "KEPT_SECONDS", DAY / 4)
    after = read_folder(videos, encoder, cache=cache)
    assert files(cache) == used
    np.testing.assert_array_equal(
        after.footage["embedded"].tracks[0].vectors, before.footage["embedded"].tracks[0].vectors
    )
