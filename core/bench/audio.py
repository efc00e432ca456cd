"""The speed of the 138 sound features against pyAudioAnalysis, on one made-up track of four minutes."""

import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.features.audio import PyAudioEncoder, quantise
from core.features.audio_reference import reference
from core.records import BenchRow, Waveform

SECONDS = 240
REPEATS = 3  # of ours, which is short; the median counts


def run(videos: Path | None) -> list[BenchRow]:
    """One row, in CPU seconds of all threads. The track is made up, so `videos` changes nothing."""
    encoder = PyAudioEncoder()
    samples = _music(SECONDS, encoder.rate)
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        encoder.encode(_minutes(samples, encoder.rate))
        times.append(time.process_time() - start)
    ours = float(np.median(times))
    whole = quantise(samples)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the original warns of its own coding style
        reference(whole[: encoder.rate], encoder.rate)  # its imports are not its speed
        start = time.process_time()
        reference(whole, encoder.rate)
    theirs = time.process_time() - start
    return [
        BenchRow(
            name="138 sound features, 4 minutes",
            ours=ours,
            theirs=theirs,
            ratio=theirs / ours,
            unit="CPU seconds",
            against="pyAudioAnalysis 0.3.14",
        )
    ]


def _music(seconds: int, rate: int) -> NDArray[np.float32]:
    """Chords that change with a beat of 120 per minute, over a little noise."""
    rng = np.random.default_rng(0)
    beats = []
    times = np.arange(rate // 2) / rate
    for beat in range(2 * seconds):
        root = 220.0 * 2 ** ((beat // 4 * 5 % 12) / 12)
        chord = sum(np.sin(2 * np.pi * root * step * times) for step in (1.0, 1.26, 1.5)) * np.exp(-6 * times)
        beats.append(0.2 * chord + 0.01 * rng.standard_normal(len(times)))
    return np.concatenate(beats).astype(np.float32)


def _minutes(samples: NDArray[np.float32], rate: int) -> Iterator[Waveform]:
    for start in range(0, len(samples), 60 * rate):
        yield Waveform(samples[start : start + 60 * rate], rate, start / rate)
