"""MobileNetV2 trained on ImageNet as a yardstick, where its weights lie beside the checkout; never fetched."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.config import ROOT
from core.features import backbones

WEIGHTS = ROOT.parent / "shared" / "weights" / "mobilenetv2" / "mobilenetv2_100_tf.safetensors"
RESIZED, SIDE = 256, 224
BATCH = 32


def load_mobilenet(
    weights: Path = WEIGHTS,
) -> tuple[Callable[[NDArray[np.uint8]], NDArray[np.float32]] | None, str]:
    """A function (N, H, W, 3) -> (N, 1280), rows of length 1, and why it is there or is not."""
    if not weights.is_file():
        return None, "MobileNetV2 was left out: its weights are not on this machine."
    import torch

    backbone = backbones.load("mobilenetv2", weights, mode="pooled")

    def describe(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        rows = [_batch(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
        return np.concatenate(rows) if rows else np.zeros((0, backbone.spec.dimension), np.float32)

    def _batch(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        rows = backbone.pooled(backbone.pixels(images, short_side=RESIZED, crop=SIDE))
        result: NDArray[np.float32] = torch.nn.functional.normalize(rows).numpy()
        return result

    return describe, "MobileNetV2 1.0, ImageNet, found beside the checkout."
