"""Published convolutional networks as timm builds them: the maps of their stages, or one pooled vector. The only file
that imports timm.

Weights come from this machine's disk and are never fetched by building: a folder that was named, the cache of the model
hub, PyTorch's own cache. Both caches say in a file's name what its SHA-256 is, or how it begins, and that is checked.
"""

import hashlib
import os
import re
import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.batches import in_batches
from core.device import FULL_GPU
from core.errors import EncoderUnavailable
from core.features import hub
from core.features.hub import HubFile
from core.records import Progress, Readiness, no_progress

Mode = Literal["stages", "pooled"]

DIGITS = re.compile(r"-([0-9a-f]{8,64})\.pth$")  # how PyTorch's own files end: the beginning of their SHA-256
BLOB = re.compile(r"[0-9a-f]{64}")  # how the hub's cache names what it stores
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


@dataclass(frozen=True, slots=True)
class BackboneSpec:
    """A published network and where its weights are found."""

    name: str  # the key everyone uses
    label: str
    architecture: str  # timm's name
    files: tuple[str, ...]  # what its weights are called in a folder or in PyTorch's cache
    hub: HubFile | None  # where the model hub keeps them
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    stages: tuple[int, ...]  # of timm's feature maps, those that count as stages
    channels: tuple[int, ...]  # of these maps
    dimension: int  # of the pooled vector
    is_built_here: bool = True  # false where an encoder builds the network itself, from `weights`
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))  # for timm.create_model


BACKBONES: dict[str, BackboneSpec] = {
    spec.name: spec
    for spec in (
        BackboneSpec(
            "resnet50",
            "ResNet-50",
            "resnet50",
            ("resnet50-0676ba61.pth", "resnet50.safetensors"),
            HubFile("timm/resnet50.tv_in1k", ("model.safetensors", "pytorch_model.bin")),
            *IMAGENET,
            (1, 2, 3, 4),
            (256, 512, 1024, 2048),
            2048,
        ),
        BackboneSpec(
            "xception",
            "Xception",
            "legacy_xception",
            ("xception-43020ad28.pth", "xception.safetensors"),
            None,
            *HALF,
            (1, 2, 3, 4),
            (128, 256, 728, 2048),
            2048,
        ),
        BackboneSpec(
            "vgg16",
            "VGG-16",
            "vgg16",
            ("vgg16-397923af.pth", "vgg16.safetensors"),
            HubFile("timm/vgg16.tv_in1k", ("model.safetensors", "pytorch_model.bin")),
            *IMAGENET,
            (1, 2, 3, 4),
            (128, 256, 512, 512),
            4096,
            is_built_here=False,
        ),
        BackboneSpec(
            "mobilenetv2",
            "MobileNetV2",
            "mobilenetv2_100",
            ("mobilenetv2_100_tf.safetensors",),
            None,
            *HALF,
            (1, 2, 3, 4),
            (24, 32, 96, 320),
            1280,
            options=MappingProxyType({"pad_type": "same"}),
        ),
    )
}


