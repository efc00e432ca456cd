"""What near duplicates go through: another grade, a closer crop, a station's badge and caption, a smaller picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One station's way with other people's footage."""

    badge: str
    caption: str
    gain: tuple[float, float, float]
    contrast: float
    crop: float  # share of the picture that is left
    accent: Colour
    size: tuple[int, int] = (640, 360)


BROADCASTS = {
    "balloons": Broadcast("MORNING", "Dawn over the valley", (1.08, 1.0, 0.90), 1.12, 0.93, (214, 92, 48)),
    "fireworks": Broadcast(
        "HARBOUR 1", "New year on the water", (0.92, 0.98, 1.12), 1.10, 0.94, (196, 30, 58), (576, 324)
    ),
    "aurora": Broadcast("ARCHIVE", "69° North", (1.12, 1.10, 1.04), 0.94, 0.92, (38, 132, 120)),
    "jellyfish": Broadcast(
        "AQUARIUM", "Hall 3: open water", (0.92, 1.10, 0.96), 1.08, 0.93, (28, 120, 150), (576, 324)
    ),
    "regatta": Broadcast("SPORT", "Race 4, weather leg", (1.04, 1.0, 0.95), 1.20, 0.94, (24, 66, 140), (512, 288)),
}


def rework(image: NDArray[np.uint8], broadcast: Broadcast, time: float) -> NDArray[np.uint8]:
    """The frame (H, W, 3) as the station shows it at `time` seconds into the clip."""
    height, width = image.shape[:2]
    x, y = width * (1 - broadcast.crop) / 2, height * (1 - broadcast.crop) / 2
    picture = Image.fromarray(image).resize(
        (width, height), Image.Resampling.LANCZOS, box=(x * 1.3, y * 0.8, width - x * 0.7, height - y * 1.2)
    )
    tone = np.asarray(picture, np.float32) / 255
    tone = np.clip(tone * np.array(broadcast.gain, np.float32), 0, 1)
    tone = tone + (broadcast.contrast - 1) * (tone * tone * (3 - 2 * tone) - tone) * 2
    picture = Image.fromarray((np.clip(tone, 0, 1) * 255 + 0.5).astype(np.uint8))
    picture = _letter(picture, broadcast, time)
    return np.asarray(picture.resize(broadcast.size, Image.Resampling.LANCZOS))


def _letter(picture: Image.Image, broadcast: Broadcast, time: float) -> Image.Image:
    """Badge at the top right all the time; the caption slides in after a second and out again."""
    width, height = picture.size
    layer = Image.new("RGBA", (width * 2, height * 2))
    draw = ImageDraw.Draw(layer)
    unit = height / 180
    font = ImageFont.load_default(size=8.5 * unit * 1.1)
    box = draw.textbbox((0, 0), broadcast.badge, font=font)
    right, top = width * 2 - 16 * unit, 12 * unit
    left = right - (box[2] - box[0]) - 10 * unit
    draw.rounded_rectangle((left, top, right, top + 15 * unit), 3 * unit, fill=(*broadcast.accent, 215))
    draw.text(
        ((left + right) / 2, top + 7.5 * unit), broadcast.badge, font=font, fill=(255, 255, 255, 240), anchor="mm"
    )
    shown = np.clip((time - 1.0) / 0.6, 0, 1) * np.clip((6.5 - time) / 0.6, 0, 1)
    shown = float(shown * shown * (3 - 2 * shown))
    if shown > 0:
        font = ImageFont.load_default(size=13 * unit)
        x, y = 18 * unit - (1 - shown) * 12 * unit, height * 2 - 34 * unit
        alpha = int(255 * shown)
        draw.rectangle((x, y - 9 * unit, x + 2.2 * unit, y + 9 * unit), fill=(*broadcast.accent, alpha))
        draw.text(
            (x + 7.7 * unit, y + 0.7 * unit), broadcast.caption, font=font, fill=(0, 0, 0, alpha // 3), anchor="lm"
        )
        draw.text((x + 7 * unit, y), broadcast.caption, font=font, fill=(255, 255, 255, alpha), anchor="lm")
    layer = layer.resize((width, height), Image.Resampling.LANCZOS)
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")
