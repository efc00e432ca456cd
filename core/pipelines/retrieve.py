"""Which videos of the library are like this one: candidates from the frame index first, scoring after."""

from dataclasses import replace

import numpy as np

from core.errors import NotFound
from core.models.cosine import best_moment, compare, frame_matrix, only_content, probabilities
from core.pipelines.candidates import candidates
from core.records import FeatureTrack, Hit, Progress, no_progress
from core.store.index import FrameIndex
from core.store.library import Library


def retrieve(
    query: FeatureTrack,
    *,
    library: Library,
    index: FrameIndex,
    floor: float,
    top: int = 5,
    progress: Progress = no_progress,
) -> tuple[Hit, ...]:
    """The videos most like the query, best first, the query itself left out.

    The similarity is the mean of both Chamfer directions, the probability a softmax over the hits. From the cosine
    `floor` on, frames count as agreeing when the best moment is sought. A query of nothing but uniform frames, or a
    library without tracks of this encoder, gives no hits.
    """
    if not query.weights.any():
        return ()
    progress(0.0, "looking for candidates")
    ids = candidates(query, library=library, index=index, at_least=top)
    scored: list[tuple[float, str]] = []
    for number, video_id in enumerate(ids):
        progress(number / len(ids), f"comparing with video {number + 1} of {len(ids)}")
        try:
            reference = library.load_track(video_id, query.encoder)
        except NotFound:  # removed meanwhile, or damaged: it counts as not extracted from now on
            continue
        if reference.weights.any():
            matrix = frame_matrix(query.vectors, reference.vectors)
            scored.append((compare(matrix, query.weights, reference.weights).similarity, video_id))
    scored.sort(key=lambda row: (-row[0], row[1]))
    best = [hit for row in scored[:top] if (hit := _hit(query, *row, library, floor))]
    chances = probabilities(np.array([hit.similarity for hit in best]))
    return tuple(replace(hit, probability=float(chance)) for hit, chance in zip(best, chances, strict=True))


def _hit(query: FeatureTrack, similarity: float, video_id: str, library: Library, floor: float) -> Hit | None:
    """One row of the answer, its probability still open; None when the video was removed meanwhile."""
    try:
        title, reference = library.get(video_id).title, library.load_track(video_id, query.encoder)
    except NotFound:
        return None
    matrix = frame_matrix(query.vectors, reference.vectors)
    row, column = best_moment(only_content(matrix, query.weights, reference.weights), floor)
    return Hit(
        video_id=video_id,
        title=title,
        similarity=similarity,
        distance=1.0 - similarity,
        probability=0.0,
        query_time=float(query.times[row]),
        reference_time=float(reference.times[column]),
    )