class Backbone:
    """A network ready for use, in evaluation mode."""

    def __init__(self, spec: BackboneSpec, version: str, module: Any, device: str) -> None:
        self.spec = spec
        self.version = version  # what changes with the numbers: architecture and weights
        self._module = module
        self._device = device
        self.notice = ""  # what a person should know of where it works
        self._moving = threading.Lock()  # held by whoever uses the network on a GPU or takes it off

    def in_batches(
        self,
        work: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
        images: NDArray[np.uint8],
        batch: int,
        shape: tuple[int, ...],
    ) -> NDArray[np.float32]:
        """What `work` makes of N pictures, (N, *shape), at most so many at once: fewer where memory is full, and on the
        CPU when none fits."""

        def alone(part: slice) -> NDArray[np.float32]:
            with self._moving if self._device != "cpu" else nullcontext():
                return work(images[part])

        rows = in_batches(alone, len(images), batch, leave_gpu=self._leave_gpu)
        return np.concatenate([np.zeros((0, *shape), np.float32), *rows])

    def _leave_gpu(self) -> bool:
        with self._moving:
            if self._device == "cpu":
                return False
            self._module, self._device, self.notice = self._module.to("cpu"), "cpu", FULL_GPU
            return True

    def pixels(self, images: NDArray[np.uint8], *, short_side: int, crop: int | None = None) -> Any:
        """(N, H, W, 3) RGB -> tensor (N, 3, H', W') as the network wants it, its shorter side `short_side`.

        With `crop` only the square of that side in the middle, enlarged where the picture is narrower.
        """
        import torch

        scaled = torch.from_numpy(np.require(images, np.uint8, ["C", "W"])).to(self._device).permute(0, 3, 1, 2).float()
        height, width = images.shape[1:3]
        scale = short_side / min(height, width)
        size = (max(crop or 1, round(height * scale)), max(crop or 1, round(width * scale)))
        scaled = torch.nn.functional.interpolate(scaled, size, mode="bilinear", antialias=True, align_corners=False)
        if crop is not None:
            top, left = (size[0] - crop) // 2, (size[1] - crop) // 2
            scaled = scaled[:, :, top : top + crop, left : left + crop]
        mean, std = (
            torch.tensor(three, device=self._device).view(3, 1, 1) for three in (self.spec.mean, self.spec.std)
        )
        return (scaled / 255 - mean) / std

    def stages(self, pixels: Any) -> list[Any]:
        """(N, 3, H, W) -> the map of every stage, (N, C_i, H_i, W_i). For a backbone loaded with mode "stages"."""
        import torch

        with torch.inference_mode():
            return list(self._module(pixels))

    def pooled(self, pixels: Any) -> Any:
        """(N, 3, H, W) -> (N, D): the last map averaged. For a backbone loaded with mode "pooled"."""
        import torch

        with torch.inference_mode():
            return self._module.forward_head(self._module.forward_features(pixels), pre_logits=True)


# ----------------------------------------------------------------------------------------------- where weights lie


def backbone_spec(name: str) -> BackboneSpec:
    """The backbone of that name. Raises EncoderUnavailable naming the known ones."""
    if name not in BACKBONES:
        raise EncoderUnavailable(f"No backbone is called {name!r}. Choose from: {', '.join(BACKBONES)}.")
    return BACKBONES[name]


def find(name: str, place: Path | None = None) -> Path | None:
    """The weights on this machine, or None: `place` (a file, or a folder that holds one under a known name) first.

    Then the model hub's cache, then PyTorch's. Looks at names only. Imports neither timm nor PyTorch.
    """
    spec = backbone_spec(name)
    if place is not None and place.is_file():
        return place
    cached = spec.hub.cached() if spec.hub else None
    torch_home = Path(os.environ.get("TORCH_HOME", "") or Path.home() / ".cache" / "torch")
    candidates = [place / file for file in spec.files] if place is not None else []
    candidates += [cached] if cached else []
    candidates += [torch_home / "hub" / "checkpoints" / file for file in spec.files]
    return next((path for path in candidates if path.is_file()), None)


def readiness(name: str, place: Path | None = None) -> Readiness:
    """Whether it can be loaded now, and if not, what to do. Looks at this machine's disk only."""
    spec, path = backbone_spec(name), find(name, place)
    if path is not None:
        return Readiness(name, spec.label, True, f"Weights found: {path.name}.")
    return Readiness(name, spec.label, False, _missing(spec))


def prepare(name: str, place: Path | None = None, *, patience: float, progress: Progress = no_progress) -> Path:
    """The weights, fetched into the hub's cache when they are not here; `patience` as in `hub.fetch`.

    Raises EncoderUnavailable with what to do when that cannot be done.
    """
    spec, path = backbone_spec(name), find(name, place)
    if path is not None:
        return path
    if spec.hub is None:
        raise EncoderUnavailable(_missing(spec))
    try:
        return hub.fetch(spec.hub, patience=patience, progress=progress)
    except EncoderUnavailable as error:
        raise EncoderUnavailable(f"{_missing(spec)} {error}") from error


