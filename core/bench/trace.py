"""How long a trace takes after the features: ten minutes of query against a hundred hours of library."""

import io
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.bench.rows import unit
from core.features.panes import PANES
from core.media.mosaic import thumbnail
from core.models import trace_decoder, trace_lines
from core.models.picture_agreement import square
from core.models.trace_check import Material, Pictures, decode
from core.models.trace_lines import DEFAULT, Query, Reference, Votes
from core.records import BenchRow, FeatureTrack, MediaInfo, Video
from core.store.index import FrameIndex
from core.store.library import Library

HOURS = 100
TRACK = 3600  # frames of one video: an hour at one a second
DIMENSION = 192  # of the built-in encoder
MINUTES, RATE = 10, 3.0  # of the query
PART = 10.0  # seconds
UNKNOWN_SHARE = 0.2
SHOT = 20  # frames around one centre
NOISE = 0.35  # of an edited copy: a cosine of 0.94
NEIGHBOURS, STRIDE = 48, 4
LIMIT = 10.0  # seconds a person waits

_ENCODER = "bench-trace-1@1fps"
_INFO = MediaInfo(float(TRACK), 640, 360, 25.0, "mov,mp4", "h264", "yuv420p", None, 0, 1)


def run(videos: Path | None) -> list[BenchRow]:
    """Seconds from the query's vectors to its answer, candidates from the index and small pictures included, and how
    much is right.

    Vectors and pictures are made up, so `videos` changes nothing. Takes some 600 MB of a temporary folder.
    """
    random = np.random.default_rng(7)
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder))
        _fill(library, random)
        index = FrameIndex(library, _ENCODER)
        index.refresh()
        query, truth = _query(library, random)
        pictures = _pictures(query, truth, random)
        start = time.perf_counter()
        found = _trace(library, index, query, pictures)
        ours = time.perf_counter() - start
        library.close()
    right = float(np.mean(found == truth))
    name = f"trace {MINUTES} minutes in {HOURS} hours ({HOURS * TRACK:,} frames), {right:.1%} of frames to their source"
    return [BenchRow(name, ours, LIMIT, LIMIT / ours, "seconds", "the limit of what a person waits for")]


def _fill(library: Library, random: np.random.Generator) -> None:
    times, weights = np.arange(float(TRACK)), np.ones(TRACK, np.float32)
    with library.database.write():  # one transaction for all
        for number in range(HOURS):
            centres = np.repeat(random.standard_normal((TRACK // SHOT, DIMENSION), np.float32), SHOT, axis=0)
            frames = unit(centres + 0.4 * random.standard_normal((TRACK, DIMENSION), np.float32))
            video_id = f"{number:016x}"
            library.save_track(FeatureTrack(video_id, _ENCODER, times, frames, weights))
            library.add(Video(video_id, f"Film {number}", Path(f"/films/{number}.mp4"), _INFO, "absent"))


def _query(library: Library, random: np.random.Generator) -> tuple[Query, NDArray[np.int64]]:
    """Parts of random films, disturbed, some of strangers; and the film of every frame, -1 for strangers."""
    count, length = int(MINUTES * 60 * RATE), int(PART * RATE)
    views = np.zeros((count, 1 + PANES, DIMENSION), np.float32)
    truth = np.full(count, -1, np.int64)
    for first in range(0, count, length):
        rows = np.arange(first, min(first + length, count))
        if random.random() < UNKNOWN_SHARE:
            shown = random.standard_normal((1, DIMENSION), np.float32).repeat(len(rows), axis=0)
        else:
            number = int(random.integers(HOURS))
            start = int(random.integers(TRACK - int(PART)))
            places = start + np.floor((rows - first) / RATE).astype(int)
            shown = library.load_track(f"{number:016x}", _ENCODER).vectors[places]
            truth[rows] = number
        noise = unit(random.standard_normal((len(rows), DIMENSION), np.float32))
        views[rows, 0] = unit(unit(shown) + NOISE * noise)
    return Query(np.arange(count) / RATE, views, np.ones(count, np.float32)), truth


def _trace(library: Library, index: FrameIndex, query: Query, pictures: Pictures) -> NDArray[np.int64]:
    """The steps of `pipelines.trace` that take time; gives the film of every frame."""
    asked = np.arange(0, len(query.times), STRIDE)
    near = index.search(query.views[asked, 0], query.times[asked], NEIGHBOURS)
    row_of = {float(query.times[row]): int(row) for row in asked}
    votes = Votes(
        np.array([row_of[c.query_time] for c in near], np.int64),
        np.array([int(c.video_id, 16) for c in near], np.int64),
        np.array([c.time for c in near]),
        np.array([c.similarity for c in near], np.float32),
    )
    lines = trace_lines.propose(votes, query.times, floor=0.41, config=DEFAULT)
    references = {}
    for source in sorted({line.source for line in lines}):
        track = library.load_track(f"{source:016x}", _ENCODER)
        references[source] = Reference(track.times, track.vectors)
    material = Material(
        query,
        lines,
        trace_decoder.follow(lines, query, references),
        trace_decoder.floors(votes, query, lowest=0.41, copy=0.6, config=DEFAULT),
        references,
    )
    found = np.full(len(query.times), trace_decoder.UNKNOWN, np.int64)
    for answer in decode(material, pictures=pictures):
        found[answer.span.first : answer.span.end] = answer.span.source
    return found


def _pictures(query: Query, truth: NDArray[np.int64], random: np.random.Generator) -> Pictures:
    """Thumbnails as a library keeps them, opened whenever they are asked for: a scene of its own for every film, and
    what the query shows of it, darker and with a caption."""
    scenes = random.integers(0, 256, (HOURS + 1, 9, 16, 3), np.uint8)
    kept = [_thumbnail(scene) for scene in scenes]
    edited = [_thumbnail(scene, is_edited=True) for scene in scenes]

    def shown(time: float) -> NDArray[np.float32]:
        return _opened(edited[truth[int(np.abs(query.times - time).argmin())]])

    return Pictures(np.arange(0.0, query.times[-1]), shown, lambda source, time: _opened(kept[source]))


def _thumbnail(scene: NDArray[np.uint8], *, is_edited: bool = False) -> bytes:
    image = np.asarray(Image.fromarray(scene).resize((320, 180), Image.Resampling.BICUBIC))
    if is_edited:
        image = (image * 0.8).astype(np.uint8)
        image[150:170, 40:280] = 255
    return thumbnail(image, 320)


def _opened(data: bytes) -> NDArray[np.float32]:
    with Image.open(io.BytesIO(data)) as image:
        return square(np.asarray(image.convert("RGB")))
