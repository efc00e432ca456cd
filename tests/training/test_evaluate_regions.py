"""The experiment of regions on two made films: every way to score is put to the same copies."""

import numpy as np
import pytest

from core.features.embedded import EmbeddedEncoder
from core.features.pooling import frame_weights
from core.training.datasets import RealVideo
from core.training.evaluate_regions import Way, by_frames, by_regions, measure
from core.training.synthesis import make_film


@pytest.fixture(scope="module")
def footage():
    videos = []
    for seed in range(4):
        film = make_film(seed, shots=1)
        images = np.stack([film.frame(0, float(second)) for second in range(5)])
        videos.append(RealVideo(f"{seed}.mp4", f"group {seed}", np.arange(5.0), images, images[::2], ()))
    return videos


def blind(images):
    return np.ones((len(images), 1), np.float32)


def test_a_way_that_sees_finds_the_copies_and_one_that_is_blind_does_not(footage):
    table = measure(
        footage,
        {
            "seeing": Way(EmbeddedEncoder().encode, by_frames),
            "blind": Way(blind, by_frames),
        },
    )
    for half in ("even_groups", "odd_groups"):
        assert table["seeing"][half]["edits"]["recompression"] == 1.0
        assert table["blind"][half]["both_directions"] < 0.75
        assert table["seeing"][half]["both_directions"] > table["blind"][half]["both_directions"]


def test_the_weakest_edit_is_named_with_its_figure(footage):
    found = measure(footage, {"blind": Way(blind, by_frames)})["blind"]["even_groups"]
    ((name, value),) = found["weakest"].items()
    assert value == min(found["edits"].values())
    assert found["edits"][name] == value


def test_videos_of_uniform_frames_are_not_asked_about(footage):
    black = RealVideo("black.mp4", "black", np.arange(5.0), np.zeros_like(footage[0].images), footage[0].hurried, ())
    assert not frame_weights(black.images).any()
    asked = []

    def describe(images):
        asked.append(len(images))
        return blind(images)

    measure([black, footage[1]], {"blind": Way(describe, by_frames)})
    assert len(asked) == 2 + 11  # both references, and the copies of one video


def test_regions_are_scored_in_both_directions():
    whole = np.eye(9, dtype=np.float32)[None]
    part = np.repeat(whole[:, :1], 9, axis=1)
    ones = np.ones(1, np.float32)
    assert by_regions(part, whole, ones, ones) == pytest.approx((1.0, (1 + 1 / 9) / 2))
