"""Parts that the path proposes are confirmed or refused by pictures: vectors alike, pictures the same or not."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import Cancelled
from core.models.picture_agreement import SIDE, resized
from core.models.trace_check import Answer, Material, Pictures, decode, stretches
from core.models.trace_confidence import KNOWN
from core.models.trace_cuts import Look
from core.models.trace_decoder import UNKNOWN, Span
from core.models.trace_lines import Line, Query, Reference

RATE, SECONDS = 3, 12
FLOOR = 0.4


def scene(seed: int) -> NDArray[np.float32]:
    """(SIDE, SIDE) fine blots."""
    return resized(np.random.default_rng(seed).integers(0, 256, (21, 21)).astype(np.float32), SIDE, SIDE)


def alike(similarity: float, *, second: float = -1.0) -> Material:
    """A query in which everything is so similar to source 0, and to source 1; each source is one still picture."""
    count = SECONDS * RATE
    rows = np.zeros((count, 3), np.float32)
    rows[:] = similarity, max(second, 0.0), 0.0
    rows[:, 2] = np.sqrt(1 - (rows**2).sum(axis=1))
    query = Query(np.arange(count) / RATE, rows[:, None], np.ones(count, np.float32))
    sources = {
        place: Reference(np.arange(20.0), np.eye(3, dtype=np.float32)[[place] * 20])
        for place, value in enumerate((similarity, second))
        if value > -1
    }
    lines = [Line(place, 2.0, 1.0, 0, count) for place in sources]
    similarities = np.stack([rows[:, line.source] for line in lines], axis=1)
    return Material(query, lines, similarities, np.full(count, FLOOR, np.float32), sources)


def seen(query: int, *sources: int) -> Pictures:
    """The query shows one scene and each source one, by their numbers."""
    return Pictures(np.arange(float(SECONDS)), lambda time: scene(query), lambda source, time: scene(sources[source]))


def sources_of(answers: list[Answer]) -> list[int]:
    return [answer.span.source for answer in answers]


def test_a_look_alike_is_refused_and_a_copy_confirmed() -> None:
    material = alike(0.75)
    assert sources_of(decode(material)) == [0]
    refused, confirmed = decode(material, pictures=seen(1, 2)), decode(material, pictures=seen(1, 1))
    assert sources_of(refused) == [UNKNOWN]
    assert sources_of(confirmed) == [0]
    assert confirmed[0].confidence > 0.99
    assert refused[0].confidence > 0.5


def test_a_part_a_little_below_the_floor_is_found_when_its_pictures_are_the_same() -> None:
    material = alike(FLOOR - 0.03)
    assert sources_of(decode(material)) == [UNKNOWN]
    assert sources_of(decode(material, pictures=seen(1, 1))) == [0]
    assert sources_of(decode(material, pictures=seen(1, 2))) == [UNKNOWN]


def test_where_the_closest_is_refused_the_next_source_has_its_turn() -> None:
    material = alike(0.7, second=0.6)
    heard: list[tuple[int, float]] = []
    answers = decode(
        material, pictures=seen(5, 2, 5), heard=lambda span, found: heard.append((span.source, found.chance))
    )
    assert sources_of(answers) == [1]
    assert [source for source, _ in heard] == [0, 1]
    assert heard[0][1] < 0.5 < heard[1][1]


def test_both_copies_in_a_library_leave_the_answer_sure() -> None:
    assert decode(alike(0.7, second=0.69), pictures=seen(4, 4, 4))[0].confidence > 0.99


def test_what_lies_behind_a_cut_is_not_believed_for_being_the_neighbour_of_a_copy() -> None:
    cuts, step = np.zeros(36, np.float32), 1 / RATE
    cuts[18] = cuts[33] = 1.0  # at six seconds; and at eleven, a second before the end
    assert stretches([Span(0, 36, 0)], cuts, step) == [[Span(0, 18, 0)], [Span(18, 33, 0), Span(33, 36, 0)]]
    elsewhere = [Span(0, 12, 0), Span(12, 24, 0, offset=40.0), Span(24, 30, UNKNOWN), Span(30, 36, 0)]
    assert stretches(elsewhere, 0 * cuts, step) == [[elsewhere[0]], [elsewhere[1]], [elsewhere[3]]]

    material = alike(0.75)
    shown = Pictures(np.arange(float(SECONDS)), lambda time: scene(1 if time < 6 else 2), lambda source, time: scene(1))
    material.query.views[18:, 0, 1:] = material.query.views[18:, 0, :0:-1]  # the query changes after six seconds
    answers = decode(material, pictures=shown)
    assert [(answer.span.source, answer.span.end) for answer in answers] == [(0, 18), (UNKNOWN, 36)]


def test_a_quick_scene_is_looked_at_where_its_source_has_its_pictures() -> None:
    """Most of it changes every tenth of a second; the library has one picture a second, the query others."""
    material = alike(FLOOR)

    def still(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.concatenate([scene(0)[:, : SIDE // 6], picture[:, SIDE // 6 :]], axis=1)

    def at(time: float) -> NDArray[np.float32]:
        return still(scene(round(10 * time)))

    def look(first: float, second: float) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        times = np.arange(round(10 * first), round(10 * second) + 1) / 10
        return times, np.stack([at(time) for time in times.tolist()])

    def pictures(look: Look | None) -> Pictures:
        between = np.arange(SECONDS) + 0.5
        return Pictures(between, at, lambda source, time: at(time - 2.0 + 0.1), look)  # a tenth beside its place

    assert sources_of(decode(material, pictures=pictures(None))) == [UNKNOWN]
    assert sources_of(decode(material, pictures=pictures(look))) == [0]
    others = replace(pictures(look), source=lambda source, time: still(scene(500 + round(time))))
    assert sources_of(decode(material, pictures=others)) == [UNKNOWN]


def test_without_pictures_on_either_side_vectors_decide() -> None:
    material = alike(0.75)
    none = Pictures(np.arange(float(SECONDS)), lambda time: None, lambda source, time: scene(2))
    gone = Pictures(np.arange(float(SECONDS)), lambda time: scene(1), lambda source, time: None)
    no_track = Pictures(np.zeros(0), lambda time: scene(1), lambda source, time: scene(2))
    for pictures in (none, gone, no_track):
        answers = decode(material, pictures=pictures)
        assert sources_of(answers) == [0]
        assert answers[0].confidence == pytest.approx(KNOWN(0.75 - FLOOR))


def test_a_source_of_one_frame_is_compared_too() -> None:
    material = alike(0.75)
    material.references[0] = Reference(np.zeros(1), material.references[0].vectors[:1])
    assert sources_of(decode(material, pictures=seen(1, 1))) == [0]
    assert sources_of(decode(material, pictures=seen(1, 2))) == [UNKNOWN]


def test_the_comparison_can_be_stopped() -> None:
    def stop(done: float, text: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        decode(alike(0.75), pictures=seen(1, 1), progress=stop)
