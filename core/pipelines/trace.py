"""Which second of which library video every part of a clip was taken from.

Similar frames from the index propose lines of (source, offset), only those are followed, and a decoder chooses among
them and "unknown" and lays small pictures of both over each other. Where the decoder is the published one, the memory
takes the place of the path.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import MediaError, NotFound
from core.models import retrieval_memory, trace_decoder, trace_lines
from core.models.trace_check import Answer, Material, decode
from core.models.trace_confidence import confidence
from core.models.trace_cuts import Look, edges, greatest_change, halfway
from core.models.trace_decoder import UNKNOWN, Span
from core.models.trace_lines import DEFAULT, Config, Line, Query, Reference, Votes
from core.pipelines.trace_pictures import library_pictures
from core.records import FeatureTrack, Progress, Source, Trace, TraceSegment, Video, no_progress
from core.store.index import FrameIndex
from core.store.library import Library

NEIGHBOURS = 48  # frames of the library that each frame of the query brings
ASKED_PER_SECOND = 2.0  # frames of a query that the index is asked about
MOST_ASKED = 450  # frames of a query; of ten minutes one in 1.3 seconds, four to each window of votes
MOST_SOURCES = 400  # videos followed for one query
MOST_REMEMBERED = 12  # videos that the published memory is given
ALTERNATIVES = 3  # of each segment
BATCH = 120  # frames asked about at once, so that a cancel is heard


@dataclass(frozen=True)
class Followed(Material):
    """A query with every line worth following and the sources they lie in."""

    ids: list[str]  # of the sources


def trace(
    video: Video,
    track: FeatureTrack,
    *,
    dimension: int,
    library: Library,
    index: FrameIndex,
    encoder: str,
    lowest: float,
    copy: float,
    model: str = "trace_decoder",
    gates: NDArray[np.float32] | None = None,
    look: Look | None = None,
    config: Config = DEFAULT,
    notes: tuple[str, ...] = (),
    progress: Progress = no_progress,
) -> Trace:
    """Segments from the start of the query to its end, each with its source or none.

    `track` holds the query's frames at any rate, each `dimension` numbers for the whole and as many for each pane;
    `index` the library's by the same encoder. Frames less alike than `lowest` are no copies, those from `copy` on
    always are; in between it depends on how alike strangers are. `gates` (P,) are those of the retrieval memory.
    `look` shows the query closely, in doubt and where a part ends. The query itself is no source of itself. Raises
    MediaError for a query without frames.
    """
    if len(track) == 0:
        raise MediaError(f"{video.title}: there is no frame to trace.")
    query = as_query(track, dimension)
    followed = look_up(
        query,
        video.id,
        library=library,
        index=index,
        lowest=lowest,
        copy=copy,
        config=config,
        progress=lambda done, text: progress(0.7 * done, text),
    )
    progress(0.7, "finding the best path")
    if model == "retrieval_memory":
        found = _remembered(followed, gates)
    else:
        pictures = library_pictures(library, video.id, followed.ids, index.encoder, look=look)
        found = decode(
            followed,
            pictures=pictures,
            config=config,
            progress=lambda done, text: progress(0.7 + 0.25 * done, text),
        )
    end = max(video.info.duration, float(query.times[-1]) + query.step / 2)
    progress(0.95, "finding the cuts")
    spans = [answer.span for answer in found]
    seconds = edges(spans, query.times, end, halfway if look is None else greatest_change(look))
    segments = _segments(found, seconds, followed, library)
    progress(1.0, "done")
    return Trace(
        query=video,
        segments=segments,
        times=query.times,
        strip=_strip(found, followed),
        rate=1.0 / query.step,
        encoder=encoder,
        model=model,
        notes=notes,
    )


def as_query(track: FeatureTrack, dimension: int) -> Query:
    """A track as the decoder wants it: its rows hold one or several views of `dimension` numbers side by side."""
    return Query(track.times, track.vectors.reshape(len(track), -1, dimension), track.weights)


def _remembered(followed: Followed, gates: NDArray[np.float32] | None) -> list[Answer]:
    """What the published memory says, with the floors as our addition: the report knows no unknown sources."""
    query = followed.query
    places = list(followed.references)[:MOST_REMEMBERED]  # the most voted come first
    if not places:
        return [_by_vectors(Span(0, len(query.times), UNKNOWN), followed)]
    database = retrieval_memory.gather({place: followed.references[place] for place in places}, query.step)
    opened = np.ones(len(query.times), np.float32) if gates is None else gates
    recalled = retrieval_memory.recall(query, opened, database)
    return [_by_vectors(span, followed) for span in retrieval_memory.spans(recalled, query, database, followed.floors)]


def _by_vectors(span: Span, followed: Followed) -> Answer:
    return Answer(span, confidence(span, followed.lines, followed.similarities, followed.floors))


def look_up(
    query: Query,
    query_id: str,
    *,
    library: Library,
    index: FrameIndex,
    lowest: float,
    copy: float,
    config: Config = DEFAULT,
    progress: Progress = no_progress,
) -> Followed:
    """Every line worth following and how similar the query is along it."""
    votes, ids = _votes(query, query_id, index, lambda done, text: progress(0.5 * done, text))
    progress(0.5, "looking for passages")
    lines = trace_lines.propose(votes, query.times, floor=lowest, config=config)
    places = _most_voted(lines, votes)
    references: dict[int, Reference] = {}
    for number, place in enumerate(places):
        progress(0.6 + 0.2 * number / len(places), f"reading source {number + 1} of {len(places)}")
        try:
            found = library.load_track(ids[place], index.encoder)
        except NotFound:  # removed meanwhile, or damaged: it counts as not extracted from now on
            continue
        if len(found) and found.weights.any():
            references[place] = Reference(found.times, found.vectors)
    lines = [line for line in lines if line.source in references]
    progress(0.8, f"following {len(lines)} passages")
    similarities = trace_decoder.follow(lines, query, references)
    floors = trace_decoder.floors(votes, query, lowest=lowest, copy=copy, config=config)
    return Followed(query, lines, similarities, floors, references, ids)


def _votes(query: Query, query_id: str, index: FrameIndex, progress: Progress) -> tuple[Votes, list[str]]:
    """The library's frames most like those of the query, with the ids that their source numbers stand for."""
    stride = max(1, round(1.0 / (query.step * ASKED_PER_SECOND)), round(len(query.times) / MOST_ASKED))
    asked = np.arange(0, len(query.times), stride)
    asked = asked[query.weights[asked] > 0]
    row_of = {float(query.times[row]): int(row) for row in asked}
    numbers: dict[str, int] = {}
    rows, sources, times, similarities = [], [], [], []
    for view in range(query.views.shape[1]):
        seen = asked[query.views[asked, view].any(axis=1)]
        for start in range(0, len(seen), BATCH):
            done = (view + start / len(seen)) / query.views.shape[1]
            progress(done, "looking for candidates")
            chosen = seen[start : start + BATCH]
            near = index.search(query.views[chosen, view], query.times[chosen], NEIGHBOURS, exclude={query_id})
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
    found: Sequence[Answer], seconds: Sequence[float], followed: Followed, library: Library
) -> tuple[TraceSegment, ...]:
    segments: list[TraceSegment] = []
    for answer, (start, stop) in zip(found, itertools.pairwise(seconds), strict=True):
        span, sure = answer.span, answer.confidence
        others = _others(span, followed, library, start, stop)
        if span.source == UNKNOWN:
            score = others[0].score if others else 0.0
            segment = TraceSegment(start, stop, None, "", None, None, score, sure, 1.0, others)
        else:
            segment = _known(answer, followed, library, start, stop, others)
        segments.append(segment)
    return tuple(segments)


