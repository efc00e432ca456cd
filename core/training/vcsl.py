"""The annotations of VCSL (He et al. 2022): which segments of which pairs of videos are copies.

One JSON object: "QUERY-REFERENCE", the names of two videos joined by a hyphen, to a list of segments, each query start,
reference start, query end, reference end in seconds. VCSL's own names hold no hyphen; here they may, as long as the
files at hand tell where one ends.
"""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from core.errors import StudioError
from core.store.disk import replacing
from core.training.trace_metrics import Box

Annotations = dict[str, list[Box]]
"""The boxes of every pair, ready for `trace_metrics.pair_scores`, by the names of both with a hyphen between them."""


def read_annotations(path: Path) -> Annotations:
    """What a file says. Raises StudioError for anything else than annotations in this form."""
    try:
        document = json.loads(path.read_text("utf-8"))
        return {_pair(name): [_box(segment) for segment in segments] for name, segments in document.items()}
    except (OSError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise StudioError(
            f"{path} holds no annotations in the form of VCSL: {error}. Write "
            '{"QUERY-REFERENCE": [[query start, reference start, query end, reference end], …], …}, in seconds.'
        ) from error


def write_annotations(annotations: Mapping[str, Sequence[Box]], path: Path) -> None:
    """As `read_annotations` reads them, thousandths of a second kept; the file appears when it is whole."""
    lines = [
        f"{json.dumps(pair, ensure_ascii=False)}: {json.dumps([[round(time, 3) for time in box] for box in boxes])}"
        for pair, boxes in annotations.items()
    ]
    with replacing(path) as file:
        file.write(("{\n" + ",\n".join(lines) + "\n}\n").encode())


def parted(pair: str, queries: Collection[str], references: Collection[str]) -> tuple[str, str] | None:
    """The two names of a pair, of which the first is that of a query at hand; None when there is no such query.

    Where several queries would do, the one counts whose other half is a reference at hand. Raises StudioError when that
    leaves a choice.
    """
    places = [place for place, letter in enumerate(pair) if letter == "-"]
    splits = [(pair[:place], pair[place + 1 :]) for place in places if pair[:place] in queries]
    likely = [split for split in splits if split[1] in references] or splits
    if len(likely) > 1:
        raise StudioError(f"The pair {pair!r} could name {likely[0]} or {likely[1]}. Rename one of these files.")
    return likely[0] if likely else None


def _pair(name: str) -> str:
    if "-" not in name[1:-1]:
        raise ValueError(f"{name!r} names no pair of videos")
    return name


def _box(segment: list[float]) -> Box:
    query_start, reference_start, query_end, reference_end = map(float, segment)
    if not (0 <= query_start < query_end < math.inf and 0 <= reference_start < reference_end < math.inf):
        raise ValueError(f"{segment} is no segment")
    return query_start, reference_start, query_end, reference_end
