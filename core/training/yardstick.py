"""MobileNetV2 trained on ImageNet as a yardstick, where its weights lie beside the checkout; never fetched."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config import ROOT

WEIGHTS = ROOT.parent / "shared" / "weights" / "mobilenetv2" / "mobilenetv2_100_tf.safetensors"
SIDE = 224
BATCH = 32


def load_mobilenet(
    weights: Path = WEIGHTS,
) -> tuple[Callable[[NDArray[np.uint8]], NDArray[np.float32]] | None, str]:
    """A function (N, H, W, 3) -> (N, 1280), rows of length 1, and why it is there or is not."""
    if not weights.is_file():
        return None, "MobileNetV2 was left out: its weights are not on this machine."
    import timm
    import torch
    from safetensors.torch import load_file

    model: Any = timm.create_model("mobilenetv2_100", pretrained=False, pad_type="same")
    model.load_state_dict(load_file(weights))
    model.eval()

    def describe(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        rows = [_batch(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
        return np.concatenate(rows) if rows else np.zeros((0, 1280), np.float32)

    @torch.inference_mode()
    def _batch(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        pixels = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float()
        height, width = images.shape[1:3]
        scale = 256 / min(height, width)
        size = (max(SIDE, round(height * scale)), max(SIDE, round(width * scale)))
        pixels = torch.nn.functional.interpolate(pixels, size, mode="bilinear", antialias=True, align_corners=False)
        top, left = (size[0] - SIDE) // 2, (size[1] - SIDE) // 2
        pixels = pixels[:, :, top : top + SIDE, left : left + SIDE] / 127.5 - 1
        rows = model.forward_head(model.forward_features(pixels), pre_logits=True)
        result: NDArray[np.float32] = torch.nn.functional.normalize(rows).numpy()
        return result

    return describe, "MobileNetV2 1.0, ImageNet, found beside the checkout."
