"""Which videos of the library are worth scoring for a query: all of a small one, else what the frame index brings."""

from collections.abc import Collection

import numpy as np

from core.records import FeatureTrack
from core.store.frames import Nearest
from core.store.index import FrameIndex

SCORE_ALL = 200  # up to so many videos every one is scored
CANDIDATES = 50  # past that, so many with the most and closest frames
NEIGHBOURS = 64  # frames that each query frame brings from the index
WITHIN = 0.4  # cosine from which on a frame makes its video a candidate: keeps 99 % of edited copies on 66 real sources


def candidates(
    query: FeatureTrack, *, among: Collection[str], index: FrameIndex, at_least: int, near: Nearest | None = None
) -> list[str]:
    """The ids worth scoring of those that were extracted: of few all, of many those whose frames lie nearest to the
    query's.

    Every query frame votes with its similarity, once for each video among its neighbours within `WITHIN`. Where these
    are fewer than `at_least`, the nearest of the others fill up. `near` are the neighbours in other videos of the
    query's frames with content, `NEIGHBOURS` or more, where they were looked up before.
    """
    if len(among) - (query.video_id in among) <= SCORE_ALL:
        return sorted(video_id for video_id in among if video_id != query.video_id)
    counts = query.weights > 0
    wanted = max(CANDIDATES, 4 * at_least)
    votes: dict[str, float] = {}
    near_enough: set[str] = set()
    while len(votes) < wanted:  # one long still scene may fill a whole round
        if near is None:
            near = index.nearest(query.vectors[counts], NEIGHBOURS, exclude={query.video_id, *votes})
        names, sums, highest = _votes(near)
        if not names:
            break
        votes.update(zip(names, sums, strict=True))
        near_enough |= {name for name, most in zip(names, highest, strict=True) if most >= WITHIN}
        if len(votes) >= at_least and max(highest) < WITHIN:
            break
        near = None
    ranked = sorted(votes.keys() & set(among), key=lambda name: (name not in near_enough, -votes[name], name))
    return ranked[: min(wanted, max(at_least, len(near_enough)))]


def _votes(near: Nearest) -> tuple[list[str], list[float], list[float]]:
    """The videos among the neighbours, the sum of the similarities of each to the query frames, and the highest.

    Every query frame counts once for a video, with its nearest frame.
    """
    video, similarity = near.video[:, :NEIGHBOURS], np.maximum(near.similarity[:, :NEIGHBOURS], 0.0)
    rows, ranks = np.nonzero(video >= 0)
    _, first = np.unique(np.stack([rows, video[rows, ranks]]), axis=1, return_index=True)  # best first in each row
    found, place = np.unique(video[rows, ranks][first], return_inverse=True)
    closest = similarity[rows, ranks][first].astype(np.float64)
    highest = np.zeros(len(found))
    np.maximum.at(highest, place, closest)
    return [near.names[k] for k in found], np.bincount(place, closest, len(found)).tolist(), highest.tolist()
