"""The search index, judged by numpy brute force over the tracks."""

import json
import logging
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.config import ROOT
from core.records import Candidate
from core.store import vectors as vector_index
from core.store.index import FrameIndex
from core.store.library import Library
from tests.store.worlds import ENCODER, a_track, a_video, fill, name, unit_vectors

DIMENSION = 16


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


def brute_force(
    library: Library, queries: NDArray[np.float32], k: int, exclude: set[str] = frozenset()
) -> list[list[tuple[str, float, float]]]:
    """For each query the k best (video, time, similarity) by looking at every frame of every track."""
    rows: list[tuple[str, float, NDArray[np.float32]]] = []
    for video_id in library.ids():
        if video_id not in exclude and library.has_track(video_id, ENCODER):
            track = library.load_track(video_id, ENCODER)
            rows += [
                (video_id, time, vector)
                for time, vector, weight in zip(track.times, track.vectors, track.weights, strict=True)
                if weight > 0
            ]
    answers = []
    for query in queries:
        scored = [(video_id, float(time), float(vector @ query)) for video_id, time, vector in rows]
        answers.append(sorted(scored, key=lambda row: -row[2])[:k])
    return answers


def by_query(candidates: list[Candidate], count: int) -> list[list[tuple[str, float, float]]]:
    rows: list[list[tuple[str, float, float]]] = [[] for _ in range(count)]
    for candidate in candidates:
        rows[int(candidate.query_time)].append((candidate.video_id, candidate.time, candidate.similarity))
    return rows


def assert_same(found: list[list[tuple[str, float, float]]], expected: list[list[tuple[str, float, float]]]) -> None:
    assert [[row[:2] for row in rows] for rows in found] == [[row[:2] for row in rows] for rows in expected]
    for left, right in zip(found, expected, strict=True):
        np.testing.assert_allclose([row[2] for row in left], [row[2] for row in right], atol=1e-5)


def assert_right(index: FrameIndex, *, k: int = 7, exclude: set[str] = frozenset(), seed: int = 99) -> None:
    queries = unit_vectors(5, DIMENSION, seed=seed)
    found = by_query(index.search(queries, np.arange(5.0), k, exclude), 5)
    assert_same(found, brute_force(index.library, queries, k, exclude))


def test_the_nearest_frames_are_those_of_brute_force(library: Library) -> None:
    fill(library, 20)
    assert_right(FrameIndex(library, ENCODER))


def test_each_axis_finds_its_own_video(library: Library) -> None:
    for axis in range(3):
        library.save_track(a_track(axis, np.eye(3, dtype=np.float32)[[axis]]))
        library.add(a_video(axis))
    found = FrameIndex(library, ENCODER).search(np.eye(3, dtype=np.float32), [10.0, 20.0, 30.0], 1)
    assert [(row.query_time, row.video_id, row.similarity) for row in found] == [
        (10.0, name(0), 1.0), (20.0, name(1), 1.0), (30.0, name(2), 1.0),
    ]  # fmt: skip


def test_an_empty_library_has_no_candidates(library: Library) -> None:
    index = FrameIndex(library, ENCODER)
    assert index.search(np.eye(3, dtype=np.float32), np.arange(3), 5) == []
    assert len(index) == 0


def test_no_query_frames_and_no_k_find_nothing(library: Library) -> None:
    fill(library, 2)
    index = FrameIndex(library, ENCODER)
    assert index.search(np.zeros((0, DIMENSION), np.float32), [], 5) == []
    assert index.search(unit_vectors(1, DIMENSION, seed=1), [0.0], 0) == []


def test_more_neighbours_than_frames_gives_all_frames(library: Library) -> None:
    fill(library, 2, frames=3)
    assert len(FrameIndex(library, ENCODER).search(unit_vectors(1, DIMENSION, seed=1), [0.0], 50)) == 6


def test_frames_without_weight_and_queries_are_never_found(library: Library) -> None:
    weights = np.array([0, 1, 0], np.float32)
    library.save_track(a_track(1, np.eye(3, dtype=np.float32), weights))
    library.add(a_video(1))
    library.save_track(a_track(2, np.eye(3, dtype=np.float32)))
    library.add(a_video(2, role="query"))
    found = FrameIndex(library, ENCODER).search(np.eye(3, dtype=np.float32)[:1], [0.0], 9)
    assert [(row.video_id, row.time) for row in found] == [(name(1), 1.0)]


