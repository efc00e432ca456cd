"""The experiment of the embedded encoder on real videos: `python -m core evaluate embedded --videos DIR`.

Three describers in one table: the blocks before anything was learned, the encoder as it ships, and, where its weights
lie beside the checkout, MobileNetV2 trained on ImageNet. Nothing of the encoder is fitted here; thresholds and
calibrations are fitted on four fifths of the groups and judged on the rest.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.features import blocks, embedded
from core.features.pooling import frame_weights
from core.records import Progress, no_progress
from core.training.copies import DARK, edited_copy, excerpt, longest_of_each_group
from core.training.datasets import RealVideo, read_videos
from core.training.edits import EDITS, SPEED
from core.training.metrics import average_precision, best_threshold, fit_logistic
from core.training.pairs import Pairs, draw_pairs, judge, similarities
from core.training.yardstick import load_mobilenet

Images = NDArray[np.uint8]
Vectors = NDArray[np.float32]
Describe = Callable[[Images], Vectors]

DRAWS = 10  # of pairs and folds; figures are means over them
COPY_THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
BATCH, REPEATS = 32, 5


def run(videos: Path, *, seed: int = 0, progress: Progress = no_progress) -> dict[str, Any]:
    """Accuracy on pairs 2 s apart, near-duplicate retrieval under every edit, calibration and speed, as a JSON object.

    Raises StudioError when the folder holds no videos.
    """
    footage, failures = read_videos(videos, progress=lambda done, text: progress(0.5 * done, text))
    describers: dict[str, Describe] = {"blocks": describe_raw, "embedded": embedded.EmbeddedEncoder().encode}
    mobilenet, reason = load_mobilenet()
    if mobilenet is not None:
        describers["mobilenetv2"] = mobilenet
    measured = measure(footage, describers, seed=seed, progress=lambda done, text: progress(0.5 + 0.5 * done, text))
    return {**measured, "unreadable": failures, "yardstick": reason}


def measure(
    footage: Sequence[RealVideo],
    describers: Mapping[str, Describe],
    *,
    seed: int = 0,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """The same pairs and copies put to every describer: (N, H, W, 3) pictures -> (N, D) rows of length 1."""
    times, groups = [video.times for video in footage], [video.group for video in footage]
    weights = [frame_weights(video.images) for video in footage]
    draws = [draw_pairs(times, groups, seed=seed * 1000 + draw) for draw in range(DRAWS)]
    kinds = [_kinds(pairs, footage, weights) for pairs in draws]
    table = {}
    for place, (name, describe) in enumerate(describers.items()):
        progress(place / len(describers), f"Measuring {name}")
        vectors = [describe(video.images) for video in footage]
        table[name] = {
            "same_video": _same_video(draws, kinds, vectors),
            "near_duplicates": _near_duplicates(footage, vectors, weights, describe, seed),
            "copies": _copies(footage, vectors, weights, describe, seed),
            "frames_per_second": round(_speed(describe), 1),
        }
    progress(1.0, "Done")
    return {
        "videos": len(footage),
        "groups": len(set(groups)),
        "frames": sum(map(len, times)),
        "pairs": _counts(draws, kinds),
        "table": table,
    }


def describe_raw(images: Images) -> Vectors:
    """The blocks alone, centred by the means of made films: what the learned map starts from."""
    centre = embedded.load_weights(embedded.WEIGHTS)["centre"]
    chunks = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
    described = [embedded.describe(blocks.normalise(chunk)) for chunk in chunks]
    rows = embedded.balance(np.concatenate(described) - centre)
    return rows / np.float32(np.sqrt(len(blocks.SIZES)))


# --------------------------------------------------------------------------------------- pairs 2 s apart


def _kinds(
    pairs: Pairs, footage: Sequence[RealVideo], weights: Sequence[NDArray[np.float32]]
) -> dict[str, NDArray[np.bool_]]:
    """What each true pair is; its false partner is counted with it."""
    straddles, is_dark = [], []
    for (video, frame), (_, other) in zip(pairs.first[::2], pairs.second[::2], strict=True):
        moments = footage[video].times
        straddles.append(footage[video].changes_between(moments[frame], moments[other]))
        is_dark.append(min(weights[video][frame], weights[video][other]) < DARK)
    return {"straddles": np.repeat(straddles, 2), "dark": np.repeat(is_dark, 2)}


def _counts(draws: Sequence[Pairs], kinds: Sequence[dict[str, NDArray[np.bool_]]]) -> dict[str, float]:
    return {
        "draws": len(draws),
        "per_draw": float(np.mean([len(pairs.is_same) for pairs in draws])),
        "share_across_a_change_of_shot": _rounded(np.mean([kind["straddles"].mean() for kind in kinds])),
        "share_with_a_black_or_uniform_frame": _rounded(np.mean([kind["dark"].mean() for kind in kinds])),
    }


def _same_video(
    draws: Sequence[Pairs], kinds: Sequence[dict[str, NDArray[np.bool_]]], vectors: Sequence[Vectors]
) -> dict[str, Any]:
    """One threshold for everything, as a person would use it; `own_threshold`: asked about such pairs only."""
    rows: list[dict[str, float]] = []
    scores_all, truths_all = [], []
    for pairs, kind in zip(draws, kinds, strict=True):
        scores = similarities(pairs, vectors)
        judged = judge(pairs, scores)
        in_shot = ~kind["straddles"]
        names = np.unique(pairs.group)
        alone = judge(pairs.only(in_shot), scores[in_shot])
        rows.append(
            {
                "all_pairs": judged.is_right.mean(),
                "all_pairs_mean_over_groups": np.mean([judged.is_right[pairs.group == name].mean() for name in names]),
                "within_one_shot": judged.is_right[in_shot].mean(),
                "within_one_shot_own_threshold": alone.is_right.mean(),
                "without_black": judged.is_right[~kind["dark"]].mean(),
                "true_pairs_across_a_change_of_shot": judged.is_right[kind["straddles"] & pairs.is_same].mean(),
                "false_pairs": judged.is_right[~pairs.is_same].mean(),
                "area_under_curve": judged.area_under_curve,
                "calibration_error": judged.calibration_error,
            }
        )
        scores_all.append(scores)
        truths_all.append(pairs.is_same)
    pooled, truths = np.concatenate(scores_all), np.concatenate(truths_all)
    slope, intercept = fit_logistic(pooled, truths)
    result: dict[str, Any] = {name: _rounded(np.mean([row[name] for row in rows])) for name in rows[0]}
    result["all_pairs_deviation_over_draws"] = _rounded(np.std([row["all_pairs"] for row in rows]))
    result["calibration_of_all_groups"] = {
        "threshold": round(best_threshold(pooled, truths), 4),
        "slope": round(slope, 3),
        "intercept": round(intercept, 3),
    }
    return result


# -------------------------------------------------------------------------------------- near-duplicates


def _near_duplicates(
    footage: Sequence[RealVideo],
    vectors: Sequence[Vectors],
    weights: Sequence[NDArray[np.float32]],
    describe: Describe,
    seed: int,
) -> dict[str, Any]:
    """Edited copies of one video of each group look for it among one video of every group: mAP per edit and over all.

    Scored as the product scores: frame-level Chamfer, frames weighed by how much there is to recognise. Videos that
    are uniform throughout are left out as queries, not as references.
    """
    chosen = longest_of_each_group(footage)
    index = [vectors[place] for place in chosen]
    found: dict[str, list[float]] = {name: [] for name in (*EDITS, SPEED)}
    dark = 0
    for rank, place in enumerate(chosen):
        if not (weights[place] >= DARK).any():
            dark += 1
            continue
        for name in found:
            copy = edited_copy(footage[place], name, np.random.default_rng([seed, rank]))
            query, heaviness = describe(copy), frame_weights(copy)
            scores = np.array([_chamfer(query, reference, heaviness) for reference in index])
            found[name].append(average_precision(scores, np.arange(len(chosen)) == rank))
    means = {name: _rounded(np.mean(values)) for name, values in found.items()}
    weakest = min(means, key=lambda name: means[name])
    return {
        "mean_average_precision": _rounded(np.mean(list(means.values()))),
        "weakest": {"edit": weakest, "mean_average_precision": means[weakest]},
        "edits": means,
        "queries_per_edit": len(chosen) - dark,
        "references": len(chosen),
        "uniform_throughout": dark,
    }


def _copies(
    footage: Sequence[RealVideo],
    vectors: Sequence[Vectors],
    weights: Sequence[NDArray[np.float32]],
    describe: Describe,
    seed: int,
) -> dict[str, Any]:
    """What a threshold for copies keeps and what it lets through, for several thresholds.

    Kept: frames of edited copies that reach it against the very frame they were made from. Let through: pairs of
    videos of different groups with at least one pair of frames that reaches it. Dark frames are left out.
    """
    chosen = longest_of_each_group(footage)
    true: list[NDArray[np.float32]] = []
    for rank, place in enumerate(chosen):
        source, counts = excerpt(vectors[place]), excerpt(weights[place]) >= DARK
        for name in EDITS:
            copy = describe(edited_copy(footage[place], name, np.random.default_rng([seed, rank])))
            true.append((copy * source).sum(axis=1)[counts])
    shown = [vectors[place][weights[place] >= DARK] for place in chosen]
    false = np.array([(a @ b.T).max(initial=-1.0) for n, a in enumerate(shown) for b in shown[n + 1 :]])
    cosines = np.concatenate(true)
    return {
        "kept": {str(t): _rounded((cosines >= t).mean()) for t in COPY_THRESHOLDS},
        "video_pairs_let_through": {str(t): _rounded((false >= t).mean()) for t in COPY_THRESHOLDS},
    }


def _chamfer(query: Vectors, reference: Vectors, heaviness: NDArray[np.float32]) -> float:
    best = (query @ reference.T).max(axis=1)
    return float(best @ heaviness / max(float(heaviness.sum()), 1e-9))


# ----------------------------------------------------------------------------------------------- speed


def _speed(describe: Describe) -> float:
    """Frames per second at batch 32 on 16:9 frames as decoded, preprocessing included; the median of five."""
    images = np.random.default_rng(0).integers(0, 256, (BATCH, blocks.SIDE, 228, 3), np.uint8)
    describe(images)
    spent = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        describe(images)
        spent.append(time.perf_counter() - start)
    return BATCH / float(np.median(spent))


def _rounded(value: Any) -> float:
    return round(float(value), 4)
