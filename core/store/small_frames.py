"""Frames kept small for fast random access: one run of bytes on disk, mapped into memory, and where each frame lies.

    index/frames-96x54.blob · WebP pictures one after the other, only ever appended to
    index/frames-96x54.json · per video the seconds of its frames and where they begin and end

A cache: whatever does not fit together is thrown away and made again. Knows no picture format; whoever appends says how
a picture becomes small.
"""

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.store.disk import explained, replacing
from core.store.library import Library

NAME = "frames-96x54"

Shrink = Callable[[bytes], bytes]


class SmallFramesCache:
    """The small pictures of a library. Safe to share between threads, and read again when another process wrote it."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._places: dict[str, tuple[NDArray[np.float64], NDArray[np.int64]]] = {}
        self._stamp: tuple[int, int] | None = None  # of the table that these places were read from
        self._data: NDArray[np.uint8] | None = None

    def missing(self, ids: Sequence[str]) -> list[str]:
        """The videos of these whose frames are not in it yet."""
        with self._lock:
            places = self._known()
            return [video_id for video_id in ids if video_id not in places]

    def add(self, videos: Sequence[tuple[str, NDArray[np.float64]]], shrink: Shrink) -> None:
        """Appends the thumbnails of these videos, one for each of their seconds, made small."""
        with self._lock:
            places = dict(self._known())
            end = self._blob().stat().st_size if self._blob().exists() else 0
            with explained(self._blob()), self._blob().open("ab") as file:
                for video_id, times in videos:
                    bounds = np.zeros(len(times) + 1, np.int64)
                    bounds[0] = end
                    for number, time in enumerate(times.tolist()):
                        picture = self._library.thumbnail(video_id, time)
                        end += file.write(shrink(picture)) if picture else 0
                        bounds[number + 1] = end
                    places[video_id] = (np.asarray(times, np.float64), bounds)
            if not self._blob().exists() or self._blob().stat().st_size != end:
                self._forget_all()  # another process wrote between: nobody's places are right
            else:
                self._enter(places, end)

    def drop(self, ids: Sequence[str]) -> None:
        """Wipes the pictures of these videos; their room is not used again."""
        with self._lock:
            places = dict(self._known())
            gone = [places.pop(video_id) for video_id in ids if video_id in places]
            if not gone:
                return
            with explained(self._blob()), self._blob().open("r+b") as file:
                for _, bounds in gone:
                    file.seek(int(bounds[0]))
                    file.write(bytes(int(bounds[-1] - bounds[0])))
            self._enter(places, self._blob().stat().st_size)

    def known(self) -> list[str]:
        """The videos whose pictures are in it."""
        with self._lock:
            return list(self._known())

    def find(
        self, ids: Sequence[str], video: NDArray[np.int32], times: NDArray[np.float64]
    ) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
        """All bytes, and where the picture of each frame (N,) begins and ends; an empty one where there is none."""
        with self._lock:
            places = self._known()
            data = self._mapped()
        starts, ends = np.zeros(len(video), np.int64), np.zeros(len(video), np.int64)
        edges = np.searchsorted(video, np.arange(len(ids) + 1))
        for number, video_id in enumerate(ids):
            rows = slice(int(edges[number]), int(edges[number + 1]))
            if video_id not in places or rows.start == rows.stop:
                continue
            known, bounds = places[video_id]
            near = nearest(known, times[rows])
            starts[rows], ends[rows] = bounds[near], bounds[near + 1]
        return data, starts, ends

    def _known(self) -> dict[str, tuple[NDArray[np.float64], NDArray[np.int64]]]:
        stamp = self._seen()
        if stamp is None or stamp != self._stamp:  # not read yet, or written by another process since
            try:
                table = json.loads(self._table().read_bytes())
                if self._blob().stat().st_size < table["bytes"]:
                    raise ValueError("the pictures are cut short")
                self._places = {
                    name: (np.array(times, np.float64), np.array(bounds, np.int64))
                    for name, (times, bounds) in table["videos"].items()
                }
                self._stamp, self._data = stamp, None
            except (OSError, ValueError, KeyError, TypeError):  # absent or damaged: it is only a cache
                self._forget_all()
        return self._places

    def _enter(self, places: dict[str, tuple[NDArray[np.float64], NDArray[np.int64]]], end: int) -> None:
        table = {name: [times.tolist(), bounds.tolist()] for name, (times, bounds) in places.items()}
        with replacing(self._table()) as out:
            out.write(json.dumps({"bytes": end, "videos": table}).encode())
        self._places, self._data, self._stamp = places, None, self._seen()

    def _seen(self) -> tuple[int, int] | None:
        """What changes whenever the table is written; None where there is none."""
        try:
            status = self._table().stat()
        except FileNotFoundError:
            return None
        return status.st_mtime_ns, status.st_ino

    def _forget_all(self) -> None:
        with explained(self._blob()):
            self._table().unlink(missing_ok=True)
            self._blob().unlink(missing_ok=True)
        self._places, self._data, self._stamp = {}, None, None

    def _mapped(self) -> NDArray[np.uint8]:
        if self._data is None:
            path = self._blob()
            is_empty = not path.exists() or path.stat().st_size == 0
            self._data = np.zeros(0, np.uint8) if is_empty else np.memmap(path, np.uint8, mode="r")
        return self._data

    def _blob(self) -> Path:
        return self._library.index_folder() / f"{NAME}.blob"

    def _table(self) -> Path:
        return self._library.index_folder() / f"{NAME}.json"


def nearest(known: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.int64]:
    """The place of the nearest of some ascending seconds for each wanted one."""
    right = np.clip(np.searchsorted(known, wanted), 1, max(len(known) - 1, 1))
    left = right - 1
    right = np.minimum(right, len(known) - 1)
    return np.where(wanted - known[left] <= known[right] - wanted, left, right)
