"""The temporal network: the best few pairs of every query frame as nodes, what may follow what as edges.

After Tan, Ngo, Hong and Chua, "Scalable detection of partial near-duplicate videos by visual-temporal consistency"
(2009): an edge leads forward in both videos over a short stretch at a likely pace, and the heaviest path is a match.
"""

import numpy as np

from core.models.alignment_evidence import Evidence, Path

NEAREST = 8  # pairs of each query frame that become nodes
LONGEST = 5.0  # seconds of the query that an edge may skip
SLOWEST, FASTEST = 0.4, 2.5  # reference seconds per query second along an edge
PACE_COST = 0.05  # evidence per second off the original pace
SKIP_COST = 0.1  # evidence per second of the query that an edge leaves out


def find(evidence: Evidence) -> Path | None:
    """The heaviest path; None when no pair of frames speaks for one."""
    count, width = evidence.cells.shape
    nearest = min(NEAREST, width)
    columns = np.concatenate(
        [np.argpartition(-row, nearest - 1)[None, :nearest] for row in evidence.cells], axis=0
    )  # row by row: the places of all cells would take more than the cells
    values = np.take_along_axis(evidence.cells, columns, axis=1) * evidence.query_step
    seconds = evidence.reference_times[columns]
    weight, before = np.where(values > 0, values, -np.inf), np.full((count, nearest), -1, np.intp)
    reach = max(1, round(LONGEST / evidence.query_step))
    for row in range(1, count):
        start = max(0, row - reach)
        passed = (evidence.query_times[row] - evidence.query_times[start:row])[:, None, None]  # (W, 1, 1)
        moved = seconds[row][None, None, :] - seconds[start:row][:, :, None]  # (W, K, K), from a node to a node
        tolerance = 0.5 * evidence.reference_step
        is_likely = (moved >= SLOWEST * passed - tolerance) & (moved <= FASTEST * passed + tolerance) & (moved >= 0)
        cost = PACE_COST * np.abs(moved - passed) + SKIP_COST * (passed - evidence.query_step)
        gathered = np.where(is_likely, weight[start:row][:, :, None] - cost, -np.inf).reshape(-1, nearest)
        chosen = gathered.argmax(axis=0)
        gain = gathered[chosen, np.arange(nearest)]
        goes_on = (gain > 0) & (values[row] > 0)
        weight[row] = np.where(goes_on, values[row] + gain, weight[row])
        before[row] = np.where(goes_on, start * nearest + chosen, -1)
    node = int(weight.argmax())
    best = float(weight.flat[node])
    if best <= 0:
        return None
    nodes = [node]
    while (node := int(before.flat[node])) >= 0:
        nodes.append(node)
    places = np.array(nodes[::-1])
    return Path(places // nearest, seconds.flat[places], best)
