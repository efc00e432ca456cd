"""Frames as the article on the frame map describes them: Xception's pooled vector of the left and of the right square.

A frame of 534 × 300 gives two squares of 300 that share its middle, each scaled to 299 × 299 and turned into 2,048
numbers: 4,096 in all, here brought to length 1. Of an upright frame the squares are the upper and the lower one.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.features import backbones

NAME = "xception"
BACKBONE = "xception"
PREPROCESSING = "p1"  # changes when the way from pixels to vectors changes the numbers
SIDE = 299  # pixels of the network's input
BATCH = 8  # frames at once, each seen twice


class XceptionHalves:
    """Both squares of a frame by Xception without its last layer."""

    name = NAME
    dimension = 2 * 2048
    short_side = 300

    def __init__(self, weights: Path | None = None, *, device: str = "cpu") -> None:
        """`weights`: a file, or a folder to look into first. Raises EncoderUnavailable when there are none."""
        self._backbone = backbones.load(BACKBONE, weights, mode="pooled", device=device)
        self.version = version(weights)

    @property
    def notice(self) -> str:
        """What a person should know of where it works, as a sentence; empty when all is as wanted."""
        return self._backbone.notice

    def encode(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, H, W, 3) RGB of any size -> (N, 4096), rows of length 1: the left square's numbers, then the right's."""
        return self._backbone.in_batches(self._batch, images, BATCH, (self.dimension,))

    def _batch(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        both = [
            self._backbone.pooled(self._backbone.pixels(half, short_side=SIDE, crop=SIDE)) for half in halves(images)
        ]
        vectors = np.concatenate([part.cpu().numpy() for part in both], axis=1)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors[lengths[:, 0] < 1e-12, 0] = 1.0  # nothing seen in either: still a direction
        result: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return result


def version(weights: Path | None = None) -> str:
    """What changes with the numbers, known without loading anything."""
    return f"{backbones.version(BACKBONE, weights)}-{PREPROCESSING}"


def halves(images: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(N, H, W, 3) -> the left and the right square (upper and lower of upright frames), which may overlap."""
    height, width = images.shape[1:3]
    side = min(height, width)
    if width >= height:
        return images[:, :, :side], images[:, :, width - side :]
    return images[:, :side], images[:, height - side :]
