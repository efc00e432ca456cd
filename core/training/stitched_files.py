"""Stitched queries as real files, through the same cutting and joining that people use."""

import tempfile
from pathlib import Path

from core.config import Limits
from core.media.edit import cut, join
from core.records import Progress, no_progress
from core.training.stitching import Footage, Part


def write_query(
    parts: list[Part],
    footage: list[Footage],
    folder: Path,
    target: Path,
    *,
    limits: Limits | None = None,
    progress: Progress = no_progress,
) -> None:
    """The parts of a plan, cut from the files below `folder` and joined to a new MP4, sound included.

    Every part is encoded twice, as real compilations are. ValueError for a part at another speed: only rendered queries
    have those. Raises MediaError when a file cannot be cut.
    """
    if any(part.speed != 1.0 for part in parts):
        raise ValueError("files are cut at their own speed")
    bounds = limits or Limits()
    with tempfile.TemporaryDirectory() as place:
        pieces = []
        for number, part in enumerate(parts):
            progress(0.7 * number / len(parts), f"Cutting part {number + 1} of {len(parts)}")
            piece = Path(place) / f"{number}.mp4"
            cut(folder / footage[part.source].name, part.start, part.start + part.seconds, piece, limits=bounds)
            pieces.append(piece)
        join(pieces, target, limits=bounds, progress=lambda done, text: progress(0.7 + 0.3 * done, text))
