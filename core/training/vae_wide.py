"""The wider VAE beside the published one: more room, inputs as they are compared, and less pull to the middle.

Two dimensions hold a map and not a library. Everything else stays as published, so that the table of
`evaluate retrieval` shows what the width is worth.
"""

from pathlib import Path

from core.models.vae import WIDE
from core.records import Progress, TrainingReport, no_progress
from core.training.material import Material
from core.training.vae import learn_spaces

HIDDEN, LATENT = 256, 32
DIVERGENCE = 0.1  # of the KL term: with its full weight most of the 32 fall silent


def learn(material: Material, out: Path, *, seed: int = 0, progress: Progress = no_progress) -> TrainingReport:
    """Train it on the library. Raises StudioError when that has too few videos."""
    return learn_spaces(
        WIDE, material, out, hidden=HIDDEN, latent=LATENT, divergence=DIVERGENCE, seed=seed, progress=progress
    )
