"""The speed of the built-in encoder against OpenCLIP's ViT-B/32, preprocessing included, on the same made-up frames.

Speed does not depend on what weights say, so the transformer has random ones and nothing is fetched.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.features.blocks import SIDE
from core.features.embedded import EmbeddedEncoder
from core.records import BenchRow

BATCH = 32
THREADS = 2
ROUNDS = 3  # measured by turns, so that a busy moment of the machine hits both; the median counts
MODEL = "ViT-B-32-quickgelu"

Encode = Callable[[NDArray[np.uint8]], Any]


def run(videos: Path | None) -> list[BenchRow]:
    """One row, in frames per second of wall time. The frames are made up, so `videos` changes nothing."""
    rng = np.random.default_rng(0)
    ours_encode: Encode = EmbeddedEncoder().encode
    ours_images = rng.integers(0, 256, (BATCH, SIDE, SIDE * 16 // 9, 3), np.uint8)
    theirs_encode, theirs_side = _transformer()
    theirs_images = rng.integers(0, 256, (BATCH, theirs_side, theirs_side * 16 // 9, 3), np.uint8)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_rate(ours_encode, ours_images))
        theirs.append(_rate(theirs_encode, theirs_images))
    mine, other = float(np.median(ours)), float(np.median(theirs))
    return [
        BenchRow(
            name=f"frames described by the built-in encoder, batches of {BATCH}",
            ours=mine,
            theirs=other,
            ratio=mine / other,
            unit="frames/s",
            against=f"OpenCLIP ViT-B/32 in float32 on {THREADS} threads",
        )
    ]


def _rate(encode: Encode, images: NDArray[np.uint8]) -> float:
    encode(images[:2])
    start = time.perf_counter()
    encode(images)
    return len(images) / (time.perf_counter() - start)


def _transformer() -> tuple[Encode, int]:
    import open_clip
    import torch

    torch.set_num_threads(THREADS)
    model = open_clip.create_model(MODEL)
    model.eval()
    side = 224
    mean = torch.tensor([0.48145466, 0.4578275, 0.40821073]).view(3, 1, 1)  # OpenCLIP's preprocessing
    deviation = torch.tensor([0.26862954, 0.26130258, 0.27577711]).view(3, 1, 1)

    @torch.inference_mode()
    def encode(images: NDArray[np.uint8]) -> Any:
        left = (images.shape[2] - side) // 2
        pixels = torch.from_numpy(np.ascontiguousarray(images[:, :, left : left + side])).permute(0, 3, 1, 2)
        return model.encode_image((pixels.float() / 255 - mean) / deviation)

    return encode, side
