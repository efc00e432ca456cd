"""The experiment behind the confidence of a trace: its curves fitted on one half of the groups, judged on the other.

An answer is right when most of its seconds show the source that it names, or none of the library where it names none.
Nearly all answers are right, so the curves are held to a prior where there is little to learn from.
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
from core.models.trace_confidence import KNOWN, UNCLAIMED, Curve, lead
from core.models.trace_decoder import UNKNOWN
from core.records import Progress, no_progress, part_of
from core.training.evaluate_trace import LEAST_GROUPS, draw, pieces
from core.training.stitching import NOISES, Footage, read_footage
from core.training.trace_decoders import path_along
from core.training.trace_metrics import Piece

FIT_SEEDS = (500, 501, 502, 503)
TEST_SEEDS = (600, 601, 602, 603)
PRIOR, LOOSE = Curve(40.0, 0.0), Curve(20.0, 2.0)  # where curves lie without evidence, and how far they may stray
BINS = 10
STEPS = 100  # of Newton's method; it settles in about ten
UNIT = 10.0  # slopes are fitted per tenth of similarity, so that both numbers of a curve are of one size


@dataclass(frozen=True)
class Answer:
    """One part of a trace that was judged."""

    lead: float
    is_known: bool  # whether it names a source
    is_right: bool


def run(videos: Path, *, seed: int = 0, progress: Progress = no_progress) -> dict[str, Any]:
    """Curves fitted on one half of the groups of a folder, and how well they and the ones in use do on the other half.

    `seed` parts the groups. Raises StudioError for too few groups.
    """
    footage, failures = read_footage(videos, progress=lambda done, text: progress(0.3 * done, text))
    if len(footage) < 2 * LEAST_GROUPS:
        raise StudioError(f"{len(footage)} groups of videos are too few. Give a folder with {2 * LEAST_GROUPS}.")
    order = np.random.default_rng([seed, 37]).permutation(len(footage)).tolist()
    encoder = EmbeddedEncoder()
    judged = [
        answers(
            [footage[place] for place in sorted(order[number::2])],
            encoder,
            seeds,
            progress=part_of(progress, 0.3 + 0.35 * number, 0.3 + 0.35 * (number + 1)),
        )
        for number, seeds in enumerate((FIT_SEEDS, TEST_SEEDS))
    ]
    fitted = {is_known: fit([one for one in judged[0] if one.is_known is is_known]) for is_known in (True, False)}
    progress(1.0, "Done")
    return {
        "groups": {"fit": len(order[0::2]), "test": len(order[1::2])},
        "seeds": {"fit": FIT_SEEDS, "test": TEST_SEEDS},
        "known": _curve(fitted[True]),
        "unknown": _curve(fitted[False]),
        "fit": figures(judged[0], fitted[True], fitted[False]),
        "test": figures(judged[1], fitted[True], fitted[False]),
        "test_in_use": figures(judged[1], KNOWN, UNCLAIMED),
        "unreadable": failures,
    }


def answers(
    footage: Sequence[Footage],
    encoder: ImageEncoder,
    seeds: Sequence[int],
    *,
    noises: Sequence[str] = tuple(NOISES),
    progress: Progress = no_progress,
) -> list[Answer]:
    """Every answer of the best path for a query of each seed under each noise."""
    found = []
    for _, task, true in draw(footage, encoder, seeds=seeds, noises=noises, progress=progress):
        lines, similarities = task.followed()
        spans = path_along(task, lines, similarities)
        said = pieces(spans, task.query.times, footage, true[-1].query_end)
        floors = task.floors
        for span, piece in zip(spans, said, strict=True):
            found.append(
                Answer(lead(span, lines, similarities, floors), span.source != UNKNOWN, right_share(piece, true) > 0.5)
            )
    return found


def right_share(piece: Piece, true: Sequence[Piece]) -> float:
    """The share of an answer's time that shows what it names."""
    right = sum(
        max(0.0, min(piece.query_end, other.query_end) - max(piece.query_start, other.query_start))
        for other in true
        if other.source == piece.source
    )
    return right / max(piece.query_end - piece.query_start, 1e-9)


def fit(judged: Sequence[Answer]) -> Curve:
    """The likeliest slope and level under a normal prior, by Newton's method: a logistic regression with a memory.

    The slope is never below 0: a larger lead cannot make an answer less sure.
    """
    leads = np.array([one.lead for one in judged], np.float64) * UNIT
    is_right = np.array([one.is_right for one in judged], np.float64)
    rows = np.stack([leads, np.ones_like(leads)], axis=1)
    expected = np.array([PRIOR.slope / UNIT, PRIOR.level])
    tightness = np.array([LOOSE.slope / UNIT, LOOSE.level]) ** -2.0
    numbers = expected.copy()
    for _ in range(STEPS):
        chances = _logistic(rows @ numbers)
        curvature = rows.T @ (rows * (chances * (1 - chances))[:, None]) + np.diag(tightness)
        step = np.linalg.solve(curvature, rows.T @ (is_right - chances) + tightness * (expected - numbers))
        numbers = numbers + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-9:
            break
    return Curve(max(0.0, float(numbers[0]) * UNIT), float(numbers[1]))


def _logistic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return 0.5 * (1 + np.tanh(0.5 * x))


def figures(judged: Sequence[Answer], known: Curve, unknown: Curve) -> dict[str, Any]:
    """Expected calibration error (Guo et al. 2017, Eq. 3) and Brier score of answers under two curves."""
    chances = np.array([(known if one.is_known else unknown)(one.lead) for one in judged], np.float64)
    is_right = np.array([one.is_right for one in judged], bool)
    return {
        "answers": len(judged),
        "wrong": int((~is_right).sum()),
        "calibration_error": round(calibration_error(chances, is_right), 4),
        "brier": round(float(np.mean((chances - is_right) ** 2)), 4),
    }


def calibration_error(chances: NDArray[np.float64], is_right: NDArray[np.bool_], bins: int = BINS) -> float:
    """How far chances lie from what came true, over equally wide bins by what falls in: 0–1, lower is better."""
    place = np.minimum((chances * bins).astype(int), bins - 1)
    gaps = [abs(float(chances[place == k].sum() - is_right[place == k].sum())) for k in range(bins)]
    return sum(gaps) / max(len(chances), 1)


def _curve(curve: Curve) -> dict[str, float]:
    return {"slope": round(curve.slope, 2), "level": round(curve.level, 3)}
