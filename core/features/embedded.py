"""The encoder that ships with the program: classical blocks of a picture, projected to one short vector.

Needs NumPy only, so it starts at once and works where no weights can be fetched.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.features import blocks

NAME = "embedded"
REGIONS = 3  # per side: windows half as wide as the picture, overlapping by half
CHUNK = 32  # pictures described at once, which bounds memory


class EmbeddedEncoder:
    """Blocks of colour, gradients, texture and shape as one vector of length 1."""

    name = NAME
    version = "1"
    dimension = 384
    short_side = blocks.SIDE

    def encode(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, H, W, 3) RGB -> (N, D), every row of length 1, also for a uniform picture. N may be 0."""
        result = np.empty((len(images), self.dimension), np.float32)
        for start in range(0, len(images), CHUNK):
            pictures = blocks.normalise(images[start : start + CHUNK])
            result[start : start + CHUNK] = _describe(_halve(pictures), self.dimension)
        return result

    def encode_regions(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, H, W, 3) RGB -> (N, 9, D): windows of half the sides, overlapping by half, row by row."""
        result = np.empty((len(images), REGIONS**2, self.dimension), np.float32)
        window, step = blocks.SIDE // 2, blocks.SIDE // 4
        for start in range(0, len(images), CHUNK):
            pictures = blocks.normalise(images[start : start + CHUNK])
            for region in range(REGIONS**2):
                top, left = region // REGIONS * step, region % REGIONS * step
                part = pictures[:, top : top + window, left : left + window]
                result[start : start + CHUNK, region] = _describe(part, self.dimension)
        return result


def _halve(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    count, side = pictures.shape[:2]
    quads = pictures.reshape(count, side // 2, 2, side // 2, 2, 3)
    return ((quads.sum(axis=(2, 4), dtype=np.uint16) + 2) // 4).astype(np.uint8)


def _describe(pictures: NDArray[np.uint8], dimension: int) -> NDArray[np.float32]:
    rows = np.concatenate(
        [_unit(block - block.mean(axis=1, keepdims=True)) for block in blocks.blocks(pictures)], axis=1
    )
    return _unit(rows @ _projection(rows.shape[1], dimension))


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    fallback = np.zeros(rows.shape[1], np.float32)
    fallback[0] = 1.0
    result: NDArray[np.float32] = np.where(lengths > 1e-6, rows / np.maximum(lengths, 1e-6), fallback)
    return result


@lru_cache(maxsize=4)
def _projection(size: int, dimension: int) -> NDArray[np.float32]:
    drawn = np.random.default_rng(0).standard_normal((size, dimension))
    return np.linalg.qr(drawn)[0].astype(np.float32)
