"""Pictures of the map: thumbnails of its frames, mosaics and their tiles, and prints."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import NotFound
from core.pipelines import mosaic as grids
from core.pipelines import poster
from core.records import (
    FrameMap,
    Job,
    MapPrint,
    Mosaic,
    Progress,
    SmallFrames,
    no_progress,
)
from core.studio.frame_map import FrameMaps, remember

KEPT_TILES = 512  # in memory


class MapPictures(FrameMaps):
    """What of a map can be seen and printed."""

    def map_thumbnails(self, version: str) -> SmallFrames:
        """The small pictures of all frames of a map (96 × 54), mapped from disk; makes those that are missing."""
        found = self._map(version)
        self._fill(found, no_progress)
        data, starts, ends = self._library.small_frames.find(found.ids, found.video, found.times)
        return SmallFrames(found.version, data, starts, ends)

    def mosaic(self, version: str, centre: tuple[float, float], width: float, count: int | tuple[int, int]) -> Mosaic:
        """About so many frames, or columns and rows of them, on a grid over a window of the plane.

        Each cell shows the frame nearest to it, and none is shown twice.
        """
        columns, rows = grids.grid(count)
        return grids.mosaic(self._map(version), centre=centre, width=width, columns=columns, rows=rows)

    def map_tile(self, version: str, z: int, x: int, y: int) -> bytes:
        """A tile of the mosaic as WebP: 16 × 16 cells, 1024 × 576 pixels, y counted from the top, transparent where
        no frame is. The plane has 2^z tiles a side. NotFound outside of it."""
        room, key = self._room, (version, z, x, y)
        with room.lock:
            if key in room.tiles:
                return room.tiles[key]
        found = self._map(version)
        small = self.map_thumbnails(found.version)
        picture = grids.render(grids.tile(found, z, x, y), small.picture)
        with room.lock:
            remember(room.tiles, key, picture, KEPT_TILES)
        return picture

    def map_tile_frames(self, version: str, z: int, x: int, y: int) -> NDArray[np.int64]:
        """Which frames that tile shows: (16, 16) places in `FrameMap.positions`, row 0 on top, -1 for an empty cell."""
        return grids.tile(self._map(version), z, x, y).frames

    # ------------------------------------------------------------------------------------------------ prints

    def print_map(
        self,
        target: Path,
        *,
        version: str | None = None,
        centre: tuple[float, float] = (0.5, 0.5),
        width: float = 1.0,
        count: int | tuple[int, int] = 198,
        tile: tuple[int, int] = poster.TILE,
        is_from_originals: bool = True,
        progress: Progress = no_progress,
    ) -> MapPrint:
        """Print a window of the map as a mosaic, a PNG or a JPEG by the name of the file, now, in this thread.

        About `count` tiles, or columns and rows of them, of `tile` pixels (width, height). Frames are sought again in
        the original files, or come from thumbnails. Raises StudioError when the format or the size cannot be.
        """
        found = self._map(version)
        cells = self.mosaic(found.version, centre, width, count)
        return self._printed(found, cells, target, tile, is_from_originals, progress)

    def start_print(
        self,
        version: str,
        *,
        centre: tuple[float, float] = (0.5, 0.5),
        width: float = 1.0,
        count: int | tuple[int, int] = 198,
        tile: tuple[int, int] = poster.TILE,
        suffix: str = ".png",
        is_from_originals: bool = True,
    ) -> Job:
        """The same in the background, into the library; `prints` lists what is done."""
        columns, rows = grids.grid(count)
        poster.check(columns, rows, tile, suffix)
        found = self._map(version)
        asked = f"{centre} {width} {is_from_originals}".encode()
        digest = hashlib.sha256(asked).hexdigest()[:8]
        name = f"{found.version}-{columns}x{rows}-{tile[0]}x{tile[1]}-{digest}{suffix}"

        def work(progress: Progress) -> str:
            cells = grids.mosaic(found, centre=centre, width=width, columns=columns, rows=rows)
            ids = [found.ids[video] for video in np.unique(cells.video[cells.video >= 0])]
            target = self._library.prints.place(name, ids)
            done = self._printed(found, cells, target, tile, is_from_originals, progress)
            if any(self._library.find(video_id) is None for video_id in ids):
                self._library.prints.remove(name)
                raise NotFound("A clip that this poster shows was removed meanwhile. Print it again.")
            missing = f", {done.from_thumbnails:,} from thumbnails" if done.from_thumbnails else ""
            return f"{name}: {done.width:,} × {done.height:,} pixels, {done.tiles:,} frames{missing}"

        return self._jobs.submit("print", f"Printing {columns} × {rows} tiles", work)

    def _printed(
        self,
        found: FrameMap,
        cells: Mosaic,
        target: Path,
        tile: tuple[int, int],
        is_from_originals: bool,
        progress: Progress,
    ) -> MapPrint:
        return poster.print_mosaic(
            cells,
            found,
            target,
            library=self._library,
            limits=self.settings.limits,
            tile=tile,
            is_from_originals=is_from_originals,
            progress=progress,
        )

    def prints(self) -> list[Path]:
        """Every print that is kept in the library, the newest first."""
        return self._library.prints.all()

    def prints_showing(self, ids: Sequence[str]) -> list[Path]:
        """The prints that show one of these videos, and that go when it is removed."""
        return [path for path in self._library.prints.showing(ids) if path.is_file()]

    def print_file(self, name: str) -> Path:
        """The print of that name. NotFound when it is not kept any more."""
        return self._library.prints.get(name)

    def remove_print(self, name: str) -> None:
        """Delete a print."""
        self._library.prints.remove(name)
