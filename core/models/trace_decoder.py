"""Which source and which second of it every moment of a query shows: the best path over lines of (source, offset).

A part that was taken from a source lies on a straight line: reference time = offset + speed x query time. Lines come
from votes of similar frames; the best path over them, and over "unknown", is found by dynamic programming (Viterbi
1967). Knows arrays only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

UNKNOWN = -1
CUT_FALL = 0.3  # similarity: a fall this far below the usual is a cut for sure


@dataclass(frozen=True)
class Config:
    """How votes become lines, and what a path costs."""

    speeds: tuple[float, ...] = (1.0, 0.5, 0.67, 0.8, 0.9, 1.1, 1.25, 1.5, 2.0)  # reference seconds per query second
    bin: float = 1.0  # seconds of offset that vote together
    window: float = 6.0  # seconds of the query that vote together
    lines: int = 16  # of a window
    lines_of_source: int = 8  # of a window
    reach: float = 6.0  # seconds that a line is followed past the windows that proposed it
    vote_floor: float = 0.1  # votes count from this far below the lowest floor
    sharpness: float = (
        0.03  # similarity: how much less than the closest of its source a vote may be to count e times less
    )
    rival: int = 4  # the source whose closest frame says how alike strangers are at a moment …
    margin: float = 0.1  # … and how much closer than that a copy must be
    gain: float = 8.0  # score of one second at a similarity of one above the floor
    most_gain: float = 1.6  # per second, beyond which similarity still tells places of one source apart …
    finer: float = 0.5  # … at this share of the gain
    most_loss: float = 2.4  # per second, so that one bad frame does not break a line
    switch: float = 3.0  # cost of going over to another source, or to or from none …
    jump: float = 2.0  # … to another place in the same source …
    cut_relief: float = 0.7  # … where the query shows no change; up to this share less where it does
    other_speed: float = 0.05  # per second, of a line at another speed than 1


DEFAULT = Config()


@dataclass(frozen=True)
class Query:
    """The frames of a query, each as a whole and in panes."""

    times: NDArray[np.float64]  # (P,) seconds, ascending
    views: Floats  # (P, V, D) the whole picture first; rows of length 1, zeros where there is no such pane
    weights: Floats  # (P,) in 0–1; 0 for a frame that shows nothing

    @property
    def step(self) -> float:
        """Seconds between two frames; a single one stands for a second."""
        return float(np.median(np.diff(self.times))) if len(self.times) > 1 else 1.0


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
    excess *= np.exp((votes.similarities - _closest(votes)) / np.float32(config.sharpness))
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


def _closest(votes: Votes) -> Floats:
    """For every vote the closest frame of the same source at the same moment: (N,)."""
    _, place = np.unique(np.stack([votes.rows, votes.sources]), axis=1, return_inverse=True)
    best = np.full(int(place.max(initial=-1)) + 1, -np.inf, np.float32)
    np.maximum.at(best, place, votes.similarities)
    return best[place]


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
    for column, line in enumerate(lines):
        reference = references[line.source]
        rows = np.arange(line.first, line.end)
        wanted = line.offset + line.speed * query.times[rows]
        step = _step(reference.times)
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
    slower = np.array([0.0 if line.speed == 1.0 else config.other_speed for line in lines], np.float32)
    gains = np.concatenate([(gains - slower) * (weights[:, None] * step), np.zeros((count, 1), np.float32)], axis=1)
    source = np.array([*(line.source for line in lines), UNKNOWN])  # lines come sorted by source
    starts = np.flatnonzero(np.concatenate([[True], source[1:] != source[:-1]]))
    ends = [*starts[1:].tolist(), states]
    group = np.repeat(np.arange(len(starts)), np.diff(starts, append=states))
    everywhere = np.arange(states)
    came = np.empty((count, states), np.int32)
    score = gains[0].astype(np.float64)
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
        better = other > value
        origin[better], value[better] = best, other
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
    for speed in span.speed * np.array([1.0, 0.925, 0.95, 0.975, 1.025, 1.05, 1.075]):
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
