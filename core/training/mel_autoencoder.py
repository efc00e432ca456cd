"""Learning to read sound as pictures, on the sound of a library."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from core import checkpoints
from core.checkpoints import Checkpoint
from core.errors import MediaError, NotFound, StudioError
from core.features.mel import MelEncoder
from core.media.sandbox import Sandbox
from core.models.descriptors import fit_scale
from core.models.layers import to_checkpoint
from core.models.mel_autoencoder import NAME, MelAutoencoder, MelConfig, describe, pictures
from core.records import Curve, FeatureTrack, Progress, TrainingReport, no_progress
from core.training.loop import minimise, seeded
from core.training.material import Material

EPOCHS = 40
STEPS = 40  # batches an epoch takes at most, so that a large library does not take hours
BATCH = 32
RATE = 1e-3
DEFAULT = MelConfig()
FEWEST = 8  # clips with sound
MOST = 250  # of them to learn from: their pictures take 1 GB at most, and are more than all epochs look at


def learn(material: Material, out: Path, *, seed: int = 0, progress: Progress = no_progress) -> TrainingReport:
    """Listen to every clip that has not been listened to in this way, then train. Raises StudioError for too few."""
    started = time.monotonic()
    tracks = listen(material, seed=seed, progress=lambda done, text: progress(0.4 * done, text))
    checkpoint, losses = fit(tracks, seed=seed, progress=lambda done, text: progress(0.4 + 0.6 * done, text))
    curve = Curve("loss", tuple(map(float, range(1, len(losses) + 1))), tuple(losses))
    count = sum(len(pictures(track)) for track in tracks)
    summary = (
        f"Learned from {count:,} pictures of the sound of {len(tracks)} clips, which it draws again with a squared "
        f"error of {losses[-1]:.4f}."
    )
    figures = {"clips": len(tracks), "pictures": count, "squared_error": losses[-1]}
    report = TrainingReport(summary, len(material.videos()), time.monotonic() - started, figures, (curve,))
    checkpoints.save(
        out, Checkpoint(NAME, checkpoint.state, checkpoint.config, {"report": asdict(report), "seed": seed})
    )
    return report


def listen(
    material: Material, *, most: int = MOST, seed: int = 0, progress: Progress = no_progress
) -> list[FeatureTrack]:
    """The mel tracks of videos with sound, taken now where they are missing; without an original one is left out.

    Every video is listened to, so that it can be found; `most` of them, drawn at random, are given back to learn from.
    """
    encoder, found = MelEncoder(), []
    videos = [video for video in material.videos() if video.sound == "present"]
    drawn = set(np.random.default_rng([seed, 61]).permutation(len(videos))[:most].tolist())
    for number, video in enumerate(videos):
        progress(number / len(videos), f"{video.title}: listening")
        track = None
        try:
            if number in drawn or not material.library.has_track(video.id, encoder.track_name):
                track = material.library.load_track(video.id, encoder.track_name)
        except NotFound:
            with suppress(MediaError), Sandbox(video.path, material.limits) as sandbox:
                track = encoder.track(video.id, sandbox.audio(rate=encoder.rate))
                material.library.save_track(track)
        if number in drawn and track is not None and len(track):
            found.append(track)
    return found


def fit(
    tracks: Sequence[FeatureTrack],
    config: MelConfig = DEFAULT,
    *,
    epochs: int = EPOCHS,
    seed: int = 0,
    progress: Progress = no_progress,
) -> tuple[Checkpoint, list[float]]:
    """The autoencoder over the pictures of these tracks, and its loss after every epoch. Raises StudioError."""
    if len(tracks) < FEWEST:
        raise StudioError(f"Reading sound takes at least {FEWEST} clips with sound. Add more to the library.")
    data = torch.from_numpy(np.concatenate([pictures(track) for track in tracks]))[:, None]
    with seeded(seed):
        module = MelAutoencoder(config)
        losses = minimise(
            lambda batch: (module(batch) - batch).square().mean(),
            lambda epoch: data[torch.randperm(len(data))[: STEPS * BATCH]].split(BATCH),
            module=module,
            optimiser=torch.optim.Adam(module.parameters(), lr=RATE),
            epochs=epochs,
            progress=progress,
        )
    scale = fit_scale(np.stack([describe(module, track) for track in tracks]))
    state = {f"network.{name}": array for name, array in to_checkpoint(NAME, module, {}, {}).state.items()}
    state |= {"scale.centre": scale.centre, "scale.spread": scale.spread}
    return Checkpoint(NAME, state, {"network": asdict(config)}, {}), losses
