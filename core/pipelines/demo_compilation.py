"""A compilation to try tracing with: seconds of demo clips, stitched, and among them a scene that is in no library."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.config import SAMPLES, Limits
from core.media.edit import cut, draw, join
from core.media.files import content_id
from core.records import Progress, no_progress
from core.store.library import Library

TITLE = "A stitched demo"
WIDTH, HEIGHT, RATE = 640, 360, 24.0  # of the scene that is drawn, as the demo clips are
SKY_TOP, SKY_LOW, SUN = (38.0, 52.0, 84.0), (236.0, 150.0, 96.0), (255.0, 222.0, 158.0)
DUNES = ((168.0, 92.0, 84.0), (122.0, 66.0, 78.0), (74.0, 44.0, 64.0), (38.0, 26.0, 44.0))


@dataclass(frozen=True, slots=True)
class Piece:
    """Seconds of a demo clip; without a name, of the scene that is drawn."""

    name: str
    start: float
    end: float


PIECES = (  # most are in one clip only; the second is in the cut version of its film as well
    Piece("aurora-incident_scene.mp4", 1.0, 7.0),
    Piece("regatta-anchor.mp4", 3.5, 8.5),
    Piece("", 0.0, 5.5),
    Piece("jellyfish-complementary_scene.mp4", 1.0, 8.0),
    Piece("balloons-anchor.mp4", 4.0, 9.5),
    Piece("fireworks-complementary_scene.mp4", 2.0, 7.0),
)


def can_trace(library: Library, limits: Limits, folder: Path = SAMPLES) -> bool:
    """Whether two or more of the clips that the compilation takes from are in the library."""
    known = [library.find(content_id(folder / piece.name, limits)) for piece in PIECES if piece.name]
    return sum(video is not None and video.role == "library" for video in known) > 1


def write_compilation(target: Path, limits: Limits, progress: Progress = no_progress, folder: Path = SAMPLES) -> None:
    """The pieces one after another as a new MP4. Raises MediaError when a demo clip is damaged."""
    with tempfile.TemporaryDirectory() as place:
        parts = []
        for number, piece in enumerate(PIECES):
            progress(0.6 * number / len(PIECES), f"part {number + 1} of {len(PIECES)}")
            parts.append(Path(place) / f"{number}.mp4")
            if piece.name:
                cut(folder / piece.name, piece.start, piece.end, parts[-1], limits=limits)
            else:
                draw(dunes, piece.end - piece.start, parts[-1], rate=RATE)
        join(parts, target, limits=limits, progress=lambda done, text: progress(0.6 + 0.4 * done, "joining the parts"))


def dunes(second: float) -> NDArray[np.uint8]:
    """The sun sinking behind dunes that the picture glides along, at a second of the scene: (H, W, 3)."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32) / HEIGHT
    height = np.clip(y / 0.75, 0, 1)[..., None]
    picture = np.array(SKY_TOP, np.float32) * (1 - height) + np.array(SKY_LOW, np.float32) * height
    distance = np.hypot(x - 1.12, y - 0.3 - 0.05 * second)
    picture += 90 * np.exp(-4.5 * distance)[..., None]
    disc = np.clip((0.115 - distance) * HEIGHT, 0, 1)[..., None]
    picture = picture * (1 - disc) + np.array(SUN, np.float32) * disc
    for depth, colour in enumerate(DUNES):
        along = x + np.float32(second) * 0.04 * (depth + 1) + depth * 1.7
        ridge = 0.56 + 0.11 * depth + 0.06 * np.sin(2.1 * along) + 0.035 * np.sin(5.3 * along + depth)
        sand = np.clip((y - ridge) * HEIGHT, 0, 1)[..., None]
        shade = 1.0 - 0.5 * np.clip(y - ridge, 0, 1)[..., None]
        picture = picture * (1 - sand) + np.array(colour, np.float32) * shade * sand
    return np.clip(picture, 0, 255).astype(np.uint8)
