"""The experiment of two videos: `python -m core evaluate visil --videos DIR`.

The demo clips with their known kinds of kinship; every group of a folder looked for among all its videos; edited
copies; how well passages are found, by every method; which frames make candidates; and the published benchmarks whose
annotation and videos lie in the folder. Scores by Chamfer over frames and over regions stand beside ViSiL's.
"""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import checkpoints
from core.config import ROOT
from core.features.embedded import COPY_THRESHOLD, EmbeddedEncoder, EmbeddedRegions
from core.features.pooling import frame_weights
from core.models import visil
from core.records import Progress, no_progress
from core.training import alignment_table, evaluate_regions
from core.training.annotations import Task, cc_web_video, evve, fivr, judged, svd
from core.training.copies import DARK, edited_copy, longest_of_each_group
from core.training.datasets import RealVideo, read_videos
from core.training.edits import EDITS, SPEED
from core.training.evaluate_regions import Way, by_frames, by_regions, by_visil
from core.training.metrics import average_precision
from core.training.stitching import read_footage
from core.training.visil import TARGET

Floats = NDArray[np.float32]

SAMPLES = ROOT / "assets" / "samples"
KIN = ("near_duplicate", "duplicate_scene", "complementary_scene")  # to be found; an incident scene is not
BENCHMARKS = (fivr, cc_web_video, evve, svd)
MOST_FRAMES = 120  # of a video that are compared
THRESHOLDS = tuple(round(0.3 + 0.05 * k, 2) for k in range(13))
LEAST_RECALL = 0.99  # of the candidate stage, that its threshold is chosen for


def run(videos: Path, *, seed: int = 0, progress: Progress = no_progress) -> dict[str, Any]:
    """All figures as a JSON object. Raises StudioError when the folder holds no videos."""
    ways, told = shipped_ways()
    footage, failures = read_videos(videos, progress=lambda done, text: progress(0.2 * done, text))
    chosen = [footage[place] for place in longest_of_each_group(footage)]
    sources, _ = read_footage(videos, progress=lambda done, text: progress(0.2 + 0.1 * done, text))
    return {
        "visil": told,
        "demo": demo(ways),
        "groups": groups(footage, ways, progress=lambda done, text: progress(0.3 + 0.3 * done, text)),
        "edits": evaluate_regions.measure(
            chosen, ways, seed=seed, progress=lambda done, text: progress(0.6 + 0.2 * done, text)
        ),
        "candidates": candidates(chosen, seed=seed),
        "alignment": alignment_table.measure(
            sources,
            EmbeddedEncoder().encode,
            floor=COPY_THRESHOLD,
            seed=seed,
            progress=lambda done, text: progress(0.8 + 0.2 * done, text),
        ),
        "benchmarks": benchmarks(videos, footage, ways),
        "unreadable": failures,
    }


def shipped_ways() -> tuple[dict[str, Way], str]:
    """Chamfer over frames and regions, and ViSiL where its weights ship, with a word on them."""
    regions = EmbeddedRegions()
    ways = {
        "chamfer over frames": Way(EmbeddedEncoder().encode, by_frames),
        "chamfer over regions": Way(regions.encode, by_regions),
    }
    if not TARGET.is_file():
        return ways, "ViSiL was left out: no weights ship with this version. Make them: python -m core train visil"
    model = visil.restore(checkpoints.load(TARGET, visil.NAME))
    return {**ways, "visil": Way(regions.encode, by_visil(model))}, f"the shipped weights, {TARGET.name}"


# --------------------------------------------------------------------------------------------- the demo clips


