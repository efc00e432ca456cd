"""Balanced pairs of frames from real videos, and folds that never split a group.

Knows times and groups only, no picture: a pair names two videos by their place in a list and two frames by theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.training.metrics import area_under_curve, best_threshold, calibration_error, fit_logistic, logistic

GAP = 2.0  # seconds between the frames of a true pair
SLACK = 0.05  # seconds a frame may lie off that
PER_GROUP = 12  # true pairs of a group at most, so that no group speaks for all
FOLDS = 5


@dataclass(frozen=True)
class Pairs:
    """True pairs and, one for each, false pairs from the same first frame. Rows 2i and 2i + 1 belong together."""

    first: NDArray[np.int64]  # (N, 2) video, frame
    second: NDArray[np.int64]  # (N, 2)
    is_same: NDArray[np.bool_]  # (N,)
    fold: NDArray[np.int64]  # (N,) both frames belong to groups of this fold
    group: NDArray[np.str_]  # (N,) of the first frame

    def only(self, chosen: NDArray[np.bool_]) -> "Pairs":
        """These of the pairs: (N,) booleans."""
        return Pairs(
            self.first[chosen], self.second[chosen], self.is_same[chosen], self.fold[chosen], self.group[chosen]
        )


def draw_pairs(times: Sequence[NDArray[np.float64]], groups: Sequence[str], *, seed: int) -> Pairs:
    """One draw of folds and pairs. A group without frames 2 s apart is only the other side of false pairs."""
    rng = np.random.default_rng(seed)
    names = sorted(set(groups))
    fold = {name: place % FOLDS for place, name in enumerate(rng.permutation(np.array(names)).tolist())}
    frames: dict[str, list[tuple[int, int]]] = {name: [] for name in names}
    true: dict[str, list[tuple[int, int, int]]] = {name: [] for name in names}
    for video, (moments, group) in enumerate(zip(times, groups, strict=True)):
        frames[group] += [(video, frame) for frame in range(len(moments))]
        later = np.searchsorted(moments, moments + GAP - SLACK)
        for frame, other in enumerate(later.tolist()):
            if other < len(moments) and abs(moments[other] - moments[frame] - GAP) <= SLACK:
                true[group].append((video, frame, other))
    rows: list[tuple[tuple[int, int], tuple[int, int], bool, int, str]] = []
    for name in names:
        strangers = [other for other in names if other != name and fold[other] == fold[name] and frames[other]]
        if not strangers:
            continue
        for chosen in rng.permutation(len(true[name]))[:PER_GROUP].tolist():
            video, frame, other = true[name][chosen]
            rows.append(((video, frame), (video, other), True, fold[name], name))
            stranger = frames[strangers[int(rng.integers(len(strangers)))]]
            rows.append(((video, frame), stranger[int(rng.integers(len(stranger)))], False, fold[name], name))
    first, second, is_same, folds, named = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return Pairs(
        np.array(first, np.int64).reshape(-1, 2),
        np.array(second, np.int64).reshape(-1, 2),
        np.array(is_same, bool),
        np.array(folds, np.int64),
        np.array(named, str),
    )


def similarities(pairs: Pairs, vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """The cosine of every pair: (N,)."""
    return np.array(
        [vectors[a][i] @ vectors[b][j] for (a, i), (b, j) in zip(pairs.first, pairs.second, strict=True)], np.float64
    )


@dataclass(frozen=True)
class Judged:
    """What cross-validation found on one draw."""

    is_right: NDArray[np.bool_]  # (N,) with the threshold of the other folds
    probability: NDArray[np.float64]  # (N,) with the calibration of the other folds
    area_under_curve: float
    calibration_error: float


def judge(pairs: Pairs, scores: NDArray[np.float64]) -> Judged:
    """Threshold and calibration are fitted on four folds and judged on the fifth, in turn."""
    is_right = np.zeros(len(scores), bool)
    probability = np.zeros(len(scores))
    for fold in range(FOLDS):
        test = pairs.fold == fold
        threshold = best_threshold(scores[~test], pairs.is_same[~test])
        slope, intercept = fit_logistic(scores[~test], pairs.is_same[~test])
        is_right[test] = (scores[test] >= threshold) == pairs.is_same[test]
        probability[test] = logistic(slope * scores[test] + intercept)
    return Judged(
        is_right,
        probability,
        area_under_curve(scores, pairs.is_same),
        calibration_error(probability, pairs.is_same),
    )
