"""Weights of frames and the descriptor of a video, with answers the eye sees."""

import numpy as np
import pytest

from core.features.pooling import descriptor, frame_weights
from core.records import FeatureTrack
from tests.fakes import RED, solid, striped


def track(vectors: list[list[float]], weights: list[float]) -> FeatureTrack:
    rows = np.array(vectors, np.float32).reshape(-1, 2)
    return FeatureTrack("v", "fake-1@1fps", np.arange(float(len(rows))), rows, np.array(weights, np.float32))


def test_black_white_and_plain_frames_weigh_nothing() -> None:
    images = np.stack([solid((0, 0, 0)), solid((255, 255, 255)), solid(RED)])
    np.testing.assert_allclose(frame_weights(images), 0.0, atol=1e-3)


def test_a_frame_with_full_contrast_weighs_one() -> None:
    assert frame_weights(striped((255, 255, 255))[None]) == pytest.approx(1.0)


def test_a_faint_picture_weighs_less_than_a_full_one() -> None:
    weight = float(frame_weights(striped((10, 10, 10))[None])[0])  # deviates by 5 of 16 grey levels
    assert weight == pytest.approx(5 / 16, abs=0.01)


def test_grain_on_a_black_frame_is_not_content() -> None:
    grain = np.random.default_rng(0).integers(0, 12, (1, 224, 400, 3), np.uint8)
    assert frame_weights(grain)[0] < 0.05


def test_pictures_smaller_than_the_grid_and_no_pictures_at_all_are_weighed() -> None:
    assert frame_weights(striped((255, 255, 255), height=3, width=4)[None]).shape == (1,)
    assert frame_weights(np.zeros((0, 48, 64, 3), np.uint8)).shape == (0,)


def test_the_descriptor_leans_to_the_frames_that_count() -> None:
    np.testing.assert_allclose(descriptor(track([[1, 0], [0, 1]], [1.0, 0.0])), [1, 0])
    np.testing.assert_allclose(descriptor(track([[1, 0], [0, 1]], [1.0, 1.0])), [0.5**0.5, 0.5**0.5], rtol=1e-6)


def test_a_video_of_uniform_frames_falls_back_to_the_plain_mean() -> None:
    np.testing.assert_allclose(descriptor(track([[1, 0], [1, 0]], [0.0, 0.0])), [1, 0])


def test_an_empty_track_has_a_descriptor_of_zeros() -> None:
    np.testing.assert_array_equal(descriptor(track([], [])), [0, 0])
