"""The one door of the product: wires settings, library, encoders and pipelines, and keeps what is costly to make.

Both apps and the command line speak to a `Studio` and to nothing else in core. It is cheap to open, safe to share
between threads, and one serves a whole process. Its methods raise `StudioError` with a sentence for the person.
"""

import threading
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.config import Settings
from core.equipment import Equipment
from core.errors import NotFound
from core.media.files import MEDIA_SUFFIXES, find_media, is_picture, media_below
from core.media.sandbox import Sandbox
from core.models.registry import MODELS, ModelRole, model_spec
from core.pipelines import playback
from core.pipelines.compare import compare_frames, compare_videos
from core.pipelines.demo import add_demo, wants_demo
from core.pipelines.ingest import extract_again, ingest, refresh, take_in
from core.pipelines.retrieve import retrieve
from core.records import (
    Comparison,
    Failure,
    FeatureTrack,
    FramePair,
    IngestReport,
    Job,
    LibraryStatus,
    Order,
    Page,
    Progress,
    Readiness,
    SearchResult,
    Video,
    no_progress,
)
from core.store.jobs import Jobs
from core.store.library import Library

QUERY_LIFETIME = 7 * 24 * 3600.0  # seconds that a query clip is kept without being added to the library

Moment = Path | tuple[str, float]
"""A picture file, or a video of the library and a second in it."""


_opening = threading.Lock()
_open: dict[Settings, "Studio"] = {}


def open_studio(settings: Settings | None = None) -> "Studio":
    """The studio of this process for these settings, opened on first call, however many call at once."""
    wanted = settings or Settings.from_env()
    with _opening:
        if wanted not in _open:
            _open[wanted] = Studio(wanted)
        return _open[wanted]


def close_studios() -> None:
    """Close every studio of this process in an orderly way; the next call opens anew."""
    with _opening:
        while _open:
            _open.popitem()[1].close()


