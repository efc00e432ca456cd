"""Learning whether two frames come from one video: on made-up vectors whose answer is known, and from a library."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core import checkpoints
from core.config import Limits
from core.errors import StudioError
from core.features.embedded import EmbeddedEncoder
from core.models.registry import restore
from core.records import FeatureTrack
from core.store.library import Library
from core.training import evaluate_same_video, film_tracks, pair_fitting, same_video
from core.training.film_tracks import film_footage
from core.training.folder_tracks import CHANGES, Folder, read_folder
from core.training.frame_pairs import Footage
from core.training.kin import groups_of_copies
from core.training.material import Material
from core.training.metrics import brier_score, f1_score, roc_curve
from core.training.pair_fitting import fit_temperature
from tests import clips

NUMBER = 1200


def world(videos: int = 60, frames: int = 12, *, noise: float = 0.5, dimension: int = 12, seed: int = 0) -> Footage:
    """Each video wanders around a direction of its own."""
    rng = np.random.default_rng(seed)
    tracks = []
    for number in range(videos):
        rows = rng.normal(size=dimension) + noise * rng.normal(size=(frames, dimension))
        rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        name, times = f"{number:016x}", np.arange(frames, dtype=float)
        tracks.append(FeatureTrack(name, "made", times, rows, np.ones(frames, np.float32)))
    return Footage(tracks, [track.video_id for track in tracks])


@pytest.fixture(scope="module")
def lesson() -> same_video.Lesson:
    return same_video.teach(world(), source="made vectors", number=NUMBER)


def test_directions_are_told_apart_on_videos_never_seen(lesson: same_video.Lesson) -> None:
    test = lesson.figures["test"]
    assert test["cosine"]["accuracy"] > 0.9
    assert test["head"]["accuracy"] >= test["cosine"]["accuracy"]
    assert test["head"]["calibration_error"] < 0.1
    assert test["published_network"]["accuracy"] > 0.55


def test_the_same_seed_gives_the_same_weights_bit_for_bit_and_another_seed_others(lesson: same_video.Lesson) -> None:
    again = same_video.teach(world(), source="made vectors", number=NUMBER)
    other = same_video.teach(world(), source="made vectors", number=NUMBER, seed=1)
    assert again.figures == lesson.figures
    assert all(np.array_equal(again.checkpoint.state[name], array) for name, array in lesson.checkpoint.state.items())
    assert not np.array_equal(
        other.checkpoint.state["published.layers.0.weight"], lesson.checkpoint.state["published.layers.0.weight"]
    )


def test_training_disturbs_no_other_random_numbers() -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    same_video.teach(world(), source="made vectors", number=200)
    assert torch.equal(torch.rand(3), expected)


def test_curves_run_by_half_epochs_and_the_checkpoint_can_be_trained_on(lesson: same_video.Lesson) -> None:
    assert [curve.name for curve in lesson.curves] == [
        "training loss",
        "training accuracy",
        "validation loss",
        "validation accuracy",
    ]
    assert all(curve.steps == (0.5, 1.0, 1.5, 2.0) for curve in lesson.curves)
    assert lesson.checkpoint.metadata["epoch"] == 2
    assert lesson.checkpoint.metadata["loss"] == lesson.curves[0].values[-1]
    state = lesson.checkpoint.state
    assert state["optimiser.0.exp_avg"].shape == state["published.layers.0.weight"].shape
    assert state["optimiser.0.step"] == 2 * -(-840 // 128)


def test_where_the_cosine_is_blind_the_network_gets_a_share() -> None:
    """Frames of one video agree in the size of entries, whose signs are random."""
    made = world(300, noise=0.15)
    rng = np.random.default_rng(1)
    tracks = [
        replace(track, vectors=track.vectors * rng.choice([-1, 1], track.vectors.shape).astype(np.float32))
        for track in made.tracks
    ]
    lesson = same_video.teach(Footage(tracks, made.groups), source="made vectors", number=8000)
    assert lesson.figures["head"]["share_of_the_network"] > 0
    assert lesson.figures["test"]["head"]["accuracy"] > lesson.figures["test"]["cosine"]["accuracy"] + 0.03


def test_the_temperature_is_the_factor_by_which_odds_were_overstated() -> None:
    rng = np.random.default_rng(0)
    odds = rng.normal(0, 2, 40_000)
    truths = rng.random(len(odds)) < 1 / (1 + np.exp(-odds))
    assert fit_temperature(3 * odds, truths) == pytest.approx(3, rel=0.05)


def test_f1_brier_and_roc_are_scikit_learns() -> None:
    from sklearn import metrics

    rng = np.random.default_rng(0)
    scores, truths = rng.random(500).round(2), rng.random(500) < 0.4
    assert f1_score(scores > 0.5, truths) == pytest.approx(metrics.f1_score(truths, scores > 0.5))
    assert brier_score(scores, truths) == pytest.approx(metrics.brier_score_loss(truths, scores))
    false, true, _ = roc_curve(scores, truths)
    theirs = metrics.roc_curve(truths, scores, drop_intermediate=False)
    assert np.allclose(false, theirs[0])
    assert np.allclose(true, theirs[1])


def test_near_copies_are_one_source_over_however_many_steps() -> None:
    angles = np.deg2rad([0, 20, 40, 180])
    tracks = [
        FeatureTrack(f"{n}", "e", np.zeros(1), np.array([[np.cos(a), np.sin(a)]], np.float32), np.ones(1, np.float32))
        for n, a in enumerate(angles)
    ]
    assert groups_of_copies(tracks, 0.9) == ["0", "0", "0", "3"]
    assert groups_of_copies([], 0.9) == []


def a_library(folder: Path, footage: Footage) -> Material:
    encoder = EmbeddedEncoder()
    library = Library(folder / "library")
    from core.records import MediaInfo, Video

    info = MediaInfo(10.0, 64, 48, 10.0, "mp4", "h264", "yuv420p", None, 0, 1000)
    for track in footage.tracks:
        library.save_track(replace(track, encoder="embedded-3@1fps"))
        library.add(Video(track.video_id, track.video_id, folder / f"{track.video_id}.mp4", info, "absent"))
    return Material(library, encoder, "embedded-3@1fps", "audio-1@1fps", Limits(), lambda: None)  # type: ignore[arg-type,return-value]


def test_a_library_teaches_both_methods_and_keeps_the_report(tmp_path: Path) -> None:
    target, seen = tmp_path / "made.safetensors", []
    material = a_library(tmp_path, world(40, 6, dimension=16))
    report = same_video.learn(material, target, progress=lambda done, _: seen.append(done))
    made = restore(checkpoints.load(target, "same_video"))
    a, b = world(40, 6, dimension=16).tracks[0].vectors[:2]
    assert made.probability(a, b) == made.probability(b, a)
    assert made.published_probability(a, b) is not None
    assert report.videos == 40
    assert "right on" in report.summary
    assert checkpoints.load(target, "same_video").metadata["report"]["summary"] == report.summary
    assert seen == sorted(seen)


def test_a_small_library_is_told_how_much_it_takes_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="at least 10"):
        same_video.learn(a_library(tmp_path, world(6)), tmp_path / "made.safetensors")
    assert not (tmp_path / "made.safetensors").exists()


def test_the_recipe_learns_from_made_films(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    footage = film_footage(12, workers=1)
    assert footage.tracks[0].vectors.shape == (2 * film_tracks.SECONDS, 192)
    monkeypatch.setattr(same_video, "film_footage", lambda **settings: footage)
    report = same_video.run(out=tmp_path, seed=0)
    made = checkpoints.load(Path(report["weights"]), "same_video")
    assert report["source"] == "films made by code"
    assert not any(name.startswith("published") for name in made.state)


def test_a_folder_is_decoded_once_and_a_broken_file_is_named(tmp_path: Path) -> None:
    videos, calls = tmp_path / "videos", []
    videos.mkdir()
    clips.colours(videos / "a.mp4", ["red", "blue", "green"])
    clips.numbered(videos / "b.mp4", seconds=2.0)
    clips.text(videos / "letter.mp4")

    def describe(images: np.ndarray) -> np.ndarray:
        calls.append(len(images))
        return images.reshape(len(images), -1)[:, :4].astype(np.float32)

    encoders = {"made": ("made-1@2fps", describe)}
    first = read_folder(videos, encoders, cache=tmp_path / "cache")
    again = read_folder(videos, encoders, cache=tmp_path / "cache")
    assert calls == [6, 4]
    assert first.footage["made"].tracks[0].times.tolist() == [0, 0.5, 1, 1.5, 2, 2.5]
    assert np.array_equal(first.footage["made"].tracks[0].vectors, again.footage["made"].tracks[0].vectors)
    assert [first.changes_between(0, *span) for span in ((0.5, 1.5), (1.0, 1.5))] == [True, False]
    assert len(again.failures) == 1
    assert "letter.mp4" in again.failures[0]


def test_the_experiment_answers_every_question_on_made_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    footage = world(30, 8)
    changes = [
        FeatureTrack(t.video_id, CHANGES, np.array([3.0]), np.array([[3.2]], "f4"), np.ones(1, "f4"))
        for t in footage.tracks
    ]
    monkeypatch.setattr(evaluate_same_video, "PICTURES", 4)
    folder = Folder({"made": footage}, changes, [])
    rng = np.random.default_rng(0)

    def describe(images: np.ndarray) -> np.ndarray:
        rows = rng.normal(size=(len(images), 12))
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    measured = evaluate_same_video.measure(folder, {"made": describe}, seeds=1, number=400)
    row = measured["table"]["made"]
    assert measured["table"]["published"]["cosine"]["threshold"] == 0.685
    assert set(row["every_source_tested"]) >= {"cosine", "published", "symmetric", "head"}
    assert row["every_source_tested"]["cosine"]["accuracy"] > 0.85
    questions = measured["open_questions"]["made"]
    assert set(questions["interval"]) == {"1 s", "2 s", "5 s"}
    assert questions["cuts"]["share_of_true_pairs_across_a_change"] == pytest.approx(2 / 6, abs=0.15)
    assert questions["pictures"]["pairs_of_different_pictures"] == 6


def test_the_samples_cosines_are_the_heads(lesson: same_video.Lesson) -> None:
    a, b = lesson.test.tensors
    assert np.allclose((a * b).sum(dim=1).numpy(), lesson.test.cosines, atol=1e-6)
    assert pair_fitting.judged(lesson.model.head.score(a, b).numpy(), lesson.test) == lesson.figures["test"]["head"]


@pytest.mark.corpus
def test_real_clips_are_told_apart_as_the_card_says(corpus: Path, tmp_path: Path) -> None:
    """One published split, judged once; the whole experiment takes minutes."""
    for place, folder in enumerate(sorted((corpus / "clips").iterdir())[::4]):
        smallest = min(folder.iterdir(), key=lambda path: path.stat().st_size)
        (tmp_path / f"{place}{smallest.suffix}").symlink_to(smallest)
    encoder = EmbeddedEncoder()
    made = read_folder(tmp_path, {"embedded": ("embedded-3@2fps", encoder.encode)}, cache=tmp_path / "cache")
    lesson = same_video.teach(made.footage["embedded"], source="real clips", number=1000)
    assert lesson.figures["cosine"]["train_accuracy"] > 0.9
    assert lesson.figures["test"]["head"]["accuracy"] >= lesson.figures["test"]["cosine"]["accuracy"]


def test_made_films_never_replace_weights_that_were_fitted_to_real_clips() -> None:
    with pytest.raises(StudioError, match="--videos DIR"):
        same_video.run()


def test_no_more_videos_of_a_large_library_are_held_than_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(same_video, "MOST_FRAMES", 100)
    read = iter(world(60, 12).tracks)
    assert len(same_video._sampled(read)) == 9
    assert len(list(read)) == 51, "the others are never read"
