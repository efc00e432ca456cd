"""Queries stitched from pieces of real videos in random order, with the truth kept: what a trace is measured on.

Frames come from decoded arrays and edits are applied to arrays, which takes seconds where files take minutes:
see `stitched_files` for real ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.config import Limits
from core.errors import MediaError
from core.features.pooling import frame_weights
from core.media.sandbox import Sandbox
from core.records import Progress, no_progress
from core.training.datasets import list_videos
from core.training.edits import EDITS, Image
from core.training.trace_metrics import Piece

RATE = 12  # frames per second that sources are kept at
SHORT_SIDE = 128
MOST_SECONDS = 60.0  # of each source
QUERY_RATE = 3.0  # frames per second of a query (Du and Peng 2021, section 4.1)
SHORTEST = 5.0  # seconds of a piece, as published
LONGEST = 12.0
SPEEDS = (0.8, 0.9, 1.1, 1.25, 1.5)
LEAST_CONTENT = 0.3  # mean frame weight of a video that can be a source: black and plain ones show nothing
UNKNOWN_SHARE = 0.25  # of the parts


@dataclass(frozen=True)
class Footage:
    """The frames of one video, `RATE` a second."""

    name: str  # path below the folder
    group: str
    images: NDArray[np.uint8]  # (T, H, W, 3)

    @property
    def duration(self) -> float:
        return len(self.images) / RATE

    def seconds(self) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        """What a library keeps: the whole seconds and the frames at them."""
        images = self.images[::RATE]
        return np.arange(len(images), dtype=np.float64), images


@dataclass(frozen=True)
class Part:
    """A piece of a source in a query."""

    source: int  # place in the list of footage
    start: float  # seconds in the source
    seconds: float  # of the query
    speed: float = 1.0  # seconds of the source in a second of the query


@dataclass(frozen=True)
class Plan:
    """A query before it is rendered."""

    parts: tuple[Part, ...]
    noise: str
    seed: int


def read_footage(folder: Path, *, progress: Progress = no_progress) -> tuple[list[Footage], list[str]]:
    """The longest readable video with content of every group, at least `SHORTEST` seconds of it; and what was left out.

    One video for each group, so every other of it would be the same source.
    """
    best: dict[str, Footage] = {}
    failures = []
    listed = list_videos(folder)
    for place, (path, group) in enumerate(listed):
        progress(place / len(listed), f"Reading {path.name}")
        name = str(path.relative_to(folder))
        try:
            with Sandbox(path, Limits()) as media:
                duration = media.probe().duration
                kept = best.get(group)
                if duration < SHORTEST + 0.5 or (kept is not None and kept.duration >= min(duration, MOST_SECONDS)):
                    continue
                chunks = [
                    chunk.images.copy() for chunk in media.frames(fps=RATE, short_side=SHORT_SIDE, end=MOST_SECONDS)
                ]
        except MediaError as error:
            failures.append(f"{name}: {error}")
            continue
        images = np.concatenate(chunks) if chunks else np.zeros((0, 1, 1, 3), np.uint8)
        found = Footage(name, group, images)
        is_longer = found.duration >= SHORTEST + 0.5 and (kept is None or found.duration > kept.duration)
        if is_longer and frame_weights(images[::RATE]).mean() >= LEAST_CONTENT:
            best[group] = found
    return [best[group] for group in sorted(best)], failures


def plan_query(
    footage: Sequence[Footage], inside: Sequence[int], outside: Sequence[int], noise: str, seed: int, *, parts: int = 6
) -> Plan:
    """Pieces of at least `SHORTEST` seconds in random order, some from videos that are not in the library."""
    rng = np.random.default_rng([seed, 11])
    chosen: list[Part] = []
    while len(chosen) < parts:
        pool = outside if len(outside) and rng.random() < UNKNOWN_SHARE else inside
        source = int(pool[int(rng.integers(len(pool)))])
        if chosen and chosen[-1].source == source:
            continue
        speed = float(rng.choice(SPEEDS)) if noise == "speed" else 1.0
        longest = min(LONGEST, footage[source].duration / speed)
        if longest < SHORTEST:
            speed, longest = 1.0, min(LONGEST, footage[source].duration)
        seconds = float(rng.uniform(SHORTEST, longest))
        start = float(rng.uniform(0.0, max(0.0, footage[source].duration - seconds * speed)))
        chosen.append(Part(source, start, seconds, speed))
    return Plan(tuple(chosen), noise, seed)


def truth(plan: Plan, footage: Sequence[Footage], inside: Sequence[int]) -> list[Piece]:
    """What the query shows when: the group of a source inside the library, None of one outside."""
    pieces, at, known = [], 0.0, set(inside)
    for part in plan.parts:
        end = at + part.seconds
        source = footage[part.source].group if part.source in known else None
        pieces.append(Piece(at, end, source, part.start, part.start + part.seconds * part.speed))
        at = end
    return pieces


def render(
    plan: Plan,
    footage: Sequence[Footage],
    *,
    rate: float = QUERY_RATE,
    start: float = 0.0,
    end: float | None = None,
    strangers: Sequence[int] = (),
) -> tuple[NDArray[np.float64], list[Image]]:
    """The frames of a query from `start` to `end` seconds: times (P,) and pictures, which may differ in size.

    `strangers` are the videos that may be shown beside the source on a split screen.
    """
    edges = np.cumsum([0.0, *(part.seconds for part in plan.parts)])
    times = np.arange(start, (edges[-1] if end is None else min(end, edges[-1])) - 1e-6, 1.0 / rate)
    place = np.searchsorted(edges, times, side="right") - 1
    images: list[Image] = []
    for number in sorted(set(place.tolist())):
        part = plan.parts[number]
        state = [plan.seed, number, 17]
        noise = NOISES[plan.noise](
            np.random.default_rng(state), [footage[s].images for s in strangers if s != part.source]
        )
        source = footage[part.source].images
        for time in times[place == number]:
            moment = part.start + (time - edges[number]) * part.speed
            frame = min(int(moment * RATE + 1e-6), len(source) - 1)
            images.append(noise(source[frame], frame))
    return times, images


# ------------------------------------------------------------------------------------------------------- noise

Noise = Callable[[Image, int], Image]
"""A picture and its number in the source, so that what lies over it can move."""

Recipe = Callable[[np.random.Generator, Sequence[NDArray[np.uint8]]], Noise]


def _clean(rng: np.random.Generator, strangers: Sequence[NDArray[np.uint8]]) -> Noise:
    return lambda image, frame: image


def _edited(*names: str) -> Recipe:
    """The same place and strength on every frame of a part."""

    def recipe(rng: np.random.Generator, strangers: Sequence[NDArray[np.uint8]]) -> Noise:
        states = [(name, int(rng.integers(2**31))) for name in names]

        def noise(image: Image, frame: int) -> Image:
            for name, state in states:
                image = EDITS[name](image, np.random.default_rng(state))
            return image

        return noise

    return recipe


def _text(rng: np.random.Generator, strangers: Sequence[NDArray[np.uint8]]) -> Noise:
    """Lots of it: two blocks of lines that change every two seconds."""
    state = int(rng.integers(2**31))

    def noise(image: Image, frame: int) -> Image:
        page = state + frame // (2 * RATE)
        for block in range(2):
            image = EDITS["caption"](image, np.random.default_rng([page, block]))
        return image

    return noise


def _emoticons(rng: np.random.Generator, strangers: Sequence[NDArray[np.uint8]]) -> Noise:
    """Two to five round faces of a sixth to a third of the picture's height, some drifting."""
    faces = [
        (rng.uniform(0.1, 0.9, 2), rng.uniform(-0.02, 0.02, 2), float(rng.uniform(0.08, 0.17)), rng.integers(0, 2))
        for _ in range(int(rng.integers(2, 6)))
    ]

    def noise(image: Image, frame: int) -> Image:
        result = image.copy()
        height, width = image.shape[:2]
        y, x = np.mgrid[:height, :width].astype(np.float32)
        for at, drift, radius, mood in faces:
            centre = (at + drift * frame / RATE) % 1.0
            u, v = (x - centre[0] * width) / (radius * height), (y - centre[1] * height) / (radius * height)
            face = u**2 + v**2 < 1
            result[face] = (255, 205, 40)
            eyes = (np.abs(np.abs(u) - 0.35) < 0.12) & (np.abs(v + 0.25) < 0.18)
            bend = v - 0.25 - (0.25 if mood else -0.25) * (0.5 - u**2) * 2
            mouth = (np.abs(u) < 0.55) & (np.abs(bend) < 0.09)
            result[face & (eyes | mouth)] = (60, 40, 10)
        return result

    return noise


