"""Still pictures into arrays."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.config import Limits
from core.errors import MediaError
from core.media.picture import read_picture
from tests import clips

LIMITS = Limits()


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "bmp", "tiff"])
def test_every_common_format_is_read(tmp_path: Path, suffix: str) -> None:
    image = read_picture(clips.picture(tmp_path / f"still.{suffix}", "blue"), LIMITS)
    assert image.shape == (48, 64, 3)
    assert image.dtype == np.uint8
    assert np.abs(image.reshape(-1, 3).mean(axis=0) - clips.COLOURS["blue"]).max() < 8


def test_the_camera_held_upright_is_turned(tmp_path: Path) -> None:
    path = tmp_path / "upright.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # turn 90 degrees clockwise to see it as meant
    picture = np.concatenate([clips.solid("red", (40, 30)), clips.solid("blue", (40, 30))], axis=1)
    Image.fromarray(picture).save(path, exif=exif, quality=95)
    image = read_picture(path, LIMITS)
    assert image.shape == (80, 30, 3)
    assert image[10, 15, 0] > 180
    assert image[70, 15, 2] > 180


def test_large_pictures_come_smaller_and_small_ones_as_they_are(tmp_path: Path) -> None:
    path = clips.picture(tmp_path / "large.png", size=(900, 300))
    assert read_picture(path, LIMITS, max_side=300).shape == (100, 300, 3)
    assert read_picture(path, LIMITS, max_side=2000).shape == (300, 900, 3)


def test_transparent_places_are_white(tmp_path: Path) -> None:
    path = tmp_path / "glass.png"
    Image.new("RGBA", (8, 8), (200, 0, 0, 0)).save(path)
    assert (read_picture(path, LIMITS) == 255).all()


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    Image.fromarray(np.full((8, 8), 32768, np.uint16)).save(path)
    assert np.abs(read_picture(path, LIMITS).astype(int) - 128).max() <= 1


def test_the_first_frame_of_an_animation_counts(tmp_path: Path) -> None:
    path = clips.colours(tmp_path / "moving.gif", ["red", "blue"])
    assert read_picture(path, LIMITS)[20, 20, 0] > 180


def test_what_is_no_picture_is_refused_with_a_reason(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="not a picture in a common format"):
        read_picture(clips.text(tmp_path / "letter.png"), LIMITS)
    with pytest.raises(MediaError, match="0 bytes"):
        read_picture(clips.empty(tmp_path / "empty.png"), LIMITS)
    with pytest.raises(MediaError, match="at most 1,000 pixels"):
        read_picture(clips.picture(tmp_path / "large.png"), Limits(pixels=1000))
    half = clips.picture(tmp_path / "half.png", size=(400, 400))
    half.write_bytes(half.read_bytes()[:100])
    with pytest.raises(MediaError, match="damaged or cut short"):
        read_picture(half, LIMITS)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (30_000, 30_000)).save(path)
    assert path.stat().st_size < 200_000
    with pytest.raises(MediaError, match="pixels"):
        read_picture(path, LIMITS)
