"""Scorers and classifiers on clips whose likeness the eye sees; what cannot be compared is left out."""

import numpy as np
import pytest

from core.errors import StudioError
from core.models.classifiers import KINDS, Classifier
from core.models.descriptors import Scale
from core.models.methods import method_for
from core.models.scorers import (
    Clip,
    Kept,
    best_frame,
    by_descriptor,
    by_pairs,
    chamfer,
    containment,
    copies,
    tabulate,
)
from core.records import FeatureTrack

AXES = np.eye(6, dtype=np.float32)
PLAIN = Scale(np.zeros(138, np.float32), np.ones(138, np.float32))


def track(vectors: np.ndarray, weights: list[float] | None = None) -> FeatureTrack:
    count = len(vectors)
    given = np.ones(count, np.float32) if weights is None else np.array(weights, np.float32)
    return FeatureTrack("", "any", np.arange(float(count)), vectors.astype(np.float32), given)


def clip(axes: list[int], tone: int | None = None, weights: list[float] | None = None) -> Clip:
    """A clip whose frames are axes and whose sound is one loud feature, or none."""
    sound = np.zeros((0 if tone is None else 1, 138))
    if tone is not None:
        sound[0, tone] = 3.0
    return Clip(track(AXES[axes], weights), track(sound))


LIBRARY = Kept(
    {
        "same": clip([0, 1, 1], 0),
        "half": clip([0, 4, 5], 1),
        "other": clip([3, 4, 5], 0),
        "mute": clip([0, 1, 2]),
        "black": clip([0], 2, weights=[0.0]),
    }
)
IDS = list(LIBRARY.clips)


@pytest.mark.parametrize("using", ["visual", "audio", "early", "late"])
@pytest.mark.parametrize("model", ["cosine", "descriptor", *KINDS])
def test_every_way_to_search_puts_the_clip_that_is_alike_in_all_it_compares_first(model, using) -> None:
    method = method_for(model, using, scale=PLAIN)
    scored = method.scores(clip([0, 1], 0), LIBRARY, ["same", "half"])
    assert scored["same"].similarity > scored["half"].similarity


@pytest.mark.parametrize("model", ["cosine", "descriptor", *KINDS])
def test_no_sound_is_invented(model) -> None:
    query = clip([0, 1], 0)
    assert set(method_for(model, "audio", scale=PLAIN).scores(query, LIBRARY, IDS)) == {
        "same",
        "half",
        "other",
        "black",
    }
    late = method_for(model, "late", scale=PLAIN).scores(query, LIBRARY, IDS)
    assert late["mute"].audio is None
    assert late["mute"].similarity == late["mute"].visual
    silent = method_for(model, "audio", scale=PLAIN).scores(clip([0, 1]), LIBRARY, IDS)
    assert silent == {}


@pytest.mark.parametrize("model", ["cosine", "descriptor", *KINDS])
def test_a_black_clip_is_compared_by_its_sound_alone(model) -> None:
    late = method_for(model, "late", scale=PLAIN).scores(clip([3], 2, weights=[0.0]), LIBRARY, IDS)
    assert max(late, key=lambda one: late[one].similarity) == "black"
    assert all(scored.visual is None for scored in late.values())
    assert method_for(model, "visual", scale=PLAIN).scores(clip([3], 2, weights=[0.0]), LIBRARY, IDS) == {}


def test_a_still_is_enough_to_be_searched() -> None:
    scored = method_for("cosine", "late", scale=PLAIN).scores(clip([1]), LIBRARY, IDS)
    assert max(scored, key=lambda one: scored[one].similarity) in {"same", "mute"}


def test_a_model_says_what_it_cannot_compare() -> None:
    with pytest.raises(StudioError, match="does not compare that"):
        method_for("mel_autoencoder", "early", scale=PLAIN)
    with pytest.raises(StudioError, match="Choose from"):
        method_for("nobody", "visual", scale=PLAIN)


@pytest.mark.parametrize("model", KINDS)
def test_a_classifier_learns_the_candidates_only(model) -> None:
    slow = [using for using in ("visual", "audio", "early", "late") if method_for(model, using, scale=PLAIN).is_slow]
    assert slow == ["visual", "audio", "early", "late"]
    assert not method_for("cosine", "early", scale=PLAIN).is_slow


def test_a_pair_of_tracks_is_scored_by_whatever_function_a_model_brings() -> None:
    class Longer:
        @staticmethod
        def score(query: FeatureTrack, reference: FeatureTrack) -> float:
            return float(len(reference) - len(query))

    scorer = by_pairs(Longer.score)
    assert scorer(clip([0]), LIBRARY, ["same", "black"]) == {"same": 2.0}


def test_the_mean_of_frames_leaves_black_ones_out() -> None:
    table = tabulate([("a", clip([0, 1], weights=[1.0, 0.0])), ("b", clip([2], weights=[0.0]))])
    assert table.visual[0].tolist() == AXES[0].tolist()
    assert not table.visual[1].any()
    assert table.has_pictures.tolist() == [True, False]
    assert by_descriptor("visual", PLAIN)(clip([0]), Kept({}), []) == {}


def test_a_sentence_is_as_like_a_video_as_its_best_frame() -> None:
    assert best_frame(track(AXES[[1]]), track(np.stack([AXES[0], (AXES[1] + AXES[2]) / np.sqrt(2)]))) == pytest.approx(
        np.sqrt(0.5)
    )


def test_an_excerpt_shows_the_same_as_its_film_although_the_film_shows_more() -> None:
    excerpt, film = track(AXES[[2, 3]]), track(AXES[[0, 1, 2, 3, 4, 5]])
    assert containment(excerpt, film) == containment(film, excerpt) == 1.0
    assert chamfer(excerpt, film) == pytest.approx(2 / 3)
    kept = Kept({"excerpt": Clip(excerpt, track(np.zeros((0, 138)))), "film": Clip(film, track(np.zeros((0, 138))))})
    assert copies(["excerpt", "film"], kept, 0.9).tolist() == [[False, True], [True, False]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_classifier_of_one_video_knows_only_that_one(kind) -> None:
    found = Classifier(kind).scorers(PLAIN)["visual"](clip([0]), LIBRARY, ["same"])
    assert list(found) == ["same"]
    assert Classifier(kind).scorers(PLAIN)["audio"](clip([0], 1), LIBRARY, ["mute"]) == {}
