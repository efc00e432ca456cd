"""Ten Thousand Sparks: fireworks over a harbour city and its water, and the same harbour at the blue hour before."""

from dataclasses import replace

import numpy as np

from assets.samples import light, shells
from assets.samples.camera import Camera
from assets.samples.noise import Field, ramp, sample, smoothstep, tile
from assets.samples.skyline import Skyline

QUAY = 600.0  # metres from the near pier to the city's quay
FILM = light.Film(exposure=1.0)


class World:
    """The harbour, at one picture size."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._clouds, self._ripple = tile(31, 1.9), tile(32, 1.25, smallest=2)
        self._skyline = Skyline()

    def render(self, shot: str, time: float) -> Field:
        size = {"width": self.width, "height": self.height}
        if shot == "anchor":
            camera = Camera(-14 + 1.1 * time, 7.5, -20 + 1.5 * time, -1.5 + 0.15 * time, fov=74, shift=0.09, **size)
        elif shot == "second":
            camera = Camera(110, 10, 130, -13 + 0.5 * (time - 10), fov=78, shift=0.16, **size)
        elif shot == "complementary":
            camera = Camera(-470 + 2.2 * time, 24, 350, 71 + 0.2 * time, fov=64, shift=0.13, **size)
        else:
            camera = Camera(-330 + 3.0 * (time - 40), 16, 225, 24 + 0.3 * (time - 40), fov=58, shift=0.13, **size)
        is_dusk = shot == "incident"
        direct = self._above(camera, time, is_dusk)
        half = replace(camera, y=-camera.y, shift=-camera.shift, width=self.width // 2, height=self.height // 2)
        mirrored = light.resize(self._above(half, time, is_dusk)[::-1], self.width, self.height)
        picture = self._water(camera, direct, mirrored, time, is_dusk)
        self._boats(picture, camera, time, is_dusk)
        return light.bloom(picture, threshold=0.30 if not is_dusk else 0.55, strength=0.9, radius=1.3)

    def _above(self, camera: Camera, time: float, is_dusk: bool) -> Field:
        """All that stands above the water, as this camera (or its mirror image below the water) sees it."""
        rays = camera.rays()
        up = np.clip(np.abs(rays[..., 1]), 0, 1)
        flash = shells.flash(time) if not is_dusk else np.zeros(3)
        if is_dusk:
            west = smoothstep(-0.9, 0.75, rays[..., 0])[..., None]
            picture = ramp(up, [(0, (1.15, 0.42, 0.18)), (0.05, (1.0, 0.38, 0.24)), (0.14, (0.56, 0.30, 0.38)),
                                (0.30, (0.13, 0.19, 0.40)), (0.8, (0.035, 0.075, 0.22))]) * west  # fmt: skip
            picture += ramp(up, [(0, (0.42, 0.26, 0.36)), (0.10, (0.26, 0.24, 0.42)), (0.3, (0.09, 0.15, 0.34)),
                                 (0.8, (0.03, 0.065, 0.20))]) * (1 - west)  # fmt: skip
        else:
            picture = ramp(up, [(0, (0.105, 0.052, 0.085)), (0.10, (0.050, 0.030, 0.075)),
                                (0.35, (0.014, 0.014, 0.046)), (0.9, (0.005, 0.007, 0.026))])  # fmt: skip
        reach = 1 / np.maximum(up + 0.08, 0.08)
        cloud = sample(self._clouds, rays[..., 0] * reach * 0.11 + 0.002 * time, rays[..., 2] * reach * 0.07)
        cloud = smoothstep(0.0, 2.2, cloud) * smoothstep(0.03, 0.2, up)
        tint = np.array([0.50, 0.26, 0.30]) if is_dusk else np.array([0.022, 0.017, 0.032]) + 0.022 * flash
        picture = picture + cloud[..., None] * tint.astype(np.float32)
        if not is_dusk:
            picture = picture + shells.smoke(self._clouds, camera, time)
        self._hills(picture, rays, is_dusk)
        land = (
            smoothstep(0.0, -0.0015, rays[..., 1])[..., None] if camera.y > 0 else np.zeros((*up.shape, 1), np.float32)
        )
        picture += (np.array([0.055, 0.055, 0.10] if is_dusk else [0.010, 0.009, 0.017], np.float32) - picture) * land
        self._skyline.paint(picture, camera, rays, flash, time, is_dusk)
        self._lamps(picture, camera, is_dusk)
        if not is_dusk:
            shells.fire(picture, camera, time)
        return picture

    def _hills(self, picture: Field, rays: Field, is_dusk: bool) -> None:
        ridge = 0.030 + 0.020 * sample(
            self._clouds, np.arctan2(rays[..., 0], rays[..., 2]) / 6.2832, np.zeros_like(rays[..., 0]) + 0.4
        )
        hill = smoothstep(0.0015, -0.0015, np.abs(rays[..., 1]) - ridge)[..., None]
        picture += (np.array([0.12, 0.11, 0.20] if is_dusk else [0.018, 0.014, 0.030], np.float32) - picture) * hill

    def _lamps(self, picture: Field, camera: Camera, is_dusk: bool) -> None:
        x = np.arange(-780, 780, 24.0)
        quay = np.stack([x, np.full_like(x, 6.5), np.full_like(x, QUAY + 6)], -1)
        near = np.stack([x, np.full_like(x, 6.0), np.full_like(x, -158)], -1)
        span = np.linspace(-1, 1, 140)
        cable = 16 + 62 * (np.abs((span * 1.5) % 1 - 0.5) * 2) ** 2
        bridge = np.stack([-700 + 0 * span, cable, 220 + 380 * span], -1)
        deck = np.stack([-700 + 0 * span, 15 + 0 * span, 220 + 380 * span], -1)
        rng = np.random.default_rng(35)
        town = np.stack(
            [rng.uniform(-1500, 1500, 1500), rng.uniform(4, 14, 1500), -170 - rng.gamma(1.6, 330, 1500)], -1
        )
        points = np.concatenate([quay, near, bridge, deck, town])
        sodium, ice, amber = (1.0, 0.58, 0.22), (0.19, 0.28, 0.35), (0.35, 0.245, 0.14)
        lots = ((sodium, len(quay) + len(near)), (ice, len(bridge)), (amber, len(deck)))
        rows = [np.tile(tint, (count, 1)) for tint, count in lots]
        tints = np.concatenate([*rows, np.outer(rng.random(1500) ** 2 * 0.8, (1.0, 0.60, 0.28))])
        px, py, pz = camera.project(points)
        keep = pz > 30
        level = (0.9 if is_dusk else 1.4) * np.clip(500 / pz[keep], 0.3, 2.0) * (camera.width / 640) ** 2
        dots = light.splat(camera.width, camera.height, px[keep], py[keep], tints[keep] * level[:, None])
        picture += dots + 2.0 * light.blur(dots, 0.8 * camera.width / 640)

    def _water(self, camera: Camera, direct: Field, mirrored: Field, time: float, is_dusk: bool) -> Field:
        rays = camera.rays()
        down = np.maximum(-rays[..., 1], 1e-4)
        distance = camera.y / down
        x, z = camera.x + rays[..., 0] * distance, camera.z + rays[..., 2] * distance
        wet = (rays[..., 1] < 0) & (z < QUAY) & (z > -160)
        top = int(np.argmax(wet.any(axis=1)))
        rows = np.s_[top:]
        x, z, distance, down = x[rows], z[rows], distance[rows], down[rows]
        ys, xs = np.mgrid[top : self.height, 0 : self.width].astype(np.float32) + 0.5
        fine = np.exp(-distance / 350)
        slope_x = sample(self._ripple, x / 60 + 0.03 * time, z / 34 + 0.02 * time) * fine + 0.6 * sample(
            self._ripple, x / 210 - 0.012 * time, z / 120
        )
        slope_y = sample(self._ripple, x / 47 - 0.025 * time, z / 29 + 0.035 * time + 0.5) * fine + 0.6 * sample(
            self._ripple, x / 170, z / 100 - 0.016 * time
        )
        stretch = self.height * (0.012 + 0.055 * np.clip(down * 4, 0, 1))
        total = np.zeros((*x.shape, 3), np.float32)
        for tap in (-1.0, -0.45, 0.0, 0.45, 1.0):
            weight = 0.30 if tap == 0 else 0.175
            total += weight * light.fetch(
                mirrored, xs + slope_x * stretch * 0.22, ys + (slope_y * 0.75 + tap) * stretch
            )
        glance = (0.12 + 0.88 * (1 - np.clip(down, 0, 1)) ** 3)[..., None]
        deep = np.array([0.010, 0.030, 0.060] if is_dusk else [0.003, 0.006, 0.014], np.float32)
        water = total * glance * 1.25 * np.array([0.82, 0.88, 0.95], np.float32) + deep
        picture = direct.copy()
        part = picture[rows]
        shore = smoothstep(0.0, 1.0, np.minimum(QUAY - z, z + 160) / np.maximum(distance / camera.focal, 0.2))[
            ..., None
        ] * (rays[rows][..., 1:2] < 0)
        part += (water - part) * shore
        return picture

    def _boats(self, picture: Field, camera: Camera, time: float, is_dusk: bool) -> None:
        """Yachts at anchor, dark against the water, each with a riding light."""
        rows, columns = np.mgrid[0 : self.height, 0 : self.width].astype(np.float32) + 0.5
        rng = np.random.default_rng(4)
        for _ in range(15):
            place = np.array([rng.uniform(-190, 230), 0.0, rng.uniform(70, 470)])
            size, side, phase = rng.uniform(7, 11), rng.choice([-1, 1]), rng.uniform(0, 6)
            x, y, z = (float(v) for v in camera.project(place))
            if z < 25 or not -100 < x < self.width + 100:
                continue
            unit = camera.focal / z
            tilt = 0.02 * np.sin(time * 0.9 + phase)
            reach = 1.5 * size * unit
            window = np.s_[
                max(0, int(y - 1.9 * size * unit)) : max(0, int(y + 0.9 * size * unit)),
                max(0, int(x - reach)) : max(0, int(x + reach)),
            ]
            u, v = (columns[window] - x) / unit, (y - rows[window]) / unit
            if u.size == 0:
                continue
            for sign, fade in ((1, 0.93), (-1, 0.45)):
                h = v * sign
                wave = 0.0 if sign > 0 else 0.25 * np.sin(v * 3 + time * 3)
                lean = u - tilt * h + wave
                hull = np.maximum(np.abs(lean) - size * (0.5 + 0.05 * h * side), np.abs(h - 0.55) - 0.55)
                cabin = np.maximum(np.abs(lean + side) - size * 0.2, np.abs(h - 1.3) - 0.5)
                mast = np.maximum(np.abs(lean) - 0.09, np.abs(h - size * 0.8) - size * 0.8)
                boom = np.maximum(np.abs(lean + side * size * 0.22) - size * 0.22, np.abs(h - 2.1) - 0.22)
                shape = smoothstep(0.6, -0.6, np.minimum(np.minimum(hull, cabin), np.minimum(mast, boom)) * unit)
                ink = np.array([0.030, 0.034, 0.06] if is_dusk else [0.004, 0.004, 0.009], np.float32)
                picture[window] += (ink - picture[window]) * (shape * fade)[..., None]
                lamp = np.exp(-((lean + side) ** 2 + (h - 1.4) ** 2) / 0.35) * (1.3 if sign > 0 else 0.5)
                picture[window] += lamp[..., None] * np.array([1.0, 0.62, 0.25], np.float32)
