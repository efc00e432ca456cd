"""Calibration on halves made up so that the right numbers are known, and what a tiny or odd library gets."""

from itertools import pairwise

import numpy as np

from core.features.audio import PyAudioEncoder
from core.features.audio_halves import HalvesOfSound
from core.models.methods import Method
from core.models.probability import kinship
from core.models.scorers import Clip, by_pairs, chamfer
from core.records import FeatureTrack, KinCalibration, Waveform
from core.training.calibrate import ENOUGH, LEFT_OUT, Question, ask, calibrate, cut, fit, sample
from core.training.metrics import calibration_error

GUESS = KinCalibration(0.06, 0.45, 0, "a guess")
VISUAL = Method("visual", {"visual": by_pairs(chamfer)}, {})


def track(vectors: np.ndarray, name: str = "") -> FeatureTrack:
    count = len(vectors)
    return FeatureTrack(name, "any", np.arange(float(count)), vectors.astype(np.float32), np.ones(count, np.float32))


def whole(number: int, rng: np.random.Generator, *, like: np.ndarray | None = None, drift: float = 0.4) -> Clip:
    """Eight frames that wander a little away from where the clip begins."""
    start = rng.standard_normal(24) if like is None else like
    frames = start + drift * rng.standard_normal((8, 24))
    frames /= np.linalg.norm(frames, axis=1, keepdims=True)
    return Clip(track(frames, f"{number}"), track(np.zeros((0, 138))))


def test_none_of_these_lies_between_strangers_and_halves() -> None:
    rng = np.random.default_rng(0)
    questions = [Question(float(rng.normal(0.8, 0.05)), rng.normal(0.2, 0.05, 20)) for _ in range(60)]
    temperature, none_at = fit(questions, GUESS)
    assert 0.35 < none_at < 0.65
    chances, _ = kinship(np.array([0.8, 0.2]), temperature=temperature, none_at=none_at)
    assert chances[0] > 0.95


def test_the_less_halves_resemble_each_other_the_flatter_the_softmax() -> None:
    rng = np.random.default_rng(0)
    sharp = [Question(float(rng.normal(0.8, 0.05)), rng.normal(0.2, 0.05, 20)) for _ in range(60)]
    vague = [Question(float(rng.normal(0.5, 0.2)), rng.normal(0.2, 0.1, 20)) for _ in range(60)]
    assert fit(vague, GUESS)[0] > fit(sharp, GUESS)[0]


def test_promises_are_kept_on_clips_that_were_not_fitted_to() -> None:
    rng = np.random.default_rng(3)
    halves = [cut(whole(number, rng, drift=rng.uniform(0.2, 3.0)), 8.0) for number in range(120)]
    fitted = calibrate(VISUAL, halves[:60], floor=0.99, guess=GUESS)
    chances, truths = [], []
    for place, question in enumerate(ask(VISUAL, halves[60:], floor=0.99)):
        is_there = place % round(1 / LEFT_OUT) > 0
        scores = np.array([question.own, *question.others]) if is_there else question.others
        answer, _ = kinship(scores, temperature=fitted.temperature, none_at=fitted.none_at)
        top = np.argsort(-answer)[:5]
        chances += answer[top].tolist()
        truths += [is_there and one == 0 for one in top]
    assert fitted.halves == 60
    assert calibration_error(np.array(chances), np.array(truths)) < 0.08


def test_clean_halves_do_not_make_the_temperature_vanish() -> None:
    temperature, _ = fit([Question(1.0, np.zeros(5)) for _ in range(40)], GUESS)
    assert temperature > 0.002


def test_copies_in_the_library_are_nobodys_wrong_answer() -> None:
    rng = np.random.default_rng(1)
    start = rng.standard_normal(24)
    halves = [cut(whole(number, rng, like=start if number < 3 else None, drift=0.05), 8.0) for number in range(6)]
    questions = ask(VISUAL, halves, floor=0.9)
    assert [len(question.others) for question in questions] == [3, 3, 3, 5, 5, 5]


def test_a_small_library_keeps_the_guess() -> None:
    rng = np.random.default_rng(0)
    halves = [cut(whole(number, rng), 8.0) for number in range(ENOUGH - 1)]
    assert calibrate(VISUAL, halves, floor=0.9, guess=GUESS) == GUESS


def test_a_clip_is_cut_in_the_middle_of_its_time_and_sound_only_where_someone_listened() -> None:
    rng = np.random.default_rng(0)
    clip = whole(0, rng)
    heard = FeatureTrack("0", "h", np.array([1.0]), np.ones((1, 138), np.float32), np.ones(1, np.float32))
    with_sound, without = cut(clip, 5.0, heard), cut(clip, 5.0)
    assert (len(with_sound.first.visual), len(with_sound.second.visual)) == (3, 5)
    assert (with_sound.first.has_sound, with_sound.second.has_sound) == (False, True)
    assert not without.first.has_sound


def test_a_clip_of_one_frame_has_nothing_in_its_second_half() -> None:
    still = Clip(track(np.eye(24)[:1], "still"), track(np.zeros((0, 138))))
    half = cut(still, 10.0)
    assert len(half.second.visual) == 0
    assert ask(VISUAL, [half], floor=0.9) == []


def test_a_sample_is_spread_over_the_whole_library() -> None:
    rng = np.random.default_rng(0)
    items = [cut(whole(number, rng), 8.0) for number in range(10)]
    assert [half.video_id for half in sample(items, most=3)] == ["0", "4", "9"]


def test_halves_of_sound_are_those_of_the_samples_whatever_the_pieces() -> None:
    rng = np.random.default_rng(0)
    samples = (0.3 * rng.standard_normal(4 * 44_100)).astype(np.float32)
    samples[: 2 * 44_100] *= np.sin(np.arange(2 * 44_100) / 20)
    cuts = [0, 10_000, 88_200, 100_000, len(samples)]
    pieces = [Waveform(samples[a:b], 44_100, a / 44_100) for a, b in pairwise(cuts)]
    found = HalvesOfSound(4.0).track("a", pieces)
    assert found.times.tolist() == [0.0, 1.0]
    for row, part in zip(found.vectors, (samples[:88_200], samples[88_200:]), strict=True):
        np.testing.assert_array_equal(row, PyAudioEncoder().encode([Waveform(part, 44_100)])[0])


def test_a_silent_half_has_no_row() -> None:
    samples = np.zeros(4 * 44_100, np.float32)
    samples[2 * 44_100 :] = np.sin(np.arange(2 * 44_100) / 20)
    assert HalvesOfSound(4.0).track("a", [Waveform(samples, 44_100)]).times.tolist() == [1.0]
