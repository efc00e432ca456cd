"""The 138 sound features: pyAudioAnalysis is the judge, every number within 1e-9."""

import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.bench import audio as bench
from core.errors import MediaError
from core.features.audio import FEATURES, SAMPLES, PyAudioEncoder, clip_features, quantise
from core.features.audio_reference import reference
from core.records import Waveform

RATE = 44_100
Samples = NDArray[np.float32]


def waveforms(samples: Samples, seconds: float = 2.0) -> Iterator[Waveform]:
    step = int(seconds * RATE)
    for start in range(0, len(samples), step):
        yield Waveform(samples[start : start + step], RATE, start / RATE)


def timeline(seconds: float) -> NDArray[np.float64]:
    return np.arange(round(seconds * RATE)) / RATE


def music(seconds: float = 7.3) -> Samples:
    times = timeline(seconds)
    chord = sum(np.sin(2 * np.pi * pitch * times) for pitch in (220, 277, 330))
    grain = np.random.default_rng(1).normal(0, 0.01, len(times))
    return (0.2 * chord * np.exp(-6 * (2 * times % 1)) + grain).astype(np.float32)


def noise() -> Samples:
    return np.random.default_rng(2).normal(0, 0.2, 6 * RATE).astype(np.float32)


def sine(pitch: float) -> Samples:
    return (0.5 * np.sin(2 * np.pi * pitch * timeline(5))).astype(np.float32)


def chirp() -> Samples:
    times = timeline(6)
    return (0.7 * np.sin(2 * np.pi * (50 + 800 * times) * times)).astype(np.float32)


def clicks() -> Samples:
    samples = np.zeros(8 * RATE, np.float32)
    samples[:: RATE // 2] = 0.9
    return samples


def half_silent() -> Samples:
    return np.concatenate([np.zeros(3 * RATE, np.float32), music(4)])


SIGNALS: dict[str, Callable[[], Samples]] = {
    "music": music,
    "noise": noise,
    "a sine with equal windows": lambda: sine(440.0),
    "a sine with unequal windows": lambda: sine(441.3),
    "a square wave": lambda: np.sign(sine(100.0)) * np.float32(0.3),
    "a chirp": chirp,
    "clicks": clicks,
    "silence, then music": half_silent,
    "music far from zero": lambda: music() * np.float32(0.2) + np.float32(0.6),
    "clipped noise": lambda: noise() * 9,
    "quiet noise": lambda: noise() * np.float32(0.001),
    "exactly one window": lambda: music()[:SAMPLES],
    "a fifth of a second": lambda: music()[: RATE // 5],
    "one second exactly": lambda: music()[:RATE],
    "a second and one window": lambda: music()[: RATE + SAMPLES],
    "longer than one piece": lambda: music(23.7),
}


@pytest.mark.parametrize("name", SIGNALS)
def test_all_138_numbers_are_those_of_pyaudioanalysis(name: str) -> None:
    samples = SIGNALS[name]()
    ours = clip_features(waveforms(samples))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the original averages an empty slice when there is one window only
        theirs, names = reference(quantise(samples), RATE)
    assert tuple(names) == FEATURES
    assert ours is not None
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


def test_an_encoded_track_is_one_finite_row() -> None:
    row = PyAudioEncoder().encode(waveforms(music()))
    assert row.shape == (1, 138)
    assert row.dtype == np.float32
    assert np.isfinite(row).all()


def test_a_beat_of_120_is_heard() -> None:
    bpm, confidence = PyAudioEncoder().encode(waveforms(clicks()))[0, -2:]
    assert bpm == pytest.approx(120)
    assert confidence > 0.9


def test_the_pieces_the_sound_comes_in_do_not_change_the_numbers() -> None:
    samples = music(12)
    whole = PyAudioEncoder().encode([Waveform(samples, RATE)])
    odd = PyAudioEncoder(spool_bytes=1000).encode(waveforms(samples, seconds=0.317))
    np.testing.assert_array_equal(odd, whole)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, np.float32),
        np.zeros(5 * RATE, np.float32),
        np.full(5 * RATE, 0.4, np.float32),
        noise() * np.float32(1e-5),
        music()[: SAMPLES - 1],
        np.full(5 * RATE, np.nan, np.float32),
    ],
    ids=["nothing", "silence", "a constant", "dither", "less than a window", "not numbers"],
)
def test_no_sound_is_invented_where_there_is_none(samples: Samples) -> None:
    assert PyAudioEncoder().encode(waveforms(samples)).shape == (0, 138)
    assert PyAudioEncoder().encode(iter(())).shape == (0, 138)


def test_single_samples_that_are_not_numbers_do_no_harm() -> None:
    samples = music(3)
    samples[1000:1010] = np.nan
    samples[2000:2010] = np.inf
    assert np.isfinite(PyAudioEncoder().encode(waveforms(samples))).all()


def test_sound_at_another_rate_is_a_bug_and_stays_loud() -> None:
    with pytest.raises(ValueError, match="44100 Hz, not 48000"):
        PyAudioEncoder().encode([Waveform(music(), 48_000)])


def test_memory_does_not_grow_with_the_samples_of_a_long_track() -> None:
    minute = music(60)

    def peak(minutes: int) -> int:
        tracemalloc.start()
        PyAudioEncoder(spool_bytes=1_000_000).encode(Waveform(minute, RATE, 60.0 * n) for n in range(minutes))
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    peak(1)
    short, long = peak(2), peak(8)
    assert long - short < 6 * 60 * RATE * 2 / 10  # a tenth of what the six more minutes take as 16-bit samples


def test_a_full_temporary_folder_is_an_error_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    import signal

    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(MediaError, match="TMPDIR"):
            PyAudioEncoder(spool_bytes=1000).encode(waveforms(music()))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


def test_the_original_is_left_as_it_was() -> None:
    from pyAudioAnalysis import utilities

    reference(quantise(music(1)), RATE)
    assert utilities.numpy is np


def test_the_benchmark_measures_at_least_twelve_times_less_cpu() -> None:
    (row,) = bench.run(None)
    assert row.unit == "CPU seconds"
    assert row.ratio == pytest.approx(row.theirs / row.ours)
    assert row.ratio >= 12
