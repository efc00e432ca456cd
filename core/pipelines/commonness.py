"""How common frames are in a library, so that an intro or an end card that many videos share makes no kin of them.

Like the inverse document frequency of words: a frame that occurs in every other video says little about any of them.
"""

from collections.abc import Set

import numpy as np
from numpy.typing import NDArray

from core.records import FeatureTrack
from core.store.frames import Nearest
from core.store.index import FrameIndex

NEIGHBOURS = 256  # frames looked at for each frame
SHARED_BY = 3  # other videos from which on a passage counts as shared
STANDS_OUT = 3  # times as many videos as the rest of its own video has in common with others


def near_identical(copy: float) -> float:
    """The cosine from which on two frames are taken for one and the same, from that of a copy."""
    return (1.0 + copy) / 2


def count_elsewhere(
    track: FeatureTrack, index: FrameIndex, *, at_least: float, without: Set[str] = frozenset()
) -> NDArray[np.int64]:
    """In how many other videos of the index a frame occurs: (T,), 0 for frames without content.

    A frame occurs where the similarity reaches `at_least`. The video itself and those in `without` do not count. Only
    the nearest frames are looked at, so where videos stand still for minutes the number is a lower bound.
    """
    return counted(track, neighbours(track, index, without=without), at_least=at_least)


def neighbours(track: FeatureTrack, index: FrameIndex, *, without: Set[str] = frozenset()) -> Nearest:
    """The nearest frames of other videos for each frame with content, those in `without` left out."""
    return index.nearest(track.vectors[track.weights > 0], NEIGHBOURS, exclude={track.video_id, *without})


def counted(track: FeatureTrack, near: Nearest, *, at_least: float) -> NDArray[np.int64]:
    """The same as `count_elsewhere`, of neighbours that were looked up before."""
    rows, ranks = np.nonzero((near.video >= 0) & (near.similarity >= at_least))
    once = np.unique(np.stack([rows, near.video[rows, ranks]]), axis=1)
    counts = np.zeros(len(track), np.int64)
    counts[track.weights > 0] = np.bincount(once[0], minlength=len(near.video))
    return counts


def specificity(counts: NDArray[np.int64], videos: int) -> NDArray[np.float32]:
    """How much a frame says about its video: 1 when no other has it, 0 when all have. (T,), other videos -> (T,).

    The inverse document frequency log((N + 1) / (n + 1)) as a share of its highest value.
    """
    if videos <= 0:
        return np.ones(len(counts), np.float32)
    share = np.log((videos + 1) / (np.minimum(counts, videos) + 1)) / np.log(videos + 1)
    return share.astype(np.float32)


def shared(counts: NDArray[np.int64], weights: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which frames belong to a passage that many videos share, unlike the rest of this one: (T,), (T,) -> (T,).

    Where a whole video occurs in others, those are its copies, and nothing of it is called shared.
    """
    has_content = weights > 0
    if not has_content.any():
        return np.zeros(len(counts), bool)
    usual = float(np.median(counts[has_content]))
    enough = max(SHARED_BY, STANDS_OUT * usual)
    return (counts >= enough) & has_content
