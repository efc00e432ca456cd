"""Which file of weights the settings mean, and whether it is on this machine: without importing PyTorch or OpenCLIP."""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from core.config import Settings
from core.errors import EncoderUnavailable
from core.features.hub import HubFile

SAFE_NAME = "open_clip_model.safetensors"
PREPROCESSING = "p1"  # changes when the way from pixels to the model's input changes the numbers
PICKLED_NAME = "open_clip_pytorch_model.bin"  # read with weights_only, see clip.py

# OpenAI's own weights, as OpenCLIP 3.3 maps them to the hub; every other tag is asked of OpenCLIP, which loads PyTorch.
OPENAI_REPOSITORIES = {
    "RN50": "timm/resnet50_clip.openai",
    "RN101": "timm/resnet101_clip.openai",
    "RN50x4": "timm/resnet50x4_clip.openai",
    "RN50x16": "timm/resnet50x16_clip.openai",
    "RN50x64": "timm/resnet50x64_clip.openai",
    "ViT-B-32": "timm/vit_base_patch32_clip_224.openai",
    "ViT-B-16": "timm/vit_base_patch16_clip_224.openai",
    "ViT-L-14": "timm/vit_large_patch14_clip_224.openai",
    "ViT-L-14-336": "timm/vit_large_patch14_clip_336.openai",
}


def is_file(settings: Settings) -> bool:
    """Whether the settings name a file rather than an OpenCLIP tag."""
    given = Path(settings.clip_pretrained).expanduser()
    return given.is_file() or given.suffix != "" or len(given.parts) > 1


def version(settings: Settings) -> str:
    """What changes with the numbers of the model that the settings name: model, weights, preprocessing.

    Raises EncoderUnavailable when a file of weights was named that does not exist.
    """
    weights = _slug(settings.clip_pretrained)
    if is_file(settings):
        path = find(settings)
        assert path is not None  # a file that was named is found or refused
        seen = path.stat()
        weights = _digits(path, seen.st_size, seen.st_mtime_ns)
    return f"{_slug(settings.clip_model)}-{weights}-{PREPROCESSING}"


def describe(settings: Settings) -> str:
    """The weights in words."""
    return f"{settings.clip_model} with the weights {settings.clip_pretrained}"


def find(settings: Settings) -> Path | None:
    """The file of weights on this machine; None when the hub has to be asked for it.

    Raises EncoderUnavailable when a file was named that does not exist, or a tag that OpenCLIP does not know.
    """
    if is_file(settings):
        path = Path(settings.clip_pretrained).expanduser()
        if not path.is_file():
            raise EncoderUnavailable(f"CLIPKIN_CLIP_PRETRAINED names a file that does not exist: {path}.")
        return path
    return hub_file(settings).cached()


def hub_file(settings: Settings) -> HubFile:
    """Where the hub keeps the weights of this model and tag. Raises EncoderUnavailable for a pair nobody published."""
    if settings.clip_pretrained == "openai":
        repository = OPENAI_REPOSITORIES.get(settings.clip_model.removesuffix("-quickgelu"))
        if repository:
            return HubFile(repository, (SAFE_NAME, PICKLED_NAME))
    from core.features.clip import published_at

    repository, name = published_at(settings.clip_model, settings.clip_pretrained)
    if not name:
        return HubFile(repository, (SAFE_NAME, PICKLED_NAME))
    stem, _, ending = name.rpartition(".")
    return HubFile(repository, (f"{stem}.safetensors", name) if ending in ("bin", "pth") else (name,))


@lru_cache(maxsize=8)
def _digits(path: Path, size: int, changed: int) -> str:
    """The first digits of the SHA-256 of a file; size and time of change are there to read it once only."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:8]


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-")
