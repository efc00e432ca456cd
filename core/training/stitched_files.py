"""Stitched queries as real files, through the same cutting and joining that people use, with the noise of their plans.

`stitch` makes a folder of them, with what they show beside them as `query_files` reads it. A part lasts as long as its
file does, which is its plan's seconds to the frame.
"""

import re
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config import Limits
from core.errors import MediaError, StudioError
from core.features.pooling import frame_weights
from core.media.edit import check, cut, join, rework
from core.media.sandbox import Sandbox
from core.records import Progress, named, no_progress, part_of
from core.training.datasets import list_videos
from core.training.edits import Image
from core.training.query_files import ANNOTATIONS, QUERIES, Known, called, shortest_name
from core.training.stitching import (
    LEAST_CONTENT,
    LONGEST,
    NOISES,
    RATE,
    SHORTEST,
    Footage,
    Noise,
    Plan,
    plan_query,
    truth,
)
from core.training.trace_metrics import Box, boxes
from core.training.vcsl import write_annotations

OTHER_SOUND = "other audio"  # the noise that only files have: each part with the sound of a stranger, or with none
SPLIT = "split screen"
FILE_NOISES = (*NOISES, OTHER_SOUND)
LOOKED_AT = 30  # frames, evenly over a film, by which it is told whether that shows anything
STRANGER_SIDE = 240  # pixels of the shorter side of what is seen beside a source


@dataclass(frozen=True)
class Film(Footage):
    """A source known by its length: its pictures stay in its file."""

    seconds_long: float

    @property
    def duration(self) -> float:
        return self.seconds_long


@dataclass(frozen=True)
class Cast:
    """The films that queries are stitched from, and which of them are in the library."""

    films: Sequence[Film]
    inside: Sequence[int]
    outside: Sequence[int]
    names: Sequence[str]  # what each is called in annotations


