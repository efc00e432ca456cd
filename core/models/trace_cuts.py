"""Where exactly one part of a query ends and the next begins: at the greatest change between pictures in a row.

Frames are compared with sources a few times a second, which leaves a third of a second in which a cut may lie; only
there the query is looked at again, as closely as it can be. Knows arrays only.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.models.trace_decoder import Span

Look = Callable[[float, float], tuple[NDArray[np.float64], NDArray[np.float32]]]
"""Small grey pictures (N, S, S) of a query from one second of it to another, with their times (N,)."""


def halfway(first: float, second: float) -> float:
    """All that is known of a cut between two frames when nobody looks closer."""
    return (first + second) / 2


def edges(
    spans: Sequence[Span], times: NDArray[np.float64], end: float, cut: Callable[[float, float], float] = halfway
) -> list[float]:
    """Where spans begin, and where the last one ends, in seconds of the query: one more than there are spans.

    `times` (P,) are those of the query's rows; `cut` tells where between two of them the change lies.
    """
    between = [cut(float(times[span.first - 1]), float(times[span.first])) for span in spans[1:]]
    return [0.0, *between, end]


def greatest_change(look: Look) -> Callable[[float, float], float]:
    """The second of the greatest change between two frames: in the middle of the two pictures that differ most."""

    def cut(first: float, second: float) -> float:
        times, pictures = look(first, second)
        if len(times) < 2:
            return halfway(first, second)
        changes = np.abs(np.diff(pictures, axis=0)).mean(axis=(1, 2))
        place = int(changes.argmax())
        return halfway(float(times[place]), float(times[place + 1]))

    return cut
