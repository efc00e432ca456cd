"""Videos as single vectors of pictures and of sound on one scale, and what their cosine says.

The 138 sound features lie between 1e-4 and 1e3 and the axes of a picture descriptor differ by factors as well, so each
number is first taken by how many standard deviations of the library it lies from the library's mean. A few numbers of
odd clips lie twenty deviations out and would be all that counts; tanh draws them in. 34 of the 138 are means of
differences between neighbouring windows, which add up to the difference of the last and the first window: chance, left
out of comparisons. (The published VAE gets all 138.) NumPy only; nothing in here learns.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SHORT_TERM = 34  # sound features per window, before their deltas
DELTA_MEANS = slice(SHORT_TERM, 2 * SHORT_TERM)  # of the 138: means of deltas
LEAST = 8  # videos from which on a library knows what is usual in it


@dataclass(frozen=True, slots=True)
class Scale:
    """What is usual, feature by feature."""

    centre: Floats  # (D,)
    spread: Floats  # (D,) standard deviations; 1 where all are alike

    def standard(self, rows: Floats) -> Floats:
        """(N, D) -> (N, D) in standard deviations from the centre; a feature in which all are alike is 0."""
        return np.asarray((rows - self.centre) / self.spread, np.float32)


def fit_scale(rows: Floats) -> Scale:
    """The mean and standard deviation of each feature over (N, D), N at least 1."""
    rows = rows.astype(np.float64)
    centre, spread = rows.mean(axis=0), rows.std(axis=0)
    flat = spread <= 1e-7 * np.maximum(1.0, np.abs(centre))
    return Scale(centre.astype(np.float32), np.where(flat, 1.0, spread).astype(np.float32))


def sound_vectors(rows: Floats, scale: Scale) -> Floats:
    """138 features as what their cosine is taken of: (N, 138) -> (N, 104), rows of length 1."""
    return _unit(np.delete(np.tanh(scale.standard(rows)), np.arange(138)[DELTA_MEANS], axis=1))


def early_vectors(visual: Floats, sound: Floats, scale: Scale) -> Floats:
    """Picture descriptors (N, D), of length 1, and sound (N, 138) as one vector each: -> (N, D + 104), length 1.

    Both halves have length 1 before they are joined, so pictures and sound count the same.
    """
    return _unit(np.concatenate([visual, sound_vectors(sound, scale)], axis=1))


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), np.float32)
