"""The experiment of the built-in encoder: its figures on made footage, where the eye knows what they must be."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import StudioError
from core.training import evaluate_embedded
from core.training.datasets import RealVideo
from core.training.edits import EDITS, SPEED
from tests import clips

GROUPS, FRAMES = 15, 9


def footage() -> list[RealVideo]:
    """Fifteen videos of one pattern each; in the second half of the first one the pattern changes by a cut."""
    rng = np.random.default_rng(0)
    videos = []
    for group in range(GROUPS):
        pattern = rng.integers(0, 256, (8, 12, 3), np.uint8).repeat(8, axis=0).repeat(8, axis=1)
        images = np.stack([pattern] * FRAMES)
        changes: tuple[tuple[float, float], ...] = ()
        if group == 0:
            images[5:] = 255 - images[5:]
            changes = ((4.0, 4.1),)
        videos.append(RealVideo(f"{group}.mp4", f"{group}", np.arange(FRAMES, dtype=float), images, images, changes))
    black = np.zeros((FRAMES, 64, 96, 3), np.uint8)
    return [*videos, RealVideo("black.mp4", "black", np.arange(FRAMES, dtype=float), black, black, ())]


def thumbnails(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A describer whose answer the eye sees: the picture itself, small, around its mean."""
    rows = np.stack([np.asarray(evaluate_embedded.blocks.resize(image, 8), np.float32).ravel() for image in images])
    rows = rows - rows.mean(axis=1, keepdims=True) + 1e-3
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / lengths).astype(np.float32)


@pytest.fixture(scope="module")
def measured() -> dict:
    return evaluate_embedded.measure(footage(), {"thumbnails": thumbnails})


def test_counts_say_what_was_measured(measured: dict) -> None:
    assert (measured["videos"], measured["groups"], measured["frames"]) == (16, 16, 16 * FRAMES)
    assert measured["pairs"]["per_draw"] == 2 * 16 * (FRAMES - 2)
    assert measured["pairs"]["share_across_a_change_of_shot"] == pytest.approx(1 / 16 * 2 / 7, abs=0.001)
    assert measured["pairs"]["share_with_a_black_or_uniform_frame"] == pytest.approx(1 / 16, abs=0.001)


def test_still_patterns_are_told_apart_but_not_across_the_cut(measured: dict) -> None:
    figures = measured["table"]["thumbnails"]["same_video"]
    assert figures["within_one_shot"] > 0.97
    assert figures["true_pairs_across_a_change_of_shot"] == 0
    assert figures["within_one_shot"] > figures["all_pairs"]
    assert figures["area_under_curve"] > 0.97


def test_every_edit_is_asked_about_and_a_black_video_is_no_query(measured: dict) -> None:
    figures = measured["table"]["thumbnails"]["near_duplicates"]
    assert set(figures["edits"]) == {*EDITS, SPEED}
    assert figures["queries_per_edit"] == 15
    assert figures["uniform_throughout"] == 1
    assert figures["edits"][SPEED] == 1.0
    assert figures["edits"]["recompression"] == 1.0
    assert figures["edits"]["flip"] < 1.0  # a thumbnail is not the same as its mirror image
    assert figures["weakest"]["mean_average_precision"] == min(figures["edits"].values())


def test_the_report_is_json(measured: dict) -> None:
    assert json.loads(json.dumps(measured)) == measured


def test_the_same_seed_gives_the_same_figures(measured: dict) -> None:
    again = evaluate_embedded.measure(footage(), {"thumbnails": thumbnails})
    assert again["table"]["thumbnails"]["same_video"] == measured["table"]["thumbnails"]["same_video"]
    assert again["table"]["thumbnails"]["near_duplicates"] == measured["table"]["thumbnails"]["near_duplicates"]


def test_real_files_are_read_and_a_broken_one_is_named(tmp_path: Path) -> None:
    for number in range(12):
        clips.numbered(tmp_path / f"{number}.mp4", seconds=3.2, fps=10.0)
    clips.text(tmp_path / "letter.mp4")
    videos, failures = evaluate_embedded.read_videos(tmp_path)
    assert len(videos) == 12
    assert all(video.times.tolist() == [0.0, 1.0, 2.0, 3.0] for video in videos)
    assert len(failures) == 1
    assert "letter.mp4" in failures[0]


def test_a_folder_without_videos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="no videos"):
        evaluate_embedded.run(tmp_path)


@pytest.mark.corpus
def test_real_clips_are_told_apart_and_found_under_every_edit(corpus: Path, tmp_path: Path) -> None:
    """A small sample of the experiment; the whole of it takes minutes."""
    for place, folder in enumerate(sorted((corpus / "clips").iterdir())[::4]):
        smallest = min(folder.iterdir(), key=lambda path: path.stat().st_size)
        (tmp_path / f"{place}{smallest.suffix}").symlink_to(smallest)
    videos, failures = evaluate_embedded.read_videos(tmp_path)
    assert not failures
    encode = evaluate_embedded.embedded.EmbeddedEncoder().encode
    figures = evaluate_embedded.measure(videos, {"embedded": encode})["table"]["embedded"]
    assert figures["near_duplicates"]["mean_average_precision"] >= 0.98
    assert figures["same_video"]["area_under_curve"] >= 0.93
    assert figures["same_video"]["within_one_shot"] >= 0.93


def test_a_higher_threshold_for_copies_keeps_less_and_lets_less_through(measured: dict) -> None:
    figures = measured["table"]["thumbnails"]["copies"]
    kept, through = list(figures["kept"].values()), list(figures["video_pairs_let_through"].values())
    assert kept == sorted(kept, reverse=True)
    assert through == sorted(through, reverse=True)
    assert kept[0] > 0.6
    assert through[-1] == 0.0