class Studio:
    """A library with everything that can be asked of it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._library = Library(settings.library)
        self._library.forget_queries(QUERY_LIFETIME)
        self._jobs = Jobs(self._library.database.path)
        self._equipment = Equipment(settings, self._library)

    def close(self) -> None:
        """Stop the jobs of this process. Finished videos are kept."""
        self._jobs.close()

    # ------------------------------------------------------------------------------------------ the library

    def videos(
        self, *, text: str = "", tags: Sequence[str] = (), order: Order = "added", offset: int = 0, limit: int = 60
    ) -> Page:
        """A page of the library, by title text and tags; `order` is added (newest first), title or duration."""
        return self._library.videos(text=text, tags=tuple(tags), order=order, offset=offset, limit=limit)

    def video(self, video_id: str) -> Video:
        return self._library.get(video_id)

    def tags(self) -> dict[str, int]:
        """Every tag with the number of videos that carry it."""
        return self._library.all_tags()

    def rename(self, video_id: str, title: str) -> None:
        self._library.rename(video_id, title)

    def set_tags(self, video_id: str, tags: Sequence[str]) -> None:
        self._library.set_tags(video_id, tuple(tags))

    def remove(self, ids: Sequence[str]) -> None:
        """Forget these videos. Only copies that the library made itself are deleted from the disk."""
        self._library.remove(list(ids))

    def failures(self) -> list[Failure]:
        return self._library.failures()

    def dismiss_failures(self, ids: Sequence[int] | None = None) -> None:
        """Clear these failures from the list, or all of them."""
        self._library.dismiss_failures(None if ids is None else list(ids))

    def thumbnail(self, video_id: str, time: float | None = None) -> bytes | None:
        """A small WebP picture of the sampled frame nearest to `time` (seconds), or of the poster frame."""
        return self._library.thumbnail(video_id, time)

    def is_playable_now(self, video_id: str) -> bool:
        """Whether `playable` answers at once."""
        return playback.is_playable_now(self.video(video_id), self._library)

    def playable(self, video_id: str, progress: Progress = no_progress) -> Path:
        """A file that a browser can show: the original, or an H.264 preview made the first time it is asked for."""
        return playback.playable(self.video(video_id), self._library, self.settings.limits, progress)

    def side_by_side(
        self, query: str, reference: str, times: tuple[float, float], progress: Progress = no_progress
    ) -> Path:
        """An MP4 of two videos next to each other, aligned at the seconds where they match."""
        a, b, limits = self.video(query), self.video(reference), self.settings.limits
        return playback.side_by_side(a, b, times, library=self._library, limits=limits, progress=progress)

    def status(self) -> LibraryStatus:
        ids = self._library.ids()
        name = self.encoder()
        return LibraryStatus(
            root=self.settings.library,
            videos=len(ids),
            seconds=self._library.seconds(),
            bytes_on_disk=self._library.bytes_on_disk(),
            encoder=name,
            encoder_reason=self.encoder_reason(),
            extracted=len(self._library.extracted(self._equipment.track(name)).intersection(ids)),
        )

    # ---------------------------------------------------------------------------------- encoders and models

    def readiness(self) -> list[Readiness]:
        """Every visual encoder and whether it can be used now. Never touches the network."""
        return self._equipment.readiness()

    def encoder(self) -> str:
        """The encoder in use, by registry key."""
        return self._equipment.name()

    def encoder_reason(self) -> str:
        """Why that encoder, as a sentence."""
        return self._equipment.reason()

    def extracted_with(self, video_id: str) -> list[str]:
        """Every encoder that has been through this video, by its track name ("embedded-1@1fps")."""
        return self._library.encoders_of(video_id)

    def models(self, role: ModelRole) -> list[Readiness]:
        """The models that answer a question: "frames", "search" or "videos"."""
        return [
            Readiness(spec.name, spec.label, True, spec.explanation) for spec in MODELS.values() if role in spec.roles
        ]

    # ----------------------------------------------------------------------------------------------- adding

    def prepare(self, progress: Progress = no_progress) -> IngestReport:
        """Make a new library ready: choose its encoder, visibly, and fill it with the demo clips.

        Does nothing to a library that was prepared or filled before, also when it has been emptied since.
        """
        return self._add_demo(progress) if wants_demo(self._library) else IngestReport()

    def start_demo(self) -> Job:
        """Add the demo clips in the background."""
        return self._jobs.submit("ingest", "Adding the demo clips", lambda progress: str(self._add_demo(progress)))

    def ingest(self, paths: Sequence[Path], progress: Progress = no_progress) -> IngestReport:
        """Add files and folders now, in this thread."""
        return self._ingest(find_media(paths, without=self._library.root), {}, False, progress)

    def start_ingest(
        self, paths: Sequence[Path], titles: Mapping[Path, str] | None = None, *, owned: bool = False
    ) -> Job:
        """Add files in the background. `titles` are the names they were uploaded under; `owned` files lie in the
        library's folder already and go when the entry goes."""
        files, names, title = list(paths), dict(titles or {}), f"Adding {_count(len(paths), 'file')}"
        return self._jobs.submit("ingest", title, lambda progress: str(self._ingest(files, names, owned, progress)))

    def start_extraction(self, encoder: str | None = None, ids: Sequence[str] | None = None) -> Job:
        """Extract videos (all that lack it, unless named) with an encoder in the background.

        When it is another encoder than the library's, the library changes over once every video has been through;
        until then, and after a cancel, it goes on with the old one.
        """
        name = encoder or self.encoder()
        self._equipment.calibration(name)  # says so when there is no such visual encoder
        is_switch = ids is None and name != self.encoder()
        title = f"Switching to {name}" if is_switch else f"Extracting with {name}"

        def work(progress: Progress) -> str:
            extractors = self._equipment.extractors(name, progress)
            unseen = [video_id for video_id in self._library.ids() if not extractors.has_seen(self._library, video_id)]
            wanted = unseen if ids is None else list(ids)
            done = extract_again(wanted, library=self._library, extractors=extractors, progress=progress)
            if ids is None and name != self.encoder():
                self._equipment.remember(name, f"You switched this library to {name}.")
            left = len(wanted) - done
            return f"{_count(done, 'video')} extracted" + (f", {left} could not be read" if left else "")

        return self._jobs.submit("extract", title, work)

    def folder_media(self, folder: Path) -> list[Path]:
        """The media files in a folder on this machine and below it."""
        return media_below(folder, self.settings.folder_root, without=self._library.root)

    def receive_path(self, filename: str) -> Path:
        """A fresh place inside the library to stream an upload to. Of the name only a known suffix is kept."""
        suffix = Path(filename).suffix.strip().lower()
        return self._library.incoming() / f"{uuid.uuid4().hex}{suffix if suffix in MEDIA_SUFFIXES else '.bin'}"

    # ------------------------------------------------------------------------------------------------- jobs

    def jobs(self) -> list[Job]:
        """Recent long work, newest first, from all windows and processes that use this library."""
        return self._jobs.list()

    def cancel_job(self, job_id: str) -> None:
        self._jobs.cancel(job_id)

    def dismiss_job(self, job_id: str) -> None:
        """Take a finished job off the list."""
        self._jobs.dismiss(job_id)

    # -------------------------------------------------------------------------------------------- questions

    def query(self, path: Path, title: str = "", *, owned: bool = False, progress: Progress = no_progress) -> Video:
        """Make a clip or picture ready to ask about. It becomes no part of the library, unless it is one already."""
        video, _ = take_in(
            path,
            title=title or path.stem,
            role="query",
            library=self._library,
            extractors=self._equipment.extractors(progress=progress),
            is_owned=owned,
            progress=progress,
        )
        return video

    def is_picture(self, path: Path) -> bool:
        """Whether this is a still picture rather than a video; false when there is no such file."""
        return path.is_file() and is_picture(path)

    def still(self, path: Path, time: float = 0.0) -> NDArray[np.uint8]:
        """The frame on show at `time` (seconds) of a video file, or the picture of a picture file: (H, W, 3)."""
        with Sandbox(path, self.settings.limits) as sandbox:
            return sandbox.picture() if is_picture(path) else sandbox.frame_at(time)

    def promote(self, video_id: str) -> Video:
        """Make a query part of the library."""
        self._library.promote(video_id)
        return self.video(video_id)

    def search(
        self, query: Video | str, *, model: str = "cosine", top: int = 5, progress: Progress = no_progress
    ) -> SearchResult:
        """The videos of the library most like this one; the query itself is left out."""
        model_spec(model, "search")
        video = self.video(query) if isinstance(query, str) else query
        name = self.encoder()
        track = self._track_of(video, name, progress)
        floor, index = self._equipment.calibration(name).copy, self._equipment.index(name)
        hits = retrieve(track, library=self._library, index=index, floor=floor, top=top, progress=progress)
        return SearchResult(video, hits, name, model, self._notes(track, name))

    def compare_frames(self, a: Moment, b: Moment) -> FramePair:
        """Whether two frames come from the same video."""
        name = self.encoder()
        return compare_frames(
            self._picture(a),
            self._picture(b),
            encoder=self._equipment.encoder(name),
            calibration=self._equipment.calibration(name),
        )

    def compare_videos(
        self, a: Video, b: Video, *, model: str = "cosine", progress: Progress = no_progress
    ) -> Comparison:
        """How two videos, from `query` or the library, correspond."""
        model_spec(model, "videos")
        name = self.encoder()
        tracks = [self._track_of(video, name, progress) for video in (a, b)]
        return compare_videos(
            a,
            b,
            query_track=tracks[0],
            reference_track=tracks[1],
            model=model,
            encoder=name,
            floor=self._equipment.calibration(name).copy,
        )

    # ------------------------------------------------------------------------------------- behind the door

    def _add_demo(self, progress: Progress) -> IngestReport:
        return add_demo(self._library, self._equipment.extractors(progress=progress), progress)

    def _ingest(
        self, files: Sequence[Path], titles: Mapping[Path, str], owned: bool, progress: Progress
    ) -> IngestReport:
        extractors = self._equipment.extractors(progress=progress)
        return ingest(
            files, library=self._library, extractors=extractors, titles=titles, is_owned=owned, progress=progress
        )

    def _track_of(self, video: Video, name: str, progress: Progress) -> FeatureTrack:
        """The track of a video, extracted now when it is not there yet."""
        track = self._equipment.track(name)
        with suppress(NotFound):  # missing, or damaged and just put aside
            return self._library.load_track(video.id, track)
        refresh(video, self._library, self._equipment.extractors(name, progress), progress)
        return self._library.load_track(video.id, track)

    def _picture(self, moment: Moment) -> NDArray[np.uint8]:
        return self.still(moment) if isinstance(moment, Path) else self.still(self.video(moment[0]).path, moment[1])

    def _notes(self, track: FeatureTrack, name: str) -> tuple[str, ...]:
        notes = []
        if not track.weights.any():
            notes.append("Every frame of this clip is black, white or plain, so there is nothing to recognise.")
        everyone = set(self._library.ids())
        waiting = len(everyone - self._library.extracted(track.encoder))
        if waiting:
            notes.append(
                f"{_count(waiting, 'video')} of {len(everyone)} cannot be found yet: not extracted with {name}."
            )
        return tuple(notes)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
