"""Fusing senses: what each says counts by its weight, and what a clip lacks is not made up."""

import numpy as np
import pytest

from core.models.descriptors import DELTA_MEANS, Scale, early_vectors, fit_scale, sound_vectors
from core.models.fusion import WEIGHTS, late, weights_for


def test_late_fusion_is_the_weighted_mean_and_keeps_what_each_sense_said() -> None:
    (scored,) = late({"a": 0.8}, {"a": 0.2}, {"visual": 0.75, "audio": 0.25}).values()
    assert scored.similarity == pytest.approx(0.65)
    assert (scored.visual, scored.audio) == (0.8, 0.2)


def test_without_sound_the_pictures_decide_alone_and_sound_is_none() -> None:
    found = late({"mute": 0.8}, {"dark": 0.3}, WEIGHTS)
    assert (found["mute"].similarity, found["mute"].audio) == (0.8, None)
    assert (found["dark"].similarity, found["dark"].visual) == (0.3, None)


def test_a_sense_of_no_weight_does_not_step_in() -> None:
    assert late({}, {"dark": 0.9}, {"visual": 1.0, "audio": 0.0}) == {}


def test_weights_are_brought_to_a_sum_of_one() -> None:
    assert weights_for("late", {"visual": 3, "audio": 1}) == {"visual": 0.75, "audio": 0.25}
    assert weights_for("late", {"audio": 2}) == {"visual": 0.0, "audio": 1.0}
    assert weights_for("visual", {"visual": 3}) == {}


@pytest.mark.parametrize("weights", [{"visual": 0, "audio": 0}, {"visual": -1, "audio": 2}, {"smell": 1}])
def test_weights_that_say_nothing_are_refused(weights) -> None:
    with pytest.raises(ValueError, match="at least 0"):
        weights_for("late", weights)


def test_a_feature_in_which_all_clips_are_alike_says_nothing() -> None:
    rows = np.array([[1.0, 5.0], [3.0, 5.0]], np.float32)
    assert fit_scale(rows).standard(rows).tolist() == [[-1.0, 0.0], [1.0, 0.0]]


def test_means_of_deltas_are_left_out_and_odd_features_drawn_in() -> None:
    scale = Scale(np.zeros(138, np.float32), np.ones(138, np.float32))
    quiet = np.zeros((1, 138), np.float32)
    quiet[0, 0] = 1.0
    other = quiet.copy()
    other[0, DELTA_MEANS] = 50.0
    assert np.allclose(sound_vectors(quiet, scale), sound_vectors(other, scale))
    loud = quiet.copy()
    loud[0, 1] = 1000.0
    vector = sound_vectors(loud, scale)[0]
    assert vector.shape == (104,)
    assert vector[1] / vector[0] == pytest.approx(1 / np.tanh(1.0), rel=1e-5)


def test_pictures_and_sound_count_the_same_in_early_fusion() -> None:
    scale = Scale(np.zeros(138, np.float32), np.ones(138, np.float32))
    row = early_vectors(np.eye(3, dtype=np.float32)[:1], np.ones((1, 138), np.float32), scale)[0]
    assert np.linalg.norm(row[:3]) == pytest.approx(np.linalg.norm(row[3:]), rel=1e-5)
