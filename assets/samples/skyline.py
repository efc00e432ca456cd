"""The city across the harbour: towers as boxes in the world, their windows, and the masts on their roofs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assets.samples.camera import Camera
from assets.samples.noise import Field, smoothstep
from assets.samples.solids import paint


@dataclass(frozen=True, slots=True)
class Tower:
    """A box whose front is at `z`, in metres."""

    x: float
    z: float
    width: float
    depth: float
    height: float
    seed: int


def build_city() -> list[Tower]:
    """Five rows of towers behind the quay, highest in two places, and the old town on the near shore."""
    rng = np.random.default_rng(21)
    towers = []
    for row, (z, tallest) in enumerate([(620, 34), (668, 62), (740, 120), (830, 165), (930, 140)]):
        x = -760.0
        while x < 760:
            width = float(rng.uniform(22, 46))
            core = np.exp(-((x + 60) ** 2) / 90_000) + 0.55 * np.exp(-((x - 330) ** 2) / 22_000)
            height = (0.30 + 0.75 * core) * tallest * rng.uniform(0.55, 1.25) + 8
            towers.append(Tower(x, z + float(rng.uniform(-9, 9)), width, 28, float(height), int(rng.integers(1 << 20))))
            x += width + float(rng.uniform(2, 16 if row else 7))
    x = -900.0
    while x < 900:  # the old town on the near shore, low and steep-roofed
        width = float(rng.uniform(14, 26))
        towers.append(
            Tower(x, -170 - float(rng.uniform(0, 90)), width, 16, float(rng.uniform(9, 24)), int(rng.integers(1 << 20)))
        )
        x += width + float(rng.uniform(1, 12))
    return towers


class Skyline:
    """The city, ready to be painted by any camera."""

    def __init__(self) -> None:
        self._city = build_city()
        self._dice = np.random.default_rng(33).random((128, 128)).astype(np.float32)

    def paint(self, picture: Field, camera: Camera, rays: Field, flash: NDArray, time: float, is_dusk: bool) -> None:
        """Every tower, the far ones first; `flash` is the light of the show, `rays` are the camera's."""
        eye = np.array([camera.x, camera.y, camera.z])
        order = sorted(self._city, key=lambda t: -float(np.hypot(t.x + t.width / 2 - camera.x, t.z - camera.z)))
        for tower in order:
            right, back = tower.x + tower.width, tower.z + tower.depth
            faces = []
            if camera.z < tower.z:
                faces.append(((tower.x, tower.z), (1.0, 0.0), tower.width, 1.0))
            elif camera.z > back:
                faces.append(((tower.x, back), (1.0, 0.0), tower.width, 0.55))
            if camera.x < tower.x:
                faces.append(((tower.x, tower.z), (0.0, 1.0), tower.depth, 0.6))
            elif camera.x > right:
                faces.append(((right, tower.z), (0.0, 1.0), tower.depth, 0.6))
            for (x0, z0), along, length, fill in faces:
                corners = np.array(
                    [[x0 + along[0] * s, y, z0 + along[1] * s] for s in (0, length) for y in (0, tower.height)]
                )
                px, py, pz = camera.project(corners)
                if pz.min() < 20 or px.max() < 0 or px.min() > camera.width:
                    continue
                window = np.s_[
                    max(0, int(py.min()) - 1) : max(0, int(py.max()) + 2), max(0, int(px.min()) - 1) : int(px.max()) + 2
                ]
                ray = rays[window]
                if ray.size == 0:
                    continue
                across = np.array([-along[1], along[0]])
                facing = ray[..., 0] * across[0] + ray[..., 2] * across[1]
                travel = ((x0 - eye[0]) * across[0] + (z0 - eye[2]) * across[1]) / np.where(
                    np.abs(facing) < 1e-6, 1e-6, facing
                )
                s = (eye[0] + ray[..., 0] * travel - x0) * along[0] + (eye[2] + ray[..., 2] * travel - z0) * along[1]
                y = eye[1] + ray[..., 1] * travel
                pixel = np.maximum(travel / camera.focal, 1e-3)
                cover = np.clip(np.minimum(s, length - s) / pixel + 0.5, 0, 1) * np.clip(
                    np.minimum(y, tower.height - y) / pixel + 0.5, 0, 1
                )
                colour = self._facade(tower, s, y, fill, flash, is_dusk)
                veil = 1 - np.exp(-travel / (4200 if is_dusk else 5200))[..., None]
                colour = (
                    colour * (1 - veil)
                    + np.array([0.34, 0.22, 0.30] if is_dusk else [0.07, 0.04, 0.065], np.float32) * veil
                )
                part = picture[window]
                part += (colour - part) * cover[..., None]
            if tower.height > 70 and tower.seed % 3 == 0:
                self._mast(picture, camera, tower, time, is_dusk)

    def _mast(self, picture: Field, camera: Camera, tower: Tower, time: float, is_dusk: bool) -> None:
        """A lattice mast on the roof, thin as a line, with a red light that breathes."""
        x, z, tall = tower.x + tower.width / 2, tower.z + tower.depth / 2, 0.30 * tower.height
        foot, top = np.array([x, tower.height, z]), np.array([x, tower.height + tall, z])
        side = np.array(camera.basis()[0])
        ink = (0.05, 0.045, 0.08) if is_dusk else (0.016, 0.013, 0.024)
        paint(
            picture, camera, np.array([foot - side * 1.3, foot + side * 1.3, top + side * 0.3, top - side * 0.3]), ink
        )
        px, py, pz = (float(v) for v in camera.project(top))
        if pz < 20:
            return
        reach = 1.6 * camera.width / 640
        window = camera.window(px - 4 * reach, py - 4 * reach, px + 4 * reach, py + 4 * reach)
        rows, columns = np.mgrid[window]
        level = 0.6 + 0.4 * np.sin(time * 2.2 + tower.seed)
        glow = np.exp(-((columns - px) ** 2 + (rows - py) ** 2) / reach**2) * level
        picture[window] += glow[..., None] * np.array([1.2, 0.10, 0.06], np.float32)

    def _facade(self, tower: Tower, s: Field, y: Field, fill: float, flash: NDArray, is_dusk: bool) -> Field:
        tone = 0.75 + 0.5 * self._dice[tower.seed % 128, 3]
        wall = np.array([0.040, 0.042, 0.080] if is_dusk else [0.012, 0.011, 0.020], np.float32) * tone * fill
        wall = wall + (flash * 0.013 * fill).astype(np.float32)
        if is_dusk and fill == 0.6:  # the side walls catch what is left of the sunset
            wall = wall + np.array([0.20, 0.085, 0.060], np.float32) * tone
        shade = (0.7 + 0.6 * np.clip(y / 140, 0, 1))[..., None] * wall
        cell_w, cell_h = (4.6, 4.2) if tower.seed % 3 else (7.5, 3.6)
        i, j = np.floor(s / cell_w).astype(np.int32), np.floor(y / cell_h).astype(np.int32)
        dice = self._dice[(i * 7 + tower.seed) & 127, (j * 13 + (tower.seed >> 7)) & 127]
        hue = self._dice[(i * 3 + j * 5 + tower.seed) & 127, (tower.seed >> 4) & 127]
        chance = (
            (0.20 if is_dusk else 0.24)
            * (0.25 + 1.5 * self._dice[(tower.seed >> 3) & 127, 9] ** 1.5)
            * (0.35 + 1.3 * self._dice[(tower.seed >> 5) & 127, j & 127])
        )
        pane = smoothstep(0.52, 0.34, np.abs(s / cell_w - i - 0.5)) * smoothstep(
            0.46, 0.26, np.abs(y / cell_h - j - 0.5)
        )
        lit = (dice < chance) * pane * (0.25 + 1.2 * (dice / np.maximum(chance, 1e-3)) ** 2)
        warm = np.array([1.0, 0.60, 0.26], np.float32) * (hue < 0.72)[..., None]
        cool = np.array([0.62, 0.80, 1.0], np.float32) * (hue >= 0.72)[..., None]
        return shade + (warm + cool) * (lit * (0.50 if is_dusk else 0.55))[..., None]
