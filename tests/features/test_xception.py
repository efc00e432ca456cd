"""Xception's view of both squares of a frame, with random weights in the real format."""

from pathlib import Path

import numpy as np
import pytest

from core.config import Settings
from core.errors import EncoderUnavailable
from core.features import backbones
from core.features.registry import build_encoder, readiness
from core.features.xception import XceptionHalves, halves


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "xception.safetensors"
    backbones.write_random("xception", path)
    return path


def test_a_wide_frame_gives_its_left_and_its_right_square_and_they_share_the_middle() -> None:
    frame = np.zeros((1, 300, 534, 3), np.uint8)
    frame[..., :] = (np.arange(534) % 256)[None, None, :, None]
    left, right = halves(frame)
    assert left.shape == right.shape == (1, 300, 300, 3)
    assert (left[0, 0, 234:, 0] == right[0, 0, :66, 0]).all()
    assert right[0, 0, -1, 0] == 533 % 256


def test_an_upright_frame_gives_its_upper_and_its_lower_square() -> None:
    frame = np.zeros((1, 400, 200, 3), np.uint8)
    frame[:, 200:] = 255
    upper, lower = halves(frame)
    assert not upper.any()
    assert (lower == 255).all()


def test_what_changes_on_the_right_changes_only_the_right_half_of_the_numbers(weights: Path) -> None:
    encoder = XceptionHalves(weights)
    frames = np.random.default_rng(0).integers(0, 255, (2, 60, 120, 3)).astype(np.uint8)
    frames[1, :, :60] = frames[0, :, :60]
    rows = encoder.encode(frames)
    assert rows.shape == (2, 4096)
    left, right = rows[:, :2048], rows[:, 2048:]
    ratios = left[0] / np.where(left[1] == 0, 1, left[1])
    assert np.ptp(ratios[left[1] > 1e-4]) < 1e-3  # the same but for the common length
    assert not np.allclose(right[0], right[1], atol=1e-4)


def test_without_weights_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    settings = Settings(weights=tmp_path)
    said = readiness("xception", settings)
    assert said.name == "xception"
    assert not said.is_ready
    assert "xception-43020ad28.pth" in said.reason
    with pytest.raises(EncoderUnavailable, match="CLIPKIN_WEIGHTS"):
        build_encoder("xception", settings)
