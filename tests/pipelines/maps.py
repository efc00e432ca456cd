"""Frame maps made up for tests: positions that are chosen, videos that are only names."""

import numpy as np
from numpy.typing import NDArray

from core.records import FrameMap


def a_map(paths: dict[str, NDArray[np.float64] | list[tuple[float, float]]]) -> FrameMap:
    """A map on which each video, by its name, goes through these positions (T, 2), one per second."""
    rows = [np.asarray(path, np.float32).reshape(-1, 2) for path in paths.values()]
    video = np.repeat(np.arange(len(rows), dtype=np.int32), [len(row) for row in rows])
    return FrameMap(
        version="map-0000000000-0000000000",
        view="map-0000000000",
        positions=np.concatenate(rows),
        video=video,
        times=np.concatenate([np.arange(len(row), dtype=float) for row in rows]),
        labels=np.zeros(len(video), np.uint8),
        ids=tuple(paths),
        titles=tuple(f"Clip {name}" for name in paths),
        clusters=(),
        encoder="embedded",
        projection="neighbours",
        std=0.3,
        seed=0,
        rotation=0.0,
        variance_kept=1.0,
    )


def scattered(frames: int, seed: int = 0, per_video: int = 10) -> FrameMap:
    """Frames anywhere on the plane, ten to a video."""
    places = np.random.default_rng(seed).random((frames, 2))
    return a_map(
        {f"{n:016x}": places[start : start + per_video] for n, start in enumerate(range(0, frames, per_video))}
    )
