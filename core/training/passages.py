"""Passages of real videos as copies with the truth: an edited stretch by itself, or between scenes of other videos.

Frames come from decoded arrays, so any moment can be a cut; a copy is sampled once a second from its own start on,
which falls between the seconds that the library keeps.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.training.edits import EDITS
from core.training.stitching import RATE, Footage

SPEEDS = (0.5, 0.75, 1.25, 1.5, 2.0)  # seconds of the source in a second of the copy
KINDS = ("none", *EDITS, *(f"speed {speed:g}" for speed in SPEEDS))
SHORTEST, LONGEST = 5.0, 40.0  # seconds of the copy at least, and of the source at most
AROUND = (2.0, 15.0)  # seconds of other videos before and after
FROM_START = 0.2  # share of copies that begin where the source does


@dataclass(frozen=True)
class Copy:
    """A clip that shows part of a source."""

    source: int  # place in the list of footage
    kind: str  # what was done to it
    is_embedded: bool  # other videos come before and after
    images: tuple[NDArray[np.uint8], ...]  # stretches of one size each, (T, H, W, 3), a frame a second in all
    seconds: float  # of the clip
    query: tuple[float, float]  # where it shows the source …
    reference: tuple[float, float]  # … and what of it


def draw_copy(footage: Sequence[Footage], source: int, kind: str, rng: np.random.Generator) -> Copy | None:
    """A copy of a source under one edit or speed; None when the source is too short for it."""
    video = footage[source]
    speed = float(kind.split()[1]) if kind.startswith("speed") else 1.0
    least = SHORTEST * max(1.0, speed)
    if video.duration < least:
        return None
    taken = float(rng.uniform(least, min(video.duration, LONGEST)))
    start = 0.0 if rng.random() < FROM_START else float(rng.uniform(0.0, video.duration - taken))
    others = [place for place in range(len(footage)) if place != source]
    is_embedded = bool(rng.random() < 0.5) and bool(others)
    before, after = (_other(footage, others, rng) if is_embedded else (None, 0.0) for _ in range(2))
    lead, lasts = before[1], taken / speed
    state = int(rng.integers(2**31))
    images = []
    if before[0] is not None:
        images.append(_sampled(before[0], 0.0, 1.0, 0.0, before[1]))
    own = _sampled(video, start, speed, -lead % 1.0, lasts)
    if kind in EDITS:  # the same place and strength on every frame
        own = np.stack([EDITS[kind](image, np.random.default_rng(state)) for image in own])
    images.append(own)
    if after[0] is not None:
        images.append(_sampled(after[0], 0.0, 1.0, -(lead + lasts) % 1.0, after[1]))
    return Copy(
        source, kind, is_embedded, tuple(part for part in images if len(part)), lead + lasts + after[1],
        (lead, lead + lasts), (start, start + taken),
    )  # fmt: skip


def _other(footage: Sequence[Footage], others: list[int], rng: np.random.Generator) -> tuple[Footage, float]:
    video = footage[others[int(rng.integers(len(others)))]]
    return video, min(float(rng.uniform(*AROUND)), video.duration)


def _sampled(video: Footage, start: float, speed: float, phase: float, seconds: float) -> NDArray[np.uint8]:
    """The frames on show every second from `phase` on, of a stretch that lasts so long at that speed."""
    moments = start + speed * np.arange(phase, seconds - 1e-9, 1.0)
    places = np.minimum((moments * RATE + 1e-6).astype(int), len(video.images) - 1)
    return np.asarray(video.images[places])
