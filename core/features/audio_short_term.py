"""The 34 short-term features of pyAudioAnalysis 0.3.14 for many windows at once, in its own numbers.

All windows of a piece are one matrix: one batched transform, then each feature by its formula. The original's
peculiarities are kept, since its numbers are the published ones: the magnitude spectrum drops its last bin, block
entropies drop the samples that do not fill ten blocks, and a chroma class takes only the last bin that falls on a note.
Every sum runs in an order that does not depend on the row, so equal windows get equal numbers to the last bit; the beat
is read off the differences between windows.
"""

import sys

import numpy as np
import scipy.fft
import scipy.sparse
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

COUNT = 34
BLOCKS = 10  # of an entropy
CEPSTRA = 13
LOWEST_NOTE = 27.5  # Hz, the A that chroma counts from
ROLLOFF = 0.90
EPSILON = sys.float_info.epsilon
NAMES = (
    *("zcr", "energy", "energy_entropy", "spectral_centroid", "spectral_spread", "spectral_entropy", "spectral_flux"),
    "spectral_rolloff",
    *(f"mfcc_{number}" for number in range(1, CEPSTRA + 1)),
    *(f"chroma_{number}" for number in range(1, 13)),
    "chroma_std",
)


class ShortTerm:
    """The features of consecutive windows of one length, remembering the last spectrum for the flux of the next one."""

    def __init__(self, rate: int, window: int) -> None:
        """`window` in samples; `rate` must put every note below half of it in its own bin (20 ms and more do)."""
        self._rate = rate
        self._bins = window // 2
        self._frequencies = np.arange(1, self._bins + 1) * (rate / (2.0 * self._bins))
        filters = _mel_filters(rate, self._bins)
        self._mel_bins = int(np.flatnonzero(filters.any(axis=0))[-1]) + 1
        self._mel = scipy.sparse.csr_array(filters[:, : self._mel_bins])
        self._note_bins, self._notes = _chroma(rate, self._bins)
        self._previous: Matrix | None = None

    def features(self, windows: Matrix) -> Matrix:
        """(T, window) consecutive normalised windows -> (34, T), rows as in `NAMES`. Continues from the last call."""
        magnitudes = np.abs(scipy.fft.rfft(windows, axis=1)[:, : self._bins])
        magnitudes /= self._bins
        power = magnitudes**2
        result = np.empty((COUNT, len(windows)))
        result[0] = _zero_crossings(windows)
        squares = windows**2
        energy = squares.sum(axis=1)
        result[1] = energy / windows.shape[1]
        result[2] = _entropy(squares, energy)
        result[3], result[4] = self._centroid_and_spread(magnitudes)
        total = power.sum(axis=1)
        result[5] = _entropy(power, total)
        result[6] = self._flux(magnitudes)
        result[7] = _rolloff(power, total)
        mel = self._mel @ np.ascontiguousarray(magnitudes[:, : self._mel_bins].T)
        logarithms = np.ascontiguousarray(np.log10(mel + EPSILON).T)
        result[8 : 8 + CEPSTRA] = scipy.fft.dct(logarithms, type=2, norm="ortho", axis=-1).T[:CEPSTRA]
        chroma = self._notes @ np.ascontiguousarray(power[:, self._note_bins].T)
        chroma /= np.where(total == 0, EPSILON, total)
        result[21:33] = chroma
        result[33] = np.ascontiguousarray(chroma.T).std(axis=1)
        return result

    def _centroid_and_spread(self, magnitudes: Matrix) -> tuple[Matrix, Matrix]:
        peaks = magnitudes.max(axis=1, keepdims=True)
        scaled = magnitudes / np.where(peaks == 0, EPSILON, peaks)
        totals = scaled.sum(axis=1) + EPSILON
        centroids = (self._frequencies * scaled).sum(axis=1) / totals
        offsets = self._frequencies - centroids[:, None]
        offsets *= offsets
        offsets *= scaled
        spreads = np.sqrt(offsets.sum(axis=1) / totals)
        nyquist = self._rate / 2.0
        return centroids / nyquist, spreads / nyquist

    def _flux(self, magnitudes: Matrix) -> Matrix:
        shares = magnitudes / (magnitudes + EPSILON).sum(axis=1, keepdims=True)
        before = shares[:1] if self._previous is None else self._previous
        self._previous = shares[-1:].copy()
        changes = np.diff(shares, axis=0, prepend=before)
        changes *= changes
        return np.asarray(changes.sum(axis=1))


