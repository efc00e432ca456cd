"""How sure the answer for one part of a query is: logistic curves over what speaks for it.

The form of the curves is Platt's (1999); an experiment measures how well they hold. Knows arrays only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.models.picture_agreement import Agreement
from core.models.trace_decoder import UNKNOWN, Span
from core.models.trace_lines import Line

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Curve:
    """The chance that an answer is right = 1 / (1 + e^-(slope x lead + level))."""

    slope: float  # per unit of similarity
    level: float

    def __call__(self, lead: float) -> float:
        return _logistic(self.slope * lead + self.level)


# by vectors alone, set by hand
KNOWN = Curve(40.0, -0.8)
UNCLAIMED = Curve(40.0, 0.8)

# with pictures: what each of the `signs` counts. By logistic regressions over 1,979 stretches of stitched queries under
# eight noises, of 39 groups of real clips (seeds 700-702) and of 43 wholly other films (seeds 1 and 2)
WEIGHTS = (11.0, 1.8, 2.9, 1.8)
# … and of the `close_signs`, where the query was looked at closely too: fitted on one set of queries, 13 of 116 others
# of another set are taken for sources instead of 26
CLOSE_WEIGHTS = (7.4, 0.1, 2.4, 1.2, 1.2, 0.5, 3.5)
LEAST = 0.03  # added to both sides of the odds, so that nothing shared is not the end of all hope


def lead(span: Span, lines: Sequence[Line], similarities: Floats, floors: Floats) -> float:
    """By how much similarity an answer stands clear of being the other one: (P, H) and (P,) -> about -1–1.

    A source must be above the floor; for "unknown" the closest source must be below it. Another source that is as
    close is no rival of the first: the library may hold the same footage twice, and both answers are right.
    """
    rows = slice(span.first, span.end)
    floor = float(floors[rows].mean())
    if span.source == UNKNOWN:
        return floor - max(float(similarities[rows].mean(axis=0).max(initial=0.0)), 0.0)
    own = similarities[rows][:, [line.source == span.source for line in lines]].max(axis=1, initial=-1.0)
    return float(np.maximum(own, 0.0).mean()) - floor


def confidence(span: Span, lines: Sequence[Line], similarities: Floats, floors: Floats) -> float:
    """The chance that the answer for a span is right, by vectors alone: 0–1."""
    curve = UNCLAIMED if span.source == UNKNOWN else KNOWN
    return curve(lead(span, lines, similarities, floors))


def chance_seen(lead: float, seen: Agreement, steady: float) -> float:
    """The chance that a part was taken from its source, 0–1, by vectors and pictures together: see `signs`."""
    return _logistic(float(np.dot(signs(lead, seen, steady), WEIGHTS)))


def chance_close(lead: float, seen: Agreement, steady: float, close: Agreement) -> float:
    """The same where the query was also looked at closely, and agrees like that with its source there."""
    return _logistic(float(np.dot(close_signs(lead, seen, steady, close), CLOSE_WEIGHTS)))


def signs(lead: float, seen: Agreement, steady: float) -> tuple[float, ...]:
    """What speaks for a source: its lead; the log odds of the share of the picture that is the same, and these again
    where the scene is steady; and 1.

    `steady` is the share that stays the same from one picture of the source to the next. Of a quick scene a copy may
    share little, because its pictures are of other moments, so what it does not share counts less.
    """
    return lead, odds(seen.share), steady * odds(seen.share), 1.0


def close_signs(lead: float, seen: Agreement, steady: float, close: Agreement) -> tuple[float, ...]:
    """The same, with what only the very same moments show: the log odds of the shares that are the same, and the same
    to the last contrast, and whether what moves there moves alike.

    Two faces in the middle of the picture share a third of it, but neither its contrasts nor their movements.
    """
    return *signs(lead, seen, steady), odds(close.share), odds(close.strict), close.moved


def odds(share: float) -> float:
    """The logarithm of the odds of a share."""
    return float(np.log((share + LEAST) / (1 - share + LEAST)))


def _logistic(x: float) -> float:
    return float(0.5 * (1 + np.tanh(0.5 * x)))
