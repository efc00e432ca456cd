"""Passages in matrices whose right answer the eye can see, put to every method."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import StudioError
from core.models.alignment import METHODS, align, check
from core.records import Match

Rows = NDArray[np.float32]
methods = pytest.mark.parametrize("method", METHODS)


def film(seconds: int, seed: int = 0) -> Rows:
    """A frame a second, each a random direction: no two are alike."""
    rows = np.random.default_rng(seed).normal(size=(seconds, 64)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def found(query: Rows, reference: Rows, method: str, *, fps: float = 1.0, **options: Any) -> list[Match]:
    matrix = np.clip(query @ reference.T, -1, 1)
    return align(
        matrix, np.arange(len(query)) / fps, np.arange(len(reference)) / fps, floor=0.6, method=method, **options
    )


def times(match: Match) -> tuple[float, float, float, float]:
    return match.query_start, match.query_end, match.reference_start, match.reference_end


@methods
def test_an_excerpt_is_found_where_it_was_taken(method: str) -> None:
    source = film(30)
    (match,) = found(source[5:11], source, method)
    assert times(match) == (0.0, 6.0, 5.0, 11.0)
    assert (match.speed, match.offset) == (1.0, 5.0)
    assert match.score == pytest.approx(1.0, abs=1e-5)


@methods
def test_cuts_in_the_middle_of_both_videos_lie_half_a_step_away(method: str) -> None:
    source = film(30)
    query = np.concatenate([film(4, 1), source[10:18], film(5, 2)])
    (match,) = found(query, source, method)
    assert times(match) == (3.5, 11.5, 9.5, 17.5)


@methods
def test_a_denser_track_gives_sharper_cuts(method: str) -> None:
    source = film(60)
    query = np.concatenate([film(8, 1), source[20:36], film(10, 2)])
    (match,) = found(query, source, method, fps=4.0)
    assert times(match) == (1.875, 5.875, 4.875, 8.875)


@methods
def test_excerpts_in_another_order_are_a_match_each(method: str) -> None:
    source = film(30)
    query = np.concatenate([source[20:28], source[2:7]])
    first, second = found(query, source, method)
    assert times(first)[:2] == pytest.approx((0.0, 8.0), abs=0.5)
    assert times(second)[:2] == pytest.approx((8.0, 13.0), abs=0.5)
    assert (first.offset, second.offset) == (20.0, -6.0)


@methods
@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_a_copy_at_another_speed_is_one_match_that_says_so(method: str, speed: float) -> None:
    places = (np.arange(0, 20 * 4) / 4).astype(int)  # the source changes its picture every second, four frames each
    source = film(40)[places]
    times_in_source = np.arange(0, 20, speed / 4)
    query = source[np.minimum((times_in_source * 4).astype(int), len(source) - 1)]
    match = found(query, source, method, fps=4.0)[0]
    assert match.speed == pytest.approx(speed, rel=0.05)
    assert times(match) == pytest.approx((0.0, 20 / speed, 0.0, 20.0), abs=0.8)


@methods
def test_a_short_insert_does_not_part_a_match(method: str) -> None:
    source = film(30)
    query = source[4:24].copy()
    query[9:11] = film(2, 3)
    (match,) = found(query, source, method)
    assert times(match) == (0.0, 20.0, 4.0, 24.0)


@methods
def test_a_long_insert_parts_it(method: str) -> None:
    source = film(60)
    query = source[4:54].copy()
    query[20:32] = film(12, 3)
    spans = sorted((match.query_start, match.query_end) for match in found(query, source, method))
    assert np.allclose(spans, [(0.0, 19.5), (31.5, 50.0)], atol=1.0)


@methods
def test_black_frames_are_bridged_and_begin_no_match(method: str) -> None:
    source = film(20)
    matrix = source @ source.T
    matrix[[0, 1, 8]] = matrix[:, [0, 1, 8]] = -1.0
    (match,) = align(matrix, np.arange(20.0), np.arange(20.0), floor=0.6, method=method)
    assert times(match) == (1.5, 20.0, 1.5, 20.0)
    nothing = np.full((5, 5), -1.0, np.float32)
    assert align(nothing, np.arange(5.0), np.arange(5.0), floor=0.6, method=method) == []


@methods
def test_unlike_videos_have_no_match(method: str) -> None:
    assert found(film(40, 1), film(50, 2), method) == []


@methods
def test_a_few_frames_that_happen_to_be_alike_are_no_match(method: str) -> None:
    query, reference = film(40, 1), film(50, 2)
    for row, column in ((3, 40), (20, 7), (33, 25)):
        query[row] = reference[column]
    assert found(query, reference, method) == []


@methods
def test_the_copy_in_a_slow_scene_is_found_by_what_little_moves(method: str) -> None:
    drift = film(60)
    scene = np.zeros((30, 64), np.float32)
    for second in range(30):  # all frames lie far above the floor, neighbours closest
        weights = np.exp(-(((np.arange(60) - 15 - second) / 8.0) ** 2))
        scene[second] = 6 * drift[0] + (weights[:, None] * drift).sum(axis=0)
    scene /= np.linalg.norm(scene, axis=1, keepdims=True)
    assert (scene @ scene.T).min() > 0.6
    matches = found(scene[12:24], scene, method)
    assert times(matches[0]) == pytest.approx((0.0, 12.0, 12.0, 24.0), abs=1.0)
    assert len(matches) == 1


@methods
def test_a_still_picture_matches_once(method: str) -> None:
    still = np.repeat(film(1), 20, axis=0)
    matches = found(still[:8], still, method)
    assert len(matches) == 1
    assert matches[0].speed == 1.0
    assert times(matches[0])[:2] == (0.0, 8.0)


@methods
def test_a_shot_that_is_shown_twice_is_found_twice(method: str) -> None:
    source = film(40)
    query = np.concatenate([source[10:18], film(6, 4), source[10:18]])
    first, second = sorted(found(query, source, method), key=lambda match: match.query_start)
    assert times(first) == pytest.approx((0.0, 8.0, 10.0, 18.0), abs=0.5)
    assert times(second) == pytest.approx((14.0, 22.0, 10.0, 18.0), abs=0.5)


@methods
def test_swapping_the_videos_swaps_the_match(method: str) -> None:
    source = film(30)
    query = np.concatenate([film(4, 1), source[10:20]])
    (here,), (there,) = found(query, source, method), found(source, query, method)
    assert times(here) == pytest.approx((*times(there)[2:], *times(there)[:2]))


@methods
def test_a_picture_is_found_where_it_is_on_show(method: str) -> None:
    source = film(10)
    (match,) = found(source[[4]], source, method)
    assert times(match) == (0.0, 0.0, 4.0, 5.0)
    assert found(film(1, 9), source, method) == []
    (match,) = align(np.ones((1, 1), np.float32), np.zeros(1), np.array([4.0]), floor=0.5, method=method)
    assert (match.reference_start, match.reference_end) == (4.0, 4.0)


@methods
def test_nothing_against_something_is_no_match(method: str) -> None:
    assert align(np.zeros((0, 4), np.float32), np.zeros(0), np.arange(4.0), floor=0.5, method=method) == []


@methods
def test_no_more_are_given_than_asked_for(method: str) -> None:
    source = film(60)
    query = np.concatenate([source[40:48], source[2:7], source[20:26]])
    assert len(found(query, source, method, count=2)) == 2


def test_an_unknown_method_is_refused_by_name() -> None:
    check("dp")
    with pytest.raises(StudioError, match="hough, dp, temporal_network"):
        check("fft")


@methods
def test_a_copy_that_lies_between_sampled_frames_is_placed_there(method: str) -> None:
    source = film(12)
    seconds = np.arange(0, 44)  # four seconds from one picture to the next, evenly
    moving = np.stack([(1 - k % 4 / 4) * source[k // 4] + k % 4 / 4 * source[k // 4 + 1] for k in seconds])
    moving = (moving / np.linalg.norm(moving, axis=1, keepdims=True)).astype(np.float32)
    half = (moving[10:25] + moving[11:26]) / 2
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    matrix = np.clip(half @ moving.T, -1, 1)
    times = np.arange(15.0), np.arange(44.0)
    (match,) = align(matrix, *times, floor=0.6, method=method, frames=(half, moving))
    assert match.offset == pytest.approx(10.5, abs=0.15)


def slow(seconds: float, start: float = 0.0, speed: float = 1.0, *, seed: int = 0) -> Rows:
    """A frame a second of a scene that hardly moves: neighbours have a cosine above 0.98."""
    drift = film(60, seed)
    moments = start + speed * np.arange(seconds)
    rows = 10 * drift[0] + np.exp(-(((np.arange(60) - 10 - moments[:, None]) / 4.0) ** 2)) @ drift
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@methods
@pytest.mark.parametrize("speed", [0.5, 1.0, 1.5])
def test_the_vectors_of_a_slow_scene_tell_its_speed_though_every_frame_is_dimmed_alike(
    method: str, speed: float
) -> None:
    reference = slow(30)
    query = slow(12, 6.3, speed) + 0.3 * film(1, 9)
    query /= np.linalg.norm(query, axis=1, keepdims=True)
    assert (reference[:-1] * reference[1:]).sum(axis=1).min() > 0.98
    (match,) = found(query, reference, method, frames=(query, reference))
    assert match.speed == pytest.approx(speed, rel=0.05)
    assert times(match) == pytest.approx((0.0, 12.0, 6.3, 6.3 + 12 * speed), abs=0.6)
