"""From similarities to probabilities: equation 1 of the retrieval report, and a softmax that can say "none of these".

NumPy only, nothing learned in here; the two numbers of the second are fitted by `core.training.calibrate`.
"""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def softmax(values: Numbers) -> Numbers:
    """(N,) -> (N,) that sum to 1. Empty stays empty."""
    if values.size == 0:
        return values
    powers = np.exp(values - values.max())
    return np.asarray(powers / powers.sum())


def published(distances: Numbers) -> Numbers:
    """Equation 1 of "Similarity Based Video Clip Retrieval" (Kafkas): PS = softmax(1 - softmax(d)), (N,) -> (N,).

    `d` are the distances of the hits in order. Since both softmaxes squeeze, the first can never have more than e times
    the probability of the last, while figure 7 of the report shows 13.6 times: some sharpening is not in the equation.
    """
    return softmax(1.0 - softmax(distances))


def kinship(
    similarities: Numbers, *, temperature: float, none_at: float, copies: NDArray[np.bool_] | None = None
) -> tuple[Numbers, float]:
    """The chance of each candidate to be kin of the query, and of none of them to be: (N,) -> (N,) in 0–1, 0–1.

    A softmax over all candidates and one more outcome, "none of these", whose similarity is `none_at`. A softmax makes
    its candidates exclude one another, which copies of one film do not: so where `copies` (M, M), about the first M
    candidates, says that two show the same, neither counts against the other. Without copies all numbers sum to 1.
    """
    if similarities.size == 0:
        return similarities, 1.0
    energies = np.append(similarities, none_at) / temperature
    powers = np.exp(energies - energies.max())
    own, none = powers[:-1], float(powers[-1])
    against = np.full(len(own), own.sum()) - own
    if copies is not None:
        against[: len(copies)] -= (copies & ~np.eye(len(copies), dtype=bool)) @ own[: len(copies)]
    return own / (own + np.maximum(against, 0.0) + none), none / float(powers.sum())
