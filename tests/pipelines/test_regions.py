"""Regions of the plane: blobs that the eye tells apart, and polygons."""

import numpy as np

from core.pipelines.regions import assign, centres_of, inside, typical


def test_blobs_become_regions_of_their_own() -> None:
    middles = np.array([[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]])
    places = np.repeat(middles, 12, axis=0) + 0.01 * np.random.default_rng(0).standard_normal((36, 2))
    labels = assign(places, centres_of(places.astype(np.float32)))
    for blob in range(3):
        assert len(set(labels[12 * blob : 12 * blob + 12].tolist())) == 1
    assert len(set(labels.tolist())) == 3


def test_frames_in_one_place_are_one_region() -> None:
    places = np.full((50, 2), 0.5, np.float32)
    assert len(centres_of(places)) == 1


def test_the_most_typical_frames_are_nearest_the_mean_and_of_different_videos_first() -> None:
    angles = np.deg2rad([0, 1, 2, 40, -41, 180])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    video = np.array([0, 0, 0, 1, 2, 3], np.int32)
    shown = typical(np.array([0, 0, 0, 0, 0, 1]), vectors, video, 2)
    assert video[shown[0]].tolist()[:3] == [0, 1, 2]
    assert shown[1].tolist() == [5]


def test_a_polygon_holds_what_lies_inside_by_the_even_odd_rule() -> None:
    places = np.array([[0.5, 0.5], [0.1, 0.1], [0.3, 0.5], [0.9, 0.9]], np.float32)
    assert inside(places, np.array([[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]])).tolist() == [1, 0, 1, 0]
    bow_tie = np.array([[0, 0], [1, 1], [1, 0], [0, 1]])
    assert inside(np.array([[0.1, 0.5], [0.5, 0.9], [0.9, 0.5]], np.float32), bow_tie).tolist() == [1, 0, 1]


def test_a_polygon_of_many_corners_agrees_with_a_circle() -> None:
    places = np.random.default_rng(0).random((5000, 2)).astype(np.float32)
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = 0.5 + 0.3 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    away = np.hypot(*(places - 0.5).T)
    clear = np.abs(away - 0.3) > 1e-3
    np.testing.assert_array_equal(inside(places, circle)[clear], (away < 0.3)[clear])
