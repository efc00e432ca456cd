"""Pictures written strip by strip, against Pillow reading them whole."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core.media.strips import strip_writer


def picture(height: int, width: int) -> NDArray[np.uint8]:
    """Smooth colour with a bright square, so that both prediction and detail are put to the test."""
    y, x = np.mgrid[:height, :width]
    image = np.stack([255 * x / width, 255 * y / height, 128 + 60 * np.sin(x / 7)], axis=2).astype(np.uint8)
    image[height // 3 : height // 2, width // 3 : width // 2] = (250, 240, 20)
    return image


def written(image: NDArray[np.uint8], suffix: str, heights: list[int]) -> bytes:
    out = io.BytesIO()
    writer = strip_writer(suffix, out, image.shape[1], image.shape[0], quality=92)
    for start, height in zip(np.cumsum([0, *heights]), heights, strict=False):
        writer.write(image[start : start + height])
    writer.finish()
    return out.getvalue()


@pytest.mark.parametrize("heights", [[90], [1] * 90, [30, 30, 30], [7, 50, 33]])
def test_a_png_of_strips_is_the_picture_to_the_last_bit(heights: list[int]) -> None:
    image = picture(90, 131)
    found = Image.open(io.BytesIO(written(image, ".png", heights)))
    np.testing.assert_array_equal(np.asarray(found), image)


@pytest.mark.parametrize(("height", "heights"), [(96, [96]), (90, [30, 30, 30]), (200, [1, 99, 100]), (5, [5])])
def test_a_jpeg_of_strips_reads_as_the_one_pillow_writes_at_once(height: int, heights: list[int]) -> None:
    image = picture(height, 131)
    whole = io.BytesIO()
    Image.fromarray(image).save(whole, "JPEG", quality=92, subsampling="4:2:0")
    ours = np.asarray(Image.open(io.BytesIO(written(image, ".jpg", heights)))).astype(int)
    theirs = np.asarray(Image.open(io.BytesIO(whole.getvalue()))).astype(int)
    assert ours.shape == theirs.shape == image.shape
    assert np.abs(ours - theirs).mean() < 1.0  # colour is smoothed across strips by the reader, and only there
    lost, unavoidable = (np.abs(found - image.astype(int)).mean() for found in (ours, theirs))
    assert lost < unavoidable + 0.5


def test_a_picture_with_rows_missing_is_not_finished() -> None:
    for suffix in (".png", ".jpg"):
        writer = strip_writer(suffix, io.BytesIO(), 20, 40)
        writer.write(picture(20, 20))
        with pytest.raises(ValueError, match="20 rows are missing"):
            writer.finish()


def test_what_no_jpeg_can_be_is_refused_and_a_png_of_that_size_is_not() -> None:
    with pytest.raises(ValueError, match="65,535"):
        strip_writer(".jpg", io.BytesIO(), 70_000, 10)
    strip_writer(".png", io.BytesIO(), 70_000, 10)
    with pytest.raises(ValueError, match="gif"):
        strip_writer(".gif", io.BytesIO(), 10, 10)
