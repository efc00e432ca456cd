"""What a person can set, read from the environment once: `Settings.from_env()`.

Every variable starts with CLIPKIN_; the README lists them. Nothing here touches the disk.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from core.errors import StudioError

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "assets" / "samples"
WEIGHTS = ROOT / "assets" / "models"

MB = 1024 * 1024
Bounds = TypeVar("Bounds", "Limits", "Hosting")


@dataclass(frozen=True, slots=True)
class Limits:
    """What decoding may cost before the file is refused. Uploads are untrusted, so are the folders people point at."""

    file_bytes: int = 4096 * MB
    pixels: int = 8192 * 4608  # one frame
    seconds: float = 6 * 3600.0  # of video
    frames: int = 3_000_000  # packets walked in one file
    memory_bytes: int = 1536 * MB  # address space of the decoding process beyond its start
    patience: float = 60.0  # seconds without a sign of life before the decoding process is ended
    decoders: int = 6  # files that one process has open for decoding at the same time; the next one waits
    request_bytes: int = 4 * MB  # of one request to an app that is no upload
    spare_bytes: int = 64 * MB  # left free on the disk, whatever is uploaded


@dataclass(frozen=True, slots=True)
class Hosting:
    """What an app that serves strangers does for one of them and for all, and how long it keeps what they bring."""

    at_once: int = 2  # CLIPKIN_AT_ONCE: comparisons that run at the same time
    waiting: int = 32  # CLIPKIN_WAITING: comparisons that wait for their turn
    per_visitor: int = 3  # CLIPKIN_PER_VISITOR: comparisons of one visitor that run or wait
    proxies: int = 0  # CLIPKIN_PROXIES: servers of ours in front of this one; with 0 no header is believed
    keep_hours: float = 7 * 24.0  # CLIPKIN_KEEP_HOURS: how long clips that were only asked about are kept
    keep_bytes: int = 8192 * MB  # CLIPKIN_KEEP_MB: of them and of what was made of them


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
    hosting: Hosting = field(default_factory=Hosting)

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
        given["limits"] = _replaced(
            Limits(), env, file_bytes=("CLIPKIN_MAX_FILE_MB", MB), seconds=("CLIPKIN_MAX_MINUTES", 60)
        )
        given["hosting"] = _replaced(
            Hosting(),
            env,
            at_once=("CLIPKIN_AT_ONCE", 1),
            waiting=("CLIPKIN_WAITING", 1),
            per_visitor=("CLIPKIN_PER_VISITOR", 1),
            proxies=("CLIPKIN_PROXIES", 1),
            keep_hours=("CLIPKIN_KEEP_HOURS", 1),
            keep_bytes=("CLIPKIN_KEEP_MB", MB),
        )
        return cls(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]


def _replaced(defaults: Bounds, env: Mapping[str, str], **variables: tuple[str, int]) -> Bounds:
    """The defaults with what the environment says otherwise: a variable and its unit for each field."""
    given: dict[str, float] = {}
    for name, (variable, unit) in variables.items():
        default = getattr(defaults, name)
        value = _number(env.get(variable), variable, may_be_zero=default == 0)
        if value is not None:
            given[name] = max(int(value * unit), min(default, 1)) if isinstance(default, int) else value * unit
    return replace(defaults, **given)  # type: ignore[arg-type]


def _path(text: str | None) -> Path | None:
    try:
        return Path(text).expanduser() if text else None
    except RuntimeError:
        raise StudioError(f"There is no home folder for {text!r}. Write the whole path.") from None


def _hosts(*texts: str) -> tuple[str, ...]:
    """Names of a server, without port; a hosted Space brings its own in SPACE_HOST."""
    names = (name.strip().lower() for text in texts for name in text.split(","))
    return tuple(name for name in names if name)


def _number(text: str | None, name: str, *, may_be_zero: bool = False) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise StudioError(f"{name} must be a number, not {text!r}") from None
    if not (0 < value < 1e9 or (may_be_zero and value == 0)):
        raise StudioError(f"{name} must be a positive number below a thousand million, not {text!r}")
    return value
