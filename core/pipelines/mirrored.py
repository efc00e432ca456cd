"""Whether a passage is shown mirrored: by the order of regions in a few frames of both videos, decoded anew.

Vectors of whole frames hardly change when left and right are swapped, and should not: a mirrored copy is a copy. The
regions of a frame keep their places, so in a mirrored copy they correspond to those in the opposite column.
"""

from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from core.config import Limits
from core.features.base import RegionEncoder
from core.features.pooling import frame_weights
from core.media.sandbox import Sandbox
from core.records import Match, Video

FRAMES = 5  # of each side
MARGIN = 0.02  # cosine: measured with `embedded` on 73 clips and films under ten edits, 100 % right from here on
SHORT_SIDE = 160  # pixels
DARK = 0.2  # weight of a frame below which there is too little to see


def moments(match: Match) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The seconds to look at, evenly inside a match: (FRAMES,) of the query and of the reference."""
    shares = (np.arange(FRAMES) + 0.5) / FRAMES
    return (
        match.query_start + shares * (match.query_end - match.query_start),
        match.reference_start + shares * (match.reference_end - match.reference_start),
    )


def sees_regions(encoder: object) -> TypeGuard[RegionEncoder]:
    """Whether an encoder can say on which side of a picture a thing is."""
    return hasattr(encoder, "encode_regions")


def pictures(video: Video, seconds: NDArray[np.float64], limits: Limits) -> list[NDArray[np.uint8]]:
    """The frames on show at these seconds, each (H, W, 3). Raises MediaError when the original cannot be read."""
    with Sandbox(video.path, limits) as sandbox:
        if video.info.container == "picture":
            return [sandbox.picture(max_side=2 * SHORT_SIDE)] * len(seconds)
        return [sandbox.frame_at(float(second), short_side=SHORT_SIDE) for second in seconds]


def is_mirrored(
    query: list[NDArray[np.uint8]], reference: list[NDArray[np.uint8]], *, encoder: RegionEncoder
) -> bool | None:
    """Whether the pictures of the query show those of the reference with left and right swapped.

    Pictures (H, W, 3) of any size that correspond one by one. None when it cannot be told: pictures that are nearly
    the same both ways round, or show nothing.
    """
    differences = []
    for first, second in zip(query, reference, strict=True):
        if min(frame_weights(first[None])[0], frame_weights(second[None])[0]) < DARK:
            continue
        here, there = encoder.encode_regions(first[None])[0], encoder.encode_regions(second[None])[0]
        side = round(len(there) ** 0.5)
        swapped = there.reshape(side, side, -1)[:, ::-1].reshape(there.shape)
        differences.append(float((here * swapped).sum(axis=1).mean() - (here * there).sum(axis=1).mean()))
    if not differences or abs(float(np.mean(differences))) < MARGIN:
        return None
    return float(np.mean(differences)) > 0
