"""What an encoder is: media in, time-stamped vectors out. Two contracts, one for pictures and one for sound.

A new encoder is one file beside this one and one line in `registry.py`.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.records import Waveform


class ImageEncoder(Protocol):
    """Turns pictures into vectors whose dot product says how alike they are."""

    name: str  # registry key
    version: str  # changes whenever the numbers change: weights, model name, preprocessing
    dimension: int  # D
    short_side: int  # pixels of the shorter side that frames are decoded to

    def encode(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, H, W, 3) RGB -> (N, D), every row of length 1. N may be 0. The batch size does not change the numbers."""
        ...


class RegionEncoder(Protocol):
    """An image encoder that can also describe the parts of a picture."""

    def encode_regions(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, H, W, 3) RGB -> (N, R, D): one row of length 1 for each of R regions, row by row from the top left."""
        ...


class WindowEncoder(Protocol):
    """Turns pictures into one vector for each of their regions. Its tracks have three axes: (T, R, D)."""

    name: str  # registry key
    version: str  # changes whenever the numbers change
    regions: int  # R
    dimension: int  # D
    short_side: int  # pixels of the shorter side that frames are decoded to

    def encode(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, H, W, 3) RGB -> (N, R, D): rows of length 1, region by region from the top left. N may be 0."""
        ...


VisualEncoder = ImageEncoder | WindowEncoder
"""Whoever looks at pictures."""


class AudioEncoder(Protocol):
    """Turns a whole sound track into one vector."""

    name: str
    version: str
    dimension: int
    rate: int  # samples per second it wants

    def encode(self, sound: Iterable[Waveform]) -> NDArray[np.float32]:
        """Consecutive mono waveforms -> (1, D), or (0, D) when there is no sound or nothing but silence."""
        ...


def track_name(encoder: VisualEncoder | AudioEncoder, fps: float) -> str:
    """The name that tracks of this encoder at this rate are stored under: all that changes the numbers."""
    return versioned_track(encoder.name, encoder.version, fps)


def versioned_track(name: str, version: str, fps: float) -> str:
    """The same for an encoder that is not loaded."""
    return f"{name}-{version}@{fps:g}fps"


def row_shape(encoder: VisualEncoder) -> tuple[int, ...]:
    """What one frame becomes: (D,), or (R, D) for an encoder of regions."""
    regions = getattr(encoder, "regions", None)
    return (encoder.dimension,) if regions is None else (regions, encoder.dimension)


def encode_each(encoder: ImageEncoder, batches: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
    """The vectors of several batches, of which each has pictures of its own size: in one call of an encoder that is
    costly to reach, which then has an `encode_each` of its own."""
    together = getattr(encoder, "encode_each", None)
    return [encoder.encode(batch) for batch in batches] if together is None else together(batches)


def wanted_at_once(encoder: VisualEncoder) -> int:
    """How many frames an encoder would rather have in one call: 1, or `at_once` of one that is costly to reach."""
    return int(getattr(encoder, "at_once", 1))
