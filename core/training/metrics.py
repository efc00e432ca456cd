"""How good an answer is: pure functions of scores and truths, NumPy only."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.floating]
Truths = NDArray[np.bool_]


def best_threshold(scores: Scores, truths: Truths) -> float:
    """The score from which on "yes" is right most often, halfway between two scores: (N,), (N,) -> number."""
    if len(scores) == 0:
        raise ValueError("A threshold needs at least one score.")
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order].astype(np.float64)
    gains = np.concatenate([[0], np.cumsum(np.where(truths[order], 1, -1))])
    is_boundary = np.concatenate([[True], ranked[1:] != ranked[:-1], [True]])
    cut = int(np.argmax(np.where(is_boundary, gains, -len(gains))))
    if cut == 0:
        return float(np.nextafter(ranked[0], np.inf))
    if cut == len(ranked):
        return float(ranked[-1])
    return float((ranked[cut - 1] + ranked[cut]) / 2)


def area_under_curve(scores: Scores, truths: Truths) -> float:
    """The chance that a true pair scores above a false one, ties counting half: (N,), (N,) -> 0–1."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    positives = int(truths.sum())
    negatives = len(truths) - positives
    return float((ranks[truths].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def average_precision(scores: Scores, truths: Truths) -> float:
    """The mean precision at the rank of each true item, ties in the order given: (N,), (N,) -> 0–1."""
    found = truths[np.argsort(-scores, kind="stable")]
    if not found.any():
        return 0.0
    precision = np.cumsum(found) / np.arange(1, len(found) + 1)
    return float(precision[found].mean())


def fit_logistic(scores: Scores, truths: Truths, *, steps: int = 50) -> tuple[float, float]:
    """Slope and intercept of the probability 1 / (1 + exp(-(slope * score + intercept))): (N,), (N,) -> two numbers.

    Newton's method on the likelihood; targets are drawn in, after Platt (1999), so that a clean split stays finite.
    """
    positives = int(truths.sum())
    negatives = len(truths) - positives
    targets = np.where(truths, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    inputs = np.stack([scores.astype(np.float64), np.ones(len(scores))], axis=1)
    weights = np.zeros(2)
    for _ in range(steps):
        chances = logistic(inputs @ weights)
        spread = np.maximum(chances * (1 - chances), 1e-9)
        curvature = inputs.T @ (inputs * spread[:, None]) + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, inputs.T @ (targets - chances))
        weights += step * min(1.0, 10.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-9:
            break
    return float(weights[0]), float(weights[1])


def logistic(values: Scores) -> NDArray[np.float64]:
    """1 / (1 + exp(-value)), without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(values, np.float64)))


def calibration_error(probabilities: Scores, truths: Truths, *, bins: int = 10) -> float:
    """Expected calibration error: how far the share of trues in each bin lies from the mean promise there."""
    place = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = [
        abs(float(truths[place == one].mean()) - float(probabilities[place == one].mean())) * (place == one).mean()
        for one in np.unique(place)
    ]
    return float(sum(gaps))


def f1_score(answers: Truths, truths: Truths) -> float:
    """Twice the true "yes" over all "yes" given and due: (N,), (N,) -> 0–1; 0 when there is none of either."""
    said = int(answers.sum()) + int(truths.sum())
    return 2 * int((answers & truths).sum()) / said if said else 0.0


def brier_score(probabilities: Scores, truths: Truths) -> float:
    """The mean squared distance of a probability from what was true (Brier 1950): (N,), (N,) -> 0–1, low is good."""
    return float(((np.asarray(probabilities, np.float64) - truths) ** 2).mean())


def roc_curve(scores: Scores, truths: Truths) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """False and true positive rates from the strictest threshold on, and these thresholds: (K,) each, from (0, 0)."""
    order = np.argsort(-scores, kind="stable")
    ranked = np.asarray(scores[order], np.float64)
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    true = np.cumsum(truths[order])[ends] / max(int(truths.sum()), 1)
    false = np.cumsum(~truths[order])[ends] / max(int((~truths).sum()), 1)
    return np.append(0.0, false), np.append(0.0, true), np.append(np.inf, ranked[ends])
