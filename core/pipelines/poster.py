"""A mosaic as a print of any size: frames sought again in the original files, and written strip by strip.

First every video that the mosaic shows is opened once, in the sandbox, and its frames go, scaled to a tile, to a
scratch file on disk; then the rows of tiles are read back one after the other. So memory holds one row of tiles,
whatever the size. A video whose original is gone is shown by its thumbnails, and the report says so.
"""

import errno
import io
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.config import MB, Limits
from core.errors import MediaError, StudioError
from core.media.sandbox import Sandbox
from core.media.strips import JPEG_LIMIT, strip_writer
from core.pipelines.mosaic import cover
from core.records import FrameMap, MapPrint, Mosaic, Progress, no_progress
from core.store.disk import explained, replacing
from core.store.library import Library

SUFFIXES = (".png", ".jpg", ".jpeg")
TILE = (534, 300)  # pixels of a tile as published: 11 × 18 of them are 5874 × 5400
LARGEST_BYTES = 64 * 1024 * MB  # of pixels, before they are packed
SEEKING = 0.9  # of the work
GROUND = (24, 23, 22)  # where no frame is


def print_mosaic(
    cells: Mosaic,
    frame_map: FrameMap,
    target: Path,
    *,
    library: Library,
    limits: Limits,
    tile: tuple[int, int] = TILE,
    is_from_originals: bool = True,
    progress: Progress = no_progress,
) -> MapPrint:
    """Write a mosaic as a PNG or JPEG, by the target's suffix, every tile of that size in pixels (width, height).

    Raises StudioError when the format or the size cannot be, LibraryError when the disk refuses.
    """
    suffix = target.suffix.lower()
    width, height = check(cells.columns, cells.rows, tile, suffix)
    row_bytes = 3 * width * tile[1]
    with explained(target), tempfile.TemporaryFile(dir=library.incoming()) as scratch:
        take_room(scratch.fileno(), row_bytes * cells.rows, library.incoming())
        sheet = np.memmap(scratch, np.uint8, "r+", shape=(cells.rows, tile[1], width, 3))
        for row in range(cells.rows):
            progress(0.0, f"preparing row {row + 1} of {cells.rows}")
            sheet[row] = np.array(GROUND, np.uint8)
        thumbnails = _fill(sheet, cells, frame_map, library, limits, tile, is_from_originals, progress)
        try:
            with replacing(target.absolute()) as out:
                writer = strip_writer(suffix, out, width, height)
                for row in range(cells.rows):
                    progress(SEEKING + (1 - SEEKING) * row / cells.rows, f"writing row {row + 1} of {cells.rows}")
                    writer.write(sheet[row])
                writer.finish()
        finally:
            del sheet
    progress(1.0, "done")
    return MapPrint(target, width, height, int((cells.frames >= 0).sum()), thumbnails)


def check(columns: int, rows: int, tile: tuple[int, int], suffix: str) -> tuple[int, int]:
    """Width and height in pixels of a print. Raises StudioError when its format or its size cannot be."""
    if suffix not in SUFFIXES:
        raise StudioError(f"A print is a PNG or a JPEG: give the file a name that ends in {', '.join(SUFFIXES)}.")
    width, height = columns * tile[0], rows * tile[1]
    if min(tile) < 1 or 3 * width * height > LARGEST_BYTES:
        raise StudioError(f"A print of {width:,} × {height:,} pixels is more than Clipkin makes. Choose smaller tiles.")
    if suffix != ".png" and max(width, height) > JPEG_LIMIT:
        raise StudioError(f"A JPEG has at most {JPEG_LIMIT:,} pixels a side; this one would be {width:,} × {height:,}.")
    return width, height


def take_room(file: int, size: int, folder: Path) -> None:
    """Make a file of that size, all of it on the disk: writing to a mapped file that the disk has no room for would end
    the process. OSError when there is too little."""
    if shutil.disk_usage(folder).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.truncate(file, size)
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)


def _fill(
    sheet: NDArray[np.uint8],
    cells: Mosaic,
    frame_map: FrameMap,
    library: Library,
    limits: Limits,
    tile: tuple[int, int],
    is_from_originals: bool,
    progress: Progress,
) -> int:
    """Puts every frame into its tile, video by video in order of time; gives how many came from thumbnails."""
    rows, columns = np.nonzero(cells.frames >= 0)
    order = np.lexsort((cells.times[rows, columns], cells.video[rows, columns]))
    thumbnails = 0
    groups = np.split(order, np.flatnonzero(np.diff(cells.video[rows, columns][order])) + 1) if len(order) else []
    done = 0
    for group in groups:
        video_id = frame_map.ids[cells.video[rows[group[0]], columns[group[0]]]]
        places = [(int(rows[n]), int(columns[n])) for n in group]
        found = library.find(video_id) if is_from_originals else None
        sandbox = None if found is None else Sandbox(found.path, limits)
        try:
            for place in places:
                progress(SEEKING * done / len(order), f"frame {done + 1:,} of {len(order):,}")
                time = float(cells.times[place])
                image: Image.Image | None = None
                if sandbox is not None and found is not None:
                    try:
                        is_still = found.info.container == "picture"
                        pixels = sandbox.picture() if is_still else sandbox.frame_at(time)
                        image = Image.fromarray(pixels)
                    except MediaError:  # gone, changed or damaged since it was added: the thumbnail is left
                        sandbox.close()
                        sandbox = None
                if image is None:
                    image = _thumbnail(library, video_id, time)
                    thumbnails += 1
                if image is not None:
                    left = place[1] * tile[0]
                    sheet[place[0], :, left : left + tile[0]] = np.asarray(cover(image.convert("RGB"), tile))
                done += 1
        finally:
            if sandbox is not None:
                sandbox.close()
    return thumbnails


def _thumbnail(library: Library, video_id: str, time: float) -> Image.Image | None:
    data = library.thumbnail(video_id, time)
    return None if data is None else Image.open(io.BytesIO(data))
