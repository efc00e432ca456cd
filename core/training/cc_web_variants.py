"""CC_WEB_VIDEO as what near-duplicates are learned from: each seed with its relevant videos, and the others alone.

For those who hold the videos: a folder with the annotation (see `annotations.cc_web_video`) and, anywhere below it, the
files by the names that the annotation uses.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.config import Limits
from core.errors import MediaError, StudioError
from core.features.embedded import EmbeddedEncoder
from core.features.pooling import frame_weights
from core.media.sandbox import Sandbox
from core.records import Progress, no_progress
from core.training.annotations import Task, cc_web_video
from core.training.variants import LEAST_CONTENT, Variants

FRAMES = 24  # of each video, evenly over what is read
MOST_SECONDS = 240.0  # of each file
Vectors = NDArray[np.float32]
Describe = Callable[[NDArray[np.uint8]], Vectors]


def tasks(folder: Path) -> list[Task]:
    """The two tasks of CC_WEB_VIDEO, none where the folder holds no annotation of it."""
    return cc_web_video.read(folder)


def read_frames(
    folder: Path, named: Sequence[Task], describe: Describe | None = None, *, progress: Progress = no_progress
) -> tuple[dict[str, Vectors], list[str]]:
    """The frames (FRAMES, D) of every annotated video that is held and has content, and a line for each that fails.

    Raises StudioError when the folder holds none of them.
    """
    wanted = frozenset().union(*(task.names for task in named))
    files = sorted(
        path for path in folder.rglob("*") if path.stem in wanted and path.suffix not in ("", ".txt", ".rst")
    )
    encode = describe or EmbeddedEncoder().encode
    found: dict[str, Vectors] = {}
    failures = []
    for place, path in enumerate(files):
        progress(place / len(files), f"Reading {path.name}")
        try:
            with Sandbox(path, Limits()) as media:
                rows = [
                    encode(chunk.images[frame_weights(chunk.images) >= LEAST_CONTENT])
                    for chunk in media.frames(fps=1.0, short_side=EmbeddedEncoder.short_side, end=MOST_SECONDS)
                ]
        except MediaError as error:
            failures.append(f"{path.relative_to(folder)}: {error}")
            continue
        vectors = np.concatenate(rows) if rows else np.zeros((0, 1), np.float32)
        if len(vectors):
            found[path.stem] = vectors[np.linspace(0, len(vectors) - 1, FRAMES).round().astype(int)]
    if not found:
        raise StudioError(f"{folder} has the annotation of CC_WEB_VIDEO and none of its videos. Put them below it.")
    return found, failures


def variants(task: Task, frames: dict[str, Vectors]) -> list[Variants]:
    """One for each seed with two or more relevant videos held, itself among them: what triplets are drawn from."""
    found = []
    for seed in sorted(task.relevant):
        names = sorted((task.relevant[seed] | {seed}) & frames.keys(), key=lambda name: (name != seed, name))
        if len(names) >= 2:
            found.append(Variants(seed, np.stack([frames[name] for name in names]), tuple(names[1:])))
    return found
