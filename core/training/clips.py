"""Clips to judge a search by: whole, cut in two, and with the name of their source; from a library or from a folder."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.config import Limits
from core.errors import MediaError, NotFound
from core.features.audio import PyAudioEncoder
from core.features.audio_halves import HalvesOfSound
from core.features.embedded import EmbeddedEncoder
from core.features.extract import extract
from core.features.mel import MelEncoder
from core.media.files import content_id
from core.media.sandbox import Sandbox
from core.models.scorers import SOUND_FEATURES, Clip
from core.records import FeatureTrack, Progress, Video, no_progress
from core.training.calibrate import SHORTEST, Halves, cut
from core.training.datasets import list_videos, read_manifest
from core.training.material import Material

GROUP_TAG = "group:"  # of a tag that names the source of a video
FPS = 1.0


@dataclass(frozen=True)
class Subject:
    """A clip with what is known about it."""

    id: str
    group: str  # of variants of one source; its own id where it is the only one
    is_known: bool  # false where a manifest lists it and leaves open what it shows: nobody can say who is kin of it
    duration: float
    whole: Clip
    halves: Halves | None  # None for one too short to be cut


def from_library(material: Material, *, progress: Progress = no_progress) -> list[Subject]:
    """Every video of a library. Sound is listened to once more where the originals are there."""
    found, videos = [], material.videos()
    manifests: dict[Path, dict[Path, str] | None] = {}
    for number, video in enumerate(videos):
        progress(number / len(videos), f"{video.title}: listening")
        try:
            visual = material.library.load_track(video.id, material.visual)
        except NotFound:  # removed meanwhile, or damaged
            continue
        sound, halves, mel = _empty(video.id), _empty(video.id), None
        with suppress(NotFound):
            sound = material.library.load_track(video.id, material.sound)
        if len(sound):
            halves, mel = _heard(material, video)
        found.append(_subject(video.id, _group(video, manifests), video.info.duration, visual, sound, halves, mel))
    return found


def from_videos(folder: Path, *, progress: Progress = no_progress) -> tuple[list[Subject], list[str]]:
    """Every readable video below a folder through the built-in encoder, and a line for each that could not be read."""
    encoder, audio, mel = EmbeddedEncoder(), PyAudioEncoder(), MelEncoder()
    found: dict[str, Subject] = {}
    failures = []
    listed = list_videos(folder)
    for place, (path, group) in enumerate(listed):
        progress(place / len(listed), f"reading {path.name}")
        try:
            video_id = content_id(path, Limits())
            with Sandbox(path, Limits()) as media:
                duration = media.probe().duration
                tracks = extract(media, video_id, duration, visual=[encoder], audio=[audio], fps=FPS)
                halves, rows = _empty(video_id), None
                if len(tracks["audio"]):
                    cutter = HalvesOfSound(duration)
                    halves = cutter.track(video_id, media.audio(rate=cutter.rate))
                    rows = mel.track(video_id, media.audio(rate=mel.rate))
        except MediaError as error:
            failures.append(f"{path.relative_to(folder)}: {error}")
            continue
        found[video_id] = _subject(video_id, group, duration, tracks["embedded"], tracks["audio"], halves, rows)
    return list(found.values()), failures


def _subject(
    video_id: str,
    group: str | None,
    duration: float,
    visual: FeatureTrack,
    sound: FeatureTrack,
    halves: FeatureTrack,
    mel: FeatureTrack | None,
) -> Subject:
    whole = Clip(visual, sound, mel)
    both = cut(whole, duration, halves) if duration >= SHORTEST else None
    return Subject(video_id, group or video_id, group is not None, duration, whole, both)


def _heard(material: Material, video: Video) -> tuple[FeatureTrack, FeatureTrack | None]:
    """The sound of both halves, and the mel spectrogram, kept in the library for the next time."""
    halves, mel = HalvesOfSound(video.info.duration), MelEncoder()
    found: list[FeatureTrack | None] = []
    for encoder in (halves, mel):
        track = None
        try:
            track = material.library.load_track(video.id, encoder.track_name)
        except NotFound:
            with suppress(MediaError), Sandbox(video.path, material.limits) as media:
                track = encoder.track(video.id, media.audio(rate=encoder.rate))
                material.library.save_track(track)
        found.append(track)
    return found[0] or _empty(video.id), found[1]


def _group(video: Video, manifests: dict[Path, dict[Path, str] | None]) -> str | None:
    """The source a video shows, by a tag or by a manifest beside its original; "" when there is neither, None when the
    manifest leaves it open. `manifests` are those that were read, by folder."""
    for tag in video.tags:
        if tag.startswith(GROUP_TAG):
            return tag.removeprefix(GROUP_TAG)
    for folder in list(video.path.parents)[:4]:
        if folder not in manifests:
            rows = read_manifest(folder)
            manifests[folder] = None if rows is None else {path.resolve(): group for path, group in rows}
        groups = manifests[folder]
        if groups is not None:
            return groups.get(video.path.resolve(), "") or None
    return ""


def _empty(video_id: str) -> FeatureTrack:
    return FeatureTrack(
        video_id, "none", np.zeros(0), np.zeros((0, SOUND_FEATURES), np.float32), np.zeros(0, np.float32)
    )