def demo(ways: Mapping[str, Way], folder: Path = SAMPLES) -> dict[str, Any]:
    """Per way: whether each anchor's kin rank above every video of another scene, and where the incident scene lies."""
    with (folder / "samples.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    footage, _ = read_videos(folder)
    by_name = {video.name: video for video in footage}
    weights = {name: frame_weights(video.images) for name, video in by_name.items()}
    result: dict[str, Any] = {}
    for way_name, way in ways.items():
        described = {name: way.describe(video.images) for name, video in by_name.items()}
        scenes: dict[str, Any] = {}
        for anchor in (row for row in rows if row["kind"] == "anchor"):
            here, heavy = described[anchor["file"]], weights[anchor["file"]]
            scores = {
                row["file"]: way.scores(here, described[row["file"]], heavy, weights[row["file"]])[1]
                for row in rows
                if row["file"] != anchor["file"]
            }
            own = {
                row["kind"]: scores[row["file"]] for row in rows if row["scene"] == anchor["scene"] and row != anchor
            }
            unrelated = max(scores[row["file"]] for row in rows if row["scene"] != anchor["scene"])
            scenes[anchor["scene"]] = {
                **{kind: round(score, 4) for kind, score in own.items()},
                "closest_unrelated": round(unrelated, 4),
                "is_right": min(own[kind] for kind in KIN) > unrelated,
            }
        result[way_name] = {"scenes_right": sum(scene["is_right"] for scene in scenes.values()), "scenes": scenes}
    return result


# ------------------------------------------------------------------------------------------ groups of a folder


def groups(
    footage: Sequence[RealVideo], ways: Mapping[str, Way], *, progress: Progress = no_progress
) -> dict[str, Any]:
    """Every video of a group of two or more looks for the others among all; and how well a threshold tells groups.

    Mean average precision as the mean over groups, so that no group speaks for all. Videos that show nothing are left
    out.
    """
    kept = [video for video in footage if (frame_weights(video.images[:MOST_FRAMES]) >= DARK).any()]
    labels = np.array([video.group for video in kept])
    weights = [frame_weights(video.images[:MOST_FRAMES]) for video in kept]
    result: dict[str, Any] = {"videos": len(kept), "groups": len(set(labels.tolist()))}
    pairs = [(a, b) for a in range(len(kept)) for b in range(a + 1, len(kept))]
    for rank, (name, way) in enumerate(ways.items()):
        described = [way.describe(video.images[:MOST_FRAMES]) for video in kept]
        table = np.full((len(kept), len(kept)), -np.inf)
        for done, (a, b) in enumerate(pairs):
            if done % 500 == 0:
                progress((rank + done / len(pairs)) / len(ways), f"{name}, pair {done:,} of {len(pairs):,}")
            table[a, b] = table[b, a] = way.scores(described[a], described[b], weights[a], weights[b])[1]
        result[name] = {**_ranked(table, labels), **_told_apart(table, labels, pairs)}
    return result


def _ranked(table: NDArray[np.float64], labels: NDArray[np.str_]) -> dict[str, Any]:
    found: defaultdict[str, list[float]] = defaultdict(list)
    for row, label in enumerate(labels.tolist()):
        others = np.arange(len(labels)) != row
        truths = labels[others] == label
        if truths.any():
            found[label].append(average_precision(table[row, others], truths))
    means = {label: float(np.mean(scores)) for label, scores in found.items()}
    worst = dict(sorted(means.items(), key=lambda row: row[1])[:5])
    return {
        "mean_average_precision": round(float(np.mean(list(means.values()))), 4) if means else None,
        "groups_of_two_or_more": len(means),
        "weakest_groups": {label: round(score, 3) for label, score in worst.items()},
    }


def _told_apart(
    table: NDArray[np.float64], labels: NDArray[np.str_], pairs: Sequence[tuple[int, int]]
) -> dict[str, Any]:
    """Pairs at or above a threshold taken for near-duplicates: the threshold of the highest F1, and F1 at others."""
    scores = np.array([table[pair] for pair in pairs])
    truths = np.array([labels[a] == labels[b] for a, b in pairs])
    if not truths.any():
        return {}
    grid = np.round(np.arange(0.3, 0.96, 0.05), 2)
    values = {}
    for threshold in grid.tolist():
        said = scores >= threshold
        right = float((said & truths).sum())
        precision, recall = right / max(said.sum(), 1), right / truths.sum()
        values[str(threshold)] = [round(v, 3) for v in (precision, recall, 2 * right / (said.sum() + truths.sum()))]
    best = max(values, key=lambda threshold: values[threshold][2])
    return {"near_duplicate_threshold": float(best), "precision_recall_f1_by_threshold": values}


# -------------------------------------------------------------------------------------------- candidate stage


def candidates(chosen: Sequence[RealVideo], *, seed: int = 0) -> dict[str, Any]:
    """From which similarity on a frame of the query makes a video a candidate: recall and how many videos are left.

    Edited copies of every video look for it; the threshold is the highest that keeps `LEAST_RECALL` of them.
    """
    encode = EmbeddedEncoder().encode
    references = [encode(video.images)[frame_weights(video.images) > 0] for video in chosen]
    closest, own = [], []
    for rank, video in enumerate(chosen):
        if not (frame_weights(video.images) >= DARK).any():
            continue
        for edit in (*EDITS, SPEED):
            copy = edited_copy(video, edit, np.random.default_rng([seed, rank]))
            query = encode(copy)[frame_weights(copy) > 0]
            if len(query):
                closest.append([float((query @ one.T).max(initial=-1.0)) for one in references])
                own.append(rank)
    table, rows = np.array(closest), np.arange(len(own))
    values = {
        threshold: (float((table[rows, own] >= threshold).mean()), float((table >= threshold).sum(axis=1).mean()))
        for threshold in THRESHOLDS
    }
    good = [threshold for threshold, (recall, _) in values.items() if recall >= LEAST_RECALL]
    return {
        "queries": len(own),
        "videos": len(chosen),
        "chosen_threshold": max(good, default=THRESHOLDS[0]),
        "recall_and_mean_candidates": {str(t): [round(a, 4), round(b, 2)] for t, (a, b) in values.items()},
    }


# ------------------------------------------------------------------------------------- published benchmarks


def benchmarks(folder: Path, footage: Sequence[RealVideo], ways: Mapping[str, Way]) -> dict[str, Any]:
    """Every task whose annotation lies in the folder, over the videos that are held, the published figure beside it.

    A video goes by its file name without suffix.
    """
    tasks: list[Task] = [task for benchmark in BENCHMARKS for task in benchmark.read(folder)]
    if not tasks:
        return {}
    named = {Path(video.name).stem: video for video in footage}
    weights = {name: frame_weights(video.images) for name, video in named.items()}
    result: dict[str, Any] = {task.name: {} for task in tasks}
    for way_name, way in ways.items():
        described = {name: way.describe(video.images) for name, video in named.items()}
        known: dict[str, dict[str, float]] = {}
        for query in sorted(set().union(*(task.relevant for task in tasks)) & set(named)):
            known[query] = {
                name: way.scores(described[query], described[name], weights[query], weights[name])[1]
                for name in named
                if name != query
            }
        for task in tasks:
            held = frozenset(named) & task.database if task.database else frozenset(named)
            similarities = {
                query: {name: score for name, score in row.items() if name in held} for query, row in known.items()
            }
            result[task.name][way_name] = judged(task, similarities, held)
    return result
