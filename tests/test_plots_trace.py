"""A trace as a picture: one block per segment where it lies, and the strip under it."""

import numpy as np
import pytest

from core.plots import similarity_strip, source_colours, trace_timeline
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
