"""The ways of videos through the plane as fingerprints."""

import numpy as np
import pytest

from core.errors import NotFound
from core.pipelines.paths import dissimilar, path_distance, path_of, similar
from tests.pipelines.maps import a_map, scattered

A, B, C, D = ("a" * 16, "b" * 16, "c" * 16, "d" * 16)


def line(start: tuple[float, float], end: tuple[float, float], count: int = 12) -> np.ndarray:
    return np.linspace(start, end, count)


def test_a_path_is_its_videos_positions_in_order_of_time() -> None:
    found = a_map({A: [(0.1, 0.1), (0.2, 0.3)], B: [(0.9, 0.9)]})
    path = path_of(found, A)
    np.testing.assert_allclose(path.positions, [(0.1, 0.1), (0.2, 0.3)])
    assert path.times.tolist() == [0.0, 1.0]
    with pytest.raises(NotFound, match="not on the map"):
        path_of(found, C)


def test_the_distance_of_paths_is_the_mean_way_to_the_nearest_point_both_ways() -> None:
    random = np.random.default_rng(0)
    a, b = random.random((5, 2)), random.random((9, 2))
    there = sum(min(np.hypot(*(p - q)) for q in b) for p in a) / 5
    back = sum(min(np.hypot(*(p - q)) for p in a) for q in b) / 9
    assert path_distance(a, b) == pytest.approx((there + back) / 2)
    assert path_distance(a, a[::-1]) == 0


def test_the_most_like_path_comes_first_and_the_query_before_it() -> None:
    found = a_map(
        {
            A: line((0.1, 0.1), (0.4, 0.1)),
            B: line((0.8, 0.9), (0.9, 0.8)),
            C: line((0.4, 0.12), (0.1, 0.12), 30),
            D: line((0.1, 0.3), (0.4, 0.3)),
        }
    )
    paths = similar(found, A)
    assert [path.video_id for path in paths] == [A, C, D, B]
    assert paths[0].distance == 0
    assert paths[1].distance == pytest.approx(0.02, abs=0.01)


def test_the_most_unlike_videos_are_those_in_the_corners() -> None:
    corners = {name: line(c, c) for name, c in zip((A, B, C, D), [(0, 0), (0, 1), (1, 0), (1, 1)], strict=True)}
    middle = {f"{n:016x}": line((0.5, 0.4 + n / 100), (0.5, 0.6)) for n in range(10)}
    chosen = dissimilar(a_map(middle | corners), count=4)
    assert {path.video_id for path in chosen} == {A, B, C, D}


def test_only_videos_of_the_selection_are_chosen_and_no_more_than_there_are() -> None:
    found = scattered(100)
    some = found.ids[2:5]
    assert {path.video_id for path in dissimilar(found, some, 9)} == set(some)
    assert dissimilar(found, ["f" * 16]) == []
    assert len(dissimilar(found, count=9)) == 9
