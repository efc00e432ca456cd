"""Pictures small enough to send by the hundred: WebP thumbnails."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDTH = 320  # pixels: sharp on a card of 160 on a dense screen, and about 5 kB
QUALITY = 72


def thumbnail(image: NDArray[np.uint8], width: int = WIDTH) -> bytes:
    """A picture (H, W, 3) as a WebP file of that width, never enlarged; a tall one is bounded by its height."""
    picture = Image.fromarray(image)
    picture.thumbnail((width, width), Image.Resampling.LANCZOS, reducing_gap=2.0)
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=QUALITY, method=3)
    return file.getvalue()
