"""Which source and which second of it every moment of a query shows: the best path over lines of (source, offset).

A part that was taken from a source lies on a straight line: reference time = offset + speed x query time. Lines come
from votes of similar frames; the best path over them, and over "unknown", is found by dynamic programming (Viterbi
1967). Knows arrays only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

UNKNOWN = -1


@dataclass(frozen=True)
class Config:
    """How votes become lines, and what a path costs."""

    speeds: tuple[float, ...] = (1.0, 0.5, 0.67, 0.8, 0.9, 1.1, 1.25, 1.5, 2.0)  # reference seconds per query second
    bin: float = 1.0  # seconds of offset that vote together
    window: float = 6.0  # seconds of the query that vote together
    lines: int = 16  # of a window
    lines_of_source: int = 5  # of a window
    reach: float = 6.0  # seconds that a line is followed past the windows that proposed it
    vote_floor: float = 0.15  # votes count from this far below the floor
    gain: float = 8.0  # score of one second at a similarity of one above the floor
    most_gain: float = 1.6  # per second …
    most_loss: float = 2.4  # … so that one bad frame does not break a line
    switch: float = 3.0  # cost of going over to another source, or to or from none …
    jump: float = 2.0  # … to another place in the same source …
    cut_relief: float = 0.7  # … where the query shows no change; up to this share less where it does
    other_speed: float = 0.15  # per second, of a line at another speed than 1


DEFAULT = Config()


@dataclass(frozen=True)
class Line:
    """reference time = offset + speed x query time, for some rows of the query."""

    source: int
    offset: float  # seconds
    speed: float
    first: int  # row
    end: int  # row, exclusive


@dataclass(frozen=True)
class Span:
    """Rows of the query that lie on one line; source `UNKNOWN` where none fits."""

    first: int  # row
    end: int  # row, exclusive
    source: int
    offset: float = 0.0
    speed: float = 1.0


@dataclass(frozen=True)
class Votes:
    """Frames of the query and similar frames of sources, in any order, (N,) each."""

    rows: NDArray[np.int64]
    sources: NDArray[np.int64]
    times: NDArray[np.float64]  # seconds in the source
    similarities: Floats


@dataclass(frozen=True)
class Reference:
    """The frames of one source."""

    times: NDArray[np.float64]  # (Q,) seconds, ascending
    vectors: Floats  # (Q, D), rows of length 1


def propose(votes: Votes, times: NDArray[np.float64], *, floor: float, config: Config) -> list[Line]:
    """The lines worth following: in every window of the query those with the most similarity above the floor."""
    excess = votes.similarities - np.float32(floor - config.vote_floor)
    kept = excess > 0
    rows, sources, moments, excess = votes.rows[kept], votes.sources[kept], votes.times[kept], excess[kept]
    if len(rows) == 0:
        return []
    moment_of = times[rows]
    found: dict[tuple[int, int, int], list[int]] = {}
    for phase in (0.0, 0.5):
        window = np.floor(moment_of / config.window + phase).astype(np.int64)
        for number, speed in enumerate(config.speeds):
            place = np.round((moments - speed * moment_of) / config.bin).astype(np.int64)
            for key, at in _best_bins(window, sources, place, rows, excess, number, config):
                found.setdefault(key, []).append(round((at - phase) * 2))  # in half windows
    return _merged(found, times, config)


def _best_bins(
    window: NDArray[np.int64],
    sources: NDArray[np.int64],
    place: NDArray[np.int64],
    rows: NDArray[np.int64],
    excess: Floats,
    speed: int,
    config: Config,
) -> list[tuple[tuple[int, int, int], int]]:
    """For each window the (source, speed, bin) with the largest sums; a row votes once for each."""
    keys = np.stack([window, sources, place, rows])
    order = np.lexsort((-excess, *keys[::-1]))
    keys, excess = keys[:, order], excess[order]
    fresh = np.concatenate([[True], (np.diff(keys, axis=1) != 0).any(axis=0)])
    keys, excess = keys[:3, fresh], excess[fresh]
    starts = np.flatnonzero(np.concatenate([[True], (np.diff(keys, axis=1) != 0).any(axis=0)]))
    sums, keys = np.add.reduceat(excess, starts), keys[:, starts]
    best = np.lexsort((-sums, keys[0]))
    chosen: list[tuple[tuple[int, int, int], int]] = []
    taken: dict[tuple[int, int], int] = {}
    count: dict[int, int] = {}
    for at, source, offset in keys[:, best].T.tolist():
        if count.get(at, 0) >= config.lines or taken.get((at, source), 0) >= config.lines_of_source:
            continue
        count[at] = count.get(at, 0) + 1
        taken[at, source] = taken.get((at, source), 0) + 1
        chosen.append(((source, speed, offset), at))
    return chosen


def _merged(found: Mapping[tuple[int, int, int], list[int]], times: NDArray[np.float64], config: Config) -> list[Line]:
    """One line for windows that follow one another; those far apart stay two."""
    half = config.window / 2
    gap = int(np.ceil(2 * config.reach / half)) + 2
    lines = []
    for (source, speed, place), halves in sorted(found.items()):
        ordered = sorted(set(halves))
        start = previous = ordered[0]
        for at in [*ordered[1:], None]:
            if at is not None and at - previous <= gap:
                previous = at
                continue
            first = int(np.searchsorted(times, start * half - config.reach))
            end = int(np.searchsorted(times, previous * half + config.window + config.reach))
            if end > first:
                lines.append(Line(source, place * config.bin, config.speeds[speed], first, end))
            if at is not None:
                start = previous = at
    return lines


def follow(lines: list[Line], query: Floats, times: NDArray[np.float64], references: Mapping[int, Reference]) -> Floats:
    """The similarity of every row with every line: (P, D) -> (P, H) in -1–1; -1 where a line does not reach.

    Between two reference frames the more similar one counts, so a cut of the source between them costs nothing.
    """
    followed = np.full((len(query), len(lines)), -1.0, np.float32)
    for column, line in enumerate(lines):
        reference = references[line.source]
        rows = np.arange(line.first, line.end)
        wanted = line.offset + line.speed * times[rows]
        step = float(np.median(np.diff(reference.times))) if len(reference.times) > 1 else 1.0
        inside = (wanted > reference.times[0] - step) & (wanted < reference.times[-1] + step)
        rows, wanted = rows[inside], wanted[inside]
        if len(rows) == 0:
            continue
        after = np.clip(np.searchsorted(reference.times, wanted), 0, len(reference.times) - 1)
        before = np.maximum(after - 1, 0)
        asked = query[rows]
        followed[rows, column] = np.maximum(
            np.einsum("pd,pd->p", asked, reference.vectors[after]),
            np.einsum("pd,pd->p", asked, reference.vectors[before]),
        )
    return np.clip(followed, -1.0, 1.0)


def best_path(
    followed: Floats,
    lines: list[Line],
    weights: Floats,
    cuts: Floats,
    *,
    floor: float,
    step: float,
    config: Config,
) -> NDArray[np.int64]:
    """The line of every row, or `UNKNOWN`: (P, H) similarities, (P,) weights and cuts in 0–1 -> (P,).

    `cuts[p]` says how surely the query changes between row p - 1 and row p; a row of weight 0 says nothing.
    """
    count, states = len(followed), len(lines) + 1
    if count == 0 or states == 1:
        return np.full(count, UNKNOWN, np.int64)
    gains = np.clip(config.gain * (followed - np.float32(floor)), -config.most_loss, config.most_gain)
    slower = np.array([0.0 if line.speed == 1.0 else config.other_speed for line in lines], np.float32)
    gains = np.concatenate([(gains - slower) * (weights[:, None] * step), np.zeros((count, 1), np.float32)], axis=1)
    source = np.array([*(line.source for line in lines), UNKNOWN])  # lines come sorted by source
    starts = np.flatnonzero(np.concatenate([[True], source[1:] != source[:-1]]))
    group = np.repeat(np.arange(len(starts)), np.diff(starts, append=states))
    everywhere = np.arange(states)
    came = np.empty((count, states), np.int32)
    score = gains[0].astype(np.float64)
    came[0] = everywhere
    for row in range(1, count):
        relief = 1.0 - config.cut_relief * float(cuts[row])
        best = int(score.argmax())
        tops = np.maximum.reduceat(score, starts)
        origin, value = everywhere.copy(), score.copy()
        kin = tops[group] - config.jump * relief
        closer = kin > value
        if closer.any():
            holders = np.array(
                [int(score[a:b].argmax()) + a for a, b in zip(starts, [*starts[1:], states], strict=True)]
            )
            origin[closer], value[closer] = holders[group[closer]], kin[closer]
        other = score[best] - config.switch * relief
        better = other > value
        origin[better], value[better] = best, other
        came[row], score = origin, value + gains[row]
    path = np.empty(count, np.int64)
    state = int(score.argmax())
    for row in range(count - 1, -1, -1):
        path[row] = state
        state = int(came[row, state])
    return np.where(path == states - 1, UNKNOWN, path)


def spans(path: NDArray[np.int64], lines: list[Line], times: NDArray[np.float64], *, slack: float) -> list[Span]:
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


def _goes_on(before: Span, after: Span, times: NDArray[np.float64], slack: float) -> bool:
    if before.source != after.source:
        return False
    if after.source == UNKNOWN:
        return True
    seam = times[after.first]
    return bool(abs(before.offset + before.speed * seam - after.offset - after.speed * seam) <= slack)


def changes(query: Floats, weights: Floats) -> Floats:
    """How surely the query changes before each row: (P, D), (P,) -> (P,) in 0–1, from the dip against its surroundings.

    A cut is a fall in similarity between neighbours far below what is usual around it.
    """
    if len(query) < 2:
        return np.zeros(len(query), np.float32)
    falls = np.concatenate([[0.0], 1.0 - np.einsum("pd,pd->p", query[1:], query[:-1])]).astype(np.float32)
    padded = np.pad(falls, 3, mode="edge")
    around = np.stack([padded[k : k + len(falls)] for k in (0, 1, 2, 4, 5, 6)])
    usual = np.median(around, axis=0)
    rise = np.clip((falls - usual) / 0.3, 0.0, 1.0).astype(np.float32)
    rise[1:] = np.where((weights[1:] > 0) & (weights[:-1] > 0), rise[1:], 1.0)
    rise[0] = 0.0
    return rise
