"""Frames kept small for fast random access: one run of bytes on disk, mapped into memory, and where each frame lies.

    index/frames-96x54.blob · WebP pictures one after the other, appended to, and wiped where a video was removed
    index/frames-96x54.json · per video the seconds of its frames and where they begin and end

A cache: whatever does not fit together is thrown away and made again. It changes only in transactions of the catalogue,
so that no process misses what another did. Knows no picture format; whoever appends says how a picture becomes small.
"""

import json
import os
import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.store.catalogue import Catalogue
from core.store.disk import explained, replacing

NAME = "frames-96x54"
AT_ONCE = 32 * 2**20  # bytes that are appended in one transaction

Picture = Callable[[str, float], bytes | None]
"""The small picture of a video at a second; None where there is none."""


class SmallFramesCache:
    """The small pictures of a library. Safe to share between threads, and read again when another process wrote it."""

    def __init__(self, folder: Path, catalogue: Catalogue) -> None:
        self._folder = folder
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._places: dict[str, tuple[NDArray[np.float64], NDArray[np.int64]]] = {}
        self._end = 0  # of these pictures; what lies behind it is nobody's
        self._stamp: tuple[int, int] | None = None  # of the table that these places were read from
        self._data: NDArray[np.uint8] | None = None

    def missing(self, ids: Sequence[str]) -> list[str]:
        """The videos of these whose frames are not in it yet."""
        with self._lock:
            places = self._known()
            return [video_id for video_id in ids if video_id not in places]

    def add(self, videos: Sequence[tuple[str, NDArray[np.float64]]], picture: Picture) -> None:
        """Appends the pictures of these videos, one for each of their seconds; none of a video that was removed."""
        made: list[tuple[str, NDArray[np.float64], list[bytes]]] = []
        size = 0
        for video_id, times in videos:
            pictures = [picture(video_id, time) or b"" for time in times.tolist()]
            made.append((video_id, np.asarray(times, np.float64), pictures))
            size += sum(map(len, pictures))
            if size >= AT_ONCE:
                self._append(made)
                made, size = [], 0
        if made:
            self._append(made)

    def drop(self, ids: Collection[str]) -> None:
        """Wipes the pictures of these videos; throws all away where less than half of the room is still in use."""
        with self._lock, self._catalogue.database.write():
            places = dict(self._known())
            gone = [places.pop(video_id) for video_id in ids if video_id in places]
            end = self._cut()
            if not gone:
                return
            if 2 * sum(int(bounds[-1] - bounds[0]) for _, bounds in places.values()) < end:
                self._forget_all()
                return
            with explained(self._blob()), self._blob().open("r+b") as file:
                for _, bounds in gone:
                    file.seek(int(bounds[0]))
                    file.write(bytes(int(bounds[-1] - bounds[0])))
            self._enter(places, end)

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

    def _append(self, made: Sequence[tuple[str, NDArray[np.float64], list[bytes]]]) -> None:
        with self._lock, self._catalogue.database.write():
            places, present, end = dict(self._known()), set(self._catalogue.ids(None)), self._cut()
            with explained(self._blob()), self._blob().open("ab") as file:
                for video_id, times, pictures in made:
                    if video_id in present:
                        file.writelines(pictures)
                        places[video_id] = (times, end + np.cumsum([0, *map(len, pictures)], dtype=np.int64))
                        end = int(places[video_id][1][-1])
            self._enter(places, end)

    def _cut(self) -> int:
        """Cuts off what a process was killed over before it said whose it is; gives where the pictures end."""
        if self._end == 0:
            self._forget_all()
        elif self._size() > self._end:
            with explained(self._blob()):
                os.truncate(self._blob(), self._end)
        return self._end

    def _known(self) -> dict[str, tuple[NDArray[np.float64], NDArray[np.int64]]]:
        stamp = self._seen()
        is_whole = stamp is not None and self._size() >= self._end
        if stamp != self._stamp or not is_whole:  # not read yet, written by another process since, or damaged
            self._places, self._end, self._data, self._stamp = {}, 0, None, None
            try:
                table = json.loads(self._table().read_bytes())
                if self._size() < table["bytes"]:
                    raise ValueError("the pictures are cut short")
                self._places = {
                    name: (np.array(times, np.float64), np.array(bounds, np.int64))
                    for name, (times, bounds) in table["videos"].items()
                }
                self._end, self._stamp = int(table["bytes"]), stamp
            except (OSError, ValueError, KeyError, TypeError, RecursionError):  # absent or damaged: it is only a cache
                self._places = {}
        return self._places

    def _enter(self, places: dict[str, tuple[NDArray[np.float64], NDArray[np.int64]]], end: int) -> None:
        table = {name: [times.tolist(), bounds.tolist()] for name, (times, bounds) in places.items()}
        with replacing(self._table()) as out:
            out.write(json.dumps({"bytes": end, "videos": table}).encode())
        self._places, self._end, self._data, self._stamp = places, end, None, self._seen()

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
        self._places, self._end, self._data, self._stamp = {}, 0, None, None

    def _mapped(self) -> NDArray[np.uint8]:
        if self._data is None:
            self._data = np.memmap(self._blob(), np.uint8, mode="r") if self._size() else np.zeros(0, np.uint8)
        return self._data

    def _size(self) -> int:
        return self._blob().stat().st_size if self._blob().exists() else 0

    def _blob(self) -> Path:
        return self._folder / f"{NAME}.blob"

    def _table(self) -> Path:
        return self._folder / f"{NAME}.json"


def nearest(known: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.int64]:
    """The place of the nearest of some ascending seconds for each wanted one."""
    right = np.clip(np.searchsorted(known, wanted), 1, max(len(known) - 1, 1))
    left = right - 1
    right = np.minimum(right, len(known) - 1)
    return np.where(wanted - known[left] <= known[right] - wanted, left, right)