def stitch(
    videos: Path,
    out: Path,
    *,
    noises: Sequence[str] = FILE_NOISES,
    number: int = 1,
    held_out: float = 0.3,
    seed: int = 0,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """So many queries of each noise as MP4 files in a new folder, cut from the videos below another one.

    `held_out` is the share of the films that the library is to lack: their parts are the unknown ones. Of videos that
    show the same one is used. The same seed gives the same parts under every noise. What is finished is described at
    once, so stopping leaves a folder that can be measured on. Raises StudioError for what cannot be done.
    """
    for noise in noises:
        if noise not in FILE_NOISES:
            raise StudioError(f"No noise is called {noise!r}. Choose from: {', '.join(FILE_NOISES)}.")
    if not 0.0 <= held_out < 1.0:
        raise StudioError("The share of films that are held out lies between 0 and 1, 1 left out.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StudioError(f"{out} holds something already. Name a new folder.")
    if out.resolve().is_relative_to(videos.resolve()):
        raise StudioError(f"In {videos} the queries would be taken for films the next time. Name a folder beside it.")
    films, failures = read_films(videos, progress=part_of(progress, 0.0, 0.1))
    cast = _cast(films, videos, held_out, seed)
    known = Known(library=tuple(sorted(films[place].name for place in cast.inside)))
    annotations: dict[str, list[Box]] = {}
    written = []
    _make(out)
    jobs = [(noise, place) for noise in dict.fromkeys(noises) for place in range(number)]
    for done, (noise, place) in enumerate(jobs):
        name = f"{re.sub(r'[^a-z]+', '_', noise)}_{place + 1:02d}"
        part = part_of(named(progress, name), 0.1 + 0.9 * done / len(jobs), 0.1 + 0.9 * (done + 1) / len(jobs))
        plan = plan_query(films, cast.inside, cast.outside, noise, 1000 * seed + place)
        target = out / f"{name}.mp4"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # moviepy tells of the last frame of every second piece
                lengths = write_query(plan, films, videos, target, strangers=cast.outside, progress=part)
        except MediaError as error:
            failures.append(f"{name}: {error}")
            continue
        plan = replace(plan, parts=tuple(replace(p, seconds=s) for p, s in zip(plan.parts, lengths, strict=True)))
        annotations |= _annotated(name, plan, cast)
        known = replace(known, noise={**known.noise, name: noise})
        write_annotations(annotations, out / ANNOTATIONS)
        known.write(out / QUERIES, held_out=sorted(films[k].name for k in cast.outside), seed=seed)
        strange = sum(p.seconds for p in plan.parts if p.source in cast.outside)
        written.append(
            {
                "file": target.name,
                "noise": noise,
                "seconds": round(sum(lengths), 3),
                "seconds_unknown": round(strange, 3),
            }
        )
    if not written:
        out.rmdir()
        raise StudioError(f"No query could be made. {failures[-1]}")
    progress(1.0, "Done")
    return {
        "folder": str(out),
        "queries": written,
        "library": list(known.library),
        "held_out": sorted(films[place].name for place in cast.outside),
        "unreadable": failures,
    }


def write_query(
    plan: Plan,
    footage: Sequence[Footage],
    folder: Path,
    target: Path,
    *,
    strangers: Sequence[int] = (),
    limits: Limits | None = None,
    progress: Progress = no_progress,
) -> tuple[float, ...]:
    """A plan as a new MP4, cut from the files below `folder`, sound included; gives the seconds that each part lasts.

    Every part is encoded two or three times, as real compilations are. `strangers` are the videos that may be seen
    beside the source or heard in its place. Raises MediaError when a file cannot be cut.
    """
    bounds = limits or Limits()
    with tempfile.TemporaryDirectory() as place:
        pieces = []
        for number, part in enumerate(plan.parts):
            progress(0.7 * number / len(plan.parts), f"Making part {number + 1} of {len(plan.parts)}")
            source = folder / footage[part.source].name
            piece, changed = Path(place) / f"{number}.mp4", Path(place) / f"{number} changed.mp4"
            cut(source, part.start, part.start + part.seconds * part.speed, piece, limits=bounds)
            rng = np.random.default_rng([plan.seed, number, 17])
            others = [folder / footage[k].name for k in strangers if k != part.source]
            other = others[int(rng.integers(len(others)))] if others else None
            if plan.noise == OTHER_SOUND:
                rework(piece, changed, limits=bounds, sound=other, keeps_sound=False)
            elif plan.noise not in ("clean", "speed") or part.speed != 1.0:
                beside = [] if other is None or plan.noise != SPLIT else [_seen(other, rng, bounds)]
                noise = NOISES[plan.noise](rng, beside)
                rework(piece, changed, limits=bounds, picture=_over(noise, part.start), speed=part.speed)
            pieces.append(changed if changed.is_file() else piece)
        return join(pieces, target, limits=bounds, progress=part_of(progress, 0.7, 1.0))


def read_films(folder: Path, *, progress: Progress = no_progress) -> tuple[list[Film], list[str]]:
    """The longest readable video with content of every group, `SHORTEST` seconds of it or more; and what failed."""
    longest: dict[str, Film] = {}
    failures = []
    listed = list_videos(folder)
    for place, (path, group) in enumerate(listed):
        progress(place / len(listed), f"Reading {path.name}")
        name = path.relative_to(folder).as_posix()
        try:
            with Sandbox(path, Limits()) as media:
                seconds = media.probe().duration
                known = longest.get(group)
                if seconds < SHORTEST + 0.5 or (known is not None and known.duration >= seconds):
                    continue
                runs = media.frames(fps=min(1.0, LOOKED_AT / seconds), short_side=64)
                content = float(np.concatenate([frame_weights(run.images) for run in runs]).mean())
            if content >= LEAST_CONTENT:
                check(path, limits=Limits())
        except MediaError as error:
            failures.append(f"{name}: {error}")
            continue
        if content >= LEAST_CONTENT:
            longest[group] = Film(name, group, np.zeros((0, 1, 1, 3), np.uint8), seconds)
    return [longest[group] for group in sorted(longest)], failures


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudioError(f"The folder {folder} cannot be made: {error.strerror or error}.") from error


def _cast(films: Sequence[Film], videos: Path, held_out: float, seed: int) -> Cast:
    """Which films are in the library. Raises StudioError where too few are left to stitch from."""
    order = np.random.default_rng([seed, 5]).permutation(len(films)).tolist()
    count = round((1.0 - held_out) * len(films))
    inside, outside = sorted(order[:count]), sorted(order[count:])
    if not inside or len(films) < 2:
        raise StudioError(
            f"{len(films)} films of {SHORTEST:.0f} seconds or more in {videos}, {len(outside)} of them held out, are "
            "too few to stitch from. Add films, or hold out fewer."
        )
    names = called([path for path, _ in list_videos(videos)], videos)
    return Cast(films, inside, outside, [shortest_name(videos / film.name, videos, names) for film in films])


def _annotated(name: str, plan: Plan, cast: Cast) -> dict[str, list[Box]]:
    """Every part by the pair that it makes; held-out films are sources as well, only not in the library."""
    called_so = [replace(film, group=called) for film, called in zip(cast.films, cast.names, strict=True)]
    pieces = truth(plan, called_so, range(len(cast.films)))
    return {f"{name}-{source}": found for source, found in boxes(pieces).items()}


def _seen(path: Path, rng: np.random.Generator, limits: Limits) -> NDArray[np.uint8]:
    """Frames of a stranger for as long as a part lasts, `RATE` a second, from a place drawn at random."""
    with Sandbox(path, limits) as media:
        start = float(rng.uniform(0.0, max(0.0, media.probe().duration - LONGEST)))
        runs = list(media.frames(fps=RATE, short_side=STRANGER_SIDE, start=start, end=start + LONGEST))
    return np.concatenate([run.images for run in runs])


def _over(noise: Noise, start: float) -> Callable[[Image, float], Image]:
    """The noise of a piece that begins at a second of its source, told the source's frames."""
    return lambda image, time: noise(image, int((start + time) * RATE + 1e-6))
