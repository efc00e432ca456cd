"""Small pictures for lists and maps: thumbnails, as WebP."""

import io

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


def _webp(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=QUALITY, method=2)
    return out.getvalue()
