"""The search index, judged by numpy brute force over the tracks."""

import numpy as np
import pytest

from core.store.index import FrameIndex
from core.store.library import Library
from tests.store.judge import DIMENSION, assert_right
from tests.store.worlds import ENCODER, a_track, a_video, fill, name, unit_vectors


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