def test_a_promoted_query_is_found(library: Library) -> None:
    fill(library, 3)
    index = FrameIndex(library, ENCODER)
    index.refresh()
    library.save_track(a_track(9, unit_vectors(4, DIMENSION, seed=9)))
    library.add(a_video(9, role="query"))
    assert_right(index, k=40)
    library.promote(name(9))
    assert len(index.search(unit_vectors(1, DIMENSION, seed=1), [0.0], 99)) == 40
    assert_right(index, k=40)


def test_a_black_video_alone_is_an_empty_library(library: Library) -> None:
    library.save_track(a_track(1, np.eye(3, dtype=np.float32), np.zeros(3, np.float32)))
    library.add(a_video(1))
    assert FrameIndex(library, ENCODER).search(np.eye(3, dtype=np.float32), np.arange(3), 5) == []


def test_query_frames_that_are_not_finite_or_zero_find_nothing(library: Library) -> None:
    fill(library, 3)
    queries = unit_vectors(4, DIMENSION, seed=1)
    queries[0], queries[1, 3], queries[2, 0] = 0.0, np.nan, np.inf
    assert {row.query_time for row in FrameIndex(library, ENCODER).search(queries, np.arange(4), 2)} == {3.0}


@pytest.mark.parametrize("excluded", [1, 3, 9])
def test_excluded_videos_leave_k_others(library: Library, excluded: int) -> None:
    fill(library, 10)
    index = FrameIndex(library, ENCODER)
    exclude = {name(number) for number in range(excluded)} | {name(500)}
    query = library.load_track(name(0), ENCODER).vectors[:1]
    found = index.search(query, [0.0], 10, exclude)
    assert len(found) == 10
    assert not {row.video_id for row in found} & exclude
    assert_right(index, k=12, exclude=exclude)


def test_excluding_everything_finds_nothing(library: Library) -> None:
    fill(library, 3)
    assert FrameIndex(library, ENCODER).search(unit_vectors(1, DIMENSION, seed=1), [0.0], 5, set(library.ids())) == []


def test_what_comes_goes_and_changes_is_seen_by_the_next_search(library: Library) -> None:
    fill(library, 12)
    index = FrameIndex(library, ENCODER)
    assert_right(index)
    fill(library, 5, start=50)
    assert_right(index)
    library.remove([name(3), name(51)])
    assert_right(index)
    library.save_track(a_track(4, unit_vectors(30, DIMENSION, seed=1234)))
    assert_right(index)
    assert len(index) == 15 * 12 - 12 + 30
    library.remove(library.ids())
    assert index.search(unit_vectors(1, DIMENSION, seed=1), [0.0], 5) == []


def test_another_process_is_seen_too(library: Library) -> None:
    fill(library, 3)
    index = FrameIndex(library, ENCODER)
    index.refresh()
    fill(Library(library.root), 4, start=10)
    assert_right(index, k=60)
    assert len(index) == 7 * 12


def test_tracks_of_another_dimension_are_left_out_with_a_warning(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    fill(library, 3)
    last = max(range(100, 110), key=name)
    assert name(last) > max(library.ids())
    library.save_track(a_track(last, unit_vectors(3, 5, seed=1)))
    library.add(a_video(last))
    found = FrameIndex(library, ENCODER).search(unit_vectors(1, DIMENSION, seed=1), [0.0], 99)
    assert len(found) == 36
    assert "left out" in caplog.text


def test_queries_of_another_dimension_are_a_bug(library: Library) -> None:
    fill(library, 1)
    with pytest.raises(ValueError, match="5 numbers"):
        FrameIndex(library, ENCODER).search(unit_vectors(1, 5, seed=1), [0.0], 1)


# ---------------------------------------------------------------------------------------------- the cache on disk


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


# ------------------------------------------------------------------------------------------------ inverted lists


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_index, "FLAT_LIMIT", 2000)


@pytest.mark.usefixtures("small_limit")
def test_past_the_limit_inverted_lists_find_what_brute_force_finds(library: Library) -> None:
    fill(library, 70, frames=60)
    index = FrameIndex(library, ENCODER)
    queries = np.concatenate([library.load_track(name(n), ENCODER).vectors[::20] for n in range(0, 70, 3)])
    found = by_query(index.search(queries, np.arange(float(len(queries))), 10), len(queries))
    assert index._frames is not None
    assert index._frames.vectors.lists > 0
    expected = brute_force(library, queries, 10)
    pairs = list(zip(found, expected, strict=True))
    recall = np.mean([len({r[:2] for r in a} & {r[:2] for r in b}) / 10 for a, b in pairs])
    assert recall >= 0.99
    for rows, _ in pairs:
        for video_id, time, similarity in rows:
            vector = library.load_track(video_id, ENCODER).vectors[int(time)]
            assert similarity == pytest.approx(float(vector @ queries[found.index(rows)]), abs=1e-5)


