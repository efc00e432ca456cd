"""From frames to numbers about frames: how much each one counts, and one descriptor for a whole video."""

import numpy as np
from numpy.typing import NDArray

from core.records import FeatureTrack

FULL_CONTRAST = 16.0  # grey levels: a picture whose coarse luma deviates this much counts in full
GRID = 16  # cells per side the luma is averaged over, so that noise and grain do not count as content


def frame_weights(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How much there is to recognise in each picture: (N, H, W, 3) -> (N,) in 0–1.

    The standard deviation of coarsely averaged luma as a share of `FULL_CONTRAST`, so 0 for black, white or a plain
    fade. Uniform frames resemble each other in any feature space: unweighed, every video with a black start would be
    kin of every other.
    """
    if len(images) == 0:
        return np.zeros(0, np.float32)
    height, width = images.shape[1:3]
    rows = np.linspace(0, height, min(GRID, height), endpoint=False).astype(int)
    columns = np.linspace(0, width, min(GRID, width), endpoint=False).astype(int)
    luma = np.dot(images, np.array([0.299, 0.587, 0.114], np.float32))
    sums = np.add.reduceat(np.add.reduceat(luma, rows, axis=1), columns, axis=2)
    cells = sums / np.outer(np.diff(rows, append=height), np.diff(columns, append=width))
    return np.minimum(cells.std(axis=(1, 2)) / FULL_CONTRAST, 1.0).astype(np.float32)


def descriptor(track: FeatureTrack) -> NDArray[np.float32]:
    """One vector for a whole video: the weighted mean of its frames, length 1. (T, D) -> (D,).

    A video of uniform frames only falls back to the plain mean; an empty track gives zeros.
    """
    if len(track) == 0:
        return np.zeros(track.vectors.shape[1], np.float32)
    weights = track.weights if track.weights.any() else np.ones_like(track.weights)
    mean = np.average(track.vectors, axis=0, weights=weights).astype(np.float32)
    return mean / np.float32(max(float(np.linalg.norm(mean)), 1e-12))
