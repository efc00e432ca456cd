"""The annotations of VCSL (He et al. 2022): which segments of which pairs of videos are copies.

One JSON object: "QUERY-REFERENCE", two ids of the same length joined by a hyphen, to a list of segments, each query
start, reference start, query end, reference end in seconds.
"""

import json
import math
from pathlib import Path

from core.errors import StudioError
from core.training.trace_metrics import Box

Annotations = dict[tuple[str, str], list[Box]]


def read_annotations(path: Path) -> Annotations:
    """The boxes of every pair, ready for `trace_metrics.pair_scores`. Raises StudioError for anything else."""
    try:
        document = json.loads(path.read_text("utf-8"))
        return {_pair(name): [_box(segment) for segment in segments] for name, segments in document.items()}
    except (OSError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise StudioError(f"{path.name} holds no annotations in the form of VCSL: {error}.") from error


def _pair(name: str) -> tuple[str, str]:
    half, odd = divmod(len(name) - 1, 2)
    if odd or half < 1 or name[half] != "-":
        raise ValueError(f"{name!r} names no pair of videos")
    return name[:half], name[half + 1 :]


def _box(segment: list[float]) -> Box:
    query_start, reference_start, query_end, reference_end = map(float, segment)
    if not (-math.inf < query_start < query_end < math.inf and -math.inf < reference_start < reference_end < math.inf):
        raise ValueError(f"{segment} is no segment")
    return query_start, reference_start, query_end, reference_end
