"""Sound as pictures: tones land in their band, silence is nothing, and tunes that sound alike get like codes."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from core.errors import StudioError
from core.features.mel import BANDS, HOP, RATE, WINDOW, MelEncoder, filters
from core.models.layers import count_parameters
from core.models.mel_autoencoder import MelAutoencoder, MelConfig, pictures, restore
from core.records import FeatureTrack, Waveform
from core.training.mel_autoencoder import fit


def tone(frequency: float, seconds: float = 2.0, *, level: float = 0.5) -> Waveform:
    times = np.arange(round(seconds * RATE)) / RATE
    return Waveform((level * np.sin(2 * np.pi * frequency * times)).astype(np.float32), RATE)


def melody(pitch: int, seed: int) -> FeatureTrack:
    """Nine seconds with energy in one part of the scale, never twice the same."""
    rng = np.random.default_rng(seed)
    rows = 0.05 * rng.random((144, BANDS))
    rows[:, 16 * pitch : 16 * pitch + 12] += 0.8 * rng.random((144, 1))
    return FeatureTrack(f"{seed}", "mel", np.arange(144) / 16, rows.astype(np.float32), np.ones(144, np.float32))


@pytest.mark.parametrize("frequency", [220.0, 1000.0, 5000.0])
def test_a_tone_is_brightest_in_the_band_around_it(frequency) -> None:
    rows = MelEncoder().encode([tone(frequency)])
    centres = np.fft.rfftfreq(WINDOW, 1 / RATE)[filters().argmax(axis=0)]
    assert abs(centres[rows.mean(axis=0).argmax()] - frequency) < 0.08 * frequency
    assert rows.min() >= 0
    assert rows.max() <= 1


def test_pieces_of_any_length_give_the_same_rows() -> None:
    whole = tone(440.0)
    cuts = [0, 100, 5000, 5001, 30_000, len(whole.samples)]
    pieces = [Waveform(whole.samples[a:b], RATE, a / RATE) for a, b in pairwise(cuts)]
    rows = MelEncoder().encode([whole])
    assert rows.shape == ((len(whole.samples) - WINDOW) // HOP + 1, BANDS)
    np.testing.assert_array_equal(MelEncoder().encode(pieces), rows)


def test_silence_and_a_blink_of_sound_are_no_track() -> None:
    assert MelEncoder().encode([tone(440.0, level=0.0)]).shape == (0, BANDS)
    assert MelEncoder().encode([tone(440.0, 0.01)]).shape == (0, BANDS)
    assert pictures(MelEncoder().track("a", [])).shape == (0, 64, 64)


def test_a_short_sound_is_one_picture_filled_up_and_a_long_one_overlaps() -> None:
    short, long = MelEncoder().track("a", [tone(440.0, 1.0)]), MelEncoder().track("b", [tone(440.0, 8.2)])
    (picture,) = pictures(short)
    assert picture[: len(short)].any()
    assert not picture[len(short) :].any()
    assert len(pictures(long)) == 3


def test_the_picture_comes_back_in_its_own_shape() -> None:
    module = MelAutoencoder(MelConfig(channels=4, code=8))
    assert module(torch.rand(2, 1, 64, 64)).shape == (2, 1, 64, 64)
    assert count_parameters(MelAutoencoder(MelConfig())) == 194_953


def test_tunes_of_one_pitch_are_nearer_to_each_other_than_to_others() -> None:
    tracks = [melody(number % 4, number) for number in range(16)]
    space = restore(fit(tracks, MelConfig(channels=4, code=8), epochs=60)[0])
    codes = np.stack([space.describe(track) for track in tracks])
    alike = codes @ codes.T - 2 * np.eye(16)
    assert (alike.argmax(axis=1) % 4 == np.arange(16) % 4).all()


def test_a_handful_of_tunes_is_not_enough() -> None:
    with pytest.raises(StudioError, match="at least 8"):
        fit([melody(0, 0)])
