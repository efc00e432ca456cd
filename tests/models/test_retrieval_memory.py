"""The published memory against its equations written plainly, and what it finds."""

import numpy as np
import pytest

from core.models import retrieval_memory
from core.models.retrieval_memory import Config, Database, cell, gather, recall, similarity
from core.models.trace_decoder import UNKNOWN
from core.models.trace_lines import Query, Reference

STARTS = np.array([0, 4, 9])
FRAMES = 12


def plainly(now: list[float], before: list[float], gate: float, b_f: float, b_v: float) -> list[float]:
    """Eqs. 5–7, frame by frame: e_t q_t, plus b_f times f, plus b_v times v, both let through by the gate."""
    videos = [range(0, 4), range(4, 9), range(9, 12)]
    result = []
    for video in videos:
        v = max(before[frame] for frame in video)
        for frame in video:
            f = before[frame - 1] if frame - 1 in video else 0.0
            sim_1 = now[frame] + b_f * gate * f
            sim_2 = sim_1 + b_v * gate * v
            result.append(sim_2)
    return result


@pytest.mark.parametrize("gate", [0.0, 0.3, 1.0])
def test_a_cell_is_equations_5_to_7(gate: float) -> None:
    rng = np.random.default_rng(0)
    now, before = rng.random((2, FRAMES), np.float32)
    config = Config(frame_bias=0.4, video_bias=0.25)
    expected = plainly(now.tolist(), before.tolist(), gate, 0.4, 0.25)
    np.testing.assert_allclose(cell(now, before, gate, STARTS, config), expected, atol=1e-6)


def test_similarity_is_equation_8_over_squared_distances() -> None:
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((6, 5))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    query = rows[0]
    distances = [float(sum((q - p) ** 2 for q, p in zip(query, row, strict=True))) for row in rows]
    expected = [1 - distance / max(distances) for distance in distances]
    np.testing.assert_allclose(similarity((rows @ query).astype(np.float32)), expected, atol=1e-5)


def database() -> Database:
    eye = np.eye(20, dtype=np.float32)
    return gather({3: Reference(np.arange(8.0), eye[:8]), 7: Reference(np.arange(8.0), eye[8:16])}, 1.0)


def query_of(*frames: int) -> Query:
    return Query(
        np.arange(float(len(frames))), np.eye(20, dtype=np.float32)[list(frames)][:, None], np.ones(len(frames))
    )  # type: ignore[arg-type]


def test_frames_are_found_and_runs_become_spans_with_their_source() -> None:
    query = query_of(2, 3, 4, 5, 8, 9, 10)
    found = recall(query, np.array([0, 1, 1, 1, 0, 1, 1], np.float32), database())
    spans = retrieval_memory.spans(found, query, database())
    assert [(span.first, span.end, span.source, span.offset) for span in spans] == [(0, 4, 3, 2.0), (4, 7, 7, -4.0)]


def test_the_memory_carries_a_frame_that_shows_nothing_and_a_closed_gate_does_not() -> None:
    query = query_of(2, 3, 19, 5)  # the third frame is like no frame of the database
    opened = recall(query, np.ones(4, np.float32), database())
    assert opened.frames.tolist() == [2, 3, 4, 5]
    closed = recall(query, np.zeros(4, np.float32), database())
    assert closed.frames[2] == 0  # all alike: the first


def test_there_is_no_unknown_as_published_and_with_floors_there_is() -> None:
    query = query_of(19, 19, 19)
    found = recall(query, np.ones(3, np.float32), database())
    assert UNKNOWN not in [span.source for span in retrieval_memory.spans(found, query, database())]
    floors = np.full(3, 0.4, np.float32)
    assert [span.source for span in retrieval_memory.spans(found, query, database(), floors)] == [UNKNOWN]


def test_a_database_at_another_rate_is_filled_in_between_its_frames() -> None:
    eye = np.eye(3, dtype=np.float32)
    filled = gather({0: Reference(np.arange(3.0), eye)}, 0.5)
    assert filled.times.tolist() == [0, 0.5, 1, 1.5, 2]
    np.testing.assert_allclose(filled.vectors[1], [0.5**0.5, 0.5**0.5, 0], atol=1e-6)
    assert gather({0: Reference(np.zeros(1), eye[:1])}, 0.5).times.tolist() == [0]
