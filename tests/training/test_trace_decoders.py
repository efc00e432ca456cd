"""The aligners as decoders of a trace: the match with the highest score takes each frame."""

import numpy as np
import pytest

from core.models.alignment import METHODS
from core.models.trace_decoder import UNKNOWN, Span
from core.models.trace_lines import Query, Reference
from core.training.trace_decoders import Task, aligned, best_path, exact_votes, held

DIMENSION = 192


def moving(seed: int, frames: int) -> np.ndarray:
    """Frames that drift: neighbours have a cosine of about 0.9, those ten seconds apart almost none."""
    random = np.random.default_rng(seed)
    rows = [random.standard_normal(DIMENSION)]
    for _ in range(frames - 1):
        rows.append(0.9 * rows[-1] + np.sqrt(1 - 0.81) * random.standard_normal(DIMENSION))
    found = np.stack(rows)
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def task() -> Task:
    """Ten seconds of source 0 from its fifth, ten of nothing, ten of source 1 from its second; one frame a second."""
    sources = {number: moving(number, 30) for number in range(4)}
    shown = np.concatenate([sources[0][5:15], moving(99, 10), sources[1][2:12]])
    query = Query(np.arange(30.0), shown[:, None], np.ones(30, np.float32))
    library = {number: (np.arange(30.0), rows, np.ones(30, np.float32)) for number, rows in sources.items()}
    references = {number: Reference(np.arange(30.0), rows) for number, rows in sources.items()}
    return Task(query, exact_votes(query, library), references)


@pytest.mark.parametrize("decode", [best_path, *map(aligned, METHODS)], ids=["best path", *METHODS])
def test_every_decoder_finds_both_sources_their_places_and_the_gap(task: Task, decode) -> None:
    found = decode(task)
    assert [span.source for span in found] == [0, UNKNOWN, 1]
    assert [(span.first, span.end) for span in found] == [(0, 10), (10, 20), (20, 30)]
    assert found[0].offset == pytest.approx(5, abs=0.6)
    assert found[2].offset == pytest.approx(-18, abs=0.6)


def test_spans_are_the_runs_of_frames_that_one_match_holds() -> None:
    chosen = [Span(0, 9, 7, 1.0), Span(0, 9, 4, 2.0, 1.5)]
    assert held(np.array([0, 0, UNKNOWN, 1, 1, 0]), chosen) == [
        Span(0, 2, 7, 1.0),
        Span(2, 3, UNKNOWN),
        Span(3, 5, 4, 2.0, 1.5),
        Span(5, 6, 7, 1.0),
    ]
    assert held(np.zeros(0, np.int64), chosen) == []
