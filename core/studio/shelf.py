"""The library as people handle it: list, rename, tag, remove, add, extract anew, and watch."""

import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.media.files import MEDIA_SUFFIXES, find_media, media_below
from core.pipelines import playback
from core.pipelines.demo import add_demo, wants_demo
from core.pipelines.ingest import extract_again, ingest
from core.records import Failure, IngestReport, Job, LibraryStatus, Order, Page, Progress, no_progress
from core.studio.desk import Desk, count


class Shelf(Desk):
    """What can be done with the videos themselves."""

    def videos(
        self, *, text: str = "", tags: Sequence[str] = (), order: Order = "added", offset: int = 0, limit: int = 60
    ) -> Page:
        """A page of the library, by title text and tags; `order` is added (newest first), title or duration."""
        return self._library.videos(text=text, tags=tuple(tags), order=order, offset=offset, limit=limit)

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
        files, names, title = list(paths), dict(titles or {}), f"Adding {count(len(paths), 'file')}"
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
            tried: set[str] = set()
            done = 0
            while wanted := [
                video_id
                for video_id in (self._library.ids() if ids is None else ids)
                if video_id not in tried and (ids is not None or not extractors.has_seen(self._library, video_id))
            ]:  # again for videos that were added meanwhile
                done += extract_again(wanted, library=self._library, extractors=extractors, progress=progress)
                tried.update(wanted)
            if ids is None and name != self.encoder():
                self._equipment.remember(name, f"You switched this library to {name}.")
            left = len(tried) - done
            return f"{count(done, 'video')} extracted" + (f", {left} could not be read" if left else "")

        return self._jobs.submit("extract", title, work)

    def folder_media(self, folder: Path) -> list[Path]:
        """The media files in a folder on this machine and below it."""
        return media_below(folder, self.settings.folder_root, without=self._library.root)

    def receive_path(self, filename: str) -> Path:
        """A fresh place inside the library to stream an upload to. Of the name only a known suffix is kept."""
        suffix = Path(filename).suffix.strip().lower()
        return self._library.incoming() / f"{uuid.uuid4().hex}{suffix if suffix in MEDIA_SUFFIXES else '.bin'}"

    def _add_demo(self, progress: Progress) -> IngestReport:
        return add_demo(self._library, self._equipment.extractors(progress=progress), progress)

    def _ingest(
        self, files: Sequence[Path], titles: Mapping[Path, str], owned: bool, progress: Progress
    ) -> IngestReport:
        extractors = self._equipment.extractors(progress=progress)
        return ingest(
            files, library=self._library, extractors=extractors, titles=titles, is_owned=owned, progress=progress
        )
