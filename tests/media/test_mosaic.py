"""Thumbnails."""

import io

import numpy as np
import pytest
from PIL import Image

from core.media.mosaic import thumbnail
from tests import clips


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    assert picture.format == "WEBP"
    return picture.convert("RGB")


@pytest.mark.parametrize(
    ("size", "expected"),
    [((640, 360), (240, 135)), ((100, 80), (100, 80)), ((360, 640), (240, 427)), ((100, 900), (100, 200))],
)
def test_a_thumbnail_keeps_its_aspect_and_is_never_enlarged(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert opened(thumbnail(clips.solid("red", size))).size == expected


def test_a_thumbnail_is_small_and_shows_the_picture() -> None:
    data = thumbnail(clips.solid("green", (1280, 720)))
    assert len(data) < 2000
    assert np.abs(np.asarray(opened(data)).mean(axis=(0, 1)) - clips.COLOURS["green"]).max() < 6
