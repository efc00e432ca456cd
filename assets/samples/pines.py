"""Snow-laden pines: pictures of a few, where a forest of them stands, and one of them in the view of a camera."""

import numpy as np
from PIL import Image

from assets.samples import light
from assets.samples.camera import Camera
from assets.samples.noise import Field, sample, smoothstep
from assets.samples.solids import Cabin, Mood

Pine = tuple[float, float, float, int]  # x, z, height, kind
KINDS = 5


def plant(rng: np.random.Generator, drift: Field, cabins: list[Cabin]) -> list[Pine]:
    """Pines on the slopes behind and beside the cabins, in groves by `drift`."""
    trees = []
    for _ in range(900):
        angle, out = rng.uniform(-np.pi, np.pi), rng.uniform(118, 420)
        x, z = out * np.sin(angle) / 0.62, 60 + out * np.cos(angle)
        clearing = any((x - c.x) ** 2 + (z - c.z) ** 2 < 150 for c in cabins)
        in_view = abs(x) < 135 and 150 < z < 262
        if (
            not clearing
            and not in_view
            and not (abs(x) < 60 and z < 0)
            and sample(drift, np.float32(x / 300), np.float32(z / 300)) > -0.4
        ):
            trees.append((float(x), float(z), float(rng.uniform(8, 17)), int(rng.integers(KINDS))))
    return trees[:420]


class Pines:
    """Pictures of the kinds of pine."""

    def __init__(self) -> None:
        self._pictures = [_pine(seed) for seed in range(KINDS)]

    def paint(self, picture: Field, camera: Camera, pine: Pine, ground: float, mood: Mood, haze: Field) -> None:
        """Paint one in place; `ground` is the height of its foot."""
        x, z, tall, kind = pine
        px, py, depth = (float(v) for v in camera.project(np.array([x, ground, z])))
        unit = camera.focal / depth * tall
        if unit < 4 or not -unit < px < camera.width + unit:
            return
        window = camera.window(px - 0.32 * unit - 1, py - unit - 1, px + 0.32 * unit + 1, py + 1)
        rows, columns = np.mgrid[window]
        if rows.size == 0:
            return
        texture = self._pictures[kind]
        step = max(0, int(np.log2(max(texture[0].shape[0] / unit, 1))))
        image = texture[min(step, len(texture) - 1)]
        scale = image.shape[0] / unit
        look = light.fetch(image, (columns + 0.5 - px) * scale + image.shape[1] / 2, (rows + 0.5 - (py - unit)) * scale)
        veil = 1 - np.exp(-depth / 1500)
        needle = np.array(mood.wood, np.float32) * (0.55, 0.8, 0.8)
        colour = needle + (np.array(mood.snow, np.float32) * 0.75 - needle) * look[..., 1:2]
        colour = colour * (1 - veil) + haze * veil
        light.over(picture, colour.astype(np.float32), look[..., 0], window[1].start, window[0].start)


def _pine(seed: int) -> list[Field]:
    """Pictures of one pine at falling sizes, (H, W, 2): how much it covers, how much of that is snow."""
    rng = np.random.default_rng(60 + seed)
    height, width = 512, 320
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    v, u = rows / height, (columns - width / 2) / height
    cover = smoothstep(0.010, 0.004, np.abs(u)) * smoothstep(0.02, 0.05, v)
    snow = np.zeros_like(cover)
    place = 0.03
    while place < 0.95:
        reach = 0.012 + 0.235 * place**0.9 * rng.uniform(0.8, 1.1)
        for side in (-1, 1):
            wide = reach * rng.uniform(0.75, 1.1)
            along = side * u / wide
            droop = place + 0.055 * np.clip(along, 0, 1) ** 1.5 + 0.012 * rng.standard_normal()
            frill = 0.012 * np.sin(u * rng.uniform(160, 260) + rng.uniform(0, 6)) * along
            top = v - droop
            branch = (
                smoothstep(0.006, -0.006, np.abs(top - 0.028 - frill) - 0.030 * (1.05 - np.clip(along, 0, 1.05)))
                * (along > -0.1)
                * smoothstep(1.02, 0.9, along)
            )
            cover = np.maximum(cover, branch)
            frost = branch * smoothstep(0.016, -0.004, top - 0.004) * smoothstep(-0.1, 0.2, along)
            snow = np.maximum(snow * (1 - branch * 0.6), frost)
        place += rng.uniform(0.028, 0.042) * (0.6 + 0.9 * place)
    pine = np.stack([cover, snow], -1).astype(np.float32)
    sizes = [pine]
    while sizes[-1].shape[0] > 24:
        sizes.append(light.resize(sizes[-1], sizes[-1].shape[1] // 2, sizes[-1].shape[0] // 2, Image.Resampling.BOX))
    return sizes
