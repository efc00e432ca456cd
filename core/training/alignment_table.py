"""How well passages are found: every method on the same synthetic copies, and on pairs that have nothing in common."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.features.pooling import frame_weights
from core.models.alignment import METHODS, align
from core.models.cosine import frame_matrix, only_content
from core.records import Match, Progress, no_progress
from core.training.passages import KINDS, Copy, draw_copy
from core.training.stitching import Footage

GOOD = 0.8  # intersection over union
MOST_STRANGERS = 1_000  # pairs of unlike videos

Describe = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
Track = tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.float32]]  # times, vectors, weights


def measure(
    footage: Sequence[Footage], describe: Describe, *, floor: float, seed: int = 0, progress: Progress = no_progress
) -> dict[str, Any]:
    """Per method: the share of copies found with an overlap of at least `GOOD` on the query's time, the reference's and
    both, by edit; the median error of a cut; matches beside the true one; and unlike pairs that are given one."""
    references = [_described([video.seconds()[1]], describe) for video in footage]
    copies: list[tuple[Copy, Track]] = []
    for source in range(len(footage)):
        progress(0.6 * source / len(footage), f"copies of {footage[source].name}")
        for number, kind in enumerate(KINDS):
            copy = draw_copy(footage, source, kind, np.random.default_rng([seed, 29, source, number]))
            if copy is not None:
                copies.append((copy, _described(copy.images, describe)))
    pairs = [(a, b) for a in range(len(footage)) for b in range(a + 1, len(footage))]
    chosen = np.random.default_rng([seed, 31]).permutation(len(pairs))[:MOST_STRANGERS].tolist()
    table = {}
    for rank, method in enumerate(METHODS):
        progress(0.6 + 0.4 * rank / len(METHODS), f"aligning by {method}")
        table[method] = _judged(copies, references, footage, method, floor)
        strangers = [bool(_found(references[pairs[k][0]], references[pairs[k][1]], method, floor)) for k in chosen]
        table[method]["unlike_pairs_given_a_match"] = round(float(np.mean(strangers)), 4) if strangers else None
    return {"sources": len(footage), "copies": len(copies), "unlike_pairs": len(chosen), "methods": table}


def overlap(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Intersection over union of two spans of seconds: 0–1."""
    shared = max(0.0, min(first[1], second[1]) - max(first[0], second[0]))
    whole = max(first[1], second[1]) - min(first[0], second[0])
    return shared / whole if whole > 0 else 0.0


def _judged(
    copies: Sequence[tuple[Copy, Track]],
    references: Sequence[Track],
    footage: Sequence[Footage],
    method: str,
    floor: float,
) -> dict[str, Any]:
    overlaps: list[tuple[float, float]] = []
    errors: list[float] = []
    by_kind: defaultdict[str, list[bool]] = defaultdict(list)
    by_layout: defaultdict[str, list[bool]] = defaultdict(list)
    beside = 0
    for copy, track in copies:
        found = [
            match.within(copy.seconds, footage[copy.source].duration)
            for match in _found(track, references[copy.source], method, floor)
        ]
        best = max(found, key=lambda match: min(_overlaps(match, copy)), default=None)
        both = _overlaps(best, copy) if best else (0.0, 0.0)
        overlaps.append(both)
        beside += max(0, len(found) - 1)
        by_kind[copy.kind].append(min(both) >= GOOD)
        by_layout["between others" if copy.is_embedded else "alone"].append(min(both) >= GOOD)
        if best and min(both) > 0:
            cuts = (best.query_start, best.query_end, best.reference_start, best.reference_end)
            errors += [abs(a - b) for a, b in zip(cuts, (*copy.query, *copy.reference), strict=True)]
    scores = np.array(overlaps)
    return {
        "query_overlap_good": round(float((scores[:, 0] >= GOOD).mean()), 4),
        "reference_overlap_good": round(float((scores[:, 1] >= GOOD).mean()), 4),
        "both_overlaps_good": round(float((scores.min(axis=1) >= GOOD).mean()), 4),
        "mean_overlap": round(float(scores.mean()), 4),
        "median_error_of_a_cut_in_seconds": round(float(np.median(errors)), 3) if errors else None,
        "matches_beside_the_true_one_per_copy": round(beside / len(copies), 3),
        "by_edit": {kind: round(float(np.mean(good)), 3) for kind, good in by_kind.items()},
        "by_layout": {layout: round(float(np.mean(good)), 3) for layout, good in by_layout.items()},
    }


def _overlaps(match: Match, copy: Copy) -> tuple[float, float]:
    return (
        overlap((match.query_start, match.query_end), copy.query),
        overlap((match.reference_start, match.reference_end), copy.reference),
    )


def _found(query: Track, reference: Track, method: str, floor: float) -> list[Match]:
    matrix = only_content(frame_matrix(query[1], reference[1]), query[2], reference[2])
    return align(matrix, query[0], reference[0], floor=floor, method=method, frames=(query[1], reference[1]))


def _described(parts: Sequence[NDArray[np.uint8]], describe: Describe) -> Track:
    vectors = np.concatenate([describe(part) for part in parts])
    weights = np.concatenate([frame_weights(part) for part in parts])
    return np.arange(len(vectors), dtype=np.float64), vectors, weights
