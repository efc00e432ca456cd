"""Maximum activations of convolutions: what each channel of VGG-16 answers most strongly, anywhere in a frame.

Du and Peng (2021), Eq. 1, after Kordopatis-Zilos et al. (2017): the maxima of conv2_1 … conv5_3 side by side are 4,096
numbers, brought to zero mean and length 1. Other published backbones give the maxima of their stages the same way.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import EncoderUnavailable
from core.features import backbones
from core.features.backbones import Backbone

NAME = "vgg_mac"
BACKBONE = "vgg16"
PREPROCESSING = "m1"  # changes when the way from pixels to vectors changes the numbers
SIDE = 224  # pixels of the shorter side
BATCH = 4
BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))  # channels; a pooling after each
FIRST_BLOCK = 1  # conv2_1 is the first that counts


class VggMac:
    """Channel maxima of a convolutional network."""

    name = NAME
    short_side = SIDE

    def __init__(self, weights: Path | None = None, *, backbone: str = BACKBONE, device: str = "cpu") -> None:
        """`weights`: a file, or a folder to look into first. Raises EncoderUnavailable when there are none."""
        if backbone == BACKBONE:
            self._backbone = _load_vgg(weights, device)
        else:
            self._backbone = backbones.load(backbone, weights, mode="stages", device=device)
        self.version = version(weights, backbone)
        counted = [c for block in BLOCKS[FIRST_BLOCK:] for c in block]
        self.dimension = sum(counted if backbone == BACKBONE else self._backbone.spec.channels)

    @property
    def notice(self) -> str:
        """What a person should know of where it works, as a sentence; empty when all is as wanted."""
        return self._backbone.notice

    def encode(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, H, W, 3) RGB of any size -> (N, D), D = 4096 for VGG-16, rows of length 1 and mean 0."""
        return self._backbone.in_batches(self._batch, images, BATCH, (self.dimension,))

    def _batch(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        import torch

        maps = self._backbone.stages(self._backbone.pixels(images, short_side=SIDE))
        return normalised(torch.cat([found.amax(dim=(2, 3)) for found in maps], dim=1).float().cpu().numpy())


def normalised(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, D) -> each row around its own mean and of length 1; a row of equal numbers becomes the first axis."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    centred[lengths[:, 0] < 1e-9] = np.eye(1, rows.shape[1], dtype=np.float32)
    result: NDArray[np.float32] = (centred / np.where(lengths < 1e-9, 1.0, lengths)).astype(np.float32)
    return result


def version(weights: Path | None = None, backbone: str = BACKBONE) -> str:
    """What changes with the numbers, known without loading anything."""
    return f"{backbones.version(backbone, weights)}-{PREPROCESSING}"


def write_random(path: Path, *, seed: int = 0) -> None:
    """Random weights of the convolutions in the format of the real ones, as SafeTensors: for tests."""
    import torch
    from safetensors.torch import save_file

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers = _convolutions()
    save_file({f"features.{key}": value.contiguous() for key, value in layers.state_dict().items()}, path)


def _convolutions() -> Any:
    """The layers of VGG-16 before its head, numbered as everyone numbers them."""
    from torch import nn

    layers: list[nn.Module] = []
    before = 3
    for block in BLOCKS:
        for channels in block:
            layers += [nn.Conv2d(before, channels, 3, padding=1), nn.ReLU()]
            before = channels
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


def _load_vgg(weights: Path | None, device: str) -> Backbone:
    state = backbones.weights(BACKBONE, weights)
    layers = _convolutions()
    prefix = "features."
    try:
        layers.load_state_dict({key.removeprefix(prefix): v for key, v in state.items() if key.startswith(prefix)})
    except RuntimeError as error:
        raise EncoderUnavailable("The weights found are not those of VGG-16. Put others in their place.") from error
    tapped = [place for place in range(5, len(layers)) if hasattr(layers[place], "weight")]  # conv2_1 and on
    return Backbone(
        backbones.backbone_spec(BACKBONE),
        backbones.version(BACKBONE, weights),
        _tapped(layers, {place + 1 for place in tapped}).to(device).eval(),
        device,
    )


def _tapped(layers: Any, places: set[int]) -> Any:
    """The network that gives what comes out of its layers at these places, in their order."""
    from torch import nn

    class Tapped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = layers

        def forward(self, pixels: Any) -> list[Any]:
            found = []
            for place, layer in enumerate(self.layers):
                pixels = layer(pixels)
                if place in places:
                    found.append(pixels)
            return found

    return Tapped()
