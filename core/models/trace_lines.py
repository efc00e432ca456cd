"""Lines worth following: places of sources that many frames of a query agree on, found by votes of similar frames.

A part that was taken from a source lies on a straight line: reference time = offset + speed x query time. A frame and a
similar frame of a source vote for the line through both, at each of some speeds (a Hough transform, 1962). Knows
arrays only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Config:
    """How votes become lines, and what a path costs."""

    speeds: tuple[float, ...] = (1.0, 0.5, 0.67, 0.8, 0.9, 1.1, 1.25, 1.5, 2.0)  # reference seconds per query second
    bin: float = 1.0  # seconds of offset that vote together
    window: float = 6.0  # seconds of the query that vote together
    lines: int = 16  # of a window
    lines_of_source: int = 8  # of a window
    reach: float = 6.0  # seconds that a line is followed past the windows that proposed it
    vote_floor: float = 0.2  # votes count from this far below the lowest floor
    sharpness: float = (
        0.03  # similarity: how much less than the closest of its source a vote may be to count e times less
    )
    rival: int = 4  # the source whose closest frame says how alike strangers are at a moment …
    margin: float = 0.1  # … and how much closer than that a copy must be
    generous: float = 0.1  # similarity below the floor that is forgiven where pictures are compared as well
    gain: float = 8.0  # score of one second at a similarity of one above the floor
    most_gain: float = 1.6  # per second, beyond which similarity still tells places of one source apart …
    finer: float = 0.5  # … at this share of the gain
    most_loss: float = 2.4  # per second, so that one bad frame does not break a line
    switch: float = 3.0  # cost of going over to another source, or to or from none …
    jump: float = 2.0  # … to another place in the same source …
    cut_relief: float = 0.7  # … where the query shows no change; up to this share less where it does
    enter: float = 3.0  # cost of every stretch with a source: what a chance likeness does not make up for
    other_speed: float = 0.3  # per second, at twice or half the speed, others in proportion: a still scene fits all


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
