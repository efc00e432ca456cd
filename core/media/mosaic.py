"""Small pictures for lists and maps: thumbnails and film strips, as WebP."""

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

QUALITY = 75


def thumbnail(image: NDArray[np.uint8], width: int = 240) -> bytes:
    """One picture (H, W, 3) as WebP, `width` pixels wide, aspect kept, never enlarged.

    Of one more than twice as tall as wide the middle is shown.
    """
    picture = Image.fromarray(image)
    if picture.height > 2 * picture.width:
        top = (picture.height - 2 * picture.width) // 2
        picture = picture.crop((0, top, picture.width, top + 2 * picture.width))
    if picture.width > width:
        height = max(1, round(picture.height * width / picture.width))
        picture = picture.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return _webp(picture)


def filmstrip(images: Sequence[NDArray[np.uint8]], *, height: int = 90, gap: int = 2) -> bytes:
    """Pictures side by side in order as WebP, each `height` pixels high. ValueError when there are none."""
    if not images:
        raise ValueError("a film strip of no pictures")
    pictures = [Image.fromarray(image) for image in images]
    pictures = [
        picture.resize((max(1, round(picture.width * height / picture.height)), height), Image.Resampling.BICUBIC)
        for picture in pictures
    ]
    strip = Image.new("RGB", (sum(picture.width for picture in pictures) + gap * (len(pictures) - 1), height))
    left = 0
    for picture in pictures:
        strip.paste(picture, (left, 0))
        left += picture.width + gap
    return _webp(strip)


def _webp(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=QUALITY, method=2)
    return out.getvalue()
