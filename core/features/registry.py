"""Every encoder by name: how to build it, whether it is ready, and from which cosine on two frames are one video's.

Dropdowns, the command line and the contract tests read this list. Cheap to import: an encoder's file is imported when
the encoder is built.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from core.config import Settings
from core.device import Device, choose_device
from core.errors import EncoderUnavailable, StudioError
from core.features import backbones, clip_weights, embedded, hub, region_mac, vgg_mac, xception
from core.features.base import AudioEncoder, VisualEncoder
from core.records import Progress, Readiness, no_progress

HOW_TO_SWITCH = (
    "To use CLIP, connect this machine once and choose it again, or set CLIPKIN_CLIP_PRETRAINED to a file of weights."
)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the cosine of two frames means with one visual encoder."""

    same_video: float  # from which on the frames are taken for one video's
    same_video_source: str  # where that number comes from
    copy: float  # from which on one frame counts as a copy of the other, when passages that correspond are sought
    probability: Callable[[float], float] | None = None  # cosine -> that the frames come from one video, 0–1


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """An encoder as people choose it."""

    name: str  # registry key
    label: str
    kind: Literal["visual", "audio", "regions"]
    build: Callable[[Settings, Device | None], VisualEncoder | AudioEncoder]
    version: Callable[[Settings], str]  # the version of what `build` would give, without loading it
    readiness: Callable[[Settings], Readiness]  # looks at this machine's disk only
    prepare: Callable[[Settings, Progress], None]  # fetches what is missing
    calibration: Calibration | None  # of encoders of whole frames only
    reads_text: bool = False  # whether sentences have a place among its pictures
    wants_gpu: bool = False  # whether it is a network that runs on a GPU where there is one


def _build_clip(settings: Settings, device: Device | None) -> VisualEncoder:
    from core.features.clip import ClipEncoder

    return ClipEncoder(settings, device or choose_device(settings.device))


def _build_embedded(settings: Settings, device: Device | None) -> VisualEncoder:
    from core.features.embedded import EmbeddedEncoder

    return EmbeddedEncoder()


def _build_xception(settings: Settings, device: Device | None) -> VisualEncoder:
    chosen = device or choose_device(settings.device)
    return xception.XceptionHalves(settings.weights, device=chosen.name)


def _build_vgg_mac(settings: Settings, device: Device | None) -> VisualEncoder:
    chosen = device or choose_device(settings.device)
    return vgg_mac.VggMac(settings.weights, device=chosen.name)


def _build_embedded_regions(settings: Settings, device: Device | None) -> VisualEncoder:
    from core.features.embedded import EmbeddedRegions

    return EmbeddedRegions()


def _build_region_mac(settings: Settings, device: Device | None) -> VisualEncoder:
    chosen = device or choose_device(settings.device)
    return region_mac.RegionMac(settings.region_backbone, settings.weights, device=chosen.name)


def _region_mac_readiness(settings: Settings) -> Readiness:
    found = backbones.readiness(settings.region_backbone, settings.weights)
    return Readiness("region_mac", f"Regions by {found.label}", found.is_ready, found.reason)


def _prepare_region_mac(settings: Settings, progress: Progress) -> None:
    backbones.prepare(settings.region_backbone, settings.weights, patience=settings.fetch_seconds, progress=progress)


def _prepare_xception(settings: Settings, progress: Progress) -> None:
    backbones.prepare(xception.BACKBONE, settings.weights, patience=settings.fetch_seconds, progress=progress)


def _prepare_vgg_mac(settings: Settings, progress: Progress) -> None:
    backbones.prepare(vgg_mac.BACKBONE, settings.weights, patience=settings.fetch_seconds, progress=progress)


def _build_audio(settings: Settings, device: Device | None) -> AudioEncoder:
    from core.features.audio import PyAudioEncoder

    return PyAudioEncoder()


def _prepare_clip(settings: Settings, progress: Progress) -> None:
    if clip_weights.find(settings) is not None:
        return
    try:
        hub.fetch(clip_weights.hub_file(settings), patience=settings.fetch_seconds, progress=progress)
    except EncoderUnavailable as error:
        missing = f"{clip_weights.describe(settings)} is not on this machine."
        raise EncoderUnavailable(f"{missing} {error} {HOW_TO_SWITCH}") from error


def _clip_readiness(settings: Settings) -> Readiness:
    try:
        file = clip_weights.find(settings)
    except EncoderUnavailable as error:
        return Readiness("clip", "CLIP", False, str(error))
    reason = "Weights given as a file." if clip_weights.is_file(settings) else "Weights found in the local cache."
    if file is None:
        reason = f"{clip_weights.describe(settings)} is not on this machine. {HOW_TO_SWITCH}"
    return Readiness("clip", "CLIP", file is not None, reason)


def _nothing_to_prepare(settings: Settings, progress: Progress) -> None:
    """The encoder is built in."""


