"""Sound as the 138 clip-level features of pyAudioAnalysis, computed by our own vectorised code in bounded memory.

34 short-term features and their deltas over windows of 50 ms; mean and standard deviation of each over mid-term windows
of one second, averaged over the clip; then beats per minute and the confidence in them. This is what the original makes
of a 16-bit mono WAV file in `directory_feature_extraction(…, compute_beat=True)`; `audio_reference.py` calls it.
"""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray

from core.errors import MediaError
from core.features import audio_short_term
from core.features.audio_short_term import ShortTerm
from core.records import Waveform

NAME = "audio"
RATE = 44_100  # Hz, as the retrieval report has it
WINDOW = 0.05  # seconds of a short-term window, and of the step to the next one
SAMPLES = round(RATE * WINDOW)
MID_TERM = 1.0  # seconds of a mid-term window, and of the step
RATIO = round(MID_TERM / WINDOW)  # short-term windows in a mid-term window
SILENCE = 1e-4  # of full scale (-80 dB): sound that nowhere leaves its mean by more is silence
FULL_SCALE = 32_768  # 16-bit samples, the format the published features were taken from
PIECE = 10 * RATIO  # short-term windows worked on at once
SPOOL_BYTES = 64 * 1024 * 1024  # sound kept in memory (12 minutes); what is longer goes through a temporary file
BEAT_SECONDS = 2.0  # the longest beat looked for
BEAT_FEATURES = (0, 1, *range(3, 19))  # zcr, energy, the spectral ones without entropy of energy, mfcc 1–11
BEAT_EPSILON = 1e-8
TINY = 1e-16  # the smallest difference that makes a peak

_SHORT = (*audio_short_term.NAMES, *(f"delta {name}" for name in audio_short_term.NAMES))
FEATURES = (*(f"{name}_mean" for name in _SHORT), *(f"{name}_std" for name in _SHORT), "bpm", "ratio")


class PyAudioEncoder:
    """The 138 features of a whole sound track."""

    name = NAME
    version = "1"
    dimension = len(FEATURES)
    rate = RATE

    def __init__(self, *, spool_bytes: int = SPOOL_BYTES) -> None:
        self._spool_bytes = spool_bytes

    def encode(self, sound: Iterable[Waveform]) -> NDArray[np.float32]:
        """Consecutive mono waveforms at 44.1 kHz -> (1, 138) as in `FEATURES`, not scaled in any way.

        (0, 138) when there is no sound, less than one window (50 ms), or nothing but silence (`SILENCE`). Samples that
        are not numbers count as 0. Raises MediaError when a long track does not fit into the temporary folder.
        """
        row = clip_features(sound, spool_bytes=self._spool_bytes)
        return np.zeros((0, self.dimension), np.float32) if row is None else row.astype(np.float32)[None]


def clip_features(sound: Iterable[Waveform], *, spool_bytes: int = SPOOL_BYTES) -> NDArray[np.float64] | None:
    """`PyAudioEncoder.encode` at full precision: (138,), or None where that gives no row.

    The first pass writes 16-bit samples away and learns mean and peak, the second reads them back and looks at them, so
    a two-hour track takes less than 100 MB of memory and 640 MB of the temporary folder.
    """
    with tempfile.SpooledTemporaryFile(max_size=spool_bytes) as spool:
        levels = _spool(sound, spool)
        return None if levels is None else _features(_pieces(spool, levels))


@dataclass(frozen=True, slots=True)
class _Levels:
    """What the original takes off a whole signal before it looks at it, in units of full scale."""

    mean: float
    peak: float  # largest distance from the mean


