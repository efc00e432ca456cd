"""Copy edits do what their names say, on pictures of any size."""

import numpy as np
import pytest

from core.training import edits
from core.training.edits import EDITS


def rng() -> np.random.Generator:
    return np.random.default_rng(4)


def ramp(height: int = 90, width: int = 160) -> np.ndarray:
    """Darker on the left, red at the top, blue at the bottom."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 1] = np.linspace(40, 200, width)
    image[: height // 2, :, 0] = 180
    image[height // 2 :, :, 2] = 180
    return image


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (90, 160), (161, 91)])
def test_every_edit_gives_a_picture_whatever_the_size(name: str, size: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    before = image.copy()
    edited = EDITS[name](image, rng())
    assert edited.dtype == np.uint8
    assert edited.ndim == 3
    assert edited.shape[2] == 3
    assert min(edited.shape) >= 1
    assert (image == before).all()  # the original is left alone


@pytest.mark.parametrize("name", EDITS)
def test_the_same_generator_makes_the_same_edit(name: str) -> None:
    assert np.array_equal(EDITS[name](ramp(), rng()), EDITS[name](ramp(), rng()))


@pytest.mark.parametrize("name", EDITS)
def test_every_edit_changes_the_picture(name: str) -> None:
    edited = EDITS[name](ramp(), rng())
    assert edited.shape != ramp().shape or (edited != ramp()).any()


def test_flip_swaps_left_and_right() -> None:
    assert (edits.flip(ramp(), rng()) == ramp()[:, ::-1]).all()


def test_corner_crop_keeps_seventy_percent_of_each_side_and_a_corner() -> None:
    image = ramp()
    for seed in range(8):
        part = edits.corner_crop(image, np.random.default_rng(seed))
        assert part.shape == (63, 112, 3)
        corners = [image[:63, :112], image[:63, -112:], image[-63:, :112], image[-63:, -112:]]
        assert any((part == corner).all() for corner in corners)


def test_grey_has_equal_channels() -> None:
    grey = edits.grey(ramp(), rng()).astype(int)
    assert (grey.max(axis=2) == grey.min(axis=2)).all()


def test_brightness_moves_the_mean_by_a_fair_amount() -> None:
    means = [float(edits.brightness(ramp(), np.random.default_rng(seed)).mean()) for seed in range(20)]
    assert min(means) < ramp().mean() - 15
    assert max(means) > ramp().mean() + 15


def test_blur_keeps_the_mean_and_flattens_noise() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (90, 160, 3), np.uint8)
    blurred = edits.blur(noise, rng())
    assert blurred.mean() == pytest.approx(noise.mean(), abs=2)
    assert blurred.std() < noise.std() / 2


def test_letterbox_adds_equal_black_bars_around_the_whole_picture() -> None:
    for seed in range(6):
        boxed = edits.letterbox(ramp() | 1, np.random.default_rng(seed))
        rows, columns = boxed.any(axis=(1, 2)), boxed.any(axis=(0, 2))
        assert rows.sum() == 90
        assert columns.sum() == 160
        assert abs(int(rows.argmax()) - int(rows[::-1].argmax())) == 0
        assert boxed.size > ramp().size


def test_captions_and_logos_leave_most_of_the_picture_alone() -> None:
    for edit in (edits.caption, edits.logo):
        for seed in range(10):
            changed = (edit(ramp(), np.random.default_rng(seed)) != ramp()).any(axis=2).mean()
            assert 0.001 < changed < 0.3
