"""The wider VAE beside the published one: more room, inputs as they are compared, and less pull to the middle.

Two dimensions hold a map and not a library. Everything else stays as published, so that the table of
`evaluate retrieval` shows what the width is worth.
"""

from pathlib import Path

from core.models.vae import WIDE
from core.records import Progress, TrainingReport, no_progress
from core.training.material import Material
from core.training.vae import Sizes, learn_spaces

SIZES = Sizes(256, 32, 0.1)  # with the full weight of the KL term most of the 32 fall silent


def learn(material: Material, out: Path, *, seed: int = 0, progress: Progress = no_progress) -> TrainingReport:
    """Train it on the library. Raises StudioError when that has too few videos."""
    return learn_spaces(WIDE, material, out, SIZES, seed=seed, progress=progress)
