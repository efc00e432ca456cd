"""How good a trace is: the right source for every second, segments as VCSL judges them, boundaries, unknown parts.

Pure functions of segments. A segment here is a `Piece`: a stretch of the query, the source it shows (None: unknown) and
the stretch of that source.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]  # query start, reference start, query end, reference end


@dataclass(frozen=True)
class Piece:
    """A stretch of a query and what it shows. Seconds."""

    query_start: float
    query_end: float
    source: str | None
    reference_start: float = 0.0
    reference_end: float = 0.0

    def reference_time(self, time: float) -> float:
        """The second of the source on show at a second of the query."""
        share = (time - self.query_start) / max(self.query_end - self.query_start, 1e-9)
        return self.reference_start + share * (self.reference_end - self.reference_start)


@dataclass(frozen=True)
class Seconds:
    """The middles of a query's seconds, counted."""

    known: int  # with a source in the library
    right: int  # … of them given that source
    placed: int  # … and within a second of the right place in it
    lost: int  # … called unknown
    unknown: int  # without a source in the library
    recognised: int  # … of them called unknown

    @property
    def accuracy(self) -> float:
        """The share of all seconds with the right source, or rightly none."""
        return (self.right + self.recognised) / max(self.known + self.unknown, 1)


def count_seconds(truth: Sequence[Piece], found: Sequence[Piece]) -> Seconds:
    """Every second of the query judged at its middle; a second that nothing was said of counts as unknown.

    Where the truth names several sources at once, each of them is right.
    """
    known = right = placed = lost = unknown = recognised = 0
    end = max(piece.query_end for piece in truth)
    for time in np.arange(0.5, end, 1.0).tolist():
        true, said = _at(truth, time), next(iter(_at(found, time)), None)
        source = None if said is None else said.source
        if not true:
            continue
        if all(piece.source is None for piece in true):
            unknown += 1
            recognised += source is None
            continue
        known += 1
        lost += source is None
        same = [piece for piece in true if source is not None and piece.source == source]
        if said is not None and same:
            right += 1
            placed += min(abs(said.reference_time(time) - piece.reference_time(time)) for piece in same) <= 1.0
    return Seconds(known, right, placed, lost, unknown, recognised)


def _at(pieces: Sequence[Piece], time: float) -> list[Piece]:
    return [piece for piece in pieces if piece.query_start <= time < piece.query_end]


def parts_called_unknown(pieces: Sequence[Piece], found: Sequence[Piece], *, share: float = 0.5) -> list[bool]:
    """Of each piece, whether more than `share` of its time is called unknown, or nothing is said of it."""
    calls = []
    for piece in pieces:
        told = sum(_overlap(piece, other) for other in found if other.source is not None)
        calls.append(1.0 - told / (piece.query_end - piece.query_start) > share)
    return calls


def boundary_errors(truth: Sequence[Piece], found: Sequence[Piece]) -> list[float]:
    """For every moment at which a known part begins or ends the seconds to the nearest change that was found.

    A change from one unknown part to another is nobody's to tell. Nothing found counts as the length of the query.
    """
    end = max(piece.query_end for piece in truth)
    changes = [piece.query_start for piece in found[1:]]
    known = [piece for piece in truth if piece.source is not None]
    moments = sorted({time for piece in known for time in (piece.query_start, piece.query_end)} - {0.0, end})
    return [min((abs(moment - time) for time in changes), default=end) for moment in moments]


def _overlap(a: Piece, b: Piece) -> float:
    return max(0.0, min(a.query_end, b.query_end) - max(a.query_start, b.query_start))


# --------------------------------------------------------------------------------------- as VCSL judges segments


def boxes(pieces: Sequence[Piece]) -> dict[str, list[Box]]:
    """The pieces with a source as boxes in the plane of query and reference time, by source."""
    found: dict[str, list[Box]] = {}
    for piece in pieces:
        if piece.source is not None:
            box = (piece.query_start, piece.reference_start, piece.query_end, piece.reference_end)
            found.setdefault(piece.source, []).append(box)
    return found


def segment_scores(truth: Sequence[Piece], found: Sequence[Piece]) -> tuple[float, float]:
    """Precision and recall of one query: means over the sources that are true or found, as VCSL's macro average."""
    true, said = boxes(truth), boxes(found)
    pairs = [pair_scores(said.get(source, []), true.get(source, [])) for source in sorted(true | said)]
    if not pairs:
        return 1.0, 1.0
    return float(np.mean([precision for precision, _ in pairs])), float(np.mean([recall for _, recall in pairs]))


def pair_scores(found: Sequence[Box], true: Sequence[Box]) -> tuple[float, float]:
    """Precision and recall of a query and one reference (He et al. 2022, section 4.1).

    Each is the product of the overlaps projected on both time axes. Nothing found where something is true is precise
    (1) and remembers nothing (0); found where nothing is true the other way round.
    """
    if not found or not true:
        return (0.0 if found else 1.0), (0.0 if true else 1.0)
    said, right = np.array(found, np.float64), np.array(true, np.float64)
    return _projected(said, right), _projected(right, said)


def _projected(judged: NDArray[np.float64], judges: NDArray[np.float64]) -> float:
    """The share of the judged boxes' length that meeting boxes cover, on one axis times on the other."""
    product = 1.0
    starts = np.maximum(judged[:, None, :2], judges[None, :, :2])
    ends = np.minimum(judged[:, None, 2:], judges[None, :, 2:])
    meets: NDArray[np.bool_] = np.all(ends > starts, axis=2)
    for axis in (0, 1):
        covered: float = sum(
            _union(starts[row, meets[row], axis], ends[row, meets[row], axis]) for row in range(len(judged))
        )
        product *= covered / max(float((judged[:, 2 + axis] - judged[:, axis]).sum()), 1e-9)
    return product


def _union(starts: NDArray[np.float64], ends: NDArray[np.float64]) -> float:
    """The length of a union of intervals."""
    total, reached = 0.0, -np.inf
    for start, end in sorted(zip(starts.tolist(), ends.tolist(), strict=True)):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def f_score(precision: float, recall: float) -> float:
    """The harmonic mean; 0 when both are."""
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


def pooled(scores: Sequence[tuple[float, float]]) -> Mapping[str, float]:
    """Precision and recall averaged over queries, and their harmonic mean: what VCSL reports."""
    precision = float(np.mean([p for p, _ in scores])) if scores else 0.0
    recall = float(np.mean([r for _, r in scores])) if scores else 0.0
    return {"precision": precision, "recall": recall, "f1": f_score(precision, recall)}
