"""Which videos of a library are like a query: scored by one sense or both, ranked, and given probabilities."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.errors import NotFound
from core.models import probability
from core.models.cosine import best_moment, frame_matrix, only_content
from core.models.fusion import Scored
from core.models.methods import Method
from core.models.scorers import Clip, copies
from core.pipelines.passages import thinned, thinning
from core.pipelines.references import Stored
from core.records import Chances, Hit, KinCalibration, Progress, no_progress
from core.store.library import Library

IS_KIN = 0.5  # probability


def retrieve(
    query: Clip,
    *,
    method: Method,
    ids: Sequence[str],
    library: Library,
    references: Stored,
    calibration: KinCalibration,
    floor: float,
    chances: Chances = "calibrated",
    top: int = 5,
    progress: Progress = no_progress,
) -> tuple[tuple[Hit, ...], float]:
    """The videos most like the query, best first, and the probability that none of `ids` is kin of it.

    From the cosine `floor` on, frames count as agreeing: when the best moment is sought, and when two candidates are
    taken for copies of one another, which is from there on the mean of their frames. Calibrated probabilities are over
    all of `ids`, so they do not depend on `top`; published ones are over the hits, as equation 1 has it. Hits come in
    the order of what is shown of them: by calibrated probability, where a copy of a likelier candidate may stand before
    a stranger that is a little more like the query, or by similarity with the published one. A query that cannot be
    compared, or a library without such tracks, gives no hits and 1.
    """
    scored = method.scores(query, references, ids, progress)
    order = sorted(scored, key=lambda video_id: (-scored[video_id].similarity, video_id))
    similarities = np.array([scored[video_id].similarity for video_id in order])
    progress(1.0, "weighing the candidates")
    chance, none = probability.kinship(
        similarities,
        temperature=calibration.temperature,
        none_at=calibration.none_at,
        copies=copies(order, references, floor),
    )
    ranked = np.arange(len(order)) if chances == "published" else np.argsort(-chance, kind="stable")
    rows = [(order[place], float(chance[place])) for place in ranked[:top]]
    hits = [hit for video_id, p in rows if (hit := _hit(query, video_id, p, scored[video_id], method, library, floor))]
    if chances == "published":
        shares = probability.published(np.array([hit.distance for hit in hits]))
        hits = [replace(hit, probability=float(share)) for hit, share in zip(hits, shares, strict=True)]
    return tuple(hits), none


def _hit(
    query: Clip, video_id: str, chance: float, scored: Scored, method: Method, library: Library, floor: float
) -> Hit | None:
    """One row of the answer; None when the video was removed meanwhile."""
    try:
        title, reference = library.get(video_id).title, library.load_track(video_id, query.visual.encoder)
    except NotFound:
        return None
    moments = (0.0, 0.0)
    if method.using != "audio" and query.has_pictures and reference.weights.any():
        step = thinning(len(query.visual), len(reference))
        one, other = thinned(query.visual, step), thinned(reference, step)
        matrix = only_content(frame_matrix(one.vectors, other.vectors), one.weights, other.weights)
        row, column = best_moment(matrix, floor)
        moments = float(one.times[row]), float(other.times[column])
    return Hit(
        video_id=video_id,
        title=title,
        similarity=scored.similarity,
        distance=method.distance(scored.similarity),
        probability=chance,
        query_time=moments[0],
        reference_time=moments[1],
        is_kin=chance >= IS_KIN,
        visual=scored.visual,
        audio=scored.audio,
    )
