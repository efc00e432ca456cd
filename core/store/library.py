"""The library: one folder with a catalogue, feature tracks, thumbnails, media of its own and previews.

    catalogue.sqlite · tracks/<encoder>/<id>.npz · thumbs/<id>.thumbs · media/<id>.<ext> · previews/<id>.mp4 ·
    incoming/ (uploads in progress) · index/ (a cache) · models/ (what was learned here) · maps/, prints/ (from above)

The one class of this room that others see for what is stored. Safe for many threads and several processes at once. It
knows records, and encoders by their track name; it opens no media.
"""

import hashlib
import logging
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from core.errors import LibraryError, NotFound, StudioError
from core.records import Failure, FeatureTrack, Page, Role, Video
from core.store import catalogue, leftovers, notes
from core.store.database import BUSY_SECONDS, Database
from core.store.disk import checked_id, explained
from core.store.prints import Prints
from core.store.small_frames import SmallFramesCache
from core.store.thumbnails import Thumbnails
from core.store.tracks import Tracks

DATABASE = "catalogue.sqlite"

_FOLDERS = ("tracks", "thumbs", "media", "previews", "incoming", "index", "models", "maps", "prints")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,10}")

logger = logging.getLogger(__name__)


class Library:
    """A library on disk. Opening it creates what is missing and clears what a killed process left behind."""

    def __init__(self, root: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        """Raises LibraryError when the folder cannot be used: not writable, full, locked, damaged, or too new."""
        self.root = Path(os.path.abspath(Path(root).expanduser()))
        with explained(self.root / DATABASE):
            for name in _FOLDERS:
                (self.root / name).mkdir(parents=True, exist_ok=True)
        schema = f"{catalogue.SCHEMA};{notes.SCHEMA}"
        self.database = Database(self.root / DATABASE, schema=schema, busy_seconds=busy_seconds)
        try:
            self._catalogue = catalogue.Catalogue(self.database, self.root)
            self._notes = notes.Notes(self.database)
            self._tracks = Tracks(self.root / "tracks")
            self._thumbnails = Thumbnails(self.root / "thumbs")
            self.small_frames = SmallFramesCache(self.root / "index", self._catalogue)
            self.prints = Prints(self.root / "prints")
            self._contents: dict[str, tuple[str, str]] = {}  # by encoder: of which generation, what was found
            self._tidy()
        except BaseException:
            self.database.close()
            raise

    def close(self) -> None:
        """Closes the catalogue; using the library afterwards is a bug."""
        self.database.close()

    # ---------------------------------------------------------------------------------------------- catalogue

    def add(self, video: Video) -> Video:
        """Enters a video, or brings up to date the entry of the same content; gives it as it is now.

        An entry keeps its title, tags and time, and a file that the library owns. A query becomes part of the library
        when added with that role, never the other way round. Save tracks and thumbnails first: what is in the
        catalogue counts as finished.
        """
        return self._catalogue.add(video)

    def get(self, video_id: str) -> Video:
        """The entry of that id; NotFound when there is none."""
        return self._catalogue.get(video_id)

    def find(self, video_id: str) -> Video | None:
        """The entry of that id, or None."""
        return self._catalogue.find(video_id)

    def videos(
        self,
        *,
        text: str = "",
        tags: Sequence[str] = (),
        order: catalogue.Order = "added",
        offset: int = 0,
        limit: int = 60,
        role: Role = "library",
    ) -> Page:
        """A slice of the videos whose title or a tag holds every word of `text` and that carry all of `tags`.

        Orders: "added" newest first, "title" as people count, "duration" longest first.
        """
        return self._catalogue.page(text=text, tags=tags, order=order, offset=offset, limit=limit, role=role)

    def ids(self, role: Role = "library") -> list[str]:
        """The ids of all videos of a role, the first added first."""
        return self._catalogue.ids(role)

    def all_tags(self) -> dict[str, int]:
        """Every tag in the library with the number of videos that carry it, the most used first."""
        return self._catalogue.all_tags()

    def rename(self, video_id: str, title: str) -> None:
        """Gives a video another title."""
        self._catalogue.rename(video_id, title)

    def set_tags(self, video_id: str, tags: Iterable[str]) -> None:
        """Replaces the tags of a video."""
        self._catalogue.set_tags(video_id, tags)

    def promote(self, video_id: str) -> Video:
        """Makes a query part of the library."""
        self._catalogue.promote(video_id)
        return self._catalogue.get(video_id)

    def seconds(self) -> float:
        """Of video in the library, queries left out."""
        return self._catalogue.seconds()

    def remove(self, ids: Iterable[str]) -> None:
        """Takes videos out with all that was derived from them; a media file goes only when the library owns it.

        No picture of them is left: a print that shows one of them goes, too. Ids that are not there are ignored.
        Entries go first, in one transaction that also notes which files have to follow, so a removal that is killed
        half way is finished when the library is next opened. So is one that met a file that cannot be deleted, which
        is told as LibraryError when all else is done.
        """
        wanted = set(ids)
        self._catalogue.remove(wanted)
        stuck = self._finish_removals()
        for video_id in sorted(wanted & stuck.keys()):
            raise LibraryError(
                "Removed, but not every file of it could be deleted; that is tried again with the next removal and "
                f"when Clipkin next starts. {stuck[video_id]}"
            ) from stuck[video_id]

    def forget_queries(self, older_than_seconds: float, *, most_bytes: int | None = None) -> None:
        """Removes queries last asked about longer ago than that, then the oldest until what was made of them fits."""
        too_many = self._catalogue.old_queries(older_than_seconds)
        queries = [video_id for video_id in self._catalogue.old_queries(0.0) if video_id not in set(too_many)]
        if most_bytes is not None and queries:
            made: Counter[str] = Counter()  # bytes by the id that a file is named after
            for folder in self._folders():
                for path, status in _files(folder):
                    made[path.name.partition(".")[0]] += status.st_size
            left = most_bytes
            for video_id in queries[::-1]:  # the newest stay
                left -= made[video_id]
                if left < 0:
                    too_many.append(video_id)
        self.remove(too_many)

    # ------------------------------------------------------------------------------------ tracks and thumbnails

    def save_track(self, track: FeatureTrack) -> None:
        """Writes a track, whole or not at all. A ValueError when its arrays do not fit or are not finite."""
        self._tracks.save(track)
        self._catalogue.bump(track.encoder)

    def load_track(self, video_id: str, encoder: str) -> FeatureTrack:
        """A track by the encoder's track name; NotFound when there is none or it was damaged and is put aside."""
        return self._tracks.load(video_id, encoder)

    def has_track(self, video_id: str, encoder: str) -> bool:
        """Whether there is a track of this encoder for this video."""
        return self._tracks.path(video_id, encoder).exists()

    def extracted(self, encoder: str) -> set[str]:
        """The videos of the library (no queries) that have a track of this encoder."""
        return self._tracks.ids(encoder) & set(self.ids())

    def encoders_of(self, video_id: str) -> list[str]:
        """The track names of every encoder that has a track of this video."""
        return [encoder for encoder in self._tracks.encoders() if self._tracks.path(video_id, encoder).exists()]

    def track_stamps(self, encoder: str) -> dict[str, str]:
        """Of every video of the library that has a track of this encoder: a text that changes with the track."""
        members = set(self.ids())
        return {video_id: stamp for video_id, stamp in self._tracks.stamps(encoder).items() if video_id in members}

    def generation(self, encoder: str) -> str:
        """A text that changes whenever the set of tracks of this encoder in the library changes. Cheap."""
        with explained(self.root / "tracks"):
            return f"{self._catalogue.revision(encoder)}.{self._tracks.folder_stamp(encoder)}"

    def contents(self, encoder: str) -> str:
        """A text that changes when videos of the library come, go or are extracted anew, but not with queries.

        Costs a look at every track where `generation` has changed, else as little as that.
        """
        generation = self.generation(encoder)
        known = self._contents.get(encoder)
        if known is None or known[0] != generation:
            stamps = sorted(self.track_stamps(encoder).items())
            known = generation, hashlib.sha256(repr(stamps).encode()).hexdigest()
            self._contents[encoder] = known
        return known[1]

    def save_thumbnails(self, video_id: str, times: Sequence[float], images: Sequence[bytes], poster: int) -> None:
        """Keeps small encoded images of a video by their seconds; `poster` is the index of the one for its card."""
        self._thumbnails.save(video_id, times, images, poster=poster)

    def thumbnail(self, video_id: str, time: float | None = None) -> bytes | None:
        """The image nearest to a second, or the poster; None when the video has none."""
        return self._thumbnails.load(video_id, time)

    # --------------------------------------------------------------------------------------------------- places

    def media_path(self, video_id: str, suffix: str) -> Path:
        """Where the library keeps the media file of its own; an odd suffix is left out."""
        suffix = suffix.lower()
        return self.root / "media" / (checked_id(video_id) + (suffix if _SUFFIX.fullmatch(suffix) else ""))

    def preview_path(self, video_id: str) -> Path:
        """Where the browser-ready preview of a video lies once it is made."""
        return self.root / "previews" / f"{checked_id(video_id)}.mp4"

    def models_folder(self) -> Path:
        """The folder for what was learned from this library."""
        return self.root / "models"

    def maps_folder(self) -> Path:
        """The folder for fitted frame maps."""
        return self.root / "maps"

    def incoming(self) -> Path:
        """The folder for uploads in progress, on the same disk as the media."""
        return self.root / "incoming"

    def index_folder(self) -> Path:
        """The folder for caches that can be made anew from the tracks."""
        return self.root / "index"

    def bytes_on_disk(self) -> int:
        """What the library's folder takes, files kept elsewhere not counted."""
        return sum(status.st_size for folder in (self.root, *self._folders()) for _, status in _files(folder))

    # -------------------------------------------------------------------------------------- failures and settings

    def record_failure(self, path: Path | str, error: StudioError | str) -> Failure:
        """Keeps why a file could not be added; a second failure of the same path replaces the first."""
        return self._notes.record_failure(path, error)

    def failures(self) -> list[Failure]:
        """All failures that were not dismissed, the latest first."""
        return self._notes.failures()

    def dismiss_failures(self, ids: Iterable[int] | None = None) -> None:
        """Forgets these failures, or all."""
        self._notes.dismiss_failures(ids)

    def get_setting(self, key: str) -> str | None:
        """What was last set under that key, or None."""
        return self._notes.get_setting(key)

    def set_setting(self, key: str, value: str) -> None:
        """Keeps a text under a key."""
        self._notes.set_setting(key, value)

    # -------------------------------------------------------------------------------------------------- tidying

    def _folders(self) -> list[Path]:
        """Every folder that holds the library's files, those of the encoders' tracks included."""
        folders = [self.root / name for name in _FOLDERS]
        return folders + [self.root / "tracks" / encoder for encoder in self._tracks.encoders()]

    def _finish_removals(self) -> dict[str, LibraryError]:
        """Deletes what videos that are out of the catalogue left behind: first what holds pictures of several.

        Gives what stood in the way, by video; those stay noted.
        """
        gone = [video_id for video_id, _ in self._catalogue.removals()]
        stuck: dict[str, LibraryError] = {}
        try:
            if gone:
                self.small_frames.drop(gone)
                self.prints.forget(gone)
        except LibraryError as error:
            return dict.fromkeys(gone, error)
        for video_id in gone:
            try:
                self._remove_files(video_id)
            except LibraryError as error:
                stuck[video_id] = error
        return stuck

    def _remove_files(self, video_id: str) -> None:
        """Deletes the files of a removed video, unless it came back; in a transaction, so that it cannot meanwhile."""
        with self.database.write():
            for _, media in self._catalogue.removals(video_id):
                self._tracks.remove(video_id)
                self._thumbnails.remove(video_id)
                with explained(self.root / "previews"):
                    for name in os.listdir(self.root / "previews"):
                        if video_id in name:  # films of it beside another, too
                            (self.root / "previews" / name).unlink(missing_ok=True)
                if media is not None and media.parent.resolve() == (self.root / "media").resolve():
                    with explained(media):
                        media.unlink(missing_ok=True)
                self._catalogue.removed(video_id)

    def _tidy(self) -> None:
        """Finishes removals and deletes what no process is writing any more and no entry claims."""
        try:
            for video_id, error in self._finish_removals().items():
                logger.warning("Files of the removed video %s could not be deleted: %s", video_id, error)
            leftovers.clear(self._folders(), known=set(self._catalogue.ids(None)), owned=self._catalogue.owned_names())
        except (OSError, LibraryError, NotFound):
            logger.warning(
                "The library %s could not be tidied; that is tried again next time.", self.root, exc_info=True
            )


def _files(folder: Path) -> Iterable[tuple[Path, os.stat_result]]:
    """The plain files of one folder with their sizes and times; those that vanish meanwhile are left out."""
    with explained(folder), os.scandir(folder) as entries:
        for entry in entries:
            try:
                if entry.is_file(follow_symlinks=False):
                    yield Path(entry.path), entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
