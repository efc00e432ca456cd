"""Stitched queries as files: the noise of a plan in picture, speed and sound, and the truth of `stitching.truth`."""

from pathlib import Path

import numpy as np
import pytest

from core.config import Limits
from core.media.audio import iter_audio
from core.media.video import iter_frames, probe
from core.training.stitched_files import FILE_NOISES, write_query
from core.training.stitching import NOISES, RATE, Footage, Part, Plan, truth
from tests import clips

FPS = 6.0
LIMITS = Limits()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three clips: a square that walks over red, over green, and over blue, the last one with a tone."""
    place = tmp_path_factory.mktemp("clips")
    for number, sound in enumerate((None, None, "tone")):
        options = {"sound": sound} if sound else {}
        clips.write(place / f"{number}.mp4", list(walk(number, int(4 * FPS))), fps=FPS, **options)
    return place


def walk(number: int, frames: int) -> np.ndarray:
    images = np.zeros((frames, 96, 128, 3), np.uint8)
    images[..., number] = 150
    for step in range(frames):
        images[step, 30:60, 2 * step : 2 * step + 30] = 240
    return images


def footage() -> list[Footage]:
    return [Footage(f"{number}.mp4", str(number), walk(number, 4 * RATE)) for number in range(3)]


@pytest.fixture(scope="module")
def clean(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[np.ndarray]:
    """The pictures of the clean query."""
    target = tmp_path_factory.mktemp("clean") / "clean.mp4"
    _, images = written(folder, target, "clean")
    assert not probe(target, LIMITS).has_audio
    return images


def written(folder: Path, target: Path, noise: str, speed: float = 1.0) -> tuple[Plan, list[np.ndarray]]:
    plan = Plan((Part(0, 1.0, 1.5, speed), Part(1, 0.0, 1.0)), noise, 4)
    write_query(plan, footage(), folder, target, strangers=[2])
    chunks = iter_frames(target, fps=4.0, short_side=96, limits=LIMITS)
    return plan, [image for chunk in chunks for image in chunk.images]


def test_files_have_every_noise_of_rendered_queries_and_other_sound() -> None:
    assert set(FILE_NOISES) == {*NOISES, "other audio"}


@pytest.mark.parametrize("noise", ["split screen", "text", "emoticons", "borders", "re-encoding"])
def test_noise_changes_the_picture_and_not_the_truth(
    folder: Path, clean: list[np.ndarray], tmp_path: Path, noise: str
) -> None:
    plan, images = written(folder, tmp_path / "noisy.mp4", noise)
    end = truth(plan, footage(), [0, 1])[-1].query_end
    assert probe(tmp_path / "noisy.mp4", LIMITS).duration == pytest.approx(end, abs=0.4)
    pairs = list(zip(images, clean, strict=False))
    assert all(a.shape != b.shape or np.abs(a.astype(int) - b).mean() > 0.5 for a, b in pairs[:3])


def test_a_mirrored_part_is_the_clean_one_turned(folder: Path, clean: list[np.ndarray], tmp_path: Path) -> None:
    _, turned = written(folder, tmp_path / "turned.mp4", "mirror")
    assert np.abs(turned[1][:, ::-1].astype(int) - clean[1]).mean() < 6
    assert np.abs(turned[1].astype(int) - clean[1]).mean() > 6


def test_a_faster_part_shows_more_of_its_source_in_its_time(folder: Path, tmp_path: Path) -> None:
    plan, images = written(folder, tmp_path / "fast.mp4", "speed", speed=2.0)
    true = truth(plan, footage(), [0, 1])
    assert probe(tmp_path / "fast.mp4", LIMITS).duration == pytest.approx(true[-1].query_end, abs=0.4)
    left = [int(np.flatnonzero(image[45, :, 2] > 120).min()) for image in images[:5]]
    seconds = np.array([left[0], left[4]]) / (2 * FPS)  # two pixels a frame, six frames a second
    assert seconds == pytest.approx([true[0].reference_time(0.0), true[0].reference_time(1.0)], abs=0.35)
    assert images[-1][80, 5].argmax() == 1, "the second part follows"


def test_other_audio_is_that_of_a_stranger(folder: Path, tmp_path: Path) -> None:
    _, images = written(folder, tmp_path / "other.mp4", "other audio")
    samples = np.concatenate([p.samples for p in iter_audio(tmp_path / "other.mp4", rate=8000, limits=LIMITS)])
    assert len(samples) / 8000 == pytest.approx(2.5, abs=0.4)
    assert np.abs(samples).mean() > 0.01
    assert images[0][80, 5].argmax() == 0
