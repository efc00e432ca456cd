"""What happens to copies: the edits a picture must stay recognisable under, each as image in, image out.

Every edit takes one RGB picture and a random generator that draws its place and strength. `SPEED` is the one edit
that works on time and not on pictures.
"""

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Edit = Callable[[Image, np.random.Generator], Image]

SPEED = "speed"  # played faster or slower: other moments of the same video
CROP_SHARE = 0.7  # of each side that a corner crop keeps


def flip(image: Image, rng: np.random.Generator) -> Image:
    """Left and right swapped."""
    return np.ascontiguousarray(image[:, ::-1])


def corner_crop(image: Image, rng: np.random.Generator) -> Image:
    """The 70 % of each side that touch one corner."""
    height, width = image.shape[:2]
    rows, columns = max(1, round(height * CROP_SHARE)), max(1, round(width * CROP_SHARE))
    top, left = int(rng.integers(2)) * (height - rows), int(rng.integers(2)) * (width - columns)
    return np.ascontiguousarray(image[top : top + rows, left : left + columns])


def grey(image: Image, rng: np.random.Generator) -> Image:
    """Without colour."""
    luma = image.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.repeat(_bytes(luma)[..., None], 3, axis=2)


def brightness(image: Image, rng: np.random.Generator) -> Image:
    """Darker or brighter by a quarter to a half, with a little more or less contrast."""
    gain = float(rng.choice([rng.uniform(0.5, 0.75), rng.uniform(1.25, 1.5)]))
    return _bytes((image.astype(np.float32) - 128) * rng.uniform(0.8, 1.2) + 128 * gain)


def blur(image: Image, rng: np.random.Generator) -> Image:
    """Out of focus: a box of about a fortieth to a twentieth of the shorter side, twice."""
    size = max(3, round(min(image.shape[:2]) * float(rng.uniform(0.025, 0.05))))
    return _bytes(_box(_box(image.astype(np.float32), size), size))


def caption(image: Image, rng: np.random.Generator) -> Image:
    """One or two lines of letters along the lower or upper edge, sometimes on a strip."""
    result = image.copy()
    height, width = image.shape[:2]
    line = max(2, round(height * float(rng.uniform(0.06, 0.1))))
    lines = int(rng.integers(1, 3))
    top = round(height * 0.04) if rng.random() < 0.25 else height - lines * line - round(height * 0.05)
    top = max(0, top)
    if rng.random() < 0.4:
        result[top : top + lines * line] = result[top : top + lines * line] // 4
    ink = np.array([255, 255, 255] if rng.random() < 0.7 else [255, 230, 40], np.uint8)
    letter = max(1, round(line * 0.4))
    for row in range(lines):
        start = round(width * float(rng.uniform(0.08, 0.25)))
        y = top + row * line
        for x in range(start, width - start, letter + max(1, letter // 3)):
            if rng.random() < 0.85:
                glyph = rng.random((5, 3)) < 0.55
                part = result[y : y + max(1, round(line * 0.75)), x : min(x + letter, width - start)]
                rows = np.arange(part.shape[0]) * 5 // max(1, part.shape[0])
                columns = np.arange(part.shape[1]) * 3 // max(1, part.shape[1])
                part[glyph[rows[:, None], columns]] = ink
    return result


def logo(image: Image, rng: np.random.Generator) -> Image:
    """A sign in one corner, half to fully opaque."""
    result = image.copy()
    height, width = image.shape[:2]
    size = max(2, round(min(height, width) * float(rng.uniform(0.12, 0.2))))
    gap = round(size * 0.3)
    top = gap if rng.random() < 0.5 else max(0, height - size - gap)
    left = gap if rng.random() < 0.5 else max(0, width - size - gap)
    part = result[top : top + size, left : left + size]
    y, x = np.mgrid[: part.shape[0], : part.shape[1]] / size - 0.5
    sign = (x**2 + y**2 < 0.2) if rng.random() < 0.5 else (np.abs(x) + np.abs(y) < 0.45)
    opacity = float(rng.uniform(0.5, 1))
    colour = rng.integers(0, 256, 3)
    part[sign] = _bytes(part[sign] * (1 - opacity) + colour * opacity)
    return result


def letterbox(image: Image, rng: np.random.Generator) -> Image:
    """Black bars above and below or left and right, up to a sixth of the picture each."""
    height, width = image.shape[:2]
    share = float(rng.uniform(0.06, 0.17))
    bars = (round(height * share), 0) if rng.random() < 0.6 else (0, round(width * share))
    return np.pad(image, ((bars[0], bars[0]), (bars[1], bars[1]), (0, 0)))


def recompression(image: Image, rng: np.random.Generator) -> Image:
    """Saved again at a low quality."""
    from PIL import Image as Pictures

    file = io.BytesIO()
    Pictures.fromarray(image).save(file, "JPEG", quality=int(rng.integers(12, 35)))
    return np.asarray(Pictures.open(file).convert("RGB"))


def rescaling(image: Image, rng: np.random.Generator) -> Image:
    """Shrunk to a third or a half and enlarged again, often in other proportions."""
    from PIL import Image as Pictures

    height, width = image.shape[:2]
    share, stretch = float(rng.uniform(0.33, 0.5)), float(rng.uniform(0.8, 1.25))
    small = Pictures.fromarray(image).resize((max(1, round(width * share)), max(1, round(height * share))))
    return np.asarray(small.resize((max(1, round(width * stretch)), height)))


EDITS: dict[str, Edit] = {
    "flip": flip,
    "corner crop": corner_crop,
    "grey": grey,
    "brightness": brightness,
    "blur": blur,
    "caption": caption,
    "logo": logo,
    "letterbox": letterbox,
    "recompression": recompression,
    "rescaling": rescaling,
}


def _bytes(values: NDArray[np.floating]) -> Image:
    return (np.clip(values, 0, 255) + 0.5).astype(np.uint8)


def _box(image: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    before, after = size // 2, size - 1 - size // 2
    for axis in (0, 1):
        margins = [(0, 0)] * 3
        margins[axis] = (before + 1, after)
        padded = np.pad(image, margins, mode="edge")
        sums = np.cumsum(padded, axis=axis, dtype=np.float64)
        ends = np.take(sums, np.arange(size, sums.shape[axis]), axis=axis)
        starts = np.take(sums, np.arange(sums.shape[axis] - size), axis=axis)
        image = ((ends - starts) / size).astype(np.float32)
    return image
