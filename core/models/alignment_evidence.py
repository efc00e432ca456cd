"""What every alignment method reads: how much each pair of frames speaks for a passage, in time and not in frames.

A cell counts by how far its similarity lies above a level, and by how far it stands out from the cells beside it. In
a slow scene all frames are alike and the first says little; the second finds the diagonal on which they are most
alike.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IN_A_ROW = 0.15  # cosine: so far below a copy's a whole row of frames may lie and still make a passage
SLACK = 0.3  # cosine: frames this far below what two videos reach in their best seconds are alike, but no copies
BEST = 4  # pairs of frames that those best seconds are made of: one lucky pair says nothing
PROMINENCE = 2.0  # weight of standing out beside that of being alike
AROUND = 6.0  # seconds on each side that a cell is compared with
PENALTY = 0.25  # most that either can speak against a cell, so that a passage bridges a dip
UNKNOWN = -0.02  # what a pair with a frame without content counts: it neither makes nor ends a passage
BLOCK_CELLS = 1_000_000  # weighed at once
TAKEN = -1e3  # what no path crosses
AGAIN = 0.03  # cosine: a frame that is in a match already may be in another one if that is about as close …
MOVES = 0.2  # … and stands out this far, which a still scene does not

Times = NDArray[np.float64]
Cells = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Path:
    """Frames of the query and the moments of the reference they correspond to."""

    rows: NDArray[np.intp]  # (N,) ascending, places in the query's times
    seconds: Times  # (N,) of the reference, ascending
    gain: float  # evidence times seconds


@dataclass(slots=True)
class Evidence:
    """The frame matrix (P, Q) weighed: above zero where a pair of frames speaks for a passage."""

    matrix: Cells  # (P, Q) similarities
    cells: Cells  # (P, Q) evidence, changed as matches are taken out
    prominence: Cells  # (P, Q) how far each cell stands out from those around it in its row and its column
    query_times: Times  # (P,) seconds
    reference_times: Times  # (Q,)
    query_step: float  # seconds from one frame to the next; 1 for a single frame
    reference_step: float
    frames: tuple[Cells, Cells] | None  # (P, D) and (Q, D) of length 1, where they are known

    def columns_at(self, seconds: Times) -> Times:
        """The place among the reference's frames of these seconds, with fractions; goes on beyond both ends."""
        times, step = self.reference_times, self.reference_step
        places = np.interp(seconds, times, np.arange(len(times), dtype=np.float64))
        return places + np.minimum(seconds - times[0], 0) / step + np.maximum(seconds - times[-1], 0) / step

    def take(self, path: Path) -> None:
        """Leave out what a match holds: its block for good, the rest of its rows and columns unless something moves.

        So a shot that the query shows twice is found twice, and a still picture once.
        """
        count, width = self.matrix.shape
        rows = np.arange(path.rows[0], path.rows[-1] + 1)
        along = self.columns_at(np.interp(self.query_times[rows], self.query_times[path.rows], path.seconds))
        columns = np.clip(np.round(along).astype(np.intp), 0, width - 1)
        in_rows, in_columns = np.full(count, -1.0, np.float32), np.full(width, -1.0, np.float32)
        in_rows[rows] = self.matrix[rows, columns]
        first, last = int(columns[0]), int(columns[-1])
        nearest = np.abs(np.arange(first, last + 1)[:, None] - along[None]).argmin(axis=1)
        in_columns[first : last + 1] = self.matrix[rows[nearest], np.arange(first, last + 1)]
        in_passage = np.zeros(count, bool), np.zeros(width, bool)
        in_passage[0][rows] = in_passage[1][first : last + 1] = True
        extended = self._extended(rows, along)
        for part in _blocks(self.matrix.shape, axis=0):
            own = part[0]
            touched = in_passage[0][own, None] | in_passage[1][None]
            known = np.maximum(in_rows[own, None], in_columns[None])
            distance = np.abs(np.arange(width)[None] - extended[own, None])
            is_again = (self.matrix[own] >= known - AGAIN) & (self.prominence[own] >= MOVES)
            is_again &= distance > AROUND / self.reference_step
            self.cells[own] = np.where(touched & ~is_again, np.minimum(self.cells[own], -PENALTY), self.cells[own])
        self.cells[rows[0] : rows[-1] + 1, first : last + 1] = TAKEN

    def _extended(self, rows: NDArray[np.intp], along: Times) -> Times:
        """The columns along a path for every row of the matrix, at its mean slope beyond its ends."""
        places = np.arange(len(self.query_times), dtype=np.float64)
        slope = (along[-1] - along[0]) / max(len(rows) - 1, 1) or self.query_step / self.reference_step
        inside = np.interp(places, rows, along)
        return inside + slope * (np.minimum(places - rows[0], 0) + np.maximum(places - rows[-1], 0))