def version(name: str, place: Path | None = None) -> str:
    """What changes with the numbers: the architecture and the beginning of the weights' SHA-256; "none" without any."""
    path = find(name, place)
    return f"{name}-{digest(path)[:8] if path else 'none'}"


def digest(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal, read once as long as the file does not change."""
    seen = path.stat()
    return _digest(path, seen.st_size, seen.st_mtime_ns)


@lru_cache(maxsize=8)
def _digest(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _missing(spec: BackboneSpec) -> str:
    how = "connect this machine once, or put" if spec.hub else "put"
    return (
        f"The weights of {spec.label} are not on this machine. To use it, {how} {' or '.join(spec.files)} into the "
        "folder that CLIPKIN_WEIGHTS names. The built-in descriptor needs no weights."
    )


# ------------------------------------------------------------------------------------------------------- building


def load(name: str, place: Path | None = None, *, mode: Mode, device: str = "cpu") -> Backbone:
    """The backbone with its weights, giving the maps of its stages or its pooled vector. Never downloads.

    Raises EncoderUnavailable when the weights are missing, are not what their name promises, or are another network's.
    """
    spec, path = backbone_spec(name), find(name, place)
    if path is None:
        raise EncoderUnavailable(_missing(spec))
    _check(path)
    module = _build(spec, mode, _state(path)).to(device).eval()
    return Backbone(spec, version(name, place), module, device)


def weights(name: str, place: Path | None = None) -> dict[str, Any]:
    """The arrays of its weights, for an encoder that builds the network itself. Never downloads.

    Raises EncoderUnavailable when they are missing or are not what their name promises.
    """
    path = find(name, place)
    if path is None:
        raise EncoderUnavailable(_missing(backbone_spec(name)))
    _check(path)
    return _state(path)


def write_random(name: str, path: Path, *, seed: int = 0) -> None:
    """Random weights in the format of the real ones, written as SafeTensors: for tests of everything but quality."""
    import torch
    from safetensors.torch import save_file

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = _create(backbone_spec(name))
    save_file({key: value.contiguous() for key, value in module.state_dict().items()}, path)


def _check(path: Path) -> None:
    """Holds a file to the checksum in its name, where that has one. Raises EncoderUnavailable."""
    named = DIGITS.search(path.name)
    blob = BLOB.fullmatch(path.resolve().name)
    promised = named.group(1) if named else blob.group(0) if blob else ""
    if not digest(path).startswith(promised):
        raise EncoderUnavailable(
            f"{path.name} is damaged or is another file: its checksum is not the one in its name. Delete it and "
            "fetch it again."
        )


def _state(path: Path) -> dict[str, Any]:
    """The arrays of a file of weights, SafeTensors or PyTorch's format read without running anything in it."""
    import pickle

    from safetensors import SafetensorError

    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        import torch

        return dict(torch.load(path, map_location="cpu", weights_only=True))
    except (OSError, SafetensorError, RuntimeError, ValueError, TypeError, EOFError, pickle.UnpicklingError) as error:
        raise EncoderUnavailable(f"{path.name} cannot be read as weights. Delete it and fetch it again.") from error


def _build(spec: BackboneSpec, mode: Mode, state: dict[str, Any]) -> Any:
    shape = {"features_only": True, "out_indices": spec.stages} if mode == "stages" else {}
    module = _create(spec, **shape)
    network = getattr(module, "body", module)  # where timm taps a network from outside, it stands under this name
    try:
        missing = network.load_state_dict(
            state, strict=mode == "pooled"
        ).missing_keys  # stages have no use for the head
    except RuntimeError as error:
        raise EncoderUnavailable(_foreign(spec)) from error
    if missing:
        raise EncoderUnavailable(_foreign(spec))
    return module


def _foreign(spec: BackboneSpec) -> str:
    return f"The weights found are not those of {spec.label}. Put {' or '.join(spec.files)} in their place."


def _create(spec: BackboneSpec, **options: Any) -> Any:
    import timm

    create: Callable[..., Any] = timm.create_model
    return create(spec.architecture, pretrained=False, **spec.options, **options)
