"""Libraries made up for the tests of the store: videos that are only names, and tracks of chosen vectors."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.records import FeatureTrack, MediaInfo, Role, Video
from core.store.library import Library

ENCODER = "fake-1@1fps"


def name(number: int) -> str:
    """The id of made-up video number so and so; spread over the alphabet as hashes are."""
    return f"{(number * 0x9E3779B97F4A7C15) % 2**64:016x}"


def a_video(
    number: int, title: str = "", *, role: Role = "library", seconds: float = 10.0, tags: tuple[str, ...] = ()
) -> Video:
    info = MediaInfo(seconds, 640, 360, 25.0, "mov,mp4", "h264", "yuv420p", "aac", 90, 12_345)
    return Video(
        name(number), title or f"Clip {number}", Path(f"/films/{number}.mp4"), info, "present", tags, role=role
    )


def a_track(number: int, vectors: NDArray[np.float32], weights: NDArray[np.float32] | None = None) -> FeatureTrack:
    times = np.arange(len(vectors), dtype=np.float64)
    return FeatureTrack(
        name(number), ENCODER, times, vectors, np.ones(len(vectors), np.float32) if weights is None else weights
    )


def unit_vectors(count: int, dimension: int, *, seed: int, cluster: int = 1) -> NDArray[np.float32]:
    """Random rows of length 1, each run of `cluster` rows around one centre, as the frames of a shot are."""
    random = np.random.default_rng(seed)
    centres = np.repeat(random.standard_normal((-(-count // cluster), dimension)), cluster, axis=0)[:count]
    rows = centres + 0.3 * random.standard_normal((count, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def fill(library: Library, videos: int, *, frames: int = 12, dimension: int = 16, start: int = 0) -> None:
    """Adds that many videos with one track each."""
    for number in range(start, start + videos):
        library.save_track(a_track(number, unit_vectors(frames, dimension, seed=number, cluster=4)))
        library.add(a_video(number))
