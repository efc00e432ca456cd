"""Hough voting: pairs of frames vote for lines of one speed and offset, and the best stretch of the best line wins.

After Douze, Jégou and Schmid, "An image-based approach to video copy detection with spatio-temporal post-filtering"
(2010), with the speed as a second dimension of the vote and the winner refined between the steps of the sampling.
"""

import numpy as np
from numpy.typing import NDArray

from core.models.alignment_evidence import TAKEN, Cells, Evidence, Path, Times

SPEEDS = 2.0 ** (np.arange(-16, 17) / 16)  # reference seconds in one query second; 4 % apart, as PAL from film
SPEED_COST = 0.03  # evidence per second and octave that another speed than the original must explain better
LEAST_VOTE = 0.02  # evidence of pairs that vote
MOST_VOTES = 60_000  # pairs, the strongest, so that two long videos take no longer
OFFSETS = 24  # bins of each speed that are looked into, fewer where the speed is not the original
OTHER_OFFSETS = 6
MOST_LINES = 96
REFINED = 4  # lines
ROUNDS = 4

Line = tuple[float, float, float, int, int]  # gain, speed, offset, first and last row


def find(evidence: Evidence) -> Path | None:
    """The stretch of a straight line that stands out most; None when no pair of frames speaks for one."""
    speeds, offsets = _vote(evidence)
    if not len(speeds):
        return None
    gains, firsts, lasts = stretches(evidence, speeds, offsets)
    best = max(
        (
            _refined(evidence, speeds[k], offsets[k], gains[k], firsts[k], lasts[k])
            for k in np.argsort(-gains, kind="stable")[:REFINED]
        ),
        key=lambda line: line[0],
    )
    gain, speed, offset, first, last = best
    rows = np.arange(first, last + 1)
    return Path(rows, speed * evidence.query_times[rows] + offset, gain) if gain > 0 else None


def stretches(evidence: Evidence, speeds: Times, offsets: Times) -> tuple[Times, NDArray[np.intp], NDArray[np.intp]]:
    """Of each line, reference = speed · query + offset, the stretch with most evidence: gain, first and last row (L,).

    Between two reference frames the evidence is interpolated. The gain of slow motion is drawn in, for it shows a
    second of the reference in several of the query.
    """
    width = evidence.cells.shape[1]
    columns = evidence.columns_at(speeds[:, None] * evidence.query_times[None] + offsets[:, None])
    is_inside = (columns > -0.5) & (columns < width - 0.5)
    columns = np.clip(columns, 0, width - 1)
    left = np.minimum(columns.astype(np.intp), max(width - 2, 0))
    right, share = np.minimum(left + 1, width - 1), columns - left
    rows = np.arange(len(evidence.query_times))[None]
    on_left, on_right = evidence.cells[rows, left], evidence.cells[rows, right]
    between = (1 - share) * on_left + share * on_right
    values = np.where(share < 0.02, on_left, np.where(share > 0.98, on_right, between))
    values = values - SPEED_COST * np.abs(np.log2(speeds))[:, None]
    values = np.where(is_inside, values, TAKEN) * (evidence.query_step * _trust(speeds))[:, None]
    sums = np.concatenate([np.zeros((len(speeds), 1)), np.cumsum(values, axis=1, dtype=np.float64)], axis=1)
    gains = sums[:, 1:] - np.minimum.accumulate(sums, axis=1)[:, :-1]
    lasts = gains.argmax(axis=1)
    firsts = np.array([sums[k, : last + 1].argmin() for k, last in enumerate(lasts)], np.intp)
    return gains[np.arange(len(speeds)), lasts], firsts, lasts


def _trust(speeds: Times) -> Times:
    return np.minimum(1.0, np.sqrt(speeds))


def _vote(evidence: Evidence) -> tuple[Times, Times]:
    """Speeds and offsets (L,) of the lines with the strongest votes."""
    rows, columns = np.nonzero(evidence.cells >= _least_vote(evidence.cells))
    weights = evidence.cells[rows, columns]
    if len(rows) > MOST_VOTES:  # there are ties
        strongest = np.argpartition(-weights, MOST_VOTES)[:MOST_VOTES]
        rows, columns, weights = rows[strongest], columns[strongest], weights[strongest]
    lines: list[tuple[float, float, float]] = []
    for speed in SPEEDS if len(rows) else ():
        offsets = evidence.reference_times[columns] - speed * evidence.query_times[rows]
        bins = np.round(offsets / evidence.reference_step).astype(np.intp)
        votes = np.bincount(bins - bins.min(), weights) * _trust(speed)
        wanted = OFFSETS if speed == 1.0 else OTHER_OFFSETS
        places = np.argsort(-votes, kind="stable")[:wanted]
        lines += [
            (votes[place], speed, (place + bins.min()) * evidence.reference_step)
            for place in places
            if votes[place] > 0
        ]
    lines.sort(key=lambda line: -line[0])
    return np.array([line[1] for line in lines[:MOST_LINES]]), np.array([line[2] for line in lines[:MOST_LINES]])


def _least_vote(cells: Cells) -> float:
    """The evidence from which on pairs vote, so that about MOST_VOTES do: the places of all would take much memory."""
    voting = cells[cells > LEAST_VOTE]
    if len(voting) <= MOST_VOTES:
        return float(voting.min(initial=np.inf))
    return float(np.partition(voting, -MOST_VOTES)[-MOST_VOTES])


def _refined(evidence: Evidence, speed: float, offset: float, gain: float, first: int, last: int) -> Line:
    """The line after small turns and shifts about its middle."""
    turns = 0.02 * np.repeat([-2, -1, 0, 1, 2], 5)
    shifts = evidence.reference_step * np.tile([-0.5, -0.25, 0, 0.25, 0.5], 5)
    for _ in range(ROUNDS):
        middle = evidence.query_times[(first + last) // 2]
        speeds = np.append(np.clip(speed * (1 + turns), SPEEDS[0] * 0.96, SPEEDS[-1] * 1.04), 1.0)
        offsets = speed * middle + offset + np.append(shifts, 0.0) - speeds * middle
        gains, firsts, lasts = stretches(evidence, speeds, offsets)
        best = int(gains.argmax())
        if gains[best] > gain + 1e-9:
            gain, speed, offset = float(gains[best]), float(speeds[best]), float(offsets[best])
            first, last = int(firsts[best]), int(lasts[best])
        else:
            turns = turns / 2
    return float(gain), float(speed), float(offset), int(first), int(last)
