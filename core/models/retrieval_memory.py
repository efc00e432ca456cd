"""Video Frame Retrieval Memory: the published decoder, a gated memory of frames and videos. Du and Peng (2021), 3.4.

At each frame of the query, what the memory expects is added to how similar every frame of the database is, and the sum
becomes the memory of the next frame, let through by a gate that closes at transitions. Knows arrays only.

The report leaves open what f and v hold and how large b_f and b_v are. Here f is the last result moved on by one frame
within each video, v the best last result of each video, and both biases keep the sum bounded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.models.trace_decoder import UNKNOWN, Span
from core.models.trace_lines import Query, Reference

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Config:
    """The biases of both layers; their sum below 1 keeps the memory bounded."""

    frame_bias: float = 0.5  # b_f
    video_bias: float = 0.2  # b_v
    slack: float = 1.5  # seconds that neighbouring frames may jump and still be one stretch


DEFAULT = Config()


@dataclass(frozen=True)
class Database:
    """The frames of all videos in one row, video by video, at the rate of the query."""

    vectors: Floats  # (N, D), rows of length 1
    times: NDArray[np.float64]  # (N,) seconds in each video
    starts: NDArray[np.int64]  # (V,) where each video begins
    sources: NDArray[np.int64]  # (V,) their numbers


@dataclass(frozen=True)
class Found:
    """What the memory says of a query."""

    frames: NDArray[np.int64]  # (P,) of the database, the best for each frame of the query
    similarities: Floats  # (P,) cosine with it, -1–1


def gather(references: Mapping[int, Reference], step: float) -> Database:
    """The videos as one database, each filled in to a frame every `step` seconds between those it has."""
    vectors, times, starts, sources, total = [], [], [], [], 0
    for source, reference in sorted(references.items()):
        moments = np.arange(reference.times[0], reference.times[-1] + step / 2, step)
        after = np.clip(np.searchsorted(reference.times, moments), 1, max(len(reference.times) - 1, 1))
        after = np.minimum(after, len(reference.times) - 1)
        before = np.maximum(after - 1, 0)
        gap = np.maximum(reference.times[after] - reference.times[before], 1e-9)
        share = np.clip((moments - reference.times[before]) / gap, 0.0, 1.0)[:, None].astype(np.float32)
        rows = reference.vectors[before] * (1 - share) + reference.vectors[after] * share
        vectors.append(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))
        times.append(moments)
        starts.append(total)
        sources.append(source)
        total += len(moments)
    return Database(
        np.concatenate(vectors).astype(np.float32),
        np.concatenate(times),
        np.array(starts, np.int64),
        np.array(sources, np.int64),
    )


def similarity(cosines: Floats) -> Floats:
    """Eq. 8 for rows of length 1, where the distance of Eq. 2 is 2 - 2 x cosine: (..., N) -> (..., N) in 0–1."""
    distances = np.maximum(2.0 - 2.0 * cosines, 0.0)
    return (1.0 - distances / np.maximum(distances.max(axis=-1, keepdims=True), 1e-9)).astype(np.float32)


def cell(now: Floats, before: Floats, gate: float, starts: NDArray[np.int64], config: Config = DEFAULT) -> Floats:
    """One frame of the query, Eqs. 5–7: (N,) its similarities and the last result -> (N,) the new result."""
    moved = np.empty_like(before)  # f: what was alike at one frame is expected at the next
    moved[1:] = before[:-1]
    moved[starts] = 0.0
    best = np.maximum.reduceat(before, starts)  # v: a video that was found is expected to go on
    by_video = np.repeat(best, np.diff(starts, append=len(before)))
    first = now + config.frame_bias * gate * moved  # Eq. 5
    result: Floats = first + np.float32(config.video_bias * gate) * by_video  # Eqs. 6, 7
    return result


def recall(query: Query, gates: Floats, database: Database, config: Config = DEFAULT) -> Found:
    """The best frame of the database for every frame of the query. `gates` (P,) in 0–1; the first counts as closed."""
    memory = np.zeros(len(database.vectors), np.float32)
    frames = np.zeros(len(query.times), np.int64)
    cosines = np.zeros(len(query.times), np.float32)
    for row in range(len(query.times)):
        near = (query.views[row] @ database.vectors.T).max(axis=0)
        memory = cell(similarity(near), memory, float(gates[row]) if row else 0.0, database.starts, config)
        frames[row] = int(memory.argmax())
        cosines[row] = near[frames[row]]
    return Found(frames, cosines)


def spans(
    found: Found, query: Query, database: Database, floors: Floats | None = None, config: Config = DEFAULT
) -> list[Span]:
    """Runs of frames that go on in one source. As published there is no unknown: with `floors` (P,), runs whose mean
    similarity stays below become `UNKNOWN`."""
    video = np.searchsorted(database.starts, found.frames, side="right") - 1
    offsets = database.times[found.frames] - query.times
    runs: list[Span] = []
    first = 0
    for row in range(1, len(video) + 1):
        if row < len(video) and video[row] == video[row - 1] and abs(offsets[row] - offsets[row - 1]) <= config.slack:
            continue
        rows = np.arange(first, row)
        source = int(database.sources[video[first]])
        if floors is not None and found.similarities[rows].mean() < floors[rows].mean():
            source = UNKNOWN
        runs.append(Span(first, row, source, float(np.median(offsets[rows])) if source != UNKNOWN else 0.0))
        first = row
    return _joined(runs)


def _joined(runs: Sequence[Span]) -> list[Span]:
    """Unknown stretches side by side are one."""
    result: list[Span] = []
    for run in runs:
        if result and result[-1].source == UNKNOWN == run.source:
            result[-1] = Span(result[-1].first, run.end, UNKNOWN)
        else:
            result.append(run)
    return result