def weigh(
    matrix: Cells, query_times: Times, reference_times: Times, floor: float, frames: tuple[Cells, Cells] | None = None
) -> Evidence:
    """The evidence in a matrix (P, Q) of at least one cell; -1 stands for pairs with a frame without content."""
    steps = step(query_times) or 1.0, step(reference_times) or 1.0
    level = max(floor - IN_A_ROW, _reached(matrix) - SLACK)
    lowest = np.float32(level - PENALTY)
    filled = np.where(matrix > -1.0, matrix, lowest)
    prominence, is_framed = np.zeros_like(matrix), matrix > -1.0
    for axis, seconds in enumerate(steps):
        for part in _blocks(matrix.shape, axis=1 - axis):
            mean, is_known = _around(filled[part], max(2, round(AROUND / seconds)), axis)
            prominence[part] += 0.5 * (filled[part] - np.maximum(mean, level - PENALTY)).astype(np.float32)
            is_framed[part] &= is_known
    cells = filled  # is not needed any more
    for part in _blocks(matrix.shape, axis=0):
        prominence[part] = np.where(is_framed[part], prominence[part], np.float32(0.0))
        own = np.maximum(matrix[part] - level, -PENALTY) + PROMINENCE * np.clip(prominence[part], -PENALTY, PENALTY)
        cells[part] = np.where(matrix[part] > -1.0, own, UNKNOWN)
    return Evidence(
        matrix=matrix,
        cells=cells,
        prominence=prominence,
        query_times=query_times,
        reference_times=reference_times,
        query_step=steps[0],
        reference_step=steps[1],
        frames=frames,
    )


def _blocks(shape: tuple[int, ...], *, axis: int) -> Iterator[tuple[slice, slice]]:
    """Parts of a matrix that are whole along the other axis, so that what is worked out of each stays small."""
    lines = max(1, BLOCK_CELLS // shape[1 - axis])
    for start in range(0, shape[axis], lines):
        part = slice(start, start + lines)
        yield (part, slice(None)) if axis == 0 else (slice(None), part)


def step(times: Times) -> float:
    """Seconds from one sampled frame to the next; 0 for a single one."""
    return float(np.median(np.diff(times))) if len(times) > 1 else 0.0


def _reached(matrix: Cells) -> float:
    """The similarity that a few frames of both sides reach."""
    best = [np.sort(matrix.max(axis=axis))[::-1] for axis in (1, 0)]
    return float(min(side[min(BEST, len(side)) - 1] for side in best))


def _around(matrix: Cells, reach: int, axis: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The mean of the cells up to `reach` places away along one axis, neighbours left out, and where there are any."""
    count = matrix.shape[axis]
    sums = np.insert(np.cumsum(matrix, axis=axis, dtype=np.float64), 0, 0.0, axis=axis)
    places = np.arange(count)

    def within(distance: int) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        first, last = np.maximum(places - distance, 0), np.minimum(places + distance + 1, count)
        return np.take(sums, last, axis) - np.take(sums, first, axis), last - first

    (outer, many), (inner, few) = within(reach), within(1)
    number = np.expand_dims(many - few, 1 - axis)
    return (outer - inner) / np.maximum(number, 1), np.broadcast_to(number > 0, matrix.shape)
