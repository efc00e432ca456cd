"""Which second of which library video every part of a clip was taken from.

Similar frames from the index propose lines of (source, offset), only those are followed, and a decoder chooses among
them and "unknown". Where the decoder is the published one, the memory takes the place of the path.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import MediaError, NotFound
from core.models import trace_decoder
from core.models.trace_decoder import DEFAULT, UNKNOWN, Config, Line, Reference, Span, Votes
from core.records import FeatureTrack, Progress, Source, Trace, TraceSegment, Video, no_progress
from core.store.index import FrameIndex
from core.store.library import Library

NEIGHBOURS = 48  # frames of the library that each frame of the query brings
ASKED_PER_SECOND = 2.0  # frames of a query that the index is asked about
MOST_SOURCES = 400  # videos followed for one query
ALTERNATIVES = 3  # of each segment
SLACK = 1.5  # seconds that a seam between two spans of one source may jump without being a cut
CONFIDENCE_SLOPE, CONFIDENCE_MIDDLE = 40.0, 0.02  # of a logistic curve over the lead of an answer


@dataclass(frozen=True)
class Followed:
    """A query with every line worth following and the sources they lie in."""

    times: NDArray[np.float64]  # (P,)
    weights: NDArray[np.float32]  # (P,)
    lines: list[Line]
    similarities: NDArray[np.float32]  # (P, H)
    ids: list[str]  # of the sources
    references: dict[int, Reference]


def trace(
    query: Video,
    track: FeatureTrack,
    *,
    library: Library,
    index: FrameIndex,
    encoder: str,
    floor: float,
    model: str = "trace_decoder",
    config: Config = DEFAULT,
    notes: tuple[str, ...] = (),
    progress: Progress = no_progress,
) -> Trace:
    """Segments from the start of the query to its end, each with its source or none.

    `track` holds the query's frames at any rate, `index` the library's by the same encoder; from the cosine `floor` on
    two frames count as copies. The query itself is no source of itself. Raises MediaError for a query without frames.
    """
    if len(track) == 0:
        raise MediaError(f"{query.title}: there is no frame to trace.")
    followed = look_up(track, library=library, index=index, floor=floor, config=config, progress=progress)
    progress(0.85, "finding the best path")
    step = rate_step(track.times)
    cuts = trace_decoder.changes(track.vectors, track.weights)
    path = trace_decoder.best_path(
        followed.similarities, followed.lines, followed.weights, cuts, floor=floor, step=step, config=config
    )
    found = trace_decoder.spans(path, followed.lines, track.times, slack=SLACK)
    end = max(query.info.duration, float(track.times[-1]) + step / 2)
    segments = _segments(found, followed, library, floor=floor, end=end)
    progress(1.0, "done")
    return Trace(
        query=query,
        segments=segments,
        times=track.times,
        strip=_strip(found, followed),
        rate=1.0 / step,
        encoder=encoder,
        model=model,
        notes=notes,
    )


def rate_step(times: NDArray[np.float64]) -> float:
    """Seconds between two frames of the query; a single frame stands for a second."""
    return float(np.median(np.diff(times))) if len(times) > 1 else 1.0


def look_up(
    track: FeatureTrack,
    *,
    library: Library,
    index: FrameIndex,
    floor: float,
    config: Config = DEFAULT,
    progress: Progress = no_progress,
) -> Followed:
    """Every line worth following and how similar the query is along it."""
    votes, ids = _votes(track, index, progress)
    progress(0.4, "looking for passages")
    lines = trace_decoder.propose(votes, track.times, floor=floor, config=config)
    places = _most_voted(lines, votes)
    references: dict[int, Reference] = {}
    for number, place in enumerate(places):
        progress(0.45 + 0.2 * number / len(places), f"reading source {number + 1} of {len(places)}")
        try:
            found = library.load_track(ids[place], index.encoder)
        except NotFound:  # removed meanwhile, or damaged: it counts as not extracted from now on
            continue
        if len(found) and found.weights.any():
            references[place] = Reference(found.times, found.vectors)
    lines = [line for line in lines if line.source in references]
    progress(0.65, f"following {len(lines)} passages")
    similarities = trace_decoder.follow(lines, track.vectors, track.times, references)
    return Followed(track.times, track.weights, lines, similarities, ids, references)


def _votes(track: FeatureTrack, index: FrameIndex, progress: Progress) -> tuple[Votes, list[str]]:
    """The library's frames most like those of the query, with the ids that their source numbers stand for."""
    stride = max(1, round(1.0 / (rate_step(track.times) * ASKED_PER_SECOND)))
    asked = np.arange(0, len(track), stride)
    asked = asked[track.weights[asked] > 0]
    row_of = {float(track.times[row]): int(row) for row in asked}
    numbers: dict[str, int] = {}
    rows, sources, times, similarities = [], [], [], []
    batch = 120
    for start in range(0, len(asked), batch):
        progress(0.4 * start / len(asked), f"looking for candidates, {start:,} of {len(asked):,} frames")
        chosen = asked[start : start + batch]
        near = index.search(track.vectors[chosen], track.times[chosen], NEIGHBOURS, exclude={track.video_id})
        for candidate in near:
            rows.append(row_of[candidate.query_time])
            sources.append(numbers.setdefault(candidate.video_id, len(numbers)))
            times.append(candidate.time)
            similarities.append(candidate.similarity)
    votes = Votes(
        np.array(rows, np.int64),
        np.array(sources, np.int64),
        np.array(times, np.float64),
        np.array(similarities, np.float32),
    )
    return votes, list(numbers)