def _zero_crossings(windows: Matrix) -> Matrix:
    signs = (windows > 0).view(np.int8) - (windows < 0).view(np.int8)
    changes = np.abs(np.diff(signs, axis=1)).sum(axis=1, dtype=np.int64) / 2
    return np.asarray(changes / (windows.shape[1] - 1.0))


def _entropy(squares: Matrix, totals: Matrix) -> Matrix:
    """How evenly the energy of each row is spread over ten blocks, in bits."""
    length = squares.shape[1] // BLOCKS
    blocks = squares[:, : length * BLOCKS].reshape(len(squares), BLOCKS, length)
    shares = blocks.sum(axis=2) / (totals[:, None] + EPSILON)
    return -np.asarray((shares * np.log2(shares + EPSILON)).sum(axis=1))


def _rolloff(power: Matrix, totals: Matrix) -> Matrix:
    """The bin, as a share of all, below which 90 % of the energy lies."""
    sums = np.cumsum(power, axis=1)
    sums += EPSILON
    return np.argmax(sums > (ROLLOFF * totals)[:, None], axis=1) / power.shape[1]


def _mel_filters(rate: int, bins: int) -> Matrix:
    """(40, bins) triangles: 13 spaced linearly from 133 Hz, 27 logarithmically above, each of area 1."""
    edges = np.empty(42)
    edges[:13] = 133.33 + np.arange(13) * (200 / 3)
    edges[13:] = edges[12] * 1.0711703 ** np.arange(1, 30)
    heights = 2.0 / (edges[2:] - edges[:-2])
    frequencies = np.arange(bins) / (1.0 * bins) * rate
    corners = np.floor(edges * bins / rate).astype(int) + 1
    filters = np.zeros((40, bins))
    for number in range(40):
        low, centre, high = corners[number : number + 3]
        rising, falling = np.arange(low, centre), np.arange(centre, high)
        slope = heights[number] / (edges[number + 1] - edges[number])
        filters[number, rising] = slope * (frequencies[rising] - edges[number])
        slope = heights[number] / (edges[number + 2] - edges[number + 1])
        filters[number, falling] = slope * (edges[number + 2] - frequencies[falling])
    return filters


def _chroma(rate: int, bins: int) -> tuple[NDArray[np.int64], scipy.sparse.csr_array]:
    """The bins that count, and (12, those) how their power goes into the pitch classes A, A#, … G#.

    The original writes every bin's power to its note, so the last bin of a note wins; notes below 27.5 Hz have negative
    numbers and land at the far end of the array; and it divides by the bin count of another note, the one that the
    note's number points to.
    """
    frequencies = np.arange(1, bins + 1) * rate / (2 * bins)
    notes = np.round(12.0 * np.log2(frequencies / LOWEST_NOTE)).astype(np.int64)
    if notes.max() >= bins:
        raise ValueError(f"A window of {2 * bins} samples at {rate} Hz is too short for chroma")
    found, inverse, counts = np.unique(notes, return_inverse=True, return_counts=True)
    sharing = counts[inverse].astype(np.float64)  # for each bin, how many bins its note has
    last = np.array([np.flatnonzero(notes == note)[-1] for note in found])
    places = found % bins
    weights = 1.0 / sharing[notes[places]]
    matrix = scipy.sparse.csr_array((weights, (places % 12, np.arange(len(found)))), shape=(12, len(found)))
    return last, matrix
