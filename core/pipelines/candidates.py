"""Which videos of the library are worth scoring for a query: all of a small one, else what the frame index brings."""

from collections import defaultdict
from collections.abc import Collection

from core.records import FeatureTrack
from core.store.index import FrameIndex

SCORE_ALL = 200  # up to so many videos every one is scored
CANDIDATES = 50  # past that, so many with the most and closest frames
NEIGHBOURS = 64  # frames that each query frame brings from the index
WITHIN = 0.4  # cosine from which on a frame makes its video a candidate: keeps 99 % of edited copies on 66 real sources


def candidates(query: FeatureTrack, *, among: Collection[str], index: FrameIndex, at_least: int) -> list[str]:
    """The ids worth scoring of those that were extracted: of few all, of many those whose frames lie nearest to the
    query's.

    Every query frame votes with its similarity, once for each video among its neighbours within `WITHIN`. Where these
    are fewer than `at_least`, the nearest of the others fill up.
    """
    if len(among) - (query.video_id in among) <= SCORE_ALL:
        return sorted(video_id for video_id in among if video_id != query.video_id)
    counts = query.weights > 0
    wanted = max(CANDIDATES, 4 * at_least)
    votes: defaultdict[str, float] = defaultdict(float)
    near_enough: set[str] = set()
    while len(votes) < wanted:  # one long still scene may fill a whole round
        seen = {query.video_id, *votes}
        found = index.search(query.vectors[counts], query.times[counts], NEIGHBOURS, exclude=seen)
        closest: dict[tuple[float, str], float] = {}
        for near in found:
            key = (near.query_time, near.video_id)
            closest[key] = max(near.similarity, closest.get(key, 0.0))
        if not closest:
            break
        for (_, video_id), similarity in closest.items():
            votes[video_id] += similarity
            near_enough |= {video_id} if similarity >= WITHIN else set()
        if len(votes) >= at_least and max(closest.values()) < WITHIN:
            break
    ranked = sorted(votes.keys() & set(among), key=lambda video_id: (video_id not in near_enough, -votes[video_id]))
    return ranked[: min(wanted, max(at_least, len(near_enough)))]
