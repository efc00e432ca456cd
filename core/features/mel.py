"""Sound as a picture: the logarithmic mel spectrogram, one row of 64 bands for every sixteenth of a second.

The retrieval report wished for it in place of the 138 numbers: a network that reads pictures can then read sound. Rows
are kept as a track, so that whoever learns from them cuts its own pictures out of it.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.records import FeatureTrack, Waveform

NAME = "mel"
RATE = 22_050  # Hz: what is left out above 11 kHz is mostly lost in compressed sound anyway
COLUMNS = 16  # rows of the track per second of sound
HOP = round(RATE / COLUMNS)
WINDOW = 2048  # samples under one Hann window, 93 ms
BANDS = 64
LOWEST, HIGHEST = 40.0, 10_000.0  # Hz
FLOOR = 1e-8  # of a full-scale tone's power: -80 dB, below which all is silence
BATCH = 1024  # windows transformed at once

Floats = NDArray[np.float32]


class MelEncoder:
    """Every sixteenth of a second as 64 bands."""

    name = NAME
    version = "1"
    dimension = BANDS
    rate = RATE
    track_name = f"{NAME}-{version}@{COLUMNS}cps"

    def track(self, video_id: str, sound: Iterable[Waveform]) -> FeatureTrack:
        """The rows as a track, each at the second its window starts."""
        vectors = self.encode(sound)
        times = np.arange(len(vectors), dtype=np.float64) * (HOP / RATE)
        return FeatureTrack(video_id, self.track_name, times, vectors, np.ones(len(vectors), np.float32))

    def encode(self, sound: Iterable[Waveform]) -> Floats:
        """Consecutive mono waveforms at 22.05 kHz -> (T, 64), T about 16 times the seconds, each in 0–1.

        0 is -80 dB of full scale or less, 1 a tone at full scale. (0, 64) for no sound, less than one window, or
        nothing but silence. Memory is bounded by the track itself: 15 MB for an hour.
        """
        rows = [*_rows(sound)]
        track = np.concatenate(rows) if rows else np.zeros((0, BANDS), np.float32)
        return track if track.any() else np.zeros((0, BANDS), np.float32)


def _rows(sound: Iterable[Waveform]) -> Iterator[Floats]:
    waiting = np.zeros(0, np.float32)
    for piece in sound:
        if piece.rate != RATE:
            raise ValueError(f"The mel spectrogram wants {RATE} Hz, not {piece.rate}")
        waiting = np.concatenate([waiting, np.nan_to_num(piece.samples, posinf=0.0, neginf=0.0)])
        while (count := min(BATCH, (len(waiting) - WINDOW) // HOP + 1)) > 0:
            windows = np.lib.stride_tricks.sliding_window_view(waiting, WINDOW)[::HOP][:count]
            yield _bands(windows)
            waiting = waiting[count * HOP :]


def _bands(windows: Floats) -> Floats:
    """(N, 2048) samples -> (N, 64) in 0–1."""
    hann = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    power = np.abs(np.fft.rfft(windows * hann, axis=1)) ** 2 / (hann.sum() / 2) ** 2
    decibels = np.log10(np.maximum(power @ filters(), FLOOR)) / np.log10(FLOOR)
    return np.clip(1.0 - decibels, 0.0, 1.0).astype(np.float32)


@lru_cache(maxsize=1)
def filters() -> NDArray[np.float64]:
    """Triangles with a peak of 1, evenly spaced on the mel scale, 2595 log10(1 + f / 700): (1025, 64)."""
    edges = 700 * (10 ** (np.linspace(_mel(LOWEST), _mel(HIGHEST), BANDS + 2) / 2595) - 1)
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
    frequencies = np.fft.rfftfreq(WINDOW, 1 / RATE)[:, None]
    rising = (frequencies - lower) / (centre - lower)
    falling = (upper - frequencies) / (upper - centre)
    return np.maximum(0.0, np.minimum(rising, falling))


def _mel(frequency: float) -> float:
    return float(2595 * np.log10(1 + frequency / 700))