def _most_voted(lines: Sequence[Line], votes: Votes) -> list[int]:
    """The sources of the lines, those with the most votes first, at most `MOST_SOURCES`."""
    heard = np.bincount(votes.sources, weights=votes.similarities) if len(votes.sources) else np.zeros(0)
    return sorted({line.source for line in lines}, key=lambda source: -heard[source])[:MOST_SOURCES]


def _segments(
    found: Sequence[Span], followed: Followed, library: Library, *, floor: float, end: float
) -> tuple[TraceSegment, ...]:
    times = followed.times
    edges = [0.0, *((times[span.first - 1] + times[span.first]) / 2 for span in found[1:]), end]
    segments: list[TraceSegment] = []
    for span, start, stop in zip(found, edges, edges[1:], strict=False):
        others = _others(span, followed, library, float(start), float(stop))
        if span.source == UNKNOWN:
            score = others[0].score if others else 0.0
            sure = 1.0 - _confidence(score - floor)
            segment = TraceSegment(float(start), float(stop), None, "", None, None, score, sure, 1.0, others)
        else:
            segment = _known(span, followed, library, float(start), float(stop), floor, others)
        segments.append(segment)
    return tuple(segments)


def _known(
    span: Span,
    followed: Followed,
    library: Library,
    start: float,
    stop: float,
    floor: float,
    others: tuple[Source, ...],
) -> TraceSegment:
    reference = followed.references[span.source]
    score = _along(span, followed)
    last = float(reference.times[-1]) + 1.0
    lead = min(score - floor, (score - others[0].score) if others else 1.0)
    return TraceSegment(
        query_start=start,
        query_end=stop,
        video_id=followed.ids[span.source],
        title=_title(library, followed.ids[span.source]),
        reference_start=float(np.clip(span.offset + span.speed * start, 0.0, last)),
        reference_end=float(np.clip(span.offset + span.speed * stop, 0.0, last)),
        score=score,
        confidence=_confidence(lead),
        speed=span.speed,
        alternatives=others,
    )


def _along(span: Span, followed: Followed) -> float:
    columns = [
        column
        for column, other in enumerate(followed.lines)
        if other.source == span.source and other.first < span.end and other.end > span.first
    ]
    if not columns:
        return 0.0
    best = followed.similarities[span.first : span.end, columns].max(axis=1)
    return float(best.mean())


def _others(span: Span, followed: Followed, library: Library, start: float, stop: float) -> tuple[Source, ...]:
    """The closest stretches of other videos along a span: what to look at when the answer is wrong."""
    if not followed.lines:
        return ()
    means = followed.similarities[span.first : span.end].mean(axis=0)
    chosen: dict[int, int] = {}
    for column in np.argsort(-means)[: 40 * ALTERNATIVES].tolist():
        source = followed.lines[column].source
        if source != span.source and means[column] > 0 and source not in chosen and len(chosen) < ALTERNATIVES:
            chosen[source] = column
    found = []
    for source, column in chosen.items():
        line, last = followed.lines[column], float(followed.references[source].times[-1]) + 1.0
        found.append(
            Source(
                video_id=followed.ids[source],
                title=_title(library, followed.ids[source]),
                reference_start=float(np.clip(line.offset + line.speed * start, 0.0, last)),
                reference_end=float(np.clip(line.offset + line.speed * stop, 0.0, last)),
                score=float(means[column]),
            )
        )
    return tuple(found)


def _strip(found: Sequence[Span], followed: Followed) -> NDArray[np.float32]:
    """(P,) the similarity of every row with its source; where that is unknown, with the closest line."""
    strip = np.zeros(len(followed.times), np.float32)
    sources = np.array([line.source for line in followed.lines], np.int64)
    for span in found:
        columns = np.flatnonzero(sources == span.source) if span.source != UNKNOWN else np.arange(len(sources))
        if len(columns):
            strip[span.first : span.end] = followed.similarities[span.first : span.end, columns].max(axis=1)
    return np.maximum(strip, 0.0)


def _confidence(lead: float) -> float:
    return float(0.5 * (1 + np.tanh(0.5 * CONFIDENCE_SLOPE * (lead - CONFIDENCE_MIDDLE))))


def _title(library: Library, video_id: str) -> str:
    video = library.find(video_id)
    return "" if video is None else video.title
