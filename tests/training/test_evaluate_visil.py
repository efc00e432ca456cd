"""The experiment of two videos, part by part: on the demo clips, and on tiny groups of made-up videos."""

import json
from pathlib import Path

import numpy as np

from core.features.embedded import EmbeddedEncoder
from core.training.datasets import RealVideo
from core.training.evaluate_regions import Way, by_frames
from core.training.evaluate_visil import benchmarks, candidates, demo, groups, shipped_ways


def video(name: str, group: str, seed: int) -> RealVideo:
    """Six seconds of coarse tones, the same for the same seed."""
    tones = np.random.default_rng(seed).integers(0, 256, (6, 8, 8, 3), np.uint8)
    images = np.kron(tones, np.ones((1, 12, 12, 1), np.uint8))
    return RealVideo(name, group, np.arange(6.0), images, images[:4], ())


FOLDER = [video("a1.mp4", "a", 1), video("a2.mp4", "a", 1), video("b1.mp4", "b", 2), video("b2.mp4", "b", 2)]
WAYS = {"frames": Way(EmbeddedEncoder().encode, by_frames)}


def test_kin_among_the_demo_clips_rank_above_every_unrelated_one() -> None:
    """Copies by Chamfer alone; with ViSiL also the other side of one valley, which is less like it than a stranger."""
    ways, _ = shipped_ways()
    told = demo({name: ways[name] for name in ("chamfer over frames", "visil")})
    for scene in told["chamfer over frames"]["scenes"].values():
        copies = min(scene["near_duplicate"], scene["duplicate_scene"])
        assert copies > max(scene["closest_unrelated"], scene["incident_scene"])
    assert told["chamfer over frames"]["scenes_right"] >= 4
    assert told["visil"]["scenes_right"] == 5


def test_groups_that_are_plain_are_found_and_told_apart() -> None:
    told = groups(FOLDER, WAYS)["frames"]
    assert told["mean_average_precision"] == 1.0
    best = str(told["near_duplicate_threshold"])
    assert told["precision_recall_f1_by_threshold"][best] == [1.0, 1.0, 1.0]


def test_the_candidate_threshold_keeps_nearly_all_copies() -> None:
    told = candidates([FOLDER[0], FOLDER[2]])
    recall, left = told["recall_and_mean_candidates"][str(told["chosen_threshold"])]
    assert recall >= 0.99
    assert 1.0 <= left <= 2.0


def test_a_benchmark_in_the_folder_is_judged_on_the_videos_that_are_held(tmp_path: Path) -> None:
    (tmp_path / "annotation.json").write_text(json.dumps({"a1": {"ND": ["a2", "gone"]}, "not held": {"DS": ["b1"]}}))
    told = benchmarks(tmp_path, FOLDER, WAYS)["FIVR-200K DSVR"]["frames"]
    assert told["mean_average_precision"] == 1.0
    assert (told["queries"], told["queries_published"], told["videos_held"]) == (1, 2, 3)
    assert told["published"]["ViSiL"] == 0.892
    assert benchmarks(tmp_path / "empty", FOLDER, WAYS) == {}
