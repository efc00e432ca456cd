"""The experiment of regions and ViSiL on real videos: `python -m core evaluate regions --videos DIR`.

Edited copies of one video of each group look for it among one video of every group, as for the embedded encoder, but
scored by Chamfer over whole frames, by Chamfer over regions, and by ViSiL. Groups are told apart by their place: what
was looked at when ViSiL's recipe was chosen (even) and what was not (odd).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import checkpoints
from core.features import backbones
from core.features.base import WindowEncoder
from core.features.embedded import EmbeddedEncoder, EmbeddedRegions
from core.features.pooling import frame_weights
from core.features.region_mac import RegionMac
from core.models import visil
from core.models.cosine import compare, frame_matrix
from core.models.f2f import frame_matrices
from core.records import Progress, no_progress
from core.training.copies import DARK, edited_copy, longest_of_each_group
from core.training.datasets import RealVideo, read_videos
from core.training.edits import EDITS, SPEED
from core.training.metrics import average_precision
from core.training.visil import TARGET, principal_axes
from core.training.yardstick import WEIGHTS as MOBILENET

Floats = NDArray[np.float32]
Images = NDArray[np.uint8]
REDUCED = (128, 64)  # dimensions that principal axes of the references keep


Scores = Callable[[Floats, Floats, Floats, Floats], tuple[float, float]]
"""Query, reference, their weights -> how much of the query is in the reference, and the mean of both directions."""


@dataclass(frozen=True)
class Way:
    """A way to score: how pictures are described, and how two descriptions are compared in both directions."""

    describe: Callable[[Images], Floats]
    scores: Scores


def run(videos: Path, *, seed: int = 0, progress: Progress = no_progress) -> dict[str, Any]:
    """Mean average precision per edit and over all, by every way to score, as a JSON object.

    Raises StudioError when the folder holds no videos.
    """
    footage, failures = read_videos(videos, progress=lambda done, text: progress(0.3 * done, text))
    chosen = [footage[place] for place in longest_of_each_group(footage)]
    model = visil.restore(checkpoints.load(TARGET, visil.NAME))
    encoder = EmbeddedRegions()
    ways = {
        "chamfer over frames": Way(EmbeddedEncoder().encode, by_frames),
        "chamfer over regions": Way(encoder.encode, by_regions),
        "chamfer over regions as ViSiL whitens them": Way(encoder.encode, _before(model)),
        "visil": Way(encoder.encode, by_visil(model)),
    }
    ways |= _reduced(encoder, chosen)
    yardstick = "MobileNetV2 was left out: its weights are not on this machine."
    if MOBILENET.is_file():
        yardstick = backbones.readiness("mobilenetv2", MOBILENET).reason
        ways["chamfer over regions of MobileNetV2"] = Way(RegionMac("mobilenetv2", MOBILENET).encode, by_regions)
    table = measure(chosen, ways, seed=seed, progress=lambda done, text: progress(0.3 + 0.7 * done, text))
    return {"groups": len(chosen), "table": table, "unreadable": failures, "yardstick": yardstick}


def measure(
    chosen: Sequence[RealVideo], ways: Mapping[str, Way], *, seed: int = 0, progress: Progress = no_progress
) -> dict[str, Any]:
    """The same copies put to every way to score: mean average precision over groups of even and of odd place."""
    table: dict[str, Any] = {}
    for done, (name, way) in enumerate(ways.items()):
        references = [(way.describe(video.images), frame_weights(video.images)) for video in chosen]
        rows: dict[str, list[tuple[int, float, float]]] = {edit: [] for edit in (*EDITS, SPEED)}
        for rank, video in enumerate(chosen):
            progress((done + rank / len(chosen)) / len(ways), name)
            if not (references[rank][1] >= DARK).any():
                continue
            for edit, found in rows.items():
                copy = edited_copy(video, edit, np.random.default_rng([seed, rank]))
                query, weights = way.describe(copy), frame_weights(copy)
                scores = np.array([way.scores(query, one, weights, heavy) for one, heavy in references])
                precision = [average_precision(side, np.arange(len(chosen)) == rank) for side in scores.T]
                found.append((rank % 2, precision[0], precision[1]))
        table[name] = {
            "even_groups": _means(rows, 0),
            "odd_groups": _means(rows, 1),
        }
    progress(1.0, "Done")
    return table


def _means(rows: Mapping[str, Sequence[tuple[int, float, float]]], half: int) -> dict[str, Any] | None:
    """The figures of one half of the groups; None when it has no video to ask about."""
    if not any(row[0] == half for found in rows.values() for row in found):
        return None
    by_edit = {
        edit: np.mean([row[1:] for row in found if row[0] == half], axis=0).tolist() for edit, found in rows.items()
    }
    directed, both = np.mean(list(by_edit.values()), axis=0).round(4).tolist()
    weakest = min(by_edit, key=lambda edit: by_edit[edit][1])
    return {
        "query_in_reference": directed,
        "both_directions": both,
        "weakest": {weakest: round(by_edit[weakest][1], 4)},
        "edits": {edit: round(pair[1], 4) for edit, pair in by_edit.items()},
    }


def by_frames(query: Floats, reference: Floats, weights: Floats, others: Floats) -> tuple[float, float]:
    """How much of the query is in the reference, and the mean of both directions, by Chamfer over frames."""
    answer = compare(frame_matrix(query, reference), weights, others)
    return answer.query_in_reference, answer.similarity


def by_regions(query: Floats, reference: Floats, weights: Floats, others: Floats) -> tuple[float, float]:
    """The same with frames compared by Chamfer over their regions."""
    matrices = frame_matrices(query, reference)
    there = compare(matrices.query_in_reference, weights, others).query_in_reference
    back = compare(matrices.reference_in_query, weights, others).reference_in_query
    return there, (there + back) / 2


def by_visil(model: visil.ViSiL) -> Scores:
    """The same by the network."""

    def scores(query: Floats, reference: Floats, weights: Floats, others: Floats) -> tuple[float, float]:
        answer = model.video_matrix(query, reference, weights, others)
        return answer.query_in_reference, answer.similarity

    return scores


def _before(model: visil.ViSiL) -> Scores:
    """By Chamfer over the regions that the network is given."""

    def scores(query: Floats, reference: Floats, weights: Floats, others: Floats) -> tuple[float, float]:
        answer = model.video_matrix(query, reference, weights, others)
        return answer.chamfer_query_in_reference, answer.chamfer

    return scores


def _reduced(encoder: WindowEncoder, chosen: Sequence[RealVideo]) -> dict[str, Way]:
    """Regions on their principal axes: rotated and cut off, not whitened, so that cosines stay what they were."""
    rows = np.concatenate([encoder.encode(video.images[::4]).reshape(-1, encoder.dimension) for video in chosen])
    _, axes = principal_axes(rows.astype(np.float64), encoder.dimension)
    turned = (axes / np.linalg.norm(axes, axis=0)).astype(np.float32)

    def way(count: int) -> Way:
        def describe(images: Images) -> Floats:
            kept = encoder.encode(images) @ turned[:, :count]
            return kept / np.maximum(np.linalg.norm(kept, axis=-1, keepdims=True), 1e-6)

        return Way(describe, by_regions)

    return {f"chamfer over regions, {count} of {encoder.dimension} axes": way(count) for count in REDUCED}
