"""Still pictures into RGB arrays: the common formats, turned the way the camera meant, within the limits."""

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from core.config import Limits
from core.errors import MediaError
from core.media.container import check_file

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
PAPER = (255, 255, 255)  # what shows through transparent places


def read_picture(path: Path, limits: Limits, max_side: int = 2048) -> NDArray[np.uint8]:
    """The picture as (H, W, 3), no side longer than `max_side`; of an animation the first frame.

    MediaError when it is none of the common formats, damaged, or larger than `limits.pixels`.
    """
    check_file(path, limits)
    try:
        with Image.open(path, formats=FORMATS) as image:
            width, height = image.size
            if width * height > limits.pixels:
                raise MediaError(
                    f"{path.name} is {width:,} × {height:,} pixels; at most {limits.pixels:,} pixels are read."
                    " Scale it down first."
                )
            image.draft("RGB", (max_side, max_side))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((max_side, max_side), Image.Resampling.BICUBIC, reducing_gap=2.0)
            return np.asarray(_flatten(upright), dtype=np.uint8).copy()
    except UnidentifiedImageError as error:
        raise MediaError(f"{path.name} is not a picture in a common format ({', '.join(FORMATS)}).") from error
    except Image.DecompressionBombError as error:
        raise MediaError(f"{path.name} has more than the {limits.pixels:,} pixels that are read.") from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        struct.error,
        IndexError,
        TypeError,
    ) as error:  # as Pillow has it
        raise MediaError(f"The picture {path.name} is damaged or cut short and cannot be read.") from error


def _flatten(image: Image.Image) -> Image.Image:
    """RGB with 8 bits, transparent places on white."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        values = np.asarray(image, dtype=np.float64)
        top = 65535.0 if values.max(initial=0.0) > 255 else 255.0
        return Image.fromarray(np.clip(values * (255.0 / top), 0, 255).astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        whole = image.convert("RGBA")
        paper = Image.new("RGB", whole.size, PAPER)
        paper.paste(whole, mask=whole.getchannel("A"))
        return paper
    return image.convert("RGB")
