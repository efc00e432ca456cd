"""How the same-video question is learned: the published cosine threshold and network, and the head the product asks.

Hours, Osmont and Müller, "Predicting if two frames are part of the same video", sections II.D and II.E. Everything is
fitted on the training videos, chosen and calibrated on the validation videos, and judged once on the test videos.
"""

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch.nn import functional

from core import checkpoints
from core.checkpoints import Checkpoint
from core.config import WEIGHTS
from core.errors import StudioError
from core.features.embedded import EmbeddedEncoder
from core.features.registry import encoder_spec
from core.models import same_video as model
from core.models.same_video import PublishedNetwork, SameVideo
from core.records import Curve, FeatureTrack, Progress, TrainingReport, no_progress, part_of
from core.training.film_tracks import film_footage
from core.training.folder_tracks import FPS, read_folder
from core.training.frame_pairs import INTERVAL, PARTS, SAMPLES, Footage, FramePairs
from core.training.kin import groups_of_copies
from core.training.loop import seeded
from core.training.material import Material
from core.training.metrics import logistic
from core.training.pair_fitting import (
    EPOCHS,
    Sample,
    cosine_figures,
    fit_cosine,
    fit_head,
    judged,
    labels,
    optimiser_arrays,
    roc_points,
    sample,
    train_published,
)

MOST_FRAMES = 300_000  # learned from: 600 MB at 512 numbers a frame, and thirty times as many as pairs are drawn


@dataclass(frozen=True)
class Lesson:
    """All that one run learned."""

    model: SameVideo
    checkpoint: Checkpoint
    figures: dict[str, Any]
    curves: tuple[Curve, ...]
    test: Sample  # used once, for the figures


def run(
    *, out: Path | None = None, seed: int = 0, videos: Path | None = None, progress: Progress = no_progress
) -> dict[str, Any]:
    """Learns for the built-in encoder from films made by code, or from a folder of real videos, and writes the head.

    The published network is trained and judged, but not written: what ships is the head. Into the folder `out`, or over
    the shipped weights, which only real videos may replace. Raises StudioError when the folder holds too few videos.
    """
    if videos is None and out is None:
        raise StudioError(
            "The weights that ship were fitted to real clips. Give --videos DIR to fit them to yours, --on-library to "
            "learn from the library, or --out DIR to learn from films made by code and keep the result there."
        )
    encoder = EmbeddedEncoder()
    if videos is None:
        footage, source = film_footage(seed=seed, progress=progress), "films made by code"
    else:
        track = f"{encoder.name}-{encoder.version}@{FPS}fps"
        folder = read_folder(videos, {encoder.name: (track, encoder.encode)}, progress=progress)
        footage, source = folder.footage[encoder.name], "real clips"
    lesson = teach(footage, source=source, seed=seed)
    target = (out or WEIGHTS) / checkpoints.file_name(model.NAME, f"{encoder.name}-{encoder.version}")
    checkpoints.save(target, head_only(lesson.checkpoint))
    progress(1.0, f"Weights written to {target.name}")
    return {"weights": str(target), "seed": seed, **lesson.figures}


def learn(material: Material, out: Path, *, seed: int = 0, progress: Progress = no_progress) -> TrainingReport:
    """Learns from a library and writes both methods and the published network with the state of its optimiser.

    Videos that are near-copies of one another count as one source; of a large library some are enough. Raises
    StudioError when too few are long enough.
    """
    started = time.monotonic()
    progress(0.0, "reading what the encoder has seen")
    tracks = _sampled(material.tracks())
    calibration = encoder_spec(material.encoder.name).calibration
    groups = groups_of_copies(tracks, calibration.copy if calibration else 1.0)
    lesson = teach(Footage(tracks, groups), source="this library", seed=seed, progress=progress)
    test = lesson.figures["test"]
    kept_apart, pairs = lesson.figures["sources"]["test"], lesson.figures["pairs"]["test"]
    summary = (
        f"What is in use is right on {100 * test['head']['accuracy']:.1f} % of {pairs:,} pairs of frames from "
        f"{kept_apart} videos that it did not learn from. The published network, whose curves these are, on "
        f"{100 * test['published_network']['accuracy']:.1f} %."
    )
    report = TrainingReport(summary, len(tracks), time.monotonic() - started, lesson.figures, lesson.curves)
    metadata = {**lesson.checkpoint.metadata, "report": asdict(report)}
    checkpoints.save(out, Checkpoint(model.NAME, lesson.checkpoint.state, lesson.checkpoint.config, metadata))
    return report


def _sampled(tracks: Iterable[FeatureTrack]) -> list[FeatureTrack]:
    """As many as memory should hold: they come by the digests of their files, so the first are as good as any."""
    found: list[FeatureTrack] = []
    frames = 0
    for track in tracks:
        found.append(track)
        frames += len(track)
        if frames >= MOST_FRAMES:
            break
    return found


def teach(
    footage: Footage,
    *,
    source: str,
    seed: int = 0,
    turn: int = 0,
    number: int = SAMPLES,
    progress: Progress = no_progress,
) -> Lesson:
    """Everything from one footage: same footage, seed and turn, same weights, bit for bit on a CPU."""
    parts = {part: FramePairs(footage, part=part, number=number, seed=seed, turn=turn) for part in PARTS}
    train, validation, test = (sample(footage, parts[part].pairs()) for part in PARTS)
    progress(0.2, "choosing the threshold")
    cosine = fit_cosine(train, f"{len(parts['train'].groups)} sources of {source}")
    with seeded(seed):
        network = PublishedNetwork(train.a.shape[1])
    curves, optimiser = train_published(network, train, validation, seed=seed, progress=part_of(progress, 0.2, 0.6))
    progress(0.6, "training a head without order")
    head, chosen = fit_head(cosine, train, validation, seed=seed)
    figures = {
        "source": source,
        "videos": len(footage.tracks),
        "sources": {part: len(parts[part].groups) for part in PARTS},
        "too_short": parts["train"].too_short,
        "interval": INTERVAL,
        "pairs": {part: len(parts[part]) for part in PARTS},
        "cosine": cosine_figures(cosine, train, validation),
        "roc": roc_points(cosine, train),
        "head": chosen,
        "test": {
            "cosine": judged(logistic(cosine.slope * test.cosines + cosine.intercept), test, cosine.threshold),
            "published_network": judged(network.score(*test.tensors).numpy(), test)
            | {"loss": round(float(functional.cross_entropy(network(*test.tensors), labels(test)).item()), 4)},
            "head": judged(head.score(*test.tensors).numpy(), test),
        },
    }
    kept = model.to_parts(cosine, head, {"figures": figures, "seed": seed})
    state = {
        **kept.state,
        **{model.PUBLISHED + name: value.numpy().copy() for name, value in network.state_dict().items()},
        **optimiser_arrays(optimiser),
    }
    metadata = {**kept.metadata, "epoch": EPOCHS, "loss": curves[0].values[-1]}
    published = network.eval()
    return Lesson(
        SameVideo(cosine, head, published),
        Checkpoint(model.NAME, state, kept.config, metadata),
        figures,
        curves,
        test,
    )


def head_only(checkpoint: Checkpoint) -> Checkpoint:
    """The checkpoint without the published network and its optimiser."""
    state = {name: array for name, array in checkpoint.state.items() if name.startswith(model.HEAD)}
    metadata = {name: value for name, value in checkpoint.metadata.items() if name not in ("epoch", "loss")}
    return Checkpoint(checkpoint.model, state, checkpoint.config, metadata)