def _features(pieces: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    """(T, window) matrices of consecutive normalised windows -> (138,), all finite.

    Every piece but the last must be a whole number of mid-term windows, and the first must not be empty.
    """
    short = ShortTerm(RATE, SAMPLES)
    beat_rows: list[NDArray[np.float64]] = []
    sums, count = np.zeros(4 * audio_short_term.COUNT), 0
    before: NDArray[np.float64] | None = None
    for windows in pieces:
        rows = short.features(windows)
        deltas = np.diff(rows, axis=1, prepend=rows[:, :1] if before is None else before)
        before = rows[:, -1:]
        beat_rows.append(rows[list(BEAT_FEATURES)])
        for part in _mid_term_windows(np.concatenate([rows, deltas])):
            sums += np.concatenate([part.mean(axis=2), part.std(axis=2)]).sum(axis=1)
            count += part.shape[1]
    beat = _beat(np.concatenate(beat_rows, axis=1), WINDOW)
    return np.nan_to_num(np.array([*(sums / count), *beat]))


def quantise(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """Samples in -1–1 as 16-bit numbers, rounded and clipped as ffmpeg does when it writes a WAV file."""
    finite = np.nan_to_num(samples, posinf=0.0, neginf=0.0)
    return np.clip(np.rint(finite * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def _spool(sound: Iterable[Waveform], spool: IO[bytes]) -> _Levels | None:
    """Write the sound away, since its mean and peak are known only at its end; None for silence or less than a window.

    The sum is kept as a whole number, which makes the mean exact whatever the pieces.
    """
    total, count, lowest, highest = 0, 0, FULL_SCALE, -FULL_SCALE
    for piece in sound:
        if piece.rate != RATE:
            raise ValueError(f"The sound features want {RATE} Hz, not {piece.rate}")
        if len(piece.samples) == 0:
            continue
        samples = quantise(piece.samples)
        total += int(samples.sum(dtype=np.int64))
        count += len(samples)
        lowest, highest = min(lowest, int(samples.min())), max(highest, int(samples.max()))
        _write(spool, samples.tobytes())
    if count < SAMPLES:
        return None
    mean = total / FULL_SCALE / count
    peak = max(abs(highest / FULL_SCALE - mean), abs(lowest / FULL_SCALE - mean))
    return _Levels(mean, peak) if peak >= SILENCE else None


def _write(spool: IO[bytes], data: bytes) -> None:
    try:
        spool.write(data)
        spool.flush()
    except OSError as error:
        raise MediaError(
            f"The sound does not fit into {tempfile.gettempdir()}: {error.strerror or error}. Make room there, or set "
            "TMPDIR to a folder on a larger disk."
        ) from error


def _pieces(spool: IO[bytes], levels: _Levels) -> Iterator[NDArray[np.float64]]:
    """The sound as the original sees it, without its mean and scaled to a peak of 1, as matrices of whole windows."""
    spool.seek(0)
    while data := spool.read(PIECE * SAMPLES * 2):
        samples = np.frombuffer(data, np.int16)
        whole = len(samples) // SAMPLES
        if whole:
            windows = samples[: whole * SAMPLES].reshape(whole, SAMPLES)
            yield (windows / FULL_SCALE - levels.mean) / (levels.peak + 1e-10)


def _mid_term_windows(rows: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """(F, T) -> (F, M, 20) whole mid-term windows, then (F, 1, rest) the one that is cut short."""
    whole = rows.shape[1] // RATIO * RATIO
    if whole:
        yield rows[:, :whole].reshape(len(rows), -1, RATIO)
    if whole < rows.shape[1]:
        yield np.ascontiguousarray(rows[:, whole:])[:, None]


def _beat(rows: NDArray[np.float64], step: float) -> tuple[float, float]:
    """Beats per minute and the share of all beat lengths that agree, from the distances of peaks in each feature.

    (18, T) -> (bpm, 0–1). Without any peak the original answers with the shortest beat (1,200 at 50 ms) and 0.
    """
    longest = round(BEAT_SECONDS / step)
    histogram = np.zeros(longest)
    for row in rows:
        if len(row) < 2:
            break
        threshold = 2.0 * float(np.abs(row[:-1] - row[1:]).mean())
        distances = np.diff(_peaks(row.tolist(), threshold if threshold > 0 else TINY))
        histogram += np.bincount(distances[distances <= longest], minlength=longest + 1)[1:] / len(row)
    best = int(np.argmax(histogram))
    return 60 / ((best + 1) * step), float(histogram[best] / (histogram.sum() + BEAT_EPSILON))


def _peaks(values: list[float], threshold: float) -> NDArray[np.int64]:
    """Where maxima lie that are followed, and apart from the first preceded, by a fall of more than `threshold`."""
    peaks: list[int] = []
    lowest, highest, place = np.inf, -np.inf, 0
    is_rising = True
    for position, value in enumerate(values):
        if value > highest:
            highest, place = value, position
        if value < lowest:
            lowest = value
        if is_rising:
            if value < highest - threshold:
                peaks.append(place)
                lowest, is_rising = value, False
        elif value > lowest + threshold:
            highest, place, is_rising = value, position, True
    return np.array(peaks, np.int64)
