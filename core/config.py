"""What a person can set, read from the environment once: `Settings.from_env()`.

Every variable starts with CLIPKIN_; the README lists them. Nothing here touches the disk.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.errors import StudioError

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "assets" / "samples"
WEIGHTS = ROOT / "assets" / "models"

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What decoding may cost before the file is refused. Uploads are untrusted, so are the folders people point at."""

    file_bytes: int = 4096 * MB
    pixels: int = 8192 * 4608  # one frame
    seconds: float = 6 * 3600.0  # of video
    frames: int = 3_000_000  # packets walked in one file
    memory_bytes: int = 1536 * MB  # address space of the decoding process beyond its start
    patience: float = 60.0  # seconds without a sign of life before the decoding process is ended
    request_bytes: int = 4 * MB  # of one request to an app that is no upload
    spare_bytes: int = 64 * MB  # left free on the disk, whatever is uploaded


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, with the defaults of a laptop without network."""

    library: Path = ROOT / "library"  # CLIPKIN_LIBRARY
    encoder: str = "auto"  # CLIPKIN_ENCODER: a registry key, or auto
    device: str = "auto"  # CLIPKIN_DEVICE: auto, cpu, cuda
    fps: float = 1.0  # CLIPKIN_FPS: frames per second that are looked at
    clip_model: str = "ViT-B-32-quickgelu"  # CLIPKIN_CLIP_MODEL, as OpenCLIP names it
    clip_pretrained: str = "openai"  # CLIPKIN_CLIP_PRETRAINED: an OpenCLIP tag or a file
    fetch_seconds: float = 3.0  # CLIPKIN_FETCH_SECONDS: how long `auto` waits to learn if weights can be fetched
    weights: Path | None = None  # CLIPKIN_WEIGHTS: a folder with weights of published backbones, looked into first
    regions: str = "embedded_regions"  # CLIPKIN_REGIONS: whose regions ViSiL looks at, a registry key
    region_backbone: str = "resnet50"  # CLIPKIN_REGION_BACKBONE: whose stages the region vectors come from
    folder_root: Path = Path("/")  # CLIPKIN_FOLDER_ROOT: folders on the server may be added from below here
    hosts: tuple[str, ...] = ()  # CLIPKIN_HOSTS: what the apps are called from outside, behind a proxy; * is anything
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **overrides: object) -> "Settings":
        """The settings of this process; keyword arguments that are not None win over the environment.

        Raises StudioError when a number is none.
        """
        env = os.environ if environ is None else environ
        given: dict[str, object] = {
            "library": _path(env.get("CLIPKIN_LIBRARY")),
            "encoder": env.get("CLIPKIN_ENCODER"),
            "device": env.get("CLIPKIN_DEVICE"),
            "fps": _number(env.get("CLIPKIN_FPS"), "CLIPKIN_FPS"),
            "clip_model": env.get("CLIPKIN_CLIP_MODEL"),
            "clip_pretrained": env.get("CLIPKIN_CLIP_PRETRAINED"),
            "fetch_seconds": _number(env.get("CLIPKIN_FETCH_SECONDS"), "CLIPKIN_FETCH_SECONDS"),
            "weights": _path(env.get("CLIPKIN_WEIGHTS")),
            "regions": env.get("CLIPKIN_REGIONS"),
            "region_backbone": env.get("CLIPKIN_REGION_BACKBONE"),
            "folder_root": _path(env.get("CLIPKIN_FOLDER_ROOT")),
            "hosts": _hosts(env.get("CLIPKIN_HOSTS", ""), env.get("SPACE_HOST", "")),
        }
        given |= {name: value for name, value in overrides.items() if value is not None}
        max_upload = _number(env.get("CLIPKIN_MAX_FILE_MB"), "CLIPKIN_MAX_FILE_MB")
        if max_upload is not None:
            given["limits"] = replace(Limits(), file_bytes=int(max_upload * MB))
        return cls(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]


def _path(text: str | None) -> Path | None:
    return Path(text).expanduser() if text else None


def _hosts(*texts: str) -> tuple[str, ...]:
    """Names of a server, without port; a hosted Space brings its own in SPACE_HOST."""
    names = (name.strip().lower() for text in texts for name in text.split(","))
    return tuple(name for name in names if name)


def _number(text: str | None, name: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise StudioError(f"{name} must be a number, not {text!r}") from None
    if not 0 < value < float("inf"):
        raise StudioError(f"{name} must be a positive number, not {text!r}")
    return value
