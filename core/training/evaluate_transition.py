"""The experiment of the transition network on a folder of videos: table 2 of the report, and its curve."""

from pathlib import Path
from typing import Any

from core import checkpoints
from core.config import WEIGHTS
from core.errors import StudioError
from core.features.embedded import EmbeddedEncoder
from core.models import transition
from core.records import Progress, no_progress
from core.training.stitching import RATE as FOOTAGE_RATE
from core.training.stitching import read_footage
from core.training.transition import PAIRS, PUBLISHED, draw, figures_of
from core.training.variants import RATE, variants_of

FRAMES = 60  # of each video, a third of a second apart
LEAST_VIDEOS = 4


def run(videos: Path, *, seed: int = 0, progress: Progress = no_progress) -> dict[str, Any]:
    """The shipped network on pairs of real frames, edited copies among them, none of which it has seen.

    Raises StudioError for too few videos, CheckpointError when the weights are missing.
    """
    encoder = EmbeddedEncoder()
    path = WEIGHTS / checkpoints.file_name(transition.NAME, f"{encoder.name}-{encoder.version}")
    network = transition.restore(checkpoints.load(path, transition.NAME))
    footage, failures = read_footage(videos, progress=lambda done, text: progress(0.6 * done, text))
    if len(footage) < LEAST_VIDEOS:
        raise StudioError(f"{len(footage)} groups of videos are too few to compare. Give a folder with {LEAST_VIDEOS}.")
    made = []
    for place, video in enumerate(footage):
        progress(0.6 + 0.3 * place / len(footage), f"Making copies of {video.name}")
        images = video.images[:: round(FOOTAGE_RATE / RATE)][:FRAMES]
        made.append(variants_of(video.group, images, encoder.encode, seed * 1000 + place))
    figures = figures_of(draw(made, PAIRS, seed=seed), network)
    progress(1.0, "Done")
    return {
        "videos": len(made),
        "pairs": 2 * PAIRS,
        **figures,
        "published": {"accuracy": PUBLISHED, "protocol": "trained and tested on pairs from the same generator"},
        "unreadable": failures,
    }
