"""Small pictures of videos: one file per video that holds many WebP images, their times and which one is the poster.

    magic · count and poster (uint32 each) · CRC-32 of the table · the table: times (float64), offsets (uint64) · images

One image is read without the others, so a page of posters costs a few kilobytes each. Knows no picture format.
"""

import logging
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.store.disk import checked_id, explained, replacing

SUFFIX = ".thumbs"

_MAGIC = b"CKTH"
_HEAD = struct.Struct("<4sIII")  # magic, count, poster, CRC-32 of the table

logger = logging.getLogger(__name__)


class Thumbnails:
    """The folder of thumbnail files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, video_id: str) -> Path:
        """Where the thumbnails of this video lie or would lie."""
        return self.folder / f"{checked_id(video_id)}{SUFFIX}"

    def save(self, video_id: str, times: Sequence[float], images: Sequence[bytes], *, poster: int) -> None:
        """Writes the images of one video, `times` in ascending seconds; `poster` is the index of its card's image."""
        if len(times) != len(images) or not images or not 0 <= poster < len(images):
            raise ValueError(f"{len(times)} times, {len(images)} images and poster {poster} do not fit together")
        sizes = np.array([len(image) for image in images], "<u8")
        offsets = np.concatenate([np.zeros(1, "<u8"), np.cumsum(sizes, dtype="<u8")])
        table = np.asarray(times, "<f8").tobytes() + offsets.tobytes()
        with replacing(self.path(video_id)) as file:
            file.write(_HEAD.pack(_MAGIC, len(images), poster, zlib.crc32(table)))
            file.write(table)
            file.writelines(images)

    def load(self, video_id: str, time: float | None = None) -> bytes | None:
        """The image nearest to `time` in seconds, or the poster; None when the video has no readable thumbnails."""
        path = self.path(video_id)
        with explained(path):
            try:
                with path.open("rb") as file:
                    head = file.read(_HEAD.size)
                    magic, count, poster, checksum = _HEAD.unpack(head)
                    if 16 * count > path.stat().st_size:
                        raise ValueError("its table is damaged")
                    table = file.read(8 * (2 * count + 1))
                    if magic != _MAGIC or not poster < count or zlib.crc32(table) != checksum:
                        raise ValueError("its table is damaged")
                    times = np.frombuffer(table, "<f8", count)
                    offsets = np.frombuffer(table, "<u8", count + 1, 8 * count)
                    chosen = poster if time is None else int(np.argmin(np.abs(times - time)))
                    start, end = int(offsets[chosen]), int(offsets[chosen + 1])
                    file.seek(_HEAD.size + len(table) + start)
                    image = file.read(end - start)
                    if len(image) != end - start:
                        raise ValueError("it is cut short")
                    return image
            except FileNotFoundError:
                return None
            except (ValueError, struct.error) as error:
                logger.warning("The thumbnails %s cannot be used: %s.", path, error)
                return None

    def remove(self, video_id: str) -> None:
        """Deletes the thumbnails of this video."""
        path = self.path(video_id)
        with explained(path):
            path.unlink(missing_ok=True)
