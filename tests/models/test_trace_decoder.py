"""Lines, floors and the best path, on vectors whose answer the eye sees: each frame of a source is an axis."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.models import trace_decoder, trace_lines
from core.models.trace_decoder import UNKNOWN, Span
from core.models.trace_lines import DEFAULT, Line, Query, Reference, Votes

FRAMES = 30  # of each source, one a second
RATE = 3.0
LOWEST, COPY = 0.4, 0.6


def axes(first: int, count: int, dimension: int = 100) -> NDArray[np.float32]:
    return np.eye(dimension, dtype=np.float32)[first : first + count]


SOURCES = {0: Reference(np.arange(30.0), axes(0, FRAMES)), 1: Reference(np.arange(30.0), axes(FRAMES, FRAMES))}


def shown(source: int, start: float, seconds: float, speed: float = 1.0) -> NDArray[np.float32]:
    """Frames of a source at `RATE`, each the frame on show at that time."""
    places = start + speed * np.arange(round(seconds * RATE)) / RATE
    return SOURCES[source].vectors[np.floor(places).astype(int)]


def query_of(*parts: NDArray[np.float32]) -> Query:
    rows = np.concatenate(parts)
    return Query(np.arange(len(rows)) / RATE, rows[:, None], np.linalg.norm(rows, axis=1).round().astype(np.float32))


def votes_of(query: Query) -> Votes:
    rows, sources, times, similarities = [], [], [], []
    for source, reference in SOURCES.items():
        matrix = np.einsum("pvd,qd->pq", query.views, reference.vectors)
        row, column = np.nonzero(matrix > 0.3)
        rows.append(row)
        sources.append(np.full(len(row), source))
        times.append(reference.times[column])
        similarities.append(matrix[row, column])
    return Votes(*(np.concatenate(part) for part in (rows, sources, times, similarities)))  # type: ignore[arg-type]


def decode(query: Query) -> list[Span]:
    votes = votes_of(query)
    lines = trace_lines.propose(votes, query.times, floor=LOWEST, config=DEFAULT)
    floors = trace_decoder.floors(votes, query, lowest=LOWEST, copy=COPY, config=DEFAULT)
    path = trace_decoder.best_path(
        trace_decoder.follow(lines, query, SOURCES),
        lines,
        query.weights,
        trace_decoder.changes(query),
        floors,
        step=query.step,
        config=DEFAULT,
    )
    return trace_decoder.spans(path, lines, query.times, slack=1.5)


STRANGER = axes(90, 1).repeat(18, axis=0)  # six seconds of what no source shows


def test_parts_are_found_in_order_with_their_places_and_what_no_source_shows_is_unknown() -> None:
    query = query_of(shown(0, 3, 6), STRANGER, shown(1, 10, 7))
    spans = decode(query)
    assert [(span.first, span.end, span.source) for span in spans] == [(0, 18, 0), (18, 36, UNKNOWN), (36, 57, 1)]
    places = [span.offset + span.speed * query.times[span.first] for span in spans if span.source != UNKNOWN]
    assert places == pytest.approx([3, 10], abs=0.6)


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.25, 1.5, 2.0])
def test_a_part_at_another_speed_is_one_span(speed: float) -> None:
    query = query_of(STRANGER, shown(1, 2, 10, speed), STRANGER)
    spans = decode(query)
    assert [span.source for span in spans] == [UNKNOWN, 1, UNKNOWN]
    assert (spans[1].first, spans[1].end) == pytest.approx((18, 48), abs=1)
    assert trace_decoder.refine(spans[1], query, SOURCES[1]).speed == pytest.approx(speed, abs=0.1)


def test_a_still_scene_that_fits_a_part_of_its_source_is_not_called_slow() -> None:
    """Ten seconds of a film; another film shows five of them a little better, and half as fast the ten would fit."""
    still = np.tile(axes(0, 1), (30, 1))
    short, long = still[:5], 0.95 * still + np.sqrt(1 - 0.95**2) * axes(90, 1)
    query = query_of(np.tile(axes(0, 1), (30, 1)))
    references = {0: Reference(np.arange(5.0), short), 1: Reference(np.arange(30.0), long.astype(np.float32))}
    lines = [Line(0, 0.0, 0.5, 0, 30), Line(0, 0.0, 1.0, 0, 30), Line(1, 0.0, 1.0, 0, 30)]
    floor = np.full(30, LOWEST, np.float32)
    followed = trace_decoder.follow(lines, query, references)
    cuts = np.zeros(30, np.float32)
    path = trace_decoder.best_path(followed, lines, query.weights, cuts, floor, step=1 / RATE, config=DEFAULT)
    assert set(path.tolist()) == {2}


def test_two_places_of_one_source_are_two_spans() -> None:
    spans = decode(query_of(shown(0, 20, 6), shown(0, 2, 6)))
    assert [(span.first, span.end, span.source) for span in spans] == [(0, 18, 0), (18, 36, 0)]


def test_black_frames_within_a_part_do_not_break_it() -> None:
    part = shown(0, 5, 8).copy()
    part[9:13] = 0
    assert [(span.first, span.end, span.source) for span in decode(query_of(part))] == [(0, 24, 0)]


def test_one_chance_likeness_is_no_part() -> None:
    query = query_of(STRANGER, shown(0, 4, 1 / RATE), STRANGER)
    assert [span.source for span in decode(query)] == [UNKNOWN]


def test_a_query_that_resembles_nothing_is_one_unknown_span() -> None:
    assert decode(query_of(STRANGER)) == [Span(0, 18, UNKNOWN)]


def test_the_best_of_all_panes_counts() -> None:
    rows = shown(0, 3, 6)
    whole = np.stack([STRANGER, rows], axis=1)
    query = Query(np.arange(18) / RATE, whole, np.ones(18, np.float32))
    assert [(span.first, span.end, span.source) for span in decode(query)] == [(0, 18, 0)]


def test_where_strangers_are_alike_more_is_asked_of_a_copy() -> None:
    query = query_of(STRANGER[:2])
    close = Votes(np.zeros(4, np.int64), np.arange(4), np.zeros(4), np.array([0.9, 0.5, 0.45, 0.44], np.float32))
    floors = trace_decoder.floors(close, query, lowest=LOWEST, copy=COPY, config=DEFAULT)
    np.testing.assert_allclose(floors, 0.44 + DEFAULT.margin, atol=1e-6)
    few = Votes(np.zeros(3, np.int64), np.arange(3), np.zeros(3), np.full(3, 0.9, np.float32))
    np.testing.assert_allclose(trace_decoder.floors(few, query, lowest=LOWEST, copy=COPY, config=DEFAULT), LOWEST)
    alike = Votes(np.zeros(4, np.int64), np.arange(4), np.zeros(4), np.full(4, 0.9, np.float32))
    np.testing.assert_allclose(trace_decoder.floors(alike, query, lowest=LOWEST, copy=COPY, config=DEFAULT), COPY)


def test_following_takes_the_nearer_of_two_reference_frames_and_stops_at_the_ends() -> None:
    query = query_of(shown(0, 28, 2))
    followed = trace_decoder.follow([Line(0, 27.5, 1.0, 0, 6), Line(0, 40.0, 1.0, 0, 6)], query, SOURCES)
    assert followed[:, 0].tolist() == [1] * 6
    assert (followed[:, 1] == -1).all()


def test_a_place_between_the_votes_is_found() -> None:
    angles = 0.3 * np.arange(40)  # a pan: neighbours resemble each other
    reference = Reference(np.arange(40.0), np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32))
    times = np.arange(30) / RATE
    turned = np.interp(12.4 + times, np.arange(40.0), angles)
    rows = np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)
    query = Query(times, rows[:, None], np.ones(30, np.float32))
    refined = trace_decoder.refine(Span(0, 30, 0, 12.0, 1.0), query, reference)
    middle = float(times.mean())
    assert refined.offset + refined.speed * middle == pytest.approx(12.4 + middle, abs=0.25)


def test_a_cut_is_a_fall_below_the_usual_and_black_is_one_too() -> None:
    rows = np.concatenate([shown(0, 3, 1 / RATE).repeat(9, axis=0), shown(1, 3, 1 / RATE).repeat(9, axis=0)])
    cuts = trace_decoder.changes(query_of(rows))
    assert cuts.argmax() == 9
    assert cuts[9] == 1
    assert cuts[[*range(9), *range(10, 18)]].max() == 0
    rows[4] = 0
    assert trace_decoder.changes(query_of(rows))[[4, 5]].tolist() == [1, 1]


def test_no_lines_and_no_votes_are_unknown_and_not_an_error() -> None:
    none = Votes(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.float32))
    query = query_of(STRANGER)
    assert trace_lines.propose(none, query.times, floor=LOWEST, config=DEFAULT) == []
    assert trace_decoder.floors(none, query, lowest=LOWEST, copy=COPY, config=DEFAULT).tolist() == pytest.approx(
        [0.4] * 18
    )
