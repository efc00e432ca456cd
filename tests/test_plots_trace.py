"""A trace as a picture: one block per segment where it lies, and the strip under it."""

import itertools

import numpy as np
import pytest

from core.plots import similarity_strip, source_colours, trace_timeline
from core.plots.trace import DARK_SOURCES, LIGHT_SOURCES
from core.records import Trace, TraceSegment, Video
from tests.traces import trace_of


@pytest.fixture
def trace() -> Trace:
    return trace_of(
        TraceSegment(0, 6, "a" * 16, "<b>Boat</b>", 3, 9, 0.9, 0.95),
        TraceSegment(6, 10, None, "", None, None, 0.3, 0.8),
        TraceSegment(10, 16, "b" * 16, "Kitten", 0, 6, 0.8, 0.6),
        TraceSegment(16, 20, "a" * 16, "<b>Boat</b>", 20, 24, 0.9, 0.9),
    )


def test_each_segment_is_a_block_of_its_length_and_one_source_has_one_colour(trace: Trace) -> None:
    blocks = trace_timeline(trace).data
    assert [(block.base[0], block.x[0]) for block in blocks] == [(0, 6), (6, 4), (10, 6), (16, 4)]
    colours = [block.marker.color for block in blocks]
    assert colours[0] == colours[3] == source_colours(trace)["a" * 16]
    assert len(set(colours)) == 3
    assert [block.marker.pattern.shape for block in blocks] == ["", "/", "", ""]


def test_titles_are_text_and_unknown_is_said(trace: Trace) -> None:
    words = [block.hovertemplate for block in trace_timeline(trace, is_dark=True).data]
    assert "&lt;b&gt;Boat" in words[0]
    assert "source unknown" in words[1]


def test_the_chosen_segment_has_a_rim(trace: Trace) -> None:
    widths = [block.marker.line.width for block in trace_timeline(trace, selected=2).data]
    assert widths == [1, 1, 3, 1]


def test_the_strip_shows_every_moment_once(trace: Trace) -> None:
    lines = similarity_strip(trace).data
    assert np.concatenate([line.x for line in lines]).tolist() == trace.times.tolist()
    assert [line.line.dash for line in lines] == ["solid", "dot", "solid", "solid"]


def test_an_empty_trace_is_an_empty_picture() -> None:
    empty = trace_of()
    assert len(trace_timeline(empty).data) == 0
    assert len(similarity_strip(empty).data) == 0
    assert isinstance(empty.query, Video)


SIGHTS = {  # linear RGB as seen with all cones, and without one kind: Machado, Oliveira and Fernandes 2009, table I
    "all": (np.eye(3), 35),
    "no red": (((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)), 19),
    "no green": (((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)), 19),
    "no blue": (((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)), 10),
}
TO_XYZ = np.array(((0.4125, 0.3576, 0.1804), (0.2127, 0.7152, 0.0722), (0.0193, 0.1192, 0.9503)))
WHITE = TO_XYZ.sum(axis=1)


def linear(colour: str) -> np.ndarray:
    """ "#A8550F" as light: (3,) from 0 to 1."""
    parts = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    share = np.clip(light, 0, 1) @ TO_XYZ.T / WHITE
    x, y, z = np.where(share > 0.008856, np.cbrt(share), 7.787 * share + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("colours", [LIGHT_SOURCES, DARK_SOURCES], ids=["light", "dark"])
def test_no_two_sources_look_alike_to_any_kind_of_colour_sight(colours: tuple[str, ...], sight: str) -> None:
    matrix, least = SIGHTS[sight]
    seen = [lab(np.array(matrix) @ linear(colour)) for colour in colours]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) >= least


@pytest.mark.parametrize(("colours", "page"), [(LIGHT_SOURCES, "#FBFAF8"), (DARK_SOURCES, "#101114")])
def test_words_in_the_colour_of_the_page_can_be_read_on_every_source(colours: tuple[str, ...], page: str) -> None:
    ground = TO_XYZ[1] @ linear(page)
    for colour in colours:
        dim, bright = sorted([ground, TO_XYZ[1] @ linear(colour)])
        assert (bright + 0.05) / (dim + 0.05) >= 4.5