@pytest.mark.usefixtures("small_limit")
def test_inverted_lists_follow_removal_change_and_restart(library: Library) -> None:
    fill(library, 40, frames=60)
    index = FrameIndex(library, ENCODER)
    index.refresh()
    library.remove([name(n) for n in range(5)])
    library.save_track(a_track(6, unit_vectors(7, DIMENSION, seed=5)))
    for judged in (index, FrameIndex(library, ENCODER)):
        found = judged.search(library.load_track(name(6), ENCODER).vectors, np.arange(7.0), 1)
        assert [(row.video_id, row.time) for row in found] == [(name(6), float(n)) for n in range(7)]
        assert len(judged) == 34 * 60 + 7


@pytest.mark.usefixtures("small_limit")
def test_inverted_lists_leave_k_others_when_a_whole_neighbourhood_is_excluded(library: Library) -> None:
    fill(library, 40, frames=60)
    query = library.load_track(name(0), ENCODER).vectors[:1]
    index = FrameIndex(library, ENCODER)
    exclude = {name(n) for n in range(39)}
    found = index.search(query, [0.0], 60, exclude)
    assert {row.video_id for row in found} == {name(39)}
    assert_same(by_query(found, 1), brute_force(library, query, 60, exclude))


@pytest.mark.usefixtures("small_limit")
def test_the_form_follows_the_size_both_ways(library: Library) -> None:
    fill(library, 30, frames=60)
    index = FrameIndex(library, ENCODER)
    index.refresh()
    assert index._frames is not None
    assert index._frames.vectors.lists == 0
    fill(library, 10, frames=60, start=30)
    index.refresh()
    assert index._frames.vectors.lists > 0
    library.remove([name(n) for n in range(35)])
    index.refresh()
    assert index._frames.vectors.lists == 0
    assert_right(index)


@pytest.mark.usefixtures("small_limit")
def test_the_same_tracks_give_the_same_index(tmp_path: Path) -> None:
    hashes = []
    for attempt in range(2):
        library = Library(tmp_path / str(attempt))
        fill(library, 40, frames=60)
        FrameIndex(library, ENCODER).refresh()
        manifest = json.loads(cache(library)[1].read_text().partition("\n")[2])
        hashes.append((manifest["sha256"], manifest["probes"]))
    assert hashes[0] == hashes[1]


# ------------------------------------------------------------------------------------------------------ at once

CHILD = """
import sys
from pathlib import Path
from core.store.library import Library
from tests.store.worlds import fill, name
library = Library(Path(sys.argv[1]))
for start in range(100, 160, 2):
    fill(library, 2, start=start)
    if start % 10 == 0:
        library.remove([name(start)])
"""


@pytest.mark.parametrize("limit", [100_000, 300], ids=["flat", "lists"])
def test_threads_search_while_others_and_another_process_change_the_library(
    library: Library, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(vector_index, "FLAT_LIMIT", limit)
    fill(library, 20)
    index = FrameIndex(library, ENCODER)
    index.refresh()
    stop, problems, searches = threading.Event(), [], []
    anchor = library.load_track(name(0), ENCODER).vectors

    def search() -> None:
        try:
            while not stop.is_set():
                found = index.search(anchor, np.arange(float(len(anchor))), 3)
                best = found[::3]
                assert len(found) == 3 * len(anchor)
                assert [(row.video_id, row.time) for row in best] == [(name(0), float(n)) for n in range(len(anchor))]
                searches.append(1)
        except BaseException as error:
            problems.append(error)

    def refresh() -> None:
        try:
            while not stop.is_set():
                index.refresh()
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work) for work in (search, search, search, refresh)]
    for thread in threads:
        thread.start()
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(library.root)], cwd=ROOT)
    for start in range(200, 240, 2):
        fill(library, 2, start=start)
        library.remove([name(start)])
    assert child.wait(timeout=60) == 0
    stop.set()
    for thread in threads:
        thread.join(timeout=20)
    assert problems == []
    assert len(searches) > 3
    index.refresh()
    assert len(index) == 12 * (20 + 20 + 60 - 6)
    if limit > 1000:
        assert_right(index)