def _borders(rng: np.random.Generator, strangers: Sequence[NDArray[np.uint8]]) -> Noise:
    """A frame in one colour, black bars, or bars filled with the picture itself, enlarged and blurred."""
    kind = int(rng.integers(3))
    share = float(rng.uniform(0.08, 0.2))
    colour = rng.integers(0, 256, 3)
    across = bool(rng.random() < 0.5)

    def noise(image: Image, frame: int) -> Image:
        height, width = image.shape[:2]
        rows = round(height * share) if kind == 0 or across else 0
        columns = round(width * share) if kind == 0 or not across else 0
        result = np.empty((height + 2 * rows, width + 2 * columns, 3), np.uint8)
        result[:] = colour if kind == 0 else 0
        if kind == 2:
            result[:] = _fill(image, result.shape[:2])
        result[rows : rows + height, columns : columns + width] = image
        return result

    return noise


def _split(rng: np.random.Generator, strangers: Sequence[NDArray[np.uint8]]) -> Noise:
    """The source on one half of the screen, on the other a video that is nowhere in the library."""
    beside, first = bool(rng.random() < 0.6), bool(rng.random() < 0.5)
    other = strangers[int(rng.integers(len(strangers)))] if len(strangers) else None
    start = int(rng.integers(len(other))) if other is not None else 0

    def noise(image: Image, frame: int) -> Image:
        height, width = image.shape[:2]
        stranger = image[::-1] if other is None else other[(start + frame) % len(other)]
        half = (height, max(2, width // 2)) if beside else (max(2, height // 2), width)
        halves = [_cover(image, half), _cover(stranger, half)]
        return np.concatenate(halves if first else halves[::-1], axis=1 if beside else 0)

    return noise


def _fill(image: Image, size: tuple[int, int]) -> Image:
    from PIL import Image as Pictures
    from PIL import ImageFilter

    picture = Pictures.fromarray(image).resize((size[1], size[0]))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(max(2, size[0] // 16))))


def _cover(image: Image, size: tuple[int, int]) -> Image:
    """Scaled so that it covers the size, what stands out cut off evenly: at most a fifth on each side."""
    from PIL import Image as Pictures

    height, width = image.shape[:2]
    scale = max(size[0] / height, size[1] / width)
    scale = min(scale, min(size[0] / height, size[1] / width) / 0.6)
    inner = (min(size[0], round(height * scale)), min(size[1], round(width * scale)))
    rows, columns = min(inner[0] / scale, height), min(inner[1] / scale, width)
    top, left = (height - rows) / 2, (width - columns) / 2
    box = (left, top, left + columns, top + rows)
    part = np.asarray(Pictures.fromarray(image).resize((inner[1], inner[0]), box=box))
    result = np.zeros((*size, 3), np.uint8)
    y, x = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    result[y : y + inner[0], x : x + inner[1]] = part
    return result


NOISES: dict[str, Recipe] = {
    "clean": _clean,
    "split screen": _split,
    "text": _text,
    "emoticons": _emoticons,
    "borders": _borders,
    "mirror": _edited("flip"),
    "speed": _clean,  # the plan draws it
    "re-encoding": _edited("rescaling", "recompression"),
}
