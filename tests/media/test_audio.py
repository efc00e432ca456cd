"""Sound as mono samples, from made clips."""

from pathlib import Path

import numpy as np
import pytest

from core.config import Limits
from core.errors import MediaError
from core.media.audio import iter_audio
from tests import clips

LIMITS = Limits()


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm", ".avi", ".ts"])
@pytest.mark.parametrize("rate", [44100, 16000])
def test_a_tone_comes_out_at_its_pitch_and_loudness(tmp_path: Path, suffix: str, rate: int) -> None:
    path = clips.colours(tmp_path / f"clip{suffix}", sound="tone")
    samples = np.concatenate([piece.samples for piece in iter_audio(path, rate=rate, limits=LIMITS)])
    assert samples.dtype == np.float32
    assert len(samples) / rate == pytest.approx(3.0, abs=0.05)
    spectrum = np.abs(np.fft.rfft(samples))
    assert spectrum.argmax() * rate / len(samples) == pytest.approx(440, abs=1)
    assert samples.std() == pytest.approx(0.5 / 2**0.5, rel=0.06)


def test_pieces_follow_one_another_without_a_gap(tmp_path: Path) -> None:
    path = clips.sound_only(tmp_path / "tone.wav", 3.3)
    pieces = list(iter_audio(path, rate=48000, limits=LIMITS, seconds=1.0))
    assert [len(piece.samples) for piece in pieces] == [48000, 48000, 48000, 14400]
    assert [piece.start for piece in pieces] == [0, 1, 2, 3]
    whole = np.concatenate([piece.samples for piece in pieces])
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(len(whole)) / 48000)
    assert np.abs(whole - expected).max() < 1e-3


def test_a_clip_without_sound_gives_nothing(tmp_path: Path) -> None:
    assert list(iter_audio(clips.colours(tmp_path / "mute.mp4"), rate=44100, limits=LIMITS)) == []


def test_silence_is_zeros_and_not_nothing(tmp_path: Path) -> None:
    path = clips.colours(tmp_path / "quiet.mp4", sound="silent")
    (piece,) = iter_audio(path, rate=44100, limits=LIMITS)
    assert len(piece.samples) > 3 * 44100 - 1
    assert not piece.samples.any()


def test_damaged_packets_are_left_out(tmp_path: Path) -> None:
    path = clips.sound_only(tmp_path / "tone.mp3", 4.0)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 1500] = np.random.default_rng(0).bytes(1500)
    path.write_bytes(bytes(data))
    samples = np.concatenate([piece.samples for piece in iter_audio(path, rate=44100, limits=LIMITS)])
    assert 3.0 < len(samples) / 44100 < 4.2


def test_sound_past_the_limit_is_refused(tmp_path: Path) -> None:
    path = clips.sound_only(tmp_path / "tone.mp3", 4.0)
    with pytest.raises(MediaError, match="runs for more than"):
        list(iter_audio(path, rate=8000, limits=Limits(seconds=2.0)))


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="text file"):
        list(iter_audio(clips.text(tmp_path / "letter.mp3"), rate=8000, limits=LIMITS))
