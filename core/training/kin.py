"""Which videos of a library show the same source, where nobody has said so: those whose descriptors nearly coincide."""

from collections.abc import Sequence

import numpy as np

from core.features.pooling import descriptor
from core.records import FeatureTrack

ROWS = 512  # compared at once


def groups_of_copies(tracks: Sequence[FeatureTrack], threshold: float) -> list[str]:
    """A group name for each track: tracks linked by descriptors of at least this cosine, over however many steps, share
    one. `threshold` is the encoder's own for copies. A wrong link costs a little variety, a missed one would let a copy
    of a training video into the test."""
    if not tracks:
        return []
    rows = np.stack([descriptor(track) for track in tracks])
    leader = list(range(len(rows)))

    def find(place: int) -> int:
        while leader[place] != place:
            leader[place] = leader[leader[place]]
            place = leader[place]
        return place

    for start in range(0, len(rows), ROWS):
        alike = rows[start : start + ROWS] @ rows.T >= threshold
        for first, second in np.argwhere(alike).tolist():
            low, high = sorted((find(start + first), find(second)))
            leader[high] = low
    return [tracks[find(place)].video_id for place in range(len(rows))]
