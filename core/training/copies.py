"""Edited copies of real videos: a few seconds from the middle of one, as experiments ask to find it again."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.training.datasets import RealVideo
from core.training.edits import EDITS, SPEED

COPY_FRAMES = 8  # seconds of a video that an edited copy shows
DARK = 0.2  # frames that weigh less than this count as black or uniform


def longest_of_each_group(footage: Sequence[RealVideo]) -> list[int]:
    """The place of one video for every group, the one with the most frames."""
    best: dict[str, int] = {}
    for place, video in enumerate(footage):
        if video.group not in best or len(video.times) > len(footage[best[video.group]].times):
            best[video.group] = place
    return list(best.values())


def excerpt(rows: NDArray[Any]) -> NDArray[Any]:
    """The frames in the middle of a video that an edited copy shows, or anything that goes row by row with them."""
    start = max(0, (len(rows) - COPY_FRAMES) // 2)
    return rows[start : start + COPY_FRAMES]


def edited_copy(video: RealVideo, edit: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The pictures of a copy (T, H, W, 3) under one edit of the picture, or played 1.25 times as fast (`SPEED`)."""
    part = excerpt(video.hurried if edit == SPEED else video.images)
    if edit == SPEED:
        return part
    state = int(rng.integers(2**31))  # the same place and strength on every frame of the copy
    return np.stack([EDITS[edit](image, np.random.default_rng(state)) for image in part])
