"""The experiment of tracing on a folder of videos: stitched queries under every noise, decoders side by side.

The library is one video of each of most groups, as 1 frame per second; the other groups are the unknown sources. So
any frame of a group is that group's, and other videos of it are not there to be mistaken for it. Where queries are
files with annotations, the folder is the library as it is: see `query_files`.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core import checkpoints
from core.config import WEIGHTS
from core.errors import MediaError, StudioError
from core.features.base import ImageEncoder
from core.features.embedded import EmbeddedEncoder
from core.features.panes import PANES, PaneEncoder
from core.features.pooling import frame_weights
from core.models import transition
from core.models.alignment import METHODS
from core.models.picture_agreement import square
from core.models.trace_check import Pictures
from core.models.trace_cuts import Look, edges, greatest_change
from core.models.trace_decoder import UNKNOWN, Span
from core.models.trace_lines import Query, Reference
from core.records import Progress, no_progress, part_of
from core.training.query_files import Film, read_benchmark, read_film, tasks
from core.training.stitching import NOISES, RATE, Footage, Plan, plan_query, read_footage, render, truth
from core.training.trace_decoders import Decoder, Task, Track, aligned, best_path, exact_votes, memory
from core.training.trace_metrics import (
    Piece,
    boundary_errors,
    count_seconds,
    parts_called_unknown,
    pooled,
    segment_scores,
)

QUERIES = 12  # of each noise
KNOWN_SHARE = 0.7  # of the groups that are in the library
BATCH = 32
LEAST_GROUPS = 6


def run(
    videos: Path, *, queries: Path | None = None, seed: int = 0, progress: Progress = no_progress
) -> dict[str, Any]:
    """Every figure by decoder and noise, on queries stitched by the seed or on the annotated files of a folder.

    Raises StudioError for too few groups of videos with content, and for annotations that say nothing of the files.
    """
    encoder = EmbeddedEncoder()
    decoders = _decoders(encoder)
    if queries is not None:
        return measure_files(videos, queries, encoder, decoders, progress=progress)
    footage, failures = read_footage(videos, progress=part_of(progress, 0.0, 0.3))
    measured = measure(footage, encoder, decoders, seed=seed, progress=part_of(progress, 0.3, 1.0))
    return {**measured, "unreadable": failures}


def _decoders(encoder: ImageEncoder) -> dict[str, Decoder]:
    """The product's, the published one where it has learned, and every aligner."""
    found: dict[str, Decoder] = {"trace_decoder": best_path}
    path = WEIGHTS / checkpoints.file_name(transition.NAME, f"{encoder.name}-{encoder.version}")
    if path.is_file():
        network = transition.restore(checkpoints.load(path, transition.NAME))
        found["retrieval_memory"] = memory(network, with_floors=True)
        found["retrieval_memory as published"] = memory(network, with_floors=False)
    return found | {f"aligned by {method}": aligned(method) for method in METHODS}


