"""Stitched queries as real files, through the same cutting and joining that people use, with the noise of their plans.

`stitching.truth` tells what they show: a part lasts as long as its plan says, at whatever speed.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from core.config import Limits
from core.media.edit import cut, join, rework
from core.records import Progress, no_progress
from core.training.edits import Image
from core.training.stitching import NOISES, RATE, Footage, Noise, Plan

OTHER_SOUND = "other audio"  # the noise that only files have: each part with the sound of a stranger, or with none
FILE_NOISES = (*NOISES, OTHER_SOUND)


def write_query(
    plan: Plan,
    footage: Sequence[Footage],
    folder: Path,
    target: Path,
    *,
    strangers: Sequence[int] = (),
    limits: Limits | None = None,
    progress: Progress = no_progress,
) -> None:
    """A plan as a new MP4, cut from the files below `folder`, sound included.

    Every part is encoded two or three times, as real compilations are. `strangers` are the videos that may be seen
    beside the source or heard in its place. Raises MediaError when a file cannot be cut.
    """
    bounds = limits or Limits()
    with tempfile.TemporaryDirectory() as place:
        pieces = []
        for number, part in enumerate(plan.parts):
            progress(0.7 * number / len(plan.parts), f"Making part {number + 1} of {len(plan.parts)}")
            source = folder / footage[part.source].name
            piece, changed = Path(place) / f"{number}.mp4", Path(place) / f"{number} changed.mp4"
            cut(source, part.start, part.start + part.seconds * part.speed, piece, limits=bounds)
            rng = np.random.default_rng([plan.seed, number, 17])  # as `stitching.render` draws it
            others = [footage[k] for k in strangers if k != part.source]
            if plan.noise == OTHER_SOUND:
                heard = folder / others[int(rng.integers(len(others)))].name if others else None
                rework(piece, changed, limits=bounds, sound=heard, keeps_sound=False)
            elif plan.noise not in ("clean", "speed") or part.speed != 1.0:
                noise = NOISES[plan.noise](rng, [other.images for other in others])
                rework(piece, changed, limits=bounds, picture=_over(noise, part.start), speed=part.speed)
            pieces.append(changed if changed.is_file() else piece)
        join(pieces, target, limits=bounds, progress=lambda done, text: progress(0.7 + 0.3 * done, text))


def _over(noise: Noise, start: float) -> Callable[[Image, float], Image]:
    """The noise of a piece that begins at a second of its source, told the source's frames."""
    return lambda image, time: noise(image, int((start + time) * RATE + 1e-6))
