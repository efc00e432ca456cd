"""Frames on a grid, against a grid filled by a loop over every pair of cell and frame."""

import io

import numpy as np
import pytest
from PIL import Image

from core.errors import StudioError
from core.pipelines.mosaic import REACH, TILE_CELLS, cover, grid, mosaic, render, shrink, tile
from tests.pipelines.maps import a_map, scattered


def webp(colour: tuple[int, int, int], size: tuple[int, int] = (320, 180)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "WEBP", lossless=True)
    return out.getvalue()


def by_hand(positions: np.ndarray, middles: np.ndarray, scale: np.ndarray) -> list[int]:
    """The nearest pair of a free cell and a free frame, again and again."""
    apart = np.linalg.norm((middles[:, None] - positions[None]) * scale, axis=2)
    result = [-1] * len(middles)
    for cell, frame in zip(*np.unravel_index(np.argsort(apart, axis=None), apart.shape), strict=True):
        if result[cell] < 0 and frame not in result:
            result[cell] = int(frame)
    return result


def test_the_published_number_of_tiles_makes_eleven_by_eighteen() -> None:
    assert grid(198) == (11, 18)
    assert grid(1) == (1, 1)
    assert grid((4, 3)) == (4, 3)


@pytest.mark.parametrize(
    ("frames", "centre", "width"), [(400, (0.5, 0.5), 1.0), (400, (0.3, 0.6), 0.4), (30, (0.5, 0.5), 1)]
)
def test_every_cell_shows_the_frame_a_full_search_gives_it(
    frames: int, centre: tuple[float, float], width: float
) -> None:
    found = scattered(frames)
    columns, rows = 7, 5
    cells = mosaic(found, centre=centre, width=width, columns=columns, rows=rows)
    x = centre[0] - width / 2 + (np.arange(columns) + 0.5) * width / columns
    y = centre[1] + width / 2 - (np.arange(rows) + 0.5) * width / rows
    middles = np.array([(across, up) for up in y for across in x])
    expected = by_hand(found.positions.astype(float), middles, np.array([columns, rows]) / width)
    assert cells.frames.ravel().tolist() == expected
    shown = cells.frames >= 0
    assert (cells.video[shown] == found.video[cells.frames[shown]]).all()
    assert (cells.times[shown] == found.times[cells.frames[shown]]).all()


def test_no_frame_is_shown_twice_and_cells_stay_empty_when_frames_run_out() -> None:
    cells = mosaic(scattered(20), centre=(0.5, 0.5), width=1, columns=6, rows=6)
    shown = cells.frames[cells.frames >= 0]
    assert len(shown) == len(set(shown.tolist())) == 20
    assert (cells.frames < 0).sum() == 16


@pytest.mark.parametrize(
    ("centre", "width"),
    [((0.5, 0.5), 0.0), ((0.5, 0.5), -1.0), ((0.5, 0.5), float("nan")), ((float("inf"), 0.5), 1.0)],
)
def test_a_window_that_is_nowhere_is_refused(centre: tuple[float, float], width: float) -> None:
    with pytest.raises(StudioError, match="width above 0"):
        mosaic(scattered(20), centre=centre, width=width, columns=2, rows=2)


def test_more_cells_than_anyone_can_see_are_refused() -> None:
    with pytest.raises(StudioError, match="Ask for fewer"):
        mosaic(scattered(20), centre=(0.5, 0.5), width=1.0, columns=10_000, rows=10_000)


def test_the_top_left_cell_shows_what_lies_left_and_high() -> None:
    found = a_map({"a" * 16: [(0.1, 0.9), (0.9, 0.9), (0.1, 0.1), (0.9, 0.1)]})
    assert mosaic(found, centre=(0.5, 0.5), width=1, columns=2, rows=2).frames.tolist() == [[0, 1], [2, 3]]


def test_tiles_of_a_zoom_show_only_their_own_frames_and_none_twice_near_where_it_lies() -> None:
    found = scattered(600)
    shown: list[int] = []
    for x in range(4):
        for y in range(4):
            cells = tile(found, 2, x, y)
            for row, column in zip(*np.nonzero(cells.frames >= 0), strict=True):
                place = found.positions[cells.frames[row, column]]
                assert x / 4 <= place[0] <= (x + 1) / 4
                assert 1 - (y + 1) / 4 <= place[1] <= 1 - y / 4
                middle = (x + (column + 0.5) / TILE_CELLS) / 4, 1 - (y + (row + 0.5) / TILE_CELLS) / 4
                assert np.abs(place - middle).max() * 4 * TILE_CELLS <= REACH + 1e-4
                shown.append(int(cells.frames[row, column]))
    assert len(shown) == len(set(shown)) == 600


def test_the_border_of_the_plane_belongs_to_its_last_tiles() -> None:
    found = a_map({"a" * 16: [(1.0, 1.0), (0.0, 0.0)]})
    assert 0 in tile(found, 1, 1, 0).frames
    assert 1 in tile(found, 1, 0, 1).frames


def test_an_empty_tile_is_a_transparent_picture() -> None:
    picture = Image.open(io.BytesIO(render(tile(a_map({"a" * 16: [(0.9, 0.9)]}), 1, 0, 1), lambda frame: None)))
    assert picture.size == (1024, 576)
    assert picture.mode == "RGBA"
    assert picture.getextrema()[3] == (0, 0)


def test_a_tile_shows_each_frame_in_its_cell() -> None:
    found = a_map({"a" * 16: [(0.01, 0.99), (0.99, 0.01)]})
    colours = {0: webp((220, 30, 30), (96, 54)), 1: webp((30, 50, 210), (96, 54))}
    picture = Image.open(io.BytesIO(render(tile(found, 0, 0, 0), colours.__getitem__))).convert("RGB")
    assert np.abs(np.array(picture.getpixel((32, 18))) - (220, 30, 30)).max() < 12
    assert np.abs(np.array(picture.getpixel((1024 - 32, 576 - 18))) - (30, 50, 210)).max() < 12


@pytest.mark.parametrize("size", [(320, 180), (100, 300), (300, 100), (97, 55), (10, 5), (54, 54)])
def test_a_small_frame_has_its_size_whatever_the_picture_was(size: tuple[int, int]) -> None:
    assert Image.open(io.BytesIO(shrink(webp((10, 20, 30), size)))).size == (96, 54)


def test_what_is_too_wide_is_cut_off_evenly() -> None:
    strip = Image.new("RGB", (300, 100), (0, 0, 0))
    strip.paste((255, 255, 255), (100, 0, 200, 100))
    assert np.asarray(cover(strip, (50, 50))).min() > 230
