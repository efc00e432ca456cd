"""The experiment of deep metric learning on a folder of videos: plain features, 2, 3 and 4 layers, in one table.

Where the folder holds CC_WEB_VIDEO, its own tasks are the table; otherwise edited copies of the videos are.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import StudioError
from core.features.embedded import EmbeddedEncoder
from core.records import Progress, no_progress
from core.training import cc_web_variants
from core.training.annotations import Task, judged
from core.training.metric_learning import EPOCHS, PUBLISHED, flat, mean_average_precision, mean_of, train
from core.training.stitching import RATE as FOOTAGE_RATE
from core.training.stitching import read_footage
from core.training.variants import RATE, Variants, variants_of

LAYERS = (2, 3, 4)
COPIES = 6  # of each video
FRAMES = 24  # of each video
FOLDS = 2
LEAST_VIDEOS = 4


def run(videos: Path, *, seed: int = 0, progress: Progress = no_progress) -> dict[str, Any]:
    """mAP and precision–recall under two protocols: trained and tested on the same videos, as the report did, and
    trained on half of the groups and tested on the other half, in turn. Raises StudioError for too few videos."""
    if named := cc_web_variants.tasks(videos):
        frames, failures = cc_web_variants.read_frames(videos, named, progress=lambda d, text: progress(0.7 * d, text))
        table = measure_tasks(named, frames, seed=seed, progress=lambda d, text: progress(0.7 + 0.3 * d, text))
        return {**table, "unreadable": failures}
    footage, failures = read_footage(videos, progress=lambda done, text: progress(0.4 * done, text))
    if len(footage) < LEAST_VIDEOS:
        raise StudioError(f"{len(footage)} groups of videos are too few to compare. Give a folder with {LEAST_VIDEOS}.")
    encode = EmbeddedEncoder().encode
    made = []
    for place, video in enumerate(footage):
        progress(0.4 + 0.3 * place / len(footage), f"Making copies of {video.name}")
        images = video.images[:: round(FOOTAGE_RATE / RATE)][:FRAMES]
        made.append(variants_of(video.group, images, encode, seed * 1000 + place, COPIES))
    return {**measure(made, seed=seed, progress=lambda d, text: progress(0.7 + 0.3 * d, text)), "unreadable": failures}


def measure(
    made: Sequence[Variants], *, seed: int = 0, epochs: int = EPOCHS, progress: Progress = no_progress
) -> dict[str, Any]:
    """The table for videos with their copies."""
    rows, groups = flat(made)
    precision, curve = mean_average_precision(rows, groups)
    same: dict[str, Any] = {"plain": _row(precision, curve)}
    order = np.random.default_rng([seed, 31]).permutation(len(made))
    folds = [order[fold::FOLDS] for fold in range(FOLDS)]
    parts = [flat([made[k] for k in sorted(fold.tolist())]) for fold in folds]
    apart: dict[str, Any] = {"plain": _mean_row([mean_average_precision(*part) for part in parts])}
    for number, layers in enumerate(LAYERS):
        progress(number / len(LAYERS), f"Training {layers} layers")
        network, _ = train(made, layers=layers, seed=seed, epochs=epochs)
        same[f"{layers} layers"] = _row(*mean_average_precision(network.embed(rows), groups))
        judged = []
        for fold, (test, test_groups) in zip(folds, parts, strict=True):
            rest = [made[k] for k in order.tolist() if k not in set(fold.tolist())]
            network, _ = train(rest, layers=layers, seed=seed, epochs=epochs)
            judged.append(mean_average_precision(network.embed(test), test_groups))
        apart[f"{layers} layers"] = _mean_row(judged)
    progress(1.0, "Done")
    return {
        "videos": len(made),
        "versions": len(rows),
        "trained_and_tested_on_the_same": same,
        "tested_on_groups_not_trained_on": apart,
        "published": PUBLISHED,
    }


def measure_tasks(
    named: Sequence[Task],
    frames: Mapping[str, np.ndarray],
    *,
    seed: int = 0,
    epochs: int = EPOCHS,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """The table for CC_WEB_VIDEO: its tasks by frames of every video held, (T, D) by name; protocols as in `run`.

    Half of the seeds, with all that is relevant to them, are trained on for the other half, in turn. Raises StudioError
    when fewer than two seeds have something relevant to learn from.
    """
    made = cc_web_variants.variants(named[0], dict(frames))
    if len(made) < FOLDS:
        raise StudioError("Fewer than two seeds of CC_WEB_VIDEO are held with a relevant video. Add some of them.")
    names = sorted(frames)
    rows = np.stack([mean_of(frames[name]) for name in names])
    order = np.random.default_rng([seed, 31]).permutation(len(made))
    same: dict[str, Any] = {"plain": _tasks(named, names, dict.fromkeys(names, rows).get)}
    apart: dict[str, Any] = {"plain": same["plain"]}
    for number, layers in enumerate(LAYERS):
        progress(number / len(LAYERS), f"Training {layers} layers")
        embedded = train(made, layers=layers, seed=seed, epochs=epochs)[0].embed(rows)
        same[f"{layers} layers"] = _tasks(named, names, dict.fromkeys(names, embedded).get)
        by_seed: dict[str, np.ndarray] = {}
        for fold in range(FOLDS):
            rest = [made[k] for k in order.tolist() if k not in set(order[fold::FOLDS].tolist())]
            embedded = train(rest, layers=layers, seed=seed, epochs=epochs)[0].embed(rows)
            by_seed |= {made[k].group: embedded for k in order[fold::FOLDS].tolist()}
        apart[f"{layers} layers"] = _tasks(named, names, by_seed.get)
    progress(1.0, "Done")
    return {
        "videos": len(frames),
        "seeds": len(made),
        "trained_and_tested_on_the_same": same,
        "tested_on_seeds_not_trained_on": apart,
        "published": PUBLISHED,
    }


def _tasks(named: Sequence[Task], names: Sequence[str], rows_for: Callable[[str], np.ndarray | None]) -> dict[str, Any]:
    """Each task judged by squared distance (Eq. 2), with the vectors that hold for each seed."""
    result = {}
    for task in named:
        similarities: dict[str, dict[str, float]] = {}
        for query in task.relevant:
            rows = rows_for(query)
            if rows is not None and query in names:
                distances = ((rows - rows[names.index(query)]) ** 2).sum(axis=1)
                similarities[query] = dict(zip(names, (-distances).tolist(), strict=True))
        result[task.name] = judged(task, similarities, frozenset(names))
    return result


def _row(precision: float, curve: list[float]) -> dict[str, Any]:
    return {"mean_average_precision": round(precision, 4), "precision_at_recalls": curve}


def _mean_row(judged: Sequence[tuple[float, list[float]]]) -> dict[str, Any]:
    curve = [round(float(value), 4) for value in np.mean([curve for _, curve in judged], axis=0)]
    return _row(float(np.mean([precision for precision, _ in judged])), curve)
