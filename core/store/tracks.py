"""Feature tracks on disk: one `.npz` per encoder and video, `tracks/<encoder>/<id>.npz`.

A track is read whole and right or not at all: one that is damaged, cut short, of the wrong shape or not finite is put
aside, so that it counts as absent and is extracted again. Knows encoders by their track name only.
"""

import contextlib
import io
import logging
import os
import stat
import struct
import time
import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np

from core.errors import NotFound
from core.records import FeatureTrack
from core.store.disk import checked_encoder, checked_id, explained, is_id, replacing

SUFFIX = ".npz"
DAMAGED = ".damaged"

# What NumPy and zipfile raise for damaged files: a broken header can ask for any type, shape or method.
_UNREADABLE = (
    OSError, zipfile.BadZipFile, zlib.error, ValueError, TypeError, KeyError, AttributeError, EOFError, SyntaxError,
    MemoryError, NotImplementedError, RuntimeError, OverflowError, IndexError, struct.error, tokenize.TokenError,
)  # fmt: skip

logger = logging.getLogger(__name__)


class Tracks:
    """The folder of tracks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, video_id: str, encoder: str) -> Path:
        """Where the track of this video and encoder lies or would lie."""
        return self.folder / checked_encoder(encoder) / f"{checked_id(video_id)}{SUFFIX}"

    def save(self, track: FeatureTrack) -> None:
        """Writes the track, whole or not at all. One that `load` would refuse is a bug in its encoder: ValueError."""
        path = self.path(track.video_id, track.encoder)
        problem = _problem(track)
        if problem:
            raise ValueError(f"the track of {track.video_id} by {track.encoder} {problem}")
        with replacing(path) as file:
            np.savez(
                file,
                times=np.asarray(track.times, np.float64),
                vectors=np.asarray(track.vectors, np.float32),
                weights=np.asarray(track.weights, np.float32),
            )

    def load(self, video_id: str, encoder: str) -> FeatureTrack:
        """The track as it was saved; NotFound when there is none or it had to be put aside."""
        path = self.path(video_id, encoder)
        with explained(path):
            try:
                data = path.read_bytes()
            except FileNotFoundError as error:
                raise _missing(video_id, encoder) from error
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                if sum(part.file_size for part in arrays.zip.infolist()) > len(data):
                    raise ValueError("it would unpack to more than it is")  # ours are not compressed
                track = FeatureTrack(video_id, encoder, arrays["times"], arrays["vectors"], arrays["weights"])
        except _UNREADABLE as error:
            self._put_aside(path, f"cannot be read ({error})")
            raise _missing(video_id, encoder) from error
        problem = _problem(track)
        if problem:
            self._put_aside(path, problem)
            raise _missing(video_id, encoder)
        return track

    def stamps(self, encoder: str) -> dict[str, str]:
        """Of every track of this encoder, by video: a text that changes when the track is written anew."""
        stamps = {}
        folder = self.folder / checked_encoder(encoder)
        for video_id in self.ids(encoder):
            path = folder / f"{video_id}{SUFFIX}"
            with explained(path), contextlib.suppress(FileNotFoundError):  # removed since the listing
                status = path.stat()
                stamps[video_id] = f"{status.st_mtime_ns}-{status.st_ino}-{status.st_size}"
        return stamps

    def ids(self, encoder: str) -> set[str]:
        """The videos that have a track of this encoder, from one listing of a folder."""
        with explained(self.folder):
            try:
                names = os.listdir(self.folder / checked_encoder(encoder))
            except FileNotFoundError:
                return set()
        return {stem for stem, suffix in map(os.path.splitext, names) if suffix == SUFFIX and is_id(stem)}

    def folder_stamp(self, encoder: str) -> int:
        """A number that changes when a track of this encoder comes or goes; changes within a few ms may share it."""
        try:
            return (self.folder / checked_encoder(encoder)).stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def encoders(self) -> list[str]:
        """The track names of all encoders that ever wrote here."""
        with explained(self.folder):
            return sorted(entry.name for entry in os.scandir(self.folder) if entry.is_dir(follow_symlinks=False))

    def remove(self, video_id: str) -> None:
        """Deletes the tracks of all encoders for this video."""
        for encoder in self.encoders():
            for suffix in (SUFFIX, SUFFIX + DAMAGED):
                path = self.folder / encoder / f"{checked_id(video_id)}{suffix}"
                with explained(path):
                    path.unlink(missing_ok=True)

    def touch(self, video_id: str, encoder: str) -> None:
        """Notes that a track was used now, where tracks are a cache that is pruned. Changes its stamp."""
        with contextlib.suppress(OSError):  # read-only or gone: it then only looks older than it is
            os.utime(self.path(video_id, encoder))

    def prune(self, *, seconds: float, most_bytes: int) -> None:
        """Where tracks are a cache: deletes what was not used for so long, then the least lately used until it fits."""
        found: list[tuple[float, int, Path]] = []
        for path in self.folder.glob("*/*"):
            with contextlib.suppress(FileNotFoundError):  # another process prunes, too
                status = path.lstat()
                if stat.S_ISREG(status.st_mode):
                    found.append((status.st_mtime, status.st_size, path))
        oldest, kept = time.time() - seconds, 0
        for used, size, path in sorted(found, reverse=True):
            kept += size
            if used < oldest or kept > most_bytes:
                with explained(path):
                    path.unlink(missing_ok=True)

    def _put_aside(self, path: Path, problem: str) -> None:
        logger.warning("The track %s %s; it is put aside and will be extracted again.", path, problem)
        with explained(path), contextlib.suppress(FileNotFoundError):  # another thread may have been first
            os.replace(path, path.with_name(path.name + DAMAGED))


def _missing(video_id: str, encoder: str) -> NotFound:
    return NotFound(f"The video {video_id} has no features of {encoder} yet. Extract them again.")


def _problem(track: FeatureTrack) -> str | None:
    """What is wrong with these arrays, as the end of a sentence, or None."""
    times, vectors, weights = track.times, track.vectors, track.weights
    if not all(isinstance(array, np.ndarray) and array.dtype.kind == "f" for array in (times, vectors, weights)):
        return "does not hold floating-point arrays"
    if times.ndim != 1 or vectors.ndim not in (2, 3) or weights.shape != times.shape or len(vectors) != len(times):
        return f"has shapes that do not fit: {times.shape}, {vectors.shape}, {weights.shape}"
    if not (np.isfinite(times).all() and np.isfinite(vectors).all() and np.isfinite(weights).all()):
        return "holds numbers that are not finite"
    if np.any(np.diff(times) < 0):
        return "has times that do not ascend"
    if np.any(weights < 0) or np.any(weights > 1):
        return "has weights outside 0–1"
    return None
