"""Light on film: points of light, glow, shafts, blur, tone, grain. Pictures are linear floats (H, W, 3)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from assets.samples.noise import Field, smoothstep

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # ITU-R BT.709


def resize(picture: Field, width: int, height: int, resample: Image.Resampling = Image.Resampling.BILINEAR) -> Field:
    """A float picture (H, W) or (H, W, C) at another size; Pillow averages when shrinking."""
    planes = picture[..., None] if picture.ndim == 2 else picture
    out = [
        np.asarray(Image.fromarray(np.ascontiguousarray(planes[..., c])).resize((width, height), resample))
        for c in range(planes.shape[-1])
    ]
    return out[0] if picture.ndim == 2 else np.stack(out, -1)


def blur(picture: Field, sigma: float) -> Field:
    """A Gaussian blur, made on a smaller copy where that cannot be seen."""
    step = max(1, int(sigma / 2.5))
    height, width = picture.shape[:2]
    small = resize(picture, max(2, width // step), max(2, height // step)) if step > 1 else picture
    spread = (sigma / step,) * 2 + (0,) * (picture.ndim - 2)
    small = ndimage.gaussian_filter(small, spread, mode="nearest", truncate=3.0)
    return resize(small, width, height, Image.Resampling.BICUBIC) if step > 1 else small


def splat(
    width: int, height: int, x: NDArray[np.floating], y: NDArray[np.floating], colours: NDArray[np.floating]
) -> Field:
    """Points of light (N,), (N,), colours (N, 3) added into an empty picture, each shared by four pixels."""
    x, y = x - 0.5, y - 0.5
    left, top = np.floor(x), np.floor(y)
    keep = (left >= 0) & (left < width - 1) & (top >= 0) & (top < height - 1)
    fx, fy = (x - left)[keep], (y - top)[keep]
    base = top[keep].astype(np.int64) * width + left[keep].astype(np.int64)
    colours = colours[keep]
    index = np.concatenate([base, base + 1, base + width, base + width + 1])
    share = np.concatenate([(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy])
    out = np.empty((height, width, 3), np.float32)
    for c in range(3):
        weights = share * np.tile(colours[:, c], 4)
        out[..., c] = np.bincount(index, weights, width * height).reshape(height, width)
    return out


def fetch(picture: Field, x: NDArray[np.floating], y: NDArray[np.floating]) -> Field:
    """A picture (H, W, C) read between its pixels at places given in pixels; the border goes on for ever."""
    height, width = picture.shape[:2]
    x = np.clip(np.asarray(x, np.float32) - 0.5, 0, width - 1.001)
    y = np.clip(np.asarray(y, np.float32) - 0.5, 0, height - 1.001)
    left, top = x.astype(np.int32), y.astype(np.int32)
    fx, fy = (x - left)[..., None], (y - top)[..., None]
    flat, base = picture.reshape(height * width, -1), top * width + left
    upper = flat[base] * (1 - fx) + flat[base + 1] * fx
    lower = flat[base + width] * (1 - fx) + flat[base + width + 1] * fx
    return upper * (1 - fy) + lower * fy


def over(picture: Field, colour: Field, alpha: Field, left: int, top: int) -> None:
    """Lay a patch (h, w, 3) with coverage (h, w) onto the picture in place; parts outside are cut off."""
    height, width = picture.shape[:2]
    y0, y1 = max(0, top), min(height, top + alpha.shape[0])
    x0, x1 = max(0, left), min(width, left + alpha.shape[1])
    if y0 >= y1 or x0 >= x1:
        return
    part = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
    a = alpha[part][..., None]
    window = picture[y0:y1, x0:x1]
    window += (colour[part] - window) * a


def bloom(picture: Field, *, threshold: float = 0.8, strength: float = 0.5, radius: float = 1.0) -> Field:
    """The picture with the glow that bright places leave in a lens; `radius` 1 suits a small glow."""
    height, width = picture.shape[:2]
    unit = width / 640 * radius
    bright = np.maximum(picture - threshold, 0)
    bright = np.minimum(bright, 12.0)
    small = resize(bright, width // 2, height // 2)
    glow = blur(small, 1.5 * unit) * 0.45 + blur(small, 5 * unit) * 0.33 + blur(small, 18 * unit) * 0.22
    return picture + resize(glow, width, height) * strength


def shafts(bright: Field, x: float, y: float, *, length: float = 0.7, taps: int = 24) -> Field:
    """Rays that stream from (x, y), a place in pixels: the mask (H, W) smeared away from it, on a quarter-size copy."""
    height, width = bright.shape
    small = resize(bright, width // 4, height // 4)
    rows, columns = np.mgrid[0 : height // 4, 0 : width // 4].astype(np.float32)
    out = np.zeros_like(small)
    total = 0.0
    for tap in range(taps):
        step = 1 - length * (tap + 0.5) / taps
        weight = 0.94**tap
        place = [(rows - y / 4) * step + y / 4, (columns - x / 4) * step + x / 4]
        out += weight * ndimage.map_coordinates(small, place, order=1, mode="nearest")
        total += weight
    return resize(blur(out / total, 1.2), width, height)


@dataclass(frozen=True, slots=True)
class Film:
    """The stock and the grade: what a scene's linear light becomes on screen."""

    exposure: float = 1.0
    grain: float = 0.006
    vignette: float = 0.25
    saturation: float = 1.05
    lift: tuple[float, float, float] = (0.0, 0.0, 0.0)  # tint of the deepest shadow
    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def develop(self, picture: Field, seed: int) -> NDArray[np.uint8]:
        """Linear light (H, W, 3) to display RGB; the seed makes grain and dither the same at every run."""
        height, width = picture.shape[:2]
        light = np.maximum(picture, 0) * self.exposure * np.array(self.gain, np.float32)
        rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
        light = light * (1 - self.vignette * smoothstep(0.35, 1.5, np.hypot(rows * 0.85, columns)))[..., None]
        # Narkowicz 2015, a fit of the ACES curve
        toned = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
        screen = np.clip(toned, 0, 1) ** (1 / 2.2)
        luma = screen @ LUMA
        screen = luma[..., None] + (screen - luma[..., None]) * self.saturation
        screen = screen + np.array(self.lift, np.float32) * (1 - luma[..., None]) ** 3
        rng = np.random.default_rng(seed)
        grain = ndimage.gaussian_filter(rng.standard_normal((height, width), np.float32), 0.6) * 1.9
        screen = screen + (grain * self.grain * (1.1 - luma))[..., None]
        dither = rng.random((height, width, 1), np.float32) - rng.random((height, width, 1), np.float32)
        return np.clip(screen * 255 + 0.5 + dither * 0.6, 0, 255).astype(np.uint8)
