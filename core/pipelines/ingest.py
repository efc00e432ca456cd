"""Files into the library: identify by content, decode in the sandbox, extract, store. One bad file costs one entry."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from core.config import Limits
from core.errors import Cancelled, LibraryError, MediaError
from core.features.base import AudioEncoder, VisualEncoder, track_name
from core.features.extract import extract
from core.media.files import MEDIA_SUFFIXES, content_id, is_picture
from core.media.mosaic import thumbnail
from core.media.sandbox import Sandbox
from core.records import (
    FeatureTrack,
    Frames,
    IngestReport,
    MediaInfo,
    Progress,
    Role,
    Sound,
    Video,
    Waveform,
    no_progress,
)
from core.store.library import Library

THUMBNAIL_WIDTH = 320  # pixels: sharp on the cards of both apps, about 8 kB


@dataclass(frozen=True, slots=True)
class Extractors:
    """Who looks, who listens, how often, and what decoding may cost."""

    visual: tuple[VisualEncoder, ...]
    audio: tuple[AudioEncoder, ...]
    fps: float
    limits: Limits

    def has_seen(self, library: Library, video_id: str) -> bool:
        """Whether the library holds a track of every visual encoder for this video."""
        return all(library.has_track(video_id, track_name(encoder, self.fps)) for encoder in self.visual)


@dataclass(frozen=True, slots=True)
class Examination:
    """All that one decode of a file gives."""

    info: MediaInfo
    tracks: dict[str, FeatureTrack] = field(repr=False)  # by encoder name
    times: list[float] = field(repr=False)  # seconds of the thumbnails
    thumbnails: list[bytes] = field(repr=False)  # WebP
    sound: Sound

    @property
    def poster(self) -> int:
        """The thumbnail to show for the whole video: a third of the way in, or the nearest that has full content."""
        wanted = len(self.times) // 3
        for track in self.tracks.values():
            if len(track) == len(self.times):
                rich = np.flatnonzero(track.weights >= 0.9 * track.weights.max())
                return int(rich[np.abs(rich - wanted).argmin()])
        return wanted


def ingest(
    paths: Sequence[Path],
    *,
    library: Library,
    extractors: Extractors,
    titles: Mapping[Path, str] | None = None,
    is_owned: bool = False,
    progress: Progress = no_progress,
) -> IngestReport:
    """Add files (not folders) to the library; what is there already, by content, is skipped.

    A file that cannot be read is recorded as a failure and the rest goes on. Files that the library owns are deleted
    when they fail or turn out to be there already. Cancelling keeps every finished video and deletes the other uploads.
    """
    report = IngestReport()
    for path, name, watch in _each(paths, titles or {}, progress):
        try:
            watch(0.0, "reading")
            video, is_new = take_in(
                path,
                title=_title(name),
                role="library",
                library=library,
                extractors=extractors,
                is_owned=is_owned,
                progress=watch,
            )
            if is_new:
                report = replace(report, added=(*report.added, video))
            else:
                report = replace(report, skipped=(*report.skipped, video))
        except Cancelled:
            for unread in paths if is_owned else ():
                unread.unlink(missing_ok=True)  # what was finished lies elsewhere by now
            raise
        except MediaError as error:
            # an upload lies under a made-up name, and the person knows it by its own
            told = (name, str(error).replace(path.name, name)) if is_owned else (str(path), str(error))
            failure = library.record_failure(*told)
            report = replace(report, failed=(*report.failed, failure))
            if is_owned:
                path.unlink(missing_ok=True)
    return report


def take_in(
    path: Path,
    *,
    title: str,
    role: Role,
    library: Library,
    extractors: Extractors,
    is_owned: bool,
    progress: Progress = no_progress,
) -> tuple[Video, bool]:
    """A file as a video of the library or as a query, and whether it is new as such.

    Content that is known is not decoded again. A known video keeps its file while that still holds this content;
    a query that comes to stay, or that now comes as a file of our own, takes the new one. An owned file that is not
    needed is deleted. Raises MediaError when the file cannot be read.
    """
    video_id = content_id(path, extractors.limits)
    known = library.find(video_id)
    if known is None or not extractors.has_seen(library, video_id):
        video = _decode(path, video_id, title, role, library, extractors, is_owned, progress)
        return video, known is None or known.role != video.role
    is_settled = known.role == "library" or (role == "query" and not is_owned) or known.is_owned
    if is_settled and _holds(known, path, extractors.limits):
        if is_owned and path != known.path:
            path.unlink(missing_ok=True)
        path, is_owned = known.path, known.is_owned
    elif is_owned:
        path = _move(path, library.media_path(video_id, path.suffix.strip().lower()))
    library.add(replace(known, path=path.absolute(), is_owned=is_owned, role=role, title=title, added=time.time()))
    video = library.get(video_id)
    return video, known.role != video.role


def _holds(known: Video, path: Path, limits: Limits) -> bool:
    """Whether the file of a known video is there and still has the content that `path` was found to have."""
    if known.path == path or not known.path.exists():
        return known.path == path
    try:
        return known.is_owned or content_id(known.path, limits) == known.id
    except MediaError:
        return False


def _decode(
    path: Path,
    video_id: str,
    title: str,
    role: Role,
    library: Library,
    extractors: Extractors,
    is_owned: bool,
    progress: Progress,
) -> Video:
    """Decode one file and store it: tracks and thumbnails first, the catalogue row last, so that a row means whole."""
    seen = examine(path, video_id, extractors, progress)
    for track in seen.tracks.values():
        library.save_track(track)
    library.save_thumbnails(video_id, seen.times, seen.thumbnails, seen.poster)
    if is_owned:
        path = _move(path, library.media_path(video_id, path.suffix.strip().lower()))
    video = Video(video_id, title, path.absolute(), seen.info, seen.sound, (), time.time(), role, is_owned)
    library.add(video)
    return library.get(video_id)


def extract_again(
    ids: Sequence[str], *, library: Library, extractors: Extractors, progress: Progress = no_progress
) -> int:
    """Extract videos of the library anew from their originals; gives how many succeeded.

    A video whose original is gone, changed or no longer readable is recorded as a failure; its old tracks stay.
    """
    videos = [video for video_id in ids if (video := library.find(video_id))]  # some may have been removed meanwhile
    done = 0
    steps = _each([video.path for video in videos], {video.path: video.title for video in videos}, progress)
    for video, (_, _, watch) in zip(videos, steps, strict=True):
        try:
            watch(0.0, "reading")
            refresh(video, library, extractors, watch)
            done += 1
        except MediaError as error:
            library.record_failure(str(video.path), str(error))
    return done


def refresh(video: Video, library: Library, extractors: Extractors, progress: Progress = no_progress) -> None:
    """Extract one known video anew from its original. Raises MediaError when that is gone or holds something else."""
    if not video.path.exists():
        raise gone(video)
    if content_id(video.path, extractors.limits) != video.id:
        raise MediaError(f"The file of “{video.title}” was changed since it was added. Add it again as it is now.")
    for track in examine(video.path, video.id, extractors, progress).tracks.values():
        library.save_track(track)


def gone(video: Video) -> MediaError:
    """What to tell of a video whose original was moved, or lies on a disk that is not plugged in."""
    return MediaError(
        f"The file of “{video.title}” is no longer at {video.path}. Add it again from its new place, or plug in the "
        "disk it is on."
    )


def examine(path: Path, video_id: str, extractors: Extractors, progress: Progress = no_progress) -> Examination:
    """Decode one file once, in the sandbox, for every encoder and for the thumbnails. Raises MediaError."""
    times: list[float] = []
    thumbnails: list[bytes] = []
    samples: list[int] = []  # counts, to tell silence from sound that does not decode
    sound_errors: list[MediaError] = []

    def keep(frames: Frames) -> None:
        times.extend(frames.times.tolist())
        thumbnails.extend(thumbnail(image, THUMBNAIL_WIDTH) for image in frames.images)

    latest = 0.0, "reading"

    def watch(fraction: float, text: str) -> None:
        nonlocal latest
        latest = fraction, text
        progress(fraction, text)

    # the decoder may be at work for long between two reports: whoever cancels is heard meanwhile
    with Sandbox(path, extractors.limits, pulse=lambda: progress(*latest)) as sandbox:
        is_still = is_picture(path)
        still = Still(sandbox.picture()) if is_still else None
        info = still.info(path.stat().st_size) if still else sandbox.probe()
        tracks = extract(
            still or sandbox,
            video_id,
            info.duration,
            visual=extractors.visual,
            audio=extractors.audio if info.has_audio else (),
            fps=extractors.fps,
            progress=watch,
            on_frames=keep,
            on_sound=lambda sound: samples.append(len(sound.samples)),
            on_sound_error=sound_errors.append,
        )
    return Examination(info, tracks, times, thumbnails, _sound(info, tracks, extractors, samples, sound_errors))


def _sound(
    info: MediaInfo,
    tracks: Mapping[str, FeatureTrack],
    extractors: Extractors,
    samples: Sequence[int],
    errors: Sequence[MediaError],
) -> Sound:
    if not info.has_audio:
        return "absent"
    if any(len(tracks[encoder.name]) for encoder in extractors.audio):
        return "present"
    return "silent" if sum(samples) and not errors else "unreadable"


class Still:
    """A picture seen as a video of one frame."""

    def __init__(self, image: "np.typing.NDArray[np.uint8]") -> None:
        self._image = image

    def info(self, size_bytes: int) -> MediaInfo:
        height, width = self._image.shape[:2]
        return MediaInfo(0.0, width, height, 0.0, "picture", "picture", "rgb24", None, 0, size_bytes)

    def frames(self, *, fps: float, short_side: int) -> Iterator[Frames]:
        yield Frames(np.zeros(1), self._image[None])

    def audio(self, *, rate: int) -> Iterator[Waveform]:
        return iter(())


def _each(
    paths: Sequence[Path], titles: Mapping[Path, str], progress: Progress
) -> Iterator[tuple[Path, str, Progress]]:
    """Every path with its name and the progress callback of its share of the whole."""
    for number, path in enumerate(paths):
        name = titles.get(path) or path.name

        def watch(fraction: float, text: str, number: int = number, name: str = name) -> None:
            progress((number + fraction) / len(paths), f"{name}: {text}")

        yield path, name, watch


def _title(name: str) -> str:
    """A file's name without its suffix; a name without a media suffix stays whole."""
    stem, suffix = os.path.splitext(name.strip())
    return stem.strip() if stem.strip() and suffix.lower() in MEDIA_SUFFIXES else name


def _move(path: Path, target: Path) -> Path:
    if path == target:
        return path
    try:
        return path.replace(target)
    except OSError as error:
        raise LibraryError(f"The upload cannot be moved into the library: {error.strerror or error}.") from error
