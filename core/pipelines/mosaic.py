"""Frames on a grid: which frame each cell of a window shows, and pictures of such grids.

A cell shows the frame nearest to its middle and no frame is shown twice: pairs of cell and frame are taken by ascending
distance, and a cell whose frame is gone takes the next nearest one.
"""

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import NotFound, StudioError
from core.records import FrameMap, Mosaic

CELL = (96, 54)  # pixels of a small frame, width and height
TILE_CELLS = 16  # per side of a tile
TILE_CELL = (64, 36)  # pixels of a cell in a tile, so that a tile is 1024 × 576
DEEPEST = 12  # zoom of tiles: the page looks no closer
REACH = 2.5  # cells that a frame may be shown away from its place in a tile
ASPECT = 16 / 9  # of a cell
MOST_CELLS = 250_000  # of one mosaic: 500 × 500 frames of 96 × 54 are a picture of 48,000 × 27,000 pixels
FIRST_CANDIDATES = 16  # nearest frames looked at for each cell, doubled while cells stay empty
QUALITY = 80

Picture = Callable[[int], bytes | None]
"""The small picture of a frame as WebP, by its place in the map."""


def grid(count: int | tuple[int, int]) -> tuple[int, int]:
    """Columns and rows of about so many cells of 16:9 that fill a square: 198 gives the published 11 × 18.

    Columns and rows that are given stay, one of each at least.
    """
    if isinstance(count, tuple):
        return max(1, count[0]), max(1, count[1])
    columns = max(1, round(np.sqrt(max(count, 1) / ASPECT)))
    return columns, max(1, round(max(count, 1) / columns))


def mosaic(frame_map: FrameMap, *, centre: tuple[float, float], width: float, columns: int, rows: int) -> Mosaic:
    """The frames of a window about `centre` (x, y) that is `width` wide and high on the plane.

    Raises StudioError for a window that is nowhere or without width, or more than `MOST_CELLS` cells.
    """
    if not (np.isfinite([*centre, width]).all() and width > 0):
        raise StudioError("A window of the map has a middle, x and y in 0–1, and a width above 0.")
    if columns * rows > MOST_CELLS:
        raise StudioError(f"A mosaic has at most {MOST_CELLS:,} frames, not {columns:,} × {rows:,}. Ask for fewer.")
    left, top = centre[0] - width / 2, centre[1] + width / 2
    x = left + (np.arange(columns) + 0.5) * width / columns
    y = top - (np.arange(rows) + 0.5) * width / rows
    middles = np.stack([np.tile(x, rows), np.repeat(y, columns)], axis=1)
    cells = np.array([columns, rows]) / width  # so that a cell is as high as it is wide
    frames = nearest_frames(frame_map.positions, middles, cells)
    return _filled(frame_map, centre, width, frames.reshape(rows, columns))


