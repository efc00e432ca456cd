"""Seamless noise: square tiles that repeat without an edge, and how to read them anywhere. Knows nothing of scenes."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


@cache
def tile(seed: int, slope: float = 2.0, *, size: int = 512, smallest: float = 1.0) -> Field:
    """A repeating (size, size) field, mean 0 and deviation 1, whose amplitude falls as frequency ** -slope.

    `smallest` is the finest wavelength kept, in texels; larger values give softer cloth.
    """
    rng = np.random.default_rng(seed)
    rows = np.fft.fftfreq(size)[:, None]
    columns = np.fft.rfftfreq(size)[None, :]
    frequency = np.hypot(rows, columns)
    frequency[0, 0] = 1.0
    amplitude = frequency**-slope * np.exp(-((frequency * smallest) ** 2) * 2)
    amplitude[0, 0] = 0.0
    phase = np.exp(2j * np.pi * rng.random(frequency.shape))
    field = np.fft.irfft2(amplitude * phase, s=(size, size))
    return ((field - field.mean()) / field.std()).astype(np.float32)


def sample(field: Field, x: NDArray[np.floating] | np.floating, y: NDArray[np.floating] | np.floating) -> Field:
    """The tile read at (x, y), where 1.0 spans the whole tile, between texels by straight lines."""
    size = field.shape[0]
    x = np.asarray(x, np.float32) * size
    y = np.asarray(y, np.float32) * size
    left, top = np.floor(x), np.floor(y)
    fx, fy = x - left, y - top
    column = left.astype(np.int32) & (size - 1)
    row = (top.astype(np.int32) & (size - 1)) * size
    right = (column + 1) & (size - 1)
    below = (row + size) & (size * size - 1)
    flat = field.ravel()
    upper = flat[row + column] * (1 - fx) + flat[row + right] * fx
    lower = flat[below + column] * (1 - fx) + flat[below + right] * fx
    return upper * (1 - fy) + lower * fy


def nearest(field: Field, x: NDArray[np.floating], y: NDArray[np.floating]) -> Field:
    """The same without interpolation, four times faster, for volumes read at many depths."""
    size = field.shape[0]
    column = np.floor(np.asarray(x, np.float32) * size).astype(np.int32) & (size - 1)
    row = np.floor(np.asarray(y, np.float32) * size).astype(np.int32) & (size - 1)
    return field.ravel()[row * size + column]


def smoothstep(low: float, high: float, x: NDArray[np.floating] | float) -> Field:
    """0 below `low`, 1 above `high`, an S between; the edges may be given in falling order."""
    t = np.clip((np.asarray(x, np.float32) - low) / (high - low), 0.0, 1.0)
    return t * t * (3 - 2 * t)


def ramp(x: NDArray[np.floating], stops: list[tuple[float, tuple[float, float, float]]]) -> Field:
    """A colour for every value: (...,) -> (..., 3), straight lines between the stops."""
    places = [place for place, _ in stops]
    return np.stack([np.interp(x, places, [colour[c] for _, colour in stops]) for c in range(3)], -1).astype(np.float32)