def _known(
    answer: Answer,
    followed: Followed,
    library: Library,
    start: float,
    stop: float,
    others: tuple[Source, ...],
) -> TraceSegment:
    span = answer.span
    reference = followed.references[span.source]
    last = float(reference.times[-1]) + 1.0
    return TraceSegment(
        query_start=start,
        query_end=stop,
        video_id=followed.ids[span.source],
        title=_title(library, followed.ids[span.source]),
        reference_start=float(np.clip(span.offset + span.speed * start, 0.0, last)),
        reference_end=float(np.clip(span.offset + span.speed * stop, 0.0, last)),
        score=_along(span, followed),
        confidence=answer.confidence,
        speed=span.speed,
        alternatives=others,
    )


def _along(span: Span, followed: Followed) -> float:
    """Mean similarity of a span with its source."""
    columns = [column for column, line in enumerate(followed.lines) if line.source == span.source]
    best = followed.similarities[span.first : span.end, columns].max(axis=1, initial=-1.0)
    return float(np.maximum(best, 0.0).mean())


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


def _strip(found: Sequence[Answer], followed: Followed) -> NDArray[np.float32]:
    """(P,) the similarity of every row with its source; where that is unknown, with the closest line."""
    strip = np.zeros(len(followed.query.times), np.float32)
    sources = np.array([line.source for line in followed.lines], np.int64)
    for span in (answer.span for answer in found):
        columns = np.flatnonzero(sources == span.source) if span.source != UNKNOWN else np.arange(len(sources))
        if len(columns):
            strip[span.first : span.end] = followed.similarities[span.first : span.end, columns].max(axis=1)
    return np.maximum(strip, 0.0)


def _title(library: Library, video_id: str) -> str:
    video = library.find(video_id)
    return "" if video is None else video.title
