"""Queries that are files, with what they show, as tasks for the decoders: one's own benchmark, or stitched ones.

A folder of queries holds `annotations.json` in the form of VCSL, and may hold `queries.json` with what that form lacks:
the noise of each query, and the videos that make up the library where these are not all. What no segment covers, and
what was taken from a video that is not in the library, has no source there.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config import Limits
from core.errors import MediaError, StudioError
from core.features.base import ImageEncoder
from core.features.panes import PANES, PaneEncoder
from core.features.pooling import frame_weights
from core.media.sandbox import Sandbox
from core.models.picture_agreement import SIDE, square
from core.models.trace_check import Pictures
from core.models.trace_cuts import Look, greatest_change
from core.models.trace_lines import Query, Reference
from core.records import Progress, no_progress
from core.store.disk import replacing
from core.training.datasets import list_videos
from core.training.stitching import QUERY_RATE, SHORT_SIDE
from core.training.trace_decoders import Task, Track, exact_votes
from core.training.trace_metrics import Box, Piece
from core.training.vcsl import parted, read_annotations

ANNOTATIONS, QUERIES = "annotations.json", "queries.json"
CLOSELY = 60.0  # pictures of a query a second where a cut is sought: each of its frames, or nearly


@dataclass(frozen=True)
class Known:
    """What `queries.json` says."""

    noise: Mapping[str, str] = field(default_factory=dict)  # by the name of the query
    library: tuple[str, ...] = ()  # paths below the folder of videos; none: every video that is no query

    def write(self, path: Path, **more: Any) -> None:
        """The file appears when it is whole."""
        with replacing(path) as file:
            document = {"noise": dict(self.noise), "library": list(self.library), **more}
            file.write((json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode())

    @classmethod
    def read(cls, path: Path) -> "Known":
        """Nothing known where there is no such file. Raises StudioError for one of another form."""
        if not path.exists():
            return cls()
        try:
            document = json.loads(path.read_text("utf-8"))
            noise, library = document.get("noise", {}), document.get("library", [])
            if not all(isinstance(text, str) for text in (*noise.keys(), *noise.values(), *library)):
                raise ValueError("names must be text")
            return cls(dict(noise), tuple(library))
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise StudioError(
                f'{path} cannot be used: {error}. Write {{"noise": {{"QUERY": "text", …}}, "library": ["FILE", …]}}, '
                "or leave the file away."
            ) from error


@dataclass(frozen=True)
class Asked:
    """A query and what it shows."""

    path: Path
    noise: str  # "" where nobody told
    boxes: Mapping[Path, Sequence[Box]]  # by source


@dataclass(frozen=True)
class Benchmark:
    """Queries and the library that they are looked for in."""

    queries: Sequence[Asked]
    library: Sequence[Path]
    not_annotated: Sequence[str]  # files beside the queries of which nothing is said
    pairs_without_query: int  # annotated pairs whose query is not there
    pairs_without_source: int  # … whose reference is not in the library: unknown, as it should be called


@dataclass(frozen=True)
class Film:
    """A video of the library as that keeps it: a frame a second."""

    group: str  # its path below the folder: the source that an answer names
    duration: float  # seconds
    track: Track
    squares: NDArray[np.uint8]  # (T, SIDE, SIDE) grey

    def square_at(self, time: float) -> NDArray[np.float32]:
        return self.squares[int(np.abs(self.track[0] - time).argmin())].astype(np.float32)


def read_benchmark(videos: Path, queries: Path) -> Benchmark:
    """What is asked of which videos. Raises StudioError when nothing is, or it cannot be told what is meant."""
    path = queries / ANNOTATIONS
    if not path.is_file():
        raise StudioError(f"There is no {ANNOTATIONS} in {queries}. Put one beside the queries, in the form of VCSL.")
    annotations, known = read_annotations(path), Known.read(queries / QUERIES)
    asked = called([file for file, _ in list_videos(queries) if file.suffix != ".json"], queries)
    films = [file for file, _ in list_videos(videos) if file.suffix != ".json"]
    sources = called(films, videos)
    boxes: dict[Path, dict[Path, list[Box]]] = {}
    without_query = without_source = 0
    chosen = _chosen(known.library, sources, videos)
    for pair, segments in annotations.items():
        names = parted(pair, asked, sources)
        if names is None:
            without_query += 1
            continue
        shown = boxes.setdefault(asked[names[0]], {})
        source = sources.get(names[1])
        if source is None or (chosen and source not in chosen):
            without_source += 1
        else:
            shown.setdefault(source, []).extend(segments)
    if not boxes:
        raise StudioError(f"{path} speaks of no video in {queries}: its pairs are named QUERY-REFERENCE, as the files.")
    only_asked = {file.resolve() for file in boxes} - {source.resolve() for shown in boxes.values() for source in shown}
    noise = {asked[name]: kind for name, kind in known.noise.items() if name in asked}
    return Benchmark(
        queries=[Asked(file, noise.get(file, ""), shown) for file, shown in sorted(boxes.items())],
        library=sorted(chosen) or [file for file in films if file.resolve() not in only_asked],
        not_annotated=sorted({str(file.relative_to(queries)) for file in asked.values() if file not in boxes}),
        pairs_without_query=without_query,
        pairs_without_source=without_source,
    )


def called(files: Sequence[Path], folder: Path) -> dict[str, Path]:
    """The files by all that they may be called: path below the folder or name, each with or without its ending.

    What two files could be called is neither's.
    """
    found: dict[str, set[Path]] = {}
    for file in files:
        for name in _names(file, folder):
            found.setdefault(name, set()).add(file)
    return {name: next(iter(those)) for name, those in found.items() if len(those) == 1}


def shortest_name(file: Path, folder: Path, names: Mapping[str, Path]) -> str:
    """What a file is called in annotations: as little of its path below the folder as names it alone."""
    return next(name for name in _names(file, folder) if names.get(name) == file)


def _names(file: Path, folder: Path) -> tuple[str, ...]:
    below = file.relative_to(folder)
    return file.stem, below.with_suffix("").as_posix(), file.name, below.as_posix()


def read_film(path: Path, name: str, encoder: ImageEncoder) -> Film:
    """A video of the library. Raises MediaError when it cannot be read."""
    times, vectors, weights, squares = [], [], [], []
    with Sandbox(path, Limits()) as media:
        duration = media.probe().duration
        for run in media.frames(fps=1.0, short_side=_short_side(encoder)):
            times.append(run.times)
            vectors.append(encoder.encode(run.images))
            weights.append(frame_weights(run.images))
            squares += [square(image).round().astype(np.uint8) for image in run.images]
    if not squares:
        raise MediaError(f"{path.name} shows no picture.")
    track = np.concatenate(times), np.concatenate(vectors), np.concatenate(weights)
    return Film(name, duration, track, np.stack(squares))


def tasks(
    benchmark: Benchmark,
    films: Mapping[Path, Film],
    encoder: ImageEncoder,
    failures: list[str],
    *,
    progress: Progress = no_progress,
) -> Iterator[tuple[str, Task, list[Piece], list[Film]]]:
    """Every query: its noise, the task, the truth, and the films by their numbers in the task.

    A query that lies among the films is no source of itself. One that cannot be read, or that is annotated past its
    end, becomes a line of `failures`.
    Each task is good until the next one is asked for: its file stays open so that cuts can be looked at closely.
    """
    panes = PaneEncoder(encoder)
    for place, asked in enumerate(benchmark.queries):
        progress(place / len(benchmark.queries), f"query {place + 1} of {len(benchmark.queries)}: {asked.path.name}")
        numbered = [film for path, film in films.items() if path.resolve() != asked.path.resolve()]
        boxes = {films[source].group: shown for source, shown in asked.boxes.items() if source in films}
        try:
            with Sandbox(asked.path, Limits()) as media:
                query, pictures = _read_query(media, panes)
                true = truth(boxes, max(media.probe().duration, float(query.times[-1])), asked.path.name)
                yield asked.noise, _task(query, pictures, numbered), true, numbered
        except StudioError as error:
            failures.append(f"{asked.path.name}: {error}")


def truth(boxes: Mapping[str, Sequence[Box]], seconds: float, name: str = "the query") -> list[Piece]:
    """What a query of so many seconds shows when, by the boxes of every source; what none covers is unknown.

    Raises StudioError for a segment that begins after the end.
    """
    pieces, gaps, reached = [], [], 0.0
    for source, shown in boxes.items():
        for start, reference_start, end, reference_end in shown:
            if start >= seconds:
                raise StudioError(f"{name} lasts {seconds:.1f} s, but is annotated from {start:.1f} s on.")
            whole = Piece(start, end, source, reference_start, reference_end)
            stop = min(end, seconds)
            pieces.append(Piece(start, stop, source, reference_start, whole.reference_time(stop)))
    pieces.sort(key=lambda piece: (piece.query_start, piece.query_end))
    for piece in [*pieces, Piece(seconds, seconds, None)]:
        if piece.query_start > reached + 1e-3:
            gaps.append(Piece(reached, piece.query_start, None))
        reached = max(reached, piece.query_end)
    return sorted([*pieces, *gaps], key=lambda piece: (piece.query_start, piece.query_end))


def _chosen(library: Sequence[str], sources: Mapping[str, Path], videos: Path) -> set[Path]:
    missing = [name for name in library if name not in sources]
    if missing:
        raise StudioError(f"{QUERIES} puts {missing[0]} into the library, which is not in {videos}.")
    return {sources[name] for name in library}


def _short_side(encoder: ImageEncoder) -> int:
    return max(encoder.short_side, SHORT_SIDE)


def _read_query(media: Sandbox, panes: PaneEncoder) -> tuple[Query, Pictures]:
    """A query at the rate of tracing, and small pictures of its whole seconds. Raises MediaError when it shows none."""
    times, vectors, weights, squares = [], [], [], []
    moments: list[float] = []
    for run in media.frames(fps=QUERY_RATE, short_side=_short_side(panes.whole)):
        times.append(run.times)
        vectors.append(panes.encode(run.images))
        weights.append(frame_weights(run.images))
        for time, image in zip(run.times.tolist(), run.images, strict=True):
            if time >= len(moments) - 1e-6:
                moments.append(time)
                squares.append(square(image))
    if not times:
        raise MediaError("there is no frame to trace")
    seconds = np.array(moments)
    found = np.concatenate(vectors)
    query = Query(np.concatenate(times), found.reshape(len(found), 1 + PANES, -1), np.concatenate(weights))
    return query, Pictures(
        seconds, lambda time: squares[int(np.abs(seconds - time).argmin())], lambda source, time: None, _look(media)
    )


def _task(query: Query, pictures: Pictures, films: Sequence[Film]) -> Task:
    """The films stand for themselves by their places in the list."""
    library = {place: film.track for place, film in enumerate(films)}
    references = {place: Reference(times, vectors) for place, (times, vectors, _) in library.items()}
    look = pictures.look
    assert look is not None
    seen = Pictures(pictures.times, pictures.query, lambda place, time: films[place].square_at(time), look)
    return Task(query, exact_votes(query, library), references, seen, greatest_change(look))


def _look(media: Sandbox) -> Look:
    def look(first: float, second: float) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        runs = list(media.frames(fps=CLOSELY, short_side=SIDE, start=first, end=second + 1.0 / CLOSELY))
        squares = [square(image) for run in runs for image in run.images]
        return np.concatenate([run.times for run in runs]), np.stack(squares)

    return look
