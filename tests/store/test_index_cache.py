"""The search index on disk: trusted to the last byte or made anew."""

import logging
from pathlib import Path

import numpy as np
import pytest

from core.store.index import FrameIndex
from core.store.library import Library
from tests.store.judge import DIMENSION, assert_right
from tests.store.worlds import ENCODER, a_track, fill, name, unit_vectors


def cache(library: Library) -> tuple[Path, Path]:
    return library.index_folder() / f"{ENCODER}.faiss", library.index_folder() / f"{ENCODER}.json"


def test_the_next_start_reads_the_cache_instead_of_the_tracks(library: Library) -> None:
    fill(library, 8)
    FrameIndex(library, ENCODER).refresh()
    read: list[str] = []
    index = FrameIndex(library, ENCODER)
    index.refresh(lambda fraction, text: read.append(text))
    assert read == ["96 frames can be searched"]
    assert_right(index)


def test_a_cache_that_is_behind_is_brought_up_to_date(library: Library) -> None:
    fill(library, 8)
    FrameIndex(library, ENCODER).refresh()
    fill(library, 2, start=20)
    library.remove([name(1)])
    library.save_track(a_track(2, unit_vectors(9, DIMENSION, seed=77)))
    assert_right(FrameIndex(library, ENCODER), k=20)


@pytest.mark.parametrize("which", [0, 1], ids=["vectors", "rows"])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "flipped", "swapped"])
def test_a_damaged_cache_is_made_anew(library: Library, which: int, damage: str) -> None:
    fill(library, 8)
    FrameIndex(library, ENCODER).refresh()
    path = cache(library)[which]
    data = path.read_bytes()
    middle = len(data) // 2
    if damage == "missing":
        path.unlink()
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "cut":
        path.write_bytes(data[:middle])
    elif damage == "flipped":
        path.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
    else:
        path.write_bytes(np.random.default_rng(1).bytes(len(data)))
    assert_right(FrameIndex(library, ENCODER))
    again: list[str] = []
    FrameIndex(library, ENCODER).refresh(lambda fraction, text: again.append(text))
    assert len(again) == 1, "the cache was not written anew"


def test_a_cache_of_another_encoder_is_not_used(library: Library) -> None:
    fill(library, 8)
    FrameIndex(library, ENCODER).refresh()
    for path in cache(library):
        path.rename(path.with_name(path.name.replace("fake-1", "fake-2")))
    index = FrameIndex(library, ENCODER.replace("fake-1", "fake-2"))
    assert index.search(unit_vectors(1, DIMENSION, seed=1), [0.0], 5) == []


def test_a_cache_that_cannot_be_written_does_not_stop_the_search(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    fill(library, 4)
    library.index_folder().rmdir()
    library.index_folder().write_text("a file where the folder should be")
    assert_right(FrameIndex(library, ENCODER))
    assert "could not be kept" in caplog.text


def test_a_damaged_track_is_left_out_and_the_rest_is_found(library: Library, caplog: pytest.LogCaptureFixture) -> None:
    fill(library, 4)
    path = library.root / "tracks" / ENCODER / f"{name(2)}.npz"
    path.write_bytes(path.read_bytes()[:200])
    with caplog.at_level(logging.WARNING):
        index = FrameIndex(library, ENCODER)
        index.refresh()
    assert len(index) == 36
    assert_right(index)
