"""Dynamic programming: the path through the matrix that gathers most evidence, at any speed that keeps changing.

Local alignment after Smith and Waterman (1981), on frames as Chou, Chen and Lee, "Pattern-based near-duplicate video
retrieval and localization on web-scale videos" (2015), do: a path may start and end anywhere, goes forward in both
videos, and pays where its pace is not that of the original.
"""

import numpy as np
from numpy.typing import NDArray

from core.models.alignment_evidence import Evidence, Path

PACE_COST = 0.1  # evidence per second off the original pace
FASTEST = 2.0  # reference seconds in one query second, from one row to the next

_START = -1


def find(evidence: Evidence) -> Path | None:
    """The path that gathers most; None when no pair of frames speaks for one."""
    cells = evidence.cells * evidence.query_step
    count, width = cells.shape
    ahead = np.arange(max(2, int(np.ceil(FASTEST * evidence.query_step / evidence.reference_step))) + 1)
    costs = PACE_COST * np.abs(ahead * evidence.reference_step - evidence.query_step)
    moves = np.full((count, width), _START, np.int8)
    gathered = np.zeros(width, np.float64)  # at the row before
    best, end = 0.0, None
    for row in range(count):
        reached = np.full((len(ahead), width), -np.inf)
        for move, columns in enumerate(ahead[: width + 1]):
            reached[move, columns:] = gathered[: width - columns] - costs[move]
        chosen = reached.argmax(axis=0)
        before = reached[chosen, np.arange(width)]
        goes_on = before > 0
        moves[row] = np.where(goes_on, chosen, _START)
        gathered = cells[row] + np.where(goes_on, before, 0.0)
        top = int(gathered.argmax())
        if gathered[top] > best:
            best, end = float(gathered[top]), (row, top)
    if end is None:
        return None
    rows, columns = _walk_back(moves, ahead, *end)
    return Path(rows, evidence.reference_times[columns], best)


def _walk_back(
    moves: NDArray[np.int8], ahead: NDArray[np.intp], row: int, column: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    rows, columns = [row], [column]
    while (move := int(moves[row, column])) != _START:
        row, column = row - 1, column - int(ahead[move])
        rows.append(row)
        columns.append(column)
    return np.array(rows[::-1], np.intp), np.array(columns[::-1], np.intp)
