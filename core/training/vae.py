"""Learning the latent spaces on a library: about 1,000 epochs, as published, for pictures, for sound and for both."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core import checkpoints
from core.checkpoints import Checkpoint
from core.config import WEIGHTS
from core.errors import NotFound, StudioError
from core.models.descriptors import LEAST, Scale, fit_scale
from core.models.layers import to_checkpoint
from core.models.scorers import SOUND_FEATURES, Clip, Table, rows, tabulate
from core.models.vae import PUBLISHED, SPACES, Vae, VaeConfig, loss, raw_inputs
from core.records import Curve, FeatureTrack, Progress, TrainingReport, no_progress
from core.training.loop import minimise, seeded
from core.training.material import Material

EPOCHS = 1000
BATCH = 256  # a small library is one batch: a thousand epochs are then a thousand steps, seconds of work
RATE = 3e-3
FEWEST = 4  # videos a space can be learned from
NAMES = {"visual": "pictures", "audio": "sound", "early": "pictures and sound"}

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sizes:
    """What makes one VAE of this shape differ from another."""

    hidden: int
    latent: int
    divergence: float  # weight of the KL term


SIZES = Sizes(64, 2, 1.0)  # as published


def learn(material: Material, out: Path, *, seed: int = 0, progress: Progress = no_progress) -> TrainingReport:
    """Train the published VAE on the library. Raises StudioError when that has fewer than `FEWEST` videos."""
    return learn_spaces(PUBLISHED, material, out, SIZES, seed=seed, progress=progress)


def learn_spaces(
    model: str,
    material: Material,
    out: Path,
    sizes: Sizes,
    *,
    epochs: int = EPOCHS,
    seed: int = 0,
    progress: Progress = no_progress,
) -> TrainingReport:
    """Train a VAE of that width on the library and write its checkpoint."""
    started = time.monotonic()
    table = table_of(material)
    checkpoint, curves = fit_spaces(model, table, sizes, epochs=epochs, seed=seed, progress=progress)
    counts = {using: int(table.rows_for(using).sum()) for using in SPACES}
    figures: dict[str, Any] = {
        "latent": sizes.latent,
        "epochs": epochs,
        "videos": counts,
        "loss": {curve.name: curve.values[-1] for curve in curves},
    }
    seconds = time.monotonic() - started
    learned = ", ".join(f"{NAMES[using]} ({counts[using]})" for using in SPACES if using in checkpoint.config["spaces"])
    summary = f"Spaces of {sizes.latent} dimensions, {epochs:,} epochs, learned from {learned}."
    report = TrainingReport(summary, len(table.ids), seconds, figures, tuple(curves))
    metadata = {"report": asdict(report), "ids": list(table.ids), "seed": seed}
    checkpoints.save(out, Checkpoint(model, checkpoint.state, checkpoint.config, metadata))
    return report


def fit_spaces(
    model: str,
    table: Table,
    sizes: Sizes,
    *,
    epochs: int = EPOCHS,
    seed: int = 0,
    progress: Progress = no_progress,
) -> tuple[Checkpoint, list[Curve]]:
    """The three spaces of a table as a checkpoint, and their losses; a space with too few videos is left out.

    Raises StudioError when that leaves none.
    """
    sound = usual_sound(table)
    state: dict[str, Any] = {"scale.sound.centre": sound.centre, "scale.sound.spread": sound.spread}
    configs, curves = {}, []
    spaces = [using for using in SPACES if table.rows_for(using).sum() >= FEWEST]
    if not spaces:
        raise StudioError(f"A latent space takes at least {FEWEST} videos to learn from. Add more to the library.")
    for place, using in enumerate(spaces):

        def watch(fraction: float, text: str, place: int = place, using: str = using) -> None:
            progress((place + fraction) / len(spaces), f"{NAMES[using]}: {text}")

        inputs = raw_inputs(model, using, rows(table, using), sound)
        scale = fit_scale(inputs)
        config = VaeConfig(inputs.shape[1], sizes.hidden, sizes.latent)
        module, losses = fit(
            scale.standard(inputs), config, divergence=sizes.divergence, epochs=epochs, seed=seed, progress=watch
        )
        part = to_checkpoint(model, module, {}, {}).state
        state |= {f"{using}.{name}": array for name, array in part.items()}
        state |= {f"scale.{using}.centre": scale.centre, f"scale.{using}.spread": scale.spread}
        configs[using] = asdict(config)
        curves.append(Curve(f"loss, {NAMES[using]}", tuple(map(float, range(1, epochs + 1))), tuple(losses)))
    return Checkpoint(model, state, {"spaces": configs}, {}), curves


def fit(
    inputs: Floats,
    config: VaeConfig,
    *,
    divergence: float = 1.0,
    epochs: int = EPOCHS,
    seed: int = 0,
    progress: Progress = no_progress,
) -> tuple[Vae, list[float]]:
    """One VAE over scaled rows (N, inputs), and its loss after every epoch; the same seed gives the same weights."""
    data = torch.from_numpy(inputs)
    with seeded(seed):
        module = Vae(config)
        losses = minimise(
            lambda batch: loss(batch, *module(batch), divergence=divergence),
            lambda epoch: data[torch.randperm(len(data))].split(BATCH),
            module=module,
            optimiser=torch.optim.Adam(module.parameters(), lr=RATE),
            epochs=epochs,
            progress=progress,
        )
    return module, losses


def table_of(material: Material) -> Table:
    """Every video and picture of the library as one row of pictures and one of sound."""
    return tabulate(_clips(material))


def _clips(material: Material) -> Iterator[tuple[str, Clip]]:
    """One after the other: the tracks of a large library do not fit into memory."""
    library = material.library
    mute = FeatureTrack(
        "", material.sound, np.zeros(0), np.zeros((0, SOUND_FEATURES), np.float32), np.zeros(0, np.float32)
    )
    for video_id in sorted(library.extracted(material.visual)):
        try:
            visual, sound = library.load_track(video_id, material.visual), mute
        except NotFound:  # removed meanwhile, or damaged
            continue
        with suppress(NotFound):
            sound = library.load_track(video_id, material.sound)
        yield video_id, Clip(visual, sound)


def usual_sound(table: Table) -> Scale:
    """What is usual for sound: in this table, or in real clips of all kinds where it holds too few with sound."""
    heard = rows(table, "audio")
    if len(heard.ids) >= LEAST:
        return fit_scale(heard.sound)
    usual = checkpoints.load(WEIGHTS / "sound_scale.audio-1.safetensors", "sound_scale").state
    return Scale(usual["centre"], usual["spread"])