def nearest_frames(
    positions: NDArray[np.float32], middles: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The frame (C,) of each cell middle (C, 2), none twice; -1 where there are fewer frames than cells.

    Distances are measured after both axes were multiplied by `scale`.
    """
    from scipy.spatial import cKDTree

    result = np.full(len(middles), -1, np.int64)
    if not len(positions):
        return result
    near = _in_reach(positions, middles, scale)
    tree = cKDTree(positions[near].astype(np.float64) * scale)
    wanted = middles * scale
    is_free = np.ones(len(near), bool)
    k = FIRST_CANDIDATES
    while (empty := np.flatnonzero(result < 0)).size and is_free.any():
        k = min(k, len(near))
        distances, found = tree.query(wanted[empty], k=[*range(1, k + 1)])
        pairs = np.argsort(distances, axis=None, kind="stable")
        cell_of, frame_of = empty[pairs // k].tolist(), found.ravel()[pairs].tolist()
        for cell, frame in zip(cell_of, frame_of, strict=True):
            if result[cell] < 0 and is_free[frame]:
                result[cell], is_free[frame] = frame, False
        if k == len(near):
            break
        k *= 2
    return np.where(result >= 0, near[result], -1)


def _in_reach(
    positions: NDArray[np.float32], middles: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Frames that may be among the answers: those of the window, or of ever larger ones until there are enough."""
    low, high = middles.min(axis=0), middles.max(axis=0)
    margin = np.maximum((high - low) / 2, 1 / scale)
    while True:
        inside = np.flatnonzero(((positions >= low - margin) & (positions <= high + margin)).all(axis=1))
        if len(inside) >= min(4 * len(middles), len(positions)):
            return inside
        margin *= 2


def tile(frame_map: FrameMap, z: int, x: int, y: int) -> Mosaic:
    """16 × 16 cells of tile (x, y) of zoom z, y counted from the top: the plane has 2^z tiles a side.

    A tile shows only frames of its own area, each at most REACH cells from its place, so no frame is in two tiles of a
    zoom; cells without one stay empty. Raises NotFound where there is no such tile.
    """
    if not (0 <= z <= DEEPEST and 0 <= x < 2**z and 0 <= y < 2**z):
        raise NotFound("There is no such tile.")
    side = 1 / 2**z
    low = np.array([x * side, 1 - (y + 1) * side])
    own = np.flatnonzero(_within(frame_map.positions, low, side))
    place = (np.arange(TILE_CELLS) + 0.5) * side / TILE_CELLS
    middles = np.stack([np.tile(low[0] + place, TILE_CELLS), np.repeat(low[1] + side - place, TILE_CELLS)], axis=1)
    scale = np.full(2, TILE_CELLS / side)
    chosen = nearest_frames(frame_map.positions[own], middles, scale)
    frames = np.where(chosen >= 0, own[chosen] if len(own) else -1, -1)
    away = np.abs(frame_map.positions[frames] - middles).max(axis=1) * scale[0] if len(frame_map) else np.zeros(0)
    frames = np.where((frames >= 0) & (away <= REACH), frames, -1) if len(frame_map) else frames
    centre = (float(low[0] + side / 2), float(low[1] + side / 2))
    return _filled(frame_map, centre, side, frames.reshape(TILE_CELLS, TILE_CELLS))


def _within(positions: NDArray[np.float32], low: NDArray[np.float64], side: float) -> NDArray[np.bool_]:
    """Which positions lie in a tile; the plane's upper and right border belongs to the last ones."""
    high = low + side
    below = (positions < high) | ((high >= 1 - 1e-9) & (positions <= 1))
    return np.asarray(((positions >= low) & below).all(axis=1))


def render(cells: Mosaic, picture: Picture, *, cell: tuple[int, int] = TILE_CELL) -> bytes:
    """A mosaic as one WebP, transparent where no frame is."""
    sheet = Image.new("RGBA", (cells.columns * cell[0], cells.rows * cell[1]))
    for row, column in zip(*np.nonzero(cells.frames >= 0), strict=True):
        data = picture(int(cells.frames[row, column]))
        if data:
            with Image.open(io.BytesIO(data)) as small:
                fitted = small.convert("RGB").resize(cell, Image.Resampling.BILINEAR)
            sheet.paste(fitted, (int(column) * cell[0], int(row) * cell[1]))
    out = io.BytesIO()
    sheet.save(out, "WEBP", quality=QUALITY, method=1)
    return out.getvalue()


def shrink(picture: bytes, size: tuple[int, int] = CELL) -> bytes:
    """A thumbnail as a small WebP of exactly that size, what is too wide or too high cut off evenly."""
    with Image.open(io.BytesIO(picture)) as opened:
        out = io.BytesIO()
        cover(opened.convert("RGB"), size).save(out, "WEBP", quality=QUALITY, method=1)
    return out.getvalue()


def cover(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A picture scaled and cut about its middle so that it fills exactly this size."""
    share = max(size[0] / picture.width, size[1] / picture.height)
    width, height = min(size[0] / share, picture.width), min(size[1] / share, picture.height)
    left, top = (picture.width - width) / 2, (picture.height - height) / 2
    return picture.resize(size, Image.Resampling.BICUBIC, box=(left, top, left + width, top + height))


def _filled(frame_map: FrameMap, centre: tuple[float, float], width: float, frames: NDArray[np.int64]) -> Mosaic:
    shown = frames >= 0
    video = np.full(frames.shape, -1, np.int32)
    times = np.zeros(frames.shape)
    video[shown], times[shown] = frame_map.video[frames[shown]], frame_map.times[frames[shown]]
    return Mosaic(frame_map.version, centre, width, video, times, frames)
