"""Which source and which second of it every moment of a query shows: the best path over lines of (source, offset).

Lines come from `trace_lines`; the best path over them, and over "unknown", is found by dynamic programming (Viterbi
1967). Knows arrays only.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.models.trace_lines import Config, Line, Query, Reference, Votes

Floats = NDArray[np.float32]

UNKNOWN = -1
CUT_FALL = 0.3  # similarity: a fall this far below the usual is a cut for sure
# speeds that are tried around that of the votes, that one first
REFINED = np.array([1, 0.67, 0.74, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 1.025, 1.05, 1.075, 1.11, 1.18, 1.25, 1.36, 1.5])


@dataclass(frozen=True)
class Span:
    """Rows of the query that lie on one line; source `UNKNOWN` where none fits."""

    first: int  # row
    end: int  # row, exclusive
    source: int
    offset: float = 0.0
    speed: float = 1.0


def floors(votes: Votes, query: Query, *, lowest: float, copy: float, config: Config) -> Floats:
    """From what similarity on a frame counts as copied: (P,).

    A margin above what strangers reach at that moment, between `lowest` and the similarity `copy` that no stranger is
    expected to reach. Strangers are measured on the source with the `rival`-th closest frame, so that a few copies of
    the same video in one library do not pass for strangers.
    """
    result = np.full(len(query.times), lowest, np.float32)
    order = np.lexsort((-votes.similarities, votes.sources, votes.rows))
    rows, sources, closest = votes.rows[order], votes.sources[order], votes.similarities[order]
    if len(rows) == 0:
        return result
    fresh = np.concatenate([[True], (np.diff(rows) != 0) | (np.diff(sources) != 0)])
    rows, closest = rows[fresh], closest[fresh]
    asked, starts = np.unique(rows, return_index=True)
    strangers = np.full(len(asked), -1.0, np.float32)
    for place, group in enumerate(np.split(closest, starts[1:])):
        if len(group) >= config.rival:
            strangers[place] = np.partition(group, -config.rival)[-config.rival]
    nearest = np.abs(np.arange(len(result))[:, None] - asked[None, :]).argmin(axis=1)
    return np.clip(strangers[nearest] + config.margin, lowest, copy).astype(np.float32)


def follow(lines: Sequence[Line], query: Query, references: Mapping[int, Reference]) -> Floats:
    """The similarity of every row with every line: (P, H) in -1–1; -1 where a line does not reach.

    Between two reference frames the more similar one counts, so a cut of the source between them costs nothing; of
    the whole picture and its panes the most similar one.
    """
    followed = np.full((len(query.times), len(lines)), -1.0, np.float32)
    has_panes: NDArray[np.bool_] = np.abs(query.views[:, 1:]).sum(axis=(1, 2)) > 0
    steps = {source: _step(reference.times) for source, reference in references.items()}
    for column, line in enumerate(lines):
        reference, step = references[line.source], steps[line.source]
        rows = np.arange(line.first, line.end)
        wanted = line.offset + line.speed * query.times[rows]
        inside = (wanted > reference.times[0] - step) & (wanted < reference.times[-1] + step)
        rows, wanted = rows[inside], wanted[inside]
        after = np.clip(np.searchsorted(reference.times, wanted), 0, len(reference.times) - 1)
        both = reference.vectors[np.stack([np.maximum(after - 1, 0), after], axis=1)]
        followed[rows, column] = np.einsum("pd,pnd->pn", query.views[rows, 0], both).max(axis=1, initial=-1.0)
        composed = has_panes[rows]
        if composed.any():
            panes = np.matmul(query.views[rows[composed]], both[composed].transpose(0, 2, 1))
            followed[rows[composed], column] = panes.max(axis=(1, 2))
    return np.clip(followed, -1.0, 1.0)


def best_path(
    followed: Floats,
    lines: Sequence[Line],
    weights: Floats,
    cuts: Floats,
    floor: Floats,
    *,
    step: float,
    config: Config,
) -> NDArray[np.int64]:
    """The line of every row, or `UNKNOWN`: (P, H) similarities, (P,) weights, cuts in 0–1 and floors -> (P,).

    `cuts[p]` says how surely the query changes between row p - 1 and row p; a row of weight 0 says nothing.
    """
    count, states = len(followed), len(lines) + 1
    if count == 0 or states == 1:
        return np.full(count, UNKNOWN, np.int64)
    steep = np.maximum(config.gain * (followed - floor[:, None]), -config.most_loss)
    gains = np.minimum(steep, config.most_gain + config.finer * (steep - config.most_gain))
    slower = np.array([config.other_speed * abs(np.log2(line.speed)) for line in lines], np.float32)
    gains = np.concatenate([(gains - slower) * (weights[:, None] * step), np.zeros((count, 1), np.float32)], axis=1)
    source = np.array([*(line.source for line in lines), UNKNOWN])  # lines come sorted by source
    starts = np.flatnonzero(np.concatenate([[True], source[1:] != source[:-1]]))
    ends = [*starts[1:].tolist(), states]
    group = np.repeat(np.arange(len(starts)), np.diff(starts, append=states))
    everywhere = np.arange(states)
    came = np.empty((count, states), np.int32)
    entering = np.array([*(config.enter for _ in lines), 0.0])
    score = gains[0] - entering
    came[0] = everywhere
    for row in range(1, count):
        relief = 1.0 - config.cut_relief * float(cuts[row])
        origin, value = everywhere.copy(), score.copy()
        kin = np.maximum.reduceat(score, starts)[group] - config.jump * relief
        closer = kin > value
        if closer.any():
            holders = np.zeros(len(starts), np.int64)
            for place in np.unique(group[closer]).tolist():
                holders[place] = int(score[starts[place] : ends[place]].argmax()) + starts[place]
            origin[closer], value[closer] = holders[group[closer]], kin[closer]
        best = int(score.argmax())
        other = score[best] - config.switch * relief
        better = other - entering > value
        origin[better], value[better] = best, (other - entering)[better]
        came[row], score = origin, value + gains[row]
    path = np.empty(count, np.int64)
    state = int(score.argmax())
    for row in range(count - 1, -1, -1):
        path[row] = state
        state = int(came[row, state])
    return np.where(path == states - 1, UNKNOWN, path)


def refine(span: Span, query: Query, reference: Reference, *, reach: float = 1.2) -> Span:
    """The same span with offset and speed where the query agrees best with the source between its frames.

    Of placements that agree equally the one closest to the votes is kept: a still scene says nothing of time.
    """
    rows = np.arange(span.first, span.end)
    rows = rows[query.weights[rows] > 0]
    if span.source == UNKNOWN or len(rows) < 3 or len(reference.times) < 2:
        return span
    middle = float(query.times[rows].mean())
    centre = span.offset + span.speed * middle
    near = (reference.times > centre - span.speed * len(rows) * query.step - 4) & (
        reference.times < centre + span.speed * len(rows) * query.step + 4
    )
    if near.sum() < 2:
        return span
    times = reference.times[near]
    similar = np.matmul(query.views[rows], reference.vectors[near].T).max(axis=1)  # (R, N)
    best, found = -np.inf, (span.speed, centre)
    for speed in span.speed * REFINED:
        for shift in np.arange(-reach, reach + 1e-9, 0.1):
            wanted = centre + shift + speed * (query.times[rows] - middle)
            after = np.clip(np.searchsorted(times, wanted), 1, len(times) - 1)
            share = np.clip((wanted - times[after - 1]) / (times[after] - times[after - 1]), 0.0, 1.0)
            value = (
                similar[np.arange(len(rows)), after - 1] * (1 - share) + similar[np.arange(len(rows)), after] * share
            )
            score = float(value.mean()) - 0.004 * abs(float(shift)) - 0.05 * abs(float(speed / span.speed) - 1)
            if abs(speed - 1.0) > 1e-9:
                score -= 0.002
            if score > best:
                best, found = score, (float(speed), centre + float(shift))
    speed, place = found
    return Span(span.first, span.end, span.source, place - speed * middle, speed)


def spans(path: NDArray[np.int64], lines: Sequence[Line], times: NDArray[np.float64], *, slack: float) -> list[Span]:
    """Runs of the path as spans; neighbours that go on in the same source within `slack` seconds become one."""
    edges = np.flatnonzero(np.concatenate([[True], path[1:] != path[:-1]])) if len(path) else np.zeros(0, np.int64)
    found: list[Span] = []
    for first, end in zip(edges.tolist(), [*edges[1:].tolist(), len(path)], strict=True):
        at = int(path[first])
        span = Span(first, end, UNKNOWN)
        if at != UNKNOWN:
            span = Span(first, end, lines[at].source, lines[at].offset, lines[at].speed)
        before = found[-1] if found else None
        if before is not None and _goes_on(before, span, times, slack):
            longer = before if before.end - before.first >= span.end - span.first else span
            found[-1] = Span(before.first, span.end, span.source, longer.offset, longer.speed)
        else:
            found.append(span)
    return found


def held(holders: NDArray[np.int64], chosen: Sequence[Span]) -> list[Span]:
    """Rows that one passage holds in a row as spans: (P,) places in `chosen`, or `UNKNOWN`."""
    edges = [0, *(np.flatnonzero(np.diff(holders)) + 1).tolist(), len(holders)] if len(holders) else []
    found = []
    for first, end in itertools.pairwise(edges):
        at = int(holders[first])
        found.append(Span(first, end, UNKNOWN) if at == UNKNOWN else replace(chosen[at], first=first, end=end))
    return found


def without(found: Sequence[Span], refused: Sequence[tuple[int, int]]) -> list[Span]:
    """The same spans with these rows unknown."""
    holders = np.concatenate(
        [np.full(span.end - span.first, UNKNOWN if span.source == UNKNOWN else n) for n, span in enumerate(found)]
    )
    for first, end in refused:
        holders[first:end] = UNKNOWN
    return held(holders, found)


def _goes_on(before: Span, after: Span, times: NDArray[np.float64], slack: float) -> bool:
    if before.source != after.source:
        return False
    if after.source == UNKNOWN:
        return True
    seam = times[after.first]
    return bool(abs(before.offset + before.speed * seam - after.offset - after.speed * seam) <= slack)


def changes(query: Query) -> Floats:
    """How surely the query changes before each row: (P,) in 0–1, from the dip of similarity against its surroundings.

    A cut is a fall in similarity between neighbours far below what is usual around it. Black on one side is a change.
    """
    whole, weights = query.views[:, 0], query.weights
    if len(whole) < 2:
        return np.zeros(len(whole), np.float32)
    falls = np.concatenate([[0.0], 1.0 - np.einsum("pd,pd->p", whole[1:], whole[:-1])]).astype(np.float32)
    padded = np.pad(falls, 3, mode="edge")
    around = np.stack([padded[k : k + len(falls)] for k in (0, 1, 2, 4, 5, 6)])
    rise = np.clip((falls - np.median(around, axis=0)) / CUT_FALL, 0.0, 1.0).astype(np.float32)
    rise[1:] = np.where((weights[1:] > 0) & (weights[:-1] > 0), rise[1:], 1.0)
    rise[0] = 0.0
    return rise


def _step(times: NDArray[np.float64]) -> float:
    return float(np.median(np.diff(times))) if len(times) > 1 else 1.0
