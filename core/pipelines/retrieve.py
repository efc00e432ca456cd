"""Which videos of the library are like this one: candidates from the frame index first, scoring after."""

from collections import defaultdict

import numpy as np

from core.errors import NotFound
from core.models.cosine import compare, frame_matrix, probabilities
from core.records import FeatureTrack, Hit, Progress, no_progress
from core.store.index import FrameIndex
from core.store.library import Library

SCORE_ALL = 200  # up to so many videos every one is scored
CANDIDATES = 50  # past that, so many with the most and closest frames
NEIGHBOURS = 64  # frames that each query frame brings from the index


def retrieve(
    query: FeatureTrack, *, library: Library, index: FrameIndex, top: int = 5, progress: Progress = no_progress
) -> tuple[Hit, ...]:
    """The videos most like the query, best first, the query itself left out.

    The similarity is the mean of both Chamfer directions, the probability a softmax over the hits. A query of nothing
    but uniform frames, or a library without tracks of this encoder, gives no hits.
    """
    if not query.weights.any():
        return ()
    progress(0.0, "looking for candidates")
    ids = candidates(query, library=library, index=index, at_least=top)
    scored: list[tuple[float, str, float, float]] = []
    for number, video_id in enumerate(ids):
        progress(number / len(ids), f"comparing with video {number + 1} of {len(ids)}")
        try:
            reference = library.load_track(video_id, query.encoder)
        except NotFound:  # removed meanwhile, or damaged: it counts as not extracted from now on
            continue
        if len(reference) == 0 or not reference.weights.any():
            continue
        answer = compare(frame_matrix(query.vectors, reference.vectors), query.weights, reference.weights)
        row, column = answer.best
        scored.append((answer.similarity, video_id, float(query.times[row]), float(reference.times[column])))
    scored.sort(key=lambda row: (-row[0], row[1]))
    best = scored[:top]
    chances = probabilities(np.array([row[0] for row in best]))
    return tuple(
        Hit(
            video_id=video_id,
            title=library.get(video_id).title,
            similarity=similarity,
            distance=1.0 - similarity,
            probability=float(chance),
            query_time=query_time,
            reference_time=reference_time,
        )
        for (similarity, video_id, query_time, reference_time), chance in zip(best, chances, strict=True)
    )


def candidates(query: FeatureTrack, *, library: Library, index: FrameIndex, at_least: int) -> list[str]:
    """The ids worth scoring: all of a small library, else those whose frames lie nearest to the query's.

    Every query frame votes with its similarity, once for each video among its neighbours.
    """
    extracted = library.extracted(query.encoder) & set(library.ids())
    extracted.discard(query.video_id)
    if len(extracted) <= SCORE_ALL:
        return sorted(extracted)
    counts = query.weights > 0
    found = index.search(query.vectors[counts], query.times[counts], NEIGHBOURS, exclude={query.video_id})
    closest: dict[tuple[float, str], float] = {}
    for near in found:
        key = (near.query_time, near.video_id)
        closest[key] = max(near.similarity, closest.get(key, 0.0))
    votes: defaultdict[str, float] = defaultdict(float)
    for (_, video_id), similarity in closest.items():
        votes[video_id] += similarity
    return sorted(votes, key=lambda video_id: -votes[video_id])[: max(CANDIDATES, 4 * at_least)]
