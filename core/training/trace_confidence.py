"""The experiment behind the confidence of a trace: its weights fitted on one half of the groups, judged on the other.

A stretch that was looked at is right when most of its seconds show the source that it was held against. Nearly all
stretches that the path proposes are right, so the weights are held to a prior where there is little to learn from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import StudioError
from core.features.base import ImageEncoder
from core.features.embedded import EmbeddedEncoder
from core.models.trace_check import Evidence, decode
from core.models.trace_confidence import CLOSE_WEIGHTS, WEIGHTS, close_signs, signs
from core.models.trace_decoder import Span
from core.records import Progress, no_progress, part_of
from core.training.evaluate_trace import LEAST_GROUPS, draw, pieces
from core.training.stitching import NOISES, Footage, read_footage
from core.training.trace_metrics import Piece

FIT_SEEDS = (500, 501, 502, 503)
TEST_SEEDS = (600, 601, 602, 603)
PRIOR = (6.0, 3.0, 3.0, 6.0)  # where weights lie without evidence …
CLOSE_PRIOR = (6.0, 1.0, 3.0, 2.0, 1.0, 1.0, 3.0)  # … those of stretches that were looked at closely, too …
LOOSE = 3.0  # … and how far each may stray
BINS = 10
STEPS = 100  # of Newton's method; it settles in about ten

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """An answer, or a stretch that was looked at."""

    chance: float
    is_right: bool
    signs: tuple[float, ...] = ()  # what spoke for a stretch …
    close: tuple[float, ...] = ()  # … and with it what a closer look showed


def run(videos: Path, *, seed: int = 0, progress: Progress = no_progress) -> dict[str, Any]:
    """Weights fitted on one half of the groups of a folder, and how often what is said with those in use, and with
    these, comes true on the other half.

    `seed` parts the groups. Raises StudioError for too few groups.
    """
    footage, failures = read_footage(videos, progress=lambda done, text: progress(0.3 * done, text))
    if len(footage) < 2 * LEAST_GROUPS:
        raise StudioError(f"{len(footage)} groups of videos are too few. Give a folder with {2 * LEAST_GROUPS}.")
    order = np.random.default_rng([seed, 37]).permutation(len(footage)).tolist()
    encoder = EmbeddedEncoder()
    (_, fitting), (said, held) = (
        judge(
            [footage[place] for place in sorted(order[number::2])],
            encoder,
            seeds,
            progress=part_of(progress, 0.3 + 0.35 * number, 0.3 + 0.35 * (number + 1)),
        )
        for number, seeds in enumerate((FIT_SEEDS, TEST_SEEDS))
    )
    looked = [one for one in fitting if one.close]
    weights = fit(np.array([one.signs for one in fitting]), np.array([one.is_right for one in fitting]))
    closely = fit(np.array([one.close for one in looked]), np.array([one.is_right for one in looked]), CLOSE_PRIOR)
    fitted = [
        Judged(_logistic(np.array(one.close or one.signs) @ (closely if one.close else weights)), one.is_right)
        for one in held
    ]
    progress(1.0, "Done")
    return {
        "groups": {"fit": len(order[0::2]), "test": len(order[1::2])},
        "seeds": {"fit": FIT_SEEDS, "test": TEST_SEEDS},
        "weights": {"in use": WEIGHTS, "fitted": np.round(weights, 2).tolist()},
        "weights_of_closer_looks": {"in use": CLOSE_WEIGHTS, "fitted": np.round(closely, 2).tolist()},
        "answers": figures(said),
        "stretches": {"in use": figures(held), "fitted": figures(fitted)},
        "unreadable": failures,
    }


def judge(
    footage: Sequence[Footage],
    encoder: ImageEncoder,
    seeds: Sequence[int],
    *,
    noises: Sequence[str] = tuple(NOISES),
    progress: Progress = no_progress,
) -> tuple[list[Judged], list[Judged]]:
    """Every answer to a query of each seed under each noise, and every stretch that was looked at on the way."""
    answers, stretches = [], []
    for _, task, true in draw(footage, encoder, seeds=seeds, noises=noises, progress=progress):
        looked: dict[Span, Evidence] = {}
        decoded = decode(task.followed(), pictures=task.pictures, heard=looked.__setitem__)
        said = pieces([one.span for one in decoded], task, footage, true[-1].query_end)
        for one, piece in zip(decoded, said, strict=True):
            answers.append(Judged(one.confidence, right_share(piece, true) > 0.5))
        for span, found in looked.items():
            if found.seen is None:
                continue
            start, end = task.query.times[[span.first, span.end - 1]]
            piece = Piece(float(start), float(end) + task.query.step, footage[span.source].group)
            seen = signs(found.lead, found.seen, found.steady)
            close = () if found.close is None else close_signs(found.lead, found.seen, found.steady, found.close)
            stretches.append(Judged(found.chance, right_share(piece, true) > 0.5, seen, close))
    return answers, stretches


def right_share(piece: Piece, true: Sequence[Piece]) -> float:
    """The share of an answer's time that shows what it names."""
    right = sum(
        max(0.0, min(piece.query_end, other.query_end) - max(piece.query_start, other.query_start))
        for other in true
        if other.source == piece.source
    )
    return right / max(piece.query_end - piece.query_start, 1e-9)


def fit(rows: Floats, is_right: NDArray[np.bool_], prior: Sequence[float] = PRIOR) -> Floats:
    """The likeliest weights under a normal prior, by Newton's method: (N, K) signs and (N,) truth -> (K,).

    A logistic regression with a memory.
    """
    expected = np.array(prior)
    rows = rows.reshape(-1, len(expected))
    weights = expected.copy()
    for _ in range(STEPS):
        chances = _logistic(rows @ weights)
        curvature = rows.T @ (rows * (chances * (1 - chances))[:, None]) + np.eye(len(weights)) / LOOSE**2
        step = np.linalg.solve(curvature, rows.T @ (is_right - chances) + (expected - weights) / LOOSE**2)
        weights = weights + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-9:
            break
    return weights


def figures(judged: Sequence[Judged]) -> dict[str, Any]:
    """Expected calibration error (Guo et al. 2017, Eq. 3) and Brier score of what was said."""
    chances = np.array([one.chance for one in judged], np.float64)
    is_right = np.array([one.is_right for one in judged], bool)
    return {
        "count": len(judged),
        "right": int(is_right.sum()),
        "taken_for_wrong": int(((chances >= 0.5) != is_right).sum()),
        "calibration_error": round(calibration_error(chances, is_right), 4),
        "brier": round(float(np.mean((chances - is_right) ** 2)), 4),
    }


def calibration_error(chances: Floats, is_right: NDArray[np.bool_], bins: int = BINS) -> float:
    """How far chances lie from what came true, over equally wide bins by what falls in: 0–1, lower is better."""
    place = np.minimum((chances * bins).astype(int), bins - 1)
    gaps = [abs(float(chances[place == k].sum() - is_right[place == k].sum())) for k in range(bins)]
    return sum(gaps) / max(len(chances), 1)


def _logistic(x: Any) -> Any:
    return 0.5 * (1 + np.tanh(0.5 * x))
