"""CLIP: pictures and sentences in one space, by any OpenCLIP model. The only file that imports OpenCLIP.

Weights come from this machine's disk; fetching them is `registry.prepare_encoder`. On a CPU it runs in float32:
bfloat16 weights saved a quarter of the CPU time and none of the wait where the processor multiplies them natively, and
are slower elsewhere.
"""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional
from numpy.typing import NDArray
from torch import Tensor

from core.batches import in_batches
from core.config import Settings
from core.device import FULL_GPU, Device
from core.errors import EncoderUnavailable
from core.features import clip_weights

NAME = "clip"
BATCH = 32  # pictures or sentences through the model at once
PRECISIONS = {"float32": "fp32", "float16": "fp16", "bfloat16": "bf16"}  # torch's names and OpenCLIP's


class ClipEncoder:
    """An image and text encoder of the model and weights that the settings name."""

    name = NAME

    def __init__(self, settings: Settings, device: Device) -> None:
        """Load the model. Raises EncoderUnavailable when the weights are missing, damaged or of another model."""
        path = clip_weights.find(settings)
        if path is None:
            raise EncoderUnavailable(
                f"{clip_weights.describe(settings)} is not on this machine. Connect it once and choose CLIP again, set "
                "CLIPKIN_CLIP_PRETRAINED to a file of weights, or use the built-in descriptor."
            )
        self._moving = threading.Lock()  # held by whoever uses the model on a GPU or takes it off
        self._model_name = settings.clip_model
        self._device = device
        self._dtype = getattr(torch, device.dtype)
        self._model, self.dimension = _load(settings, path, device)
        self._tokenise: Callable[[list[str]], Tensor] | None = None  # built when the first sentence comes
        preprocessing = self._model.visual.preprocess_cfg
        size = preprocessing["size"]
        self._size: tuple[int, int] = (size, size) if isinstance(size, int) else (size[0], size[1])
        self._squash = preprocessing["resize_mode"] == "squash"
        self._interpolation = preprocessing["interpolation"]
        self._mean = torch.tensor(preprocessing["mean"], device=device.name).view(3, 1, 1)
        self._std = torch.tensor(preprocessing["std"], device=device.name).view(3, 1, 1)
        self.short_side = min(self._size)
        self.version = clip_weights.version(settings)

    @property
    def notice(self) -> str:
        """What a person should know of where it works, as a sentence; empty when all is as wanted."""
        return FULL_GPU if self._device.reason == FULL_GPU else ""

    @torch.inference_mode()
    def encode(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, H, W, 3) RGB of any size -> (N, D), every row of length 1. N may be 0.

        In float32 the batch size changes numbers by less than 1e-5; in half precision by what its rounding is worth.
        """
        return self._in_batches(lambda part: self._look(images[part]), len(images))

    @torch.inference_mode()
    def encode_text(self, texts: list[str]) -> NDArray[np.float32]:
        """N sentences -> (N, D), every row of length 1; what exceeds the model's context is cut off."""
        if self._tokenise is None:
            self._tokenise = _tokeniser(self._model_name)
        tokens = self._tokenise(texts) if texts else torch.zeros((0, 1), dtype=torch.long)
        return self._in_batches(
            lambda part: _unit(self._model.encode_text(tokens[part].to(self._device.name))), len(texts)
        )

    def preprocess(self, images: NDArray[np.uint8]) -> Tensor:
        """(N, H, W, 3) RGB -> (N, 3, H', W') as the model wants it: what OpenCLIP does per picture with Pillow."""
        from torchvision.transforms import InterpolationMode
        from torchvision.transforms.v2 import functional

        mode = InterpolationMode.BILINEAR if self._interpolation == "bilinear" else InterpolationMode.BICUBIC
        pixels = torch.from_numpy(np.require(images, np.uint8, ["C", "W"])).to(self._device.name).permute(0, 3, 1, 2)
        if self._squash:
            pixels = functional.resize(pixels, list(self._size), interpolation=mode, antialias=True)
        else:
            pixels = functional.resize(pixels, [self.short_side], interpolation=mode, antialias=True)
            pixels = functional.center_crop(pixels, list(self._size))
        return (pixels.float() / 255 - self._mean) / self._std

    def _look(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return _unit(self._model.encode_image(self.preprocess(images).to(self._dtype)))

    def _in_batches(self, work: Callable[[slice], NDArray[np.float32]], count: int) -> NDArray[np.float32]:
        """(count, D), as much at once as memory holds. On a GPU one thread at a time, which may have to leave it."""

        def alone(part: slice) -> NDArray[np.float32]:
            with self._moving if self._device.name != "cpu" else nullcontext():
                return work(part)

        rows = in_batches(alone, count, BATCH, leave_gpu=self._leave_gpu)
        return np.concatenate([np.zeros((0, self.dimension), np.float32), *rows])

    def _leave_gpu(self) -> bool:
        with self._moving:
            if self._device.name == "cpu":
                return False
            self._device, self._dtype = Device("cpu", "float32", FULL_GPU), torch.float32
            self._model = self._model.to("cpu", torch.float32)
            self._mean, self._std = self._mean.cpu(), self._std.cpu()
            return True


def published_at(model: str, tag: str) -> tuple[str, str]:
    """Where OpenCLIP says the weights are: hub repository and file name, the latter "" for the usual names.

    Raises EncoderUnavailable for a model or tag that OpenCLIP does not know, or that is on no hub.
    """
    import open_clip

    known = open_clip.list_pretrained_tags_by_model(model)
    if ":" in model or open_clip.get_model_config(model) is None:
        raise EncoderUnavailable(f"OpenCLIP knows no model called {model!r}. Set CLIPKIN_CLIP_MODEL to one it lists.")
    place = str(open_clip.get_pretrained_cfg(model, tag).get("hf_hub", ""))
    if not place:
        choices = f"one of: {', '.join(known)}" if known else "a file"
        raise EncoderUnavailable(
            f"No weights {tag!r} for {model}. Set CLIPKIN_CLIP_PRETRAINED to {choices}, or CLIPKIN_CLIP_MODEL to a "
            "model that has them."
        )
    repository, _, name = place.rpartition("/")
    return repository, name


def _load(settings: Settings, path: Path, device: Device) -> tuple[Any, int]:
    """The model with its weights, in evaluation mode, OpenCLIP's preprocessing numbers attached; and its dimension."""
    import open_clip

    name = settings.clip_model
    config = None if ":" in name else open_clip.get_model_config(name)
    if config is None:
        raise EncoderUnavailable(f"OpenCLIP knows no model called {name!r}. Set CLIPKIN_CLIP_MODEL to one it lists.")
    published = {} if clip_weights.is_file(settings) else open_clip.get_pretrained_cfg(name, settings.clip_pretrained)
    # OpenAI's and some other weights were trained with QuickGELU; under plain GELU their vectors turn by 18 degrees
    activation = {"quick_gelu": published.get("quick_gelu", False)} if published else {}
    if published.get("resize_mode") == "longest":
        raise EncoderUnavailable(f"{name} wants padded pictures, which is not supported. Choose another CLIP model.")
    try:
        model = open_clip.create_model(
            name,
            pretrained=str(path),
            precision=PRECISIONS[device.dtype],
            device=device.name,
            force_preprocess_cfg={key: value for key, value in published.items() if key not in ("url", "hf_hub")},
            weights_only=True,
            **activation,
        )
    except Exception as error:  # a file from anywhere fails in any way: zip, pickle, safetensors, missing or odd keys
        raise EncoderUnavailable(
            f"The weights in {path} cannot be loaded as {name}: damaged, of another model, or in an unsafe format. "
            "Delete the file and fetch it again, or set CLIPKIN_CLIP_PRETRAINED to another one."
        ) from error
    if not all(bool(torch.isfinite(weight).all()) for weight in model.parameters()):
        raise EncoderUnavailable(
            f"The weights in {path} are damaged: not all are numbers. Delete and fetch them again."
        )
    return model.eval().requires_grad_(False), int(config["embed_dim"])


def _tokeniser(model: str) -> Callable[[list[str]], Tensor]:
    import open_clip

    try:
        tokenise: Callable[[list[str]], Tensor] = open_clip.get_tokenizer(model)
    except Exception as error:  # some models take their tokeniser from a hub through another library
        raise EncoderUnavailable(
            f"{model} cannot read sentences here: its tokeniser is missing. Choose another CLIP model for text search."
        ) from error
    return tokenise


def _unit(rows: Tensor) -> NDArray[np.float32]:
    normalised = torch.nn.functional.normalize(rows.float(), dim=-1)
    return np.asarray(normalised.cpu().numpy(), np.float32)
