"""How fast a passage runs and where exactly: a line through the moments that its frames are closest to.

A frame of the query is shown somewhere between two sampled frames of the reference. Where the similarity peaks, a
parabola through the highest cell and its neighbours says where.
"""

import numpy as np
from numpy.typing import NDArray

from core.models.alignment_evidence import Evidence, Path, Times

SAME_SPEED = 0.75  # steps that a passage may drift off the original speed without being called faster or slower
OTHER_SPEED = 1.5  # steps that its peaks must drift off for them to be believed
SLOWEST, FASTEST = 0.45, 2.2  # reference seconds in one query second; others are no passages
STRAIGHT = 0.75  # steps that the frames of a path may lie off one speed on average
SHARPEST = 0.1  # cosine that a peak stands out by from which on it counts in full; in a still scene nothing peaks
LEAST_WEIGHT = 1e-4


def straightened(evidence: Evidence, path: Path) -> Path | None:
    """The same path at one speed, that of the original where it hardly differs; None if it bends.

    At the original speed whole frames tell where it lies as well as peaks do; at another one peaks tell better.
    """
    times = evidence.query_times[path.rows]
    step = max(evidence.query_step, evidence.reference_step)
    ones = np.ones(len(times))
    speed, offset = _fit(times, path.seconds, ones, step)
    if np.abs(path.seconds - speed * times - offset).mean() > STRAIGHT * step:
        return None
    sharper = speed, offset
    for _ in range(2):
        seconds, weights = _peaks(evidence, path.rows, sharper[0] * times + sharper[1])
        if weights.sum() < SHARPEST:
            break
        sharper = _fit(times, seconds, weights, step)
    drift = abs(sharper[0] - 1.0) * (times[-1] - times[0])
    if drift > OTHER_SPEED * step and SLOWEST < sharper[0] < FASTEST:
        speed, offset = sharper
    return Path(path.rows, speed * times + offset, path.gain)


def _fit(times: Times, seconds: Times, weights: Times, step: float) -> tuple[float, float]:
    """Speed and offset of a weighted line; the speed is 1 where that explains the moments about as well."""
    middle = np.average(times, weights=weights)
    centred = times - middle
    spread = float((weights * centred**2).sum())
    speed = float((weights * centred * seconds).sum() / spread) if spread > 0 else 1.0
    if abs(speed - 1.0) * (times[-1] - times[0]) <= SAME_SPEED * step:
        speed = 1.0
    return speed, _weighted_median(seconds - speed * times, weights)


def _peaks(evidence: Evidence, rows: NDArray[np.intp], seconds: Times) -> tuple[Times, Times]:
    """The moments near these that each row is closest to, between samples, and how sharply it peaks: (N,), (N,)."""
    matrix, last = evidence.matrix, evidence.matrix.shape[1] - 1
    near = np.round(evidence.columns_at(seconds)).astype(np.intp)
    options = np.clip(near[:, None] + np.array([-1, 0, 1]), 0, last)
    columns = np.take_along_axis(options, matrix[rows[:, None], options].argmax(axis=1)[:, None], axis=1)[:, 0]
    left, here, right = (matrix[rows, np.clip(columns + side, 0, last)] for side in (-1, 0, 1))
    bend = 2.0 * here - left - right
    is_peak = (
        (columns > 0)
        & (columns < last)
        & (here >= left)
        & (here >= right)
        & (np.minimum(left, right) > -1)
        & (bend > 1e-6)
    )
    shift = np.where(is_peak, 0.5 * (right - left) / np.where(is_peak, bend, 1.0), 0.0)
    weights = np.where(is_peak, np.minimum(bend / 2.0, SHARPEST), LEAST_WEIGHT)
    return np.interp(columns + shift, np.arange(last + 1), evidence.reference_times), weights


def _weighted_median(values: Times, weights: Times) -> float:
    order = np.argsort(values)
    passed = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(passed, passed[-1] / 2)])