def measure(
    footage: Sequence[Footage],
    encoder: ImageEncoder,
    decoders: dict[str, Decoder],
    *,
    seed: int = 0,
    queries: int = QUERIES,
    noises: Sequence[str] = tuple(NOISES),
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """The same queries put to every decoder. Each query draws its own library from the groups."""
    if len(footage) < LEAST_GROUPS:
        raise StudioError(
            f"{len(footage)} groups of videos of 5 seconds or more are too few. Give a folder with {LEAST_GROUPS}."
        )
    rows: dict[str, dict[str, list[dict[str, Any]]]] = {name: {noise: [] for noise in noises} for name in decoders}
    drawn = draw(footage, encoder, seeds=[seed * 1000 + k for k in range(queries)], noises=noises, progress=progress)
    for noise, task, true in drawn:
        for name, decode in decoders.items():
            said = pieces(decode(task), task, footage, true[-1].query_end)
            rows[name][noise].append(_judged(true, said))
    progress(1.0, "Done")
    return {
        "groups": len(footage),
        "in_library": round(KNOWN_SHARE * len(footage)),
        "queries_per_noise": queries,
        "same_source": "one video of each group",
        "table": {name: _table(by_noise) for name, by_noise in rows.items()},
    }


def measure_files(
    videos: Path,
    queries: Path,
    encoder: ImageEncoder,
    decoders: dict[str, Decoder],
    *,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """The same of real files, each decoder's answers against the annotations beside the queries."""
    benchmark, failures = read_benchmark(videos, queries), list[str]()
    films: dict[Path, Film] = {}
    for number, path in enumerate(benchmark.library):
        name = path.relative_to(videos).as_posix()
        progress(0.6 * number / len(benchmark.library), f"Reading {name}")
        try:
            films[path] = read_film(path, name, encoder)
        except MediaError as error:
            failures.append(f"{name}: {error}")
    if not films:
        raise StudioError(f"No video of {videos} can be read, so there is nothing to trace to.")
    rows: dict[str, dict[str, list[dict[str, Any]]]] = {name: {} for name in decoders}
    asked = tasks(benchmark, films, encoder, failures, progress=part_of(progress, 0.6, 1.0))
    for noise, task, true, numbered in asked:
        end = max(piece.query_end for piece in true)
        try:
            said = {name: pieces(decode(task), task, numbered, end) for name, decode in decoders.items()}
        except MediaError as error:  # it was looked at again, and is damaged there
            failures.append(str(error))
            continue
        for name, found in said.items():
            rows[name].setdefault(noise, []).append(_judged(true, found))
    measured = sum(map(len, next(iter(rows.values())).values()))
    if measured == 0:
        raise StudioError(f"No query in {queries} can be read: {failures[-1]}")
    progress(1.0, "Done")
    return {
        "queries": measured,
        "videos_in_library": len(films),
        "library_seconds": round(sum(film.duration for film in films.values())),
        "table": {name: _table(by_noise) for name, by_noise in rows.items()},
        "not_annotated": benchmark.not_annotated,
        "pairs_without_query": benchmark.pairs_without_query,
        "pairs_without_source": benchmark.pairs_without_source,
        "unreadable": failures,
    }


# ---------------------------------------------------------------------------------------------------- queries


def draw(
    footage: Sequence[Footage],
    encoder: ImageEncoder,
    *,
    seeds: Sequence[int],
    noises: Sequence[str] = tuple(NOISES),
    progress: Progress = no_progress,
) -> Iterator[tuple[str, Task, list[Piece]]]:
    """A query of each seed under each noise, with the name of that and the truth."""
    seconds = [video.seconds() for video in footage]
    tracks = [(times, encoder.encode(images), frame_weights(images)) for times, images in seconds]
    for number, noise in enumerate(noises):
        for place, seed in enumerate(seeds):
            progress((number + place / len(seeds)) / len(noises), f"{noise}, query {place + 1} of {len(seeds)}")
            order = np.random.default_rng([seed, 5]).permutation(len(footage)).tolist()
            inside = sorted(order[: round(KNOWN_SHARE * len(footage))])
            outside = sorted(order[round(KNOWN_SHARE * len(footage)) :])
            plan = plan_query(footage, inside, outside, noise, seed)
            times, images = render(plan, footage, strangers=outside)
            look = _look(plan, footage, outside)
            task = _task(times, images, encoder, {source: tracks[source] for source in inside}, seconds, look)
            yield noise, task, truth(plan, footage, inside)


def _look(plan: Plan, footage: Sequence[Footage], strangers: Sequence[int]) -> Look:
    """A query as closely as its sources are kept."""

    def look(first: float, second: float) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        times, images = render(plan, footage, rate=RATE, start=first, end=second + 0.5 / RATE, strangers=strangers)
        return times, np.stack([square(image) for image in images])

    return look


def _task(
    times: NDArray[np.float64],
    images: Sequence[NDArray[np.uint8]],
    encoder: ImageEncoder,
    library: dict[int, Track],
    seconds: Sequence[tuple[NDArray[np.float64], NDArray[np.uint8]]],
    look: Look,
) -> Task:
    vectors, weights = _described(images, PaneEncoder(encoder))
    query = Query(times, vectors.reshape(len(times), 1 + PANES, -1), weights)
    references = {s: Reference(t, v) for s, (t, v, _) in library.items()}
    pictures = replace(_pictures(times, images, seconds), look=look)
    return Task(query, exact_votes(query, library), references, pictures, greatest_change(look))


def _pictures(
    times: NDArray[np.float64],
    images: Sequence[NDArray[np.uint8]],
    seconds: Sequence[tuple[NDArray[np.float64], NDArray[np.uint8]]],
) -> Pictures:
    """What a library keeps small pictures of: one a second of the query as of the sources."""
    rows = np.searchsorted(times, np.arange(0.0, times[-1] + 1e-6) - 1e-6)
    at = {float(times[row]): images[row] for row in rows.tolist()}

    def source(place: int, time: float) -> NDArray[np.float32]:
        moments, frames = seconds[place]
        return square(frames[int(np.abs(moments - time).argmin())])

    return Pictures(times[rows], lambda time: square(at[time]), source)


def _described(
    images: Sequence[NDArray[np.uint8]], encoder: PaneEncoder
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Pictures of changing size through the encoder, in runs of one size as a decoder would hand them on."""
    vectors, weights, start = [], [], 0
    for row in range(1, len(images) + 1):
        if row == len(images) or images[row].shape != images[start].shape or row - start == BATCH:
            run_of = np.stack(images[start:row])
            vectors.append(encoder.encode(run_of))
            weights.append(frame_weights(run_of))
            start = row
    return np.concatenate(vectors), np.concatenate(weights)


class Filmed(Protocol):
    """A source: the name that the truth calls it by, and its seconds."""

    @property
    def group(self) -> str: ...
    @property
    def duration(self) -> float: ...


def pieces(spans: Sequence[Span], task: Task, footage: Sequence[Filmed], end: float) -> list[Piece]:
    """What a decoder said, in seconds and groups; every decoder's cuts are sought alike."""
    found = []
    for span, (start, stop) in zip(
        spans, itertools.pairwise(edges(spans, task.query.times, end, task.cut)), strict=True
    ):
        if span.source == UNKNOWN:
            found.append(Piece(float(start), float(stop), None))
            continue
        video = footage[span.source]
        places = np.clip([span.offset + span.speed * start, span.offset + span.speed * stop], 0.0, video.duration)
        found.append(Piece(float(start), float(stop), video.group, float(places[0]), float(places[1])))
    return found


# ---------------------------------------------------------------------------------------------------- figures


def _judged(true: Sequence[Piece], said: Sequence[Piece]) -> dict[str, Any]:
    return {
        "seconds": count_seconds(true, said),
        "segments": segment_scores(true, said),
        "boundaries": boundary_errors(true, said),
        "unknown": parts_called_unknown([piece for piece in true if piece.source is None], said),
        "known": parts_called_unknown([piece for piece in true if piece.source is not None], said),
    }


def _table(by_noise: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    table = {noise: _summary(rows) for noise, rows in by_noise.items() if noise}  # "" is what nobody told
    table["all"] = _summary([row for rows in by_noise.values() for row in rows])
    noisy = [row for noise, rows in by_noise.items() if noise not in ("", "clean") for row in rows]
    if noisy:
        table["all but clean"] = _summary(noisy)
    return table


def _summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    counts = [row["seconds"] for row in rows]
    known, total = sum(c.known for c in counts), sum(c.known + c.unknown for c in counts)
    boundaries = [error for row in rows for error in row["boundaries"]]
    unknown = [called for row in rows for called in row["unknown"]]
    lost = [called for row in rows for called in row["known"]]
    return {
        "second_accuracy": _rounded(sum(c.right + c.recognised for c in counts) / max(total, 1)),
        "seconds_within_one_second_of_the_right_place": _rounded(sum(c.placed for c in counts) / max(known, 1)),
        "segments": {name: _rounded(value) for name, value in pooled([row["segments"] for row in rows]).items()},
        "boundary_error_median_seconds": _rounded(np.median(boundaries)) if boundaries else None,
        "boundary_error_90_percent_seconds": _rounded(np.percentile(boundaries, 90)) if boundaries else None,
        "unknown_parts_called_unknown": _rounded(np.mean(unknown)) if unknown else None,
        "known_parts_lost": _rounded(np.mean(lost)) if lost else None,
        "parts": len(unknown) + len(lost),
        "unknown_parts": len(unknown),
    }


def _rounded(value: Any) -> float:
    return round(float(value), 4)
