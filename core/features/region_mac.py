"""Regions of a picture as ViSiL describes them: the maxima of four stages of a network over 3 x 3 overlapping windows.

Every stage is pooled to nine vectors, each of length 1 (L2), the stages joined and the whole brought to length 1 again:
3,840 numbers a region with ResNet-50 (Kordopatis-Zilos et al., ICCV 2019, section 4.1). The backbone is an argument.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.features import backbones

NAME = "region_mac"
PREPROCESSING = "p1"  # changes when the way from pixels to vectors changes the numbers
SIDE = 3  # regions per side
RESIZED, CROPPED = 256, 224  # pixels: the shorter side, and the square in its middle, as published
BATCH = 16


class RegionMac:
    """The regions of pictures by any backbone that `core.features.backbones` knows."""

    name = NAME
    regions = SIDE**2
    short_side = RESIZED

    def __init__(self, backbone: str = "resnet50", weights: Path | None = None, *, device: str = "cpu") -> None:
        """`weights`: a file, or a folder to look into first. Raises EncoderUnavailable when there are none."""
        self._backbone = backbones.load(backbone, weights, mode="stages", device=device)
        self.dimension = sum(self._backbone.spec.channels)
        self.version = version(backbone, weights)

    @property
    def notice(self) -> str:
        """What a person should know of where it works, as a sentence; empty when all is as wanted."""
        return self._backbone.notice

    def encode(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, H, W, 3) RGB of any size -> (N, 9, D): rows of length 1, region by region from the top left."""
        return self._backbone.in_batches(self._batch, images, BATCH, (self.regions, self.dimension))

    def _batch(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        stages = self._backbone.stages(self._backbone.pixels(images, short_side=RESIZED, crop=CROPPED))
        result: NDArray[np.float32] = join(stages).cpu().numpy()
        return result


def version(backbone: str, weights: Path | None = None) -> str:
    """What changes with the numbers, known without loading anything."""
    return f"{backbones.version(backbone, weights)}-{PREPROCESSING}"


def join(stages: list[Any]) -> Any:
    """Maps (N, C_i, H_i, W_i), one per stage -> (N, 9, sum C_i) of length 1, each stage of equal weight in it."""
    import torch
    from torch.nn.functional import normalize

    levels = [normalize(pool(stage), dim=1) for stage in stages]
    return normalize(torch.cat(levels, dim=1).flatten(2).transpose(1, 2), dim=2).contiguous()


def pool(stage: Any) -> Any:
    """(N, C, H, W) -> (N, C, 3, 3): maxima over windows about half as wide as the map, overlapping by half."""
    from torch.nn.functional import adaptive_max_pool2d, max_pool2d

    height, width = (window(side) for side in stage.shape[2:])
    if not height or not width:  # a map of one or two cells a side, or of five, has no three such windows
        return adaptive_max_pool2d(stage, SIDE)
    return max_pool2d(stage, (height, width), (-(-height // 2), -(-width // 2)))


def window(side: int) -> int:
    """The widest window of which three, moved by half of it, fit a side; 0 when there is none.

    For ResNet-50 at 224 pixels the published ones: 28 of 56, 14 of 28, 6 of 14 and 3 of 7.
    """
    fitting = [size for size in range(1, side + 1) if (side - size) // -(-size // 2) + 1 == SIDE]
    return max(fitting, default=0)
