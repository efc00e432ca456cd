"""The encoder that ships with the program: classical blocks of a picture, through a linear map fitted on made films.

Needs NumPy only, so it starts at once and works where no weights can be fetched. How the map was fitted, and every
figure, stands in the card beside the weights; `python -m core train embedded` makes them again.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.config import WEIGHTS as FOLDER
from core.errors import EncoderUnavailable
from core.features import blocks

Floats = NDArray[np.float32]

NAME = "embedded"
WEIGHTS = FOLDER / "embedded-3.safetensors"
DIMENSION = 192
REGIONS = 3  # per side: windows half as wide as the picture, overlapping by half
CHUNK = 16  # pictures described at once, which bounds memory
THREADS = 2  # chunks at once: NumPy lets go of the interpreter while it computes

THRESHOLD = 0.31  # cosine from which on two frames are taken for one video's
COPY_THRESHOLD = (
    0.6  # keeps 91 % of frames under the edits of the card; 1.3 % of unrelated pairs of clips reach it once
)
PROBABILITY_SLOPE, PROBABILITY_INTERCEPT = 10.19, -2.90  # of a logistic curve over the cosine
CALIBRATION_SOURCE = (
    "measured on 66 groups of real clips, as many pairs 2 s apart in one video as pairs of different ones: "
    "accuracy 94.1 % on groups the threshold was not fitted to"
)


class EmbeddedEncoder:
    """Blocks of colour, gradients, texture and shape as one vector of length 1."""

    name = NAME
    version = "3"
    dimension = DIMENSION
    short_side = blocks.SIDE

    def __init__(self, weights: Path = WEIGHTS) -> None:
        """Reads the weights. Raises EncoderUnavailable when they are missing or not those of this version."""
        self._weights = load_weights(weights)

    def encode(self, images: NDArray[np.uint8]) -> Floats:
        """(N, H, W, 3) RGB -> (N, D), every row of length 1, also for a uniform picture. N may be 0."""
        return self._in_chunks(self._whole, images, (self.dimension,))

    def encode_regions(self, images: NDArray[np.uint8]) -> Floats:
        """(N, H, W, 3) RGB -> (N, 9, D): windows of half the sides, overlapping by half, row by row."""
        return self._in_chunks(self._parts, images, (REGIONS**2, self.dimension))

    def _whole(self, images: NDArray[np.uint8]) -> Floats:
        return project(describe(blocks.normalise(images)), self._weights)

    def _parts(self, images: NDArray[np.uint8]) -> Floats:
        pictures = blocks.normalise(images)
        window, step = blocks.SIDE // 2, blocks.SIDE // 4
        corners = [(row * step, column * step) for row in range(REGIONS) for column in range(REGIONS)]
        windows = [pictures[:, top : top + window, left : left + window] for top, left in corners]
        rows = [project(np.concatenate(blocks.blocks(part), axis=1), self._weights) for part in windows]
        return np.stack(rows, axis=1)

    @staticmethod
    def _in_chunks(
        describe_chunk: Callable[[NDArray[np.uint8]], Floats], images: NDArray[np.uint8], shape: tuple[int, ...]
    ) -> Floats:
        chunks = [images[start : start + CHUNK] for start in range(0, len(images), CHUNK)]
        if len(chunks) <= 1:
            return describe_chunk(images) if chunks else np.zeros((0, *shape), np.float32)
        with ThreadPoolExecutor(THREADS) as pool:
            return np.concatenate(list(pool.map(describe_chunk, chunks)))


class EmbeddedRegions:
    """The same vectors for the nine overlapping windows of a picture."""

    name = "embedded_regions"
    version = EmbeddedEncoder.version
    regions = REGIONS**2
    dimension = DIMENSION
    short_side = blocks.SIDE

    def __init__(self, weights: Path = WEIGHTS) -> None:
        """Reads the weights. Raises EncoderUnavailable when they are missing or not those of this version."""
        self._encoder = EmbeddedEncoder(weights)

    def encode(self, images: NDArray[np.uint8]) -> Floats:
        """(N, H, W, 3) RGB -> (N, 9, D): windows of half the sides, overlapping by half, row by row. N may be 0."""
        return self._encoder.encode_regions(images)


def same_video_probability(cosine: float) -> float:
    """The chance that two frames come from one video, 2 s apart, among as many pairs that do as do not: 0–1."""
    return float(0.5 * (1 + np.tanh(0.5 * (PROBABILITY_SLOPE * cosine + PROBABILITY_INTERCEPT))))


def describe(pictures: NDArray[np.uint8]) -> Floats:
    """(N, S, S, 3) normalised pictures -> (N, B) blocks side by side, seen at half the size."""
    count, side = pictures.shape[:2]
    quads = pictures.reshape(count, side // 2, 2, side // 2, 2, 3)
    halved = ((quads.sum(axis=(2, 4), dtype=np.uint16) + 2) // 4).astype(np.uint8)
    return np.concatenate(blocks.blocks(halved), axis=1)


def balance(rows: Floats) -> Floats:
    """(N, B) centred blocks -> the same, every block of length 1 so that none speaks louder than the others."""
    edges = np.cumsum(blocks.SIZES)[:-1]
    return np.concatenate([_unit(part) for part in np.split(rows, edges, axis=1)], axis=1)


def project(described: Floats, weights: dict[str, Floats]) -> Floats:
    """(N, B) blocks -> (N, D), every row of length 1."""
    return _unit(balance(described - weights["centre"]) @ weights["projection"] - weights["offset"])


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    fallback = np.zeros(rows.shape[1], np.float32)
    fallback[0] = 1.0
    result: Floats = np.where(lengths > 1e-6, rows / np.maximum(lengths, 1e-6), fallback)
    return result


@lru_cache(maxsize=2)
def load_weights(path: Path) -> dict[str, Floats]:
    """The arrays of a file of weights, checked for shape. Raises EncoderUnavailable with what to do."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        weights: dict[str, Floats] = load_file(path)
        shapes = {name: array.shape for name, array in weights.items()}
    except (OSError, SafetensorError) as error:
        raise EncoderUnavailable(
            f"The weights of the built-in encoder cannot be read ({path}). "
            "Restore the file, or make it again: python -m core train embedded"
        ) from error
    size = sum(blocks.SIZES)
    if shapes != {"centre": (size,), "offset": (DIMENSION,), "projection": (size, DIMENSION)}:
        raise EncoderUnavailable(
            f"{path} does not hold the weights of this version of the built-in encoder. "
            "Restore the file, or make it again: python -m core train embedded"
        )
    return weights