ENCODERS: dict[str, EncoderSpec] = {
    spec.name: spec
    for spec in (
        EncoderSpec(
            "clip",
            "CLIP",
            "visual",
            _build_clip,
            clip_weights.version,
            _clip_readiness,
            _prepare_clip,
            Calibration(
                same_video=0.685,
                same_video_source="published for CLIP ViT-B/32: accuracy 89.3 % on pairs of frames",
                copy=0.85,  # not measured here: the weights cannot be had; copies lie well above same-video pairs
            ),
            reads_text=True,
            wants_gpu=True,
        ),
        EncoderSpec(
            "embedded",
            "Built-in descriptor",
            "visual",
            _build_embedded,
            lambda settings: _build_embedded(settings, None).version,
            lambda settings: Readiness("embedded", "Built-in descriptor", True, "Built in, needs no download."),
            _nothing_to_prepare,
            Calibration(
                same_video=embedded.THRESHOLD,
                same_video_source=embedded.CALIBRATION_SOURCE,
                copy=embedded.COPY_THRESHOLD,
                probability=embedded.same_video_probability,
            ),
        ),
        EncoderSpec(
            "xception",
            "Xception, both halves",
            "visual",
            _build_xception,
            lambda settings: xception.version(settings.weights),
            lambda settings: replace(backbones.readiness(xception.BACKBONE, settings.weights), name="xception"),
            _prepare_xception,
            Calibration(
                same_video=0.7,
                same_video_source="not measured: set by the look of pooled ImageNet features, which all point one way",
                copy=0.9,
            ),
            wants_gpu=True,
        ),
        EncoderSpec(
            "vgg_mac",
            "VGG-16, channel maxima",
            "visual",
            _build_vgg_mac,
            lambda settings: vgg_mac.version(settings.weights),
            lambda settings: replace(backbones.readiness(vgg_mac.BACKBONE, settings.weights), name="vgg_mac"),
            _prepare_vgg_mac,
            Calibration(
                same_video=0.6,
                same_video_source="not measured, as the weights cannot be had here: maxima of strangers are alike",
                copy=0.8,
            ),
            wants_gpu=True,
        ),
        EncoderSpec(
            "embedded_regions",
            "Built-in descriptor, nine regions",
            "regions",
            _build_embedded_regions,
            lambda settings: embedded.EmbeddedRegions.version,
            lambda settings: Readiness(
                "embedded_regions", "Built-in descriptor, nine regions", True, "Built in, needs no download."
            ),
            _nothing_to_prepare,
            None,
        ),
        EncoderSpec(
            "region_mac",
            "Regions by a published network",
            "regions",
            _build_region_mac,
            lambda settings: region_mac.version(settings.region_backbone, settings.weights),
            _region_mac_readiness,
            _prepare_region_mac,
            None,
            wants_gpu=True,
        ),
        EncoderSpec(
            "audio",
            "Sound (138 features)",
            "audio",
            _build_audio,
            lambda settings: _build_audio(settings, None).version,
            lambda settings: Readiness("audio", "Sound (138 features)", True, "Built in, needs no download."),
            _nothing_to_prepare,
            None,
        ),
    )
}


def encoder_spec(name: str) -> EncoderSpec:
    """The encoder of that name. Raises StudioError naming the known ones."""
    if name not in ENCODERS:
        raise StudioError(f"No encoder is called {name!r}. Choose from: {', '.join(ENCODERS)}.")
    return ENCODERS[name]


def build_encoder(name: str, settings: Settings, device: Device | None = None) -> VisualEncoder | AudioEncoder:
    """The encoder of that name, loaded. Never downloads: see `prepare_encoder`.

    Without a device the settings choose one, and only for an encoder that has a use for it.
    Raises StudioError naming the known ones, EncoderUnavailable when its weights are missing or damaged.
    """
    return encoder_spec(name).build(settings, device)


def encoder_version(name: str, settings: Settings) -> str:
    """The version of the encoder of that name, known without loading its weights."""
    return encoder_spec(name).version(settings)


def readiness(name: str, settings: Settings) -> Readiness:
    """Whether the encoder can be built now, and if not, why and what to do. Looks at this machine's disk only."""
    return encoder_spec(name).readiness(settings)


def prepare_encoder(name: str, settings: Settings, progress: Progress = no_progress) -> None:
    """Fetch what the encoder lacks; returns at once when it lacks nothing.

    Raises EncoderUnavailable with what to do when that is impossible, and what `progress` raises.
    """
    encoder_spec(name).prepare(settings, progress)


def choose_visual(settings: Settings, progress: Progress = no_progress) -> tuple[str, str]:
    """The visual encoder for these settings and the reason as a sentence; `auto` fetches CLIP when it quickly can.

    An encoder asked for by name is prepared or raises (StudioError for an unknown name, EncoderUnavailable). `auto`
    raises nothing but what `progress` raises: without CLIP it falls back to the built-in descriptor and says why.
    """
    if settings.encoder != "auto":
        spec = encoder_spec(settings.encoder)
        if spec.kind != "visual":
            known = ", ".join(other.name for other in ENCODERS.values() if other.kind == "visual")
            raise StudioError(f"{spec.label} does not look at pictures. Choose from: auto, {known}.")
        prepare_encoder(spec.name, settings, progress)
        return spec.name, f"{spec.label}, as asked for."
    was_ready = readiness("clip", settings).is_ready
    try:
        prepare_encoder("clip", settings, progress)
    except EncoderUnavailable as error:
        return "embedded", f"The built-in descriptor, because CLIP is not ready: {error}"
    return "clip", "CLIP: its weights are on this machine." if was_ready else "CLIP: its weights were fetched just now."
