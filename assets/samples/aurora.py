"""The Quiet Lights: an aurora over a snowed-in village and its lake, and the same village in the snowfall at dusk."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from assets.samples import light, terrain
from assets.samples.camera import Camera, direction
from assets.samples.noise import Field, nearest, ramp, sample, smoothstep, tile
from assets.samples.pines import Pines, plant
from assets.samples.solids import Cabin, Mood, paint_cabin

CABINS = [
    Cabin(-14, 196, 15, 9, 6, 6, turn=8, tower=31, seed=1), Cabin(-62, 186, turn=-18, seed=2),
    Cabin(-44, 214, turn=24, seed=3),
    Cabin(22, 188, turn=-12, seed=4), Cabin(46, 205, 11, 8, turn=30, seed=5), Cabin(76, 192, turn=-28, seed=6),
    Cabin(-92, 204, 11, 8, turn=12, seed=7), Cabin(8, 226, turn=40, seed=8), Cabin(66, 232, turn=-6, seed=9),
    Cabin(-74, 240, turn=-34, seed=10), Cabin(-28, 250, 10, 7, turn=4, seed=11), Cabin(34, 258, turn=18, seed=12),
    Cabin(106, 222, turn=10, seed=13), Cabin(-124, 228, turn=-14, seed=14), Cabin(-4, 284, turn=-20, seed=15),
]  # fmt: skip
NIGHT = Mood(wood=(0.016, 0.015, 0.020), snow=(0.10, 0.19, 0.20), shade=(0.035, 0.065, 0.09), lamp=(2.6, 1.25, 0.36))
DUSK = Mood(wood=(0.055, 0.042, 0.050), snow=(0.44, 0.42, 0.60), shade=(0.20, 0.23, 0.42), lamp=(2.3, 1.15, 0.38))
SUNSET = direction(-70, 3)
FILM = {
    "anchor": light.Film(exposure=1.0), "second": light.Film(exposure=0.95), "complementary": light.Film(exposure=0.85),
    "incident": light.Film(exposure=0.72, saturation=1.2),
}  # fmt: skip


class World:
    """The fjord, at one picture size."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._peaks = tile(41, 2.0, size=1024, smallest=4)
        self._fold, self._warp = tile(42, 2.6, size=512, smallest=8), tile(43, 2.4, size=512)
        self._fine, self._drift = tile(44, 1.2, size=512, smallest=2), tile(45, 1.8, size=512)
        rng = np.random.default_rng(46)
        stars = rng.normal(0, 1, (1800, 3))
        self._stars = stars / np.linalg.norm(stars, axis=1, keepdims=True)
        self._star_light = rng.random(1800) ** 6 * 1.5 + 0.03
        self._pines = Pines()
        self._forest = plant(rng, self._drift, CABINS)
        spots = np.array([(x, z) for x, z, *_ in self._forest] + [(c.x, c.z) for c in CABINS], np.float32)
        self._feet = np.stack([spots[:, 0], self._land(spots[:, 0], spots[:, 1]), spots[:, 1]], -1)

    def render(self, shot: str, time: float) -> Field:
        size = {"width": self.width, "height": self.height}
        if shot == "anchor":
            camera = Camera(-26 + 1.3 * time, 5.2, -34 + 1.2 * time, -1.5 + 0.1 * time, fov=66, shift=0.24, **size)
        elif shot == "second":
            camera = Camera(18 - 0.8 * (time - 10), 5.0, 74, -7 + 0.3 * (time - 10), fov=58, shift=0.30, **size)
        elif shot == "complementary":
            camera = Camera(74 - 1.1 * time, 40 + 0.25 * time, 366, 199 - 0.3 * time, fov=66, shift=0.14, **size)
        else:
            camera = Camera(-152 + 0.7 * (time - 40), 9.5, 176, 76 - 0.2 * (time - 40), fov=50, shift=0.16, **size)
        if shot == "incident":
            return self._snowfall(camera, time)
        picture = self._shore(camera, time, NIGHT)
        return light.bloom(picture, threshold=0.42, strength=0.65, radius=1.4)

    def _land(self, x: Field, z: Field) -> Field:
        """Ground, with the lake bed far below so that the water, drawn apart, shows."""
        out = np.hypot(x * 0.62, z - 60)
        ridge = 1 - np.abs(sample(self._peaks, x / 5200 + 0.05, z / 5200 + 0.22)) / 1.7
        rough = sample(self._peaks, x / 1400 + 0.3, z / 1400)
        rise = smoothstep(330, 3300, out)
        height = (
            0.085 * (out - 108)
            + 3 * rough * smoothstep(110, 300, out)
            + rise * (860 * np.clip(ridge, 0, 1) ** 2.2 + 110 * rough + 60)
        )
        village = np.exp(-((x / 150) ** 2) - ((z - 215) / 60) ** 2)
        height = height * (1 - 0.45 * village)
        shore = 10 * sample(self._peaks, x / 700, z / 700 + 0.6)
        height = height + 0.085 * shore * smoothstep(300, 120, out)
        return np.where(height < 0.15, -2, height).astype(np.float32)

    def _snowed_over(self, x: Field, z: Field) -> Field:
        """Ground in the daytime scenes, where the lake is frozen and white."""
        return np.maximum(self._land(x, z), 0.0)

    def _aurora(self, rays: Field, time: float) -> Field:
        """Light of the curtains (H, W, 3), gathered along each ray through sheets from 95 to 240 km."""
        small = rays[1::3, 1::3]
        up = np.maximum(small[..., 1], 0.035)
        rng = np.random.default_rng(47)
        jitter = rng.random(up.shape, np.float32)
        total = np.zeros((*up.shape, 3), np.float32)
        layers = 44
        for layer in range(layers):
            high = (layer + jitter) / layers
            reach = (1.0 + 1.55 * high) / up
            x, z = small[..., 0] * reach, small[..., 2] * reach
            wx = x * 0.030 + 0.035 * nearest(self._warp, x * 0.03 + 0.004 * time, z * 0.03)
            wz = z * 0.062 + 0.050 * nearest(self._warp, z * 0.025 + 0.3, x * 0.045 - 0.006 * time)
            fold = nearest(self._fold, wx + 0.0035 * time + 0.30, wz + 0.11 + 0.0016 * time)
            sheet = (
                np.exp(-((fold - 0.15) ** 2) * 210)
                + 0.55 * np.exp(-((fold + 1.0) ** 2) * 260)
                + 0.45 * np.exp(-((fold - 1.1) ** 2) * 230)
            )
            beam = 0.45 + 0.75 * np.clip(nearest(self._fine, wx * 6.0 + 0.02 * time, wz * 1.5) * 0.5 + 0.5, 0, 1.6)
            patch = smoothstep(-0.7, 0.9, nearest(self._warp, wx * 1.7 - 0.01 * time, wz * 1.1 + 0.5))
            level = sheet * beam * patch
            foot = np.exp(-high * 3.3) * smoothstep(0, 0.05, high)
            tall = np.exp(-((high - 0.55) ** 2) / 0.10)
            total += (level * foot)[..., None] * np.array([0.10, 1.0, 0.42], np.float32)
            total += (level * tall)[..., None] * np.array([0.30, 0.06, 0.42], np.float32)
            total += (level * np.exp(-((high - 0.22) ** 2) / 0.02))[..., None] * np.array([0.0, 0.22, 0.26], np.float32)
        path = np.minimum(1 / up, 9)[..., None] ** 0.5
        total = total * path * (0.27 * 44 / layers * smoothstep(0.03, 0.14, small[..., 1]))[..., None]
        total = total / (1 + 0.55 * total.max(axis=-1, keepdims=True))
        soft = ndimage.gaussian_filter(total, (1.1, 0.7, 0))
        haze = light.blur(total, 16 * self.width / 960)
        return light.resize(soft * 0.85 + haze * 0.35, rays.shape[1], rays.shape[0], Image.Resampling.BICUBIC)

    def _night_sky(self, camera: Camera, rays: Field, time: float) -> Field:
        up = np.clip(np.abs(rays[..., 1]), 0, 1)
        sky = ramp(
            up,
            [
                (0, (0.030, 0.075, 0.085)),
                (0.12, (0.014, 0.034, 0.060)),
                (0.5, (0.006, 0.013, 0.036)),
                (1, (0.004, 0.008, 0.026)),
            ],
        )
        cloud = sample(self._drift, rays[..., 0] / (up + 0.3) * 0.3, rays[..., 2] / (up + 0.3) * 0.3)
        sky = sky * (1 + 0.25 * cloud)[..., None]
        x, y, z = camera.project(self._stars * 1e6)
        keep = (z > 0) & (self._stars[:, 1] > 0)
        shine = self._star_light * (0.75 + 0.25 * np.sin(time * 2.3 + np.arange(1800) * 1.7))
        dots = light.splat(
            camera.width,
            camera.height,
            x[keep],
            y[keep],
            shine[keep, None] * (0.75, 0.88, 1.0) * (camera.width / 640) ** 1.5,
        )
        return sky + dots + self._aurora(rays, time)

    def _above(
        self, camera: Camera, time: float, mood: Mood, *, is_dusk: bool
    ) -> tuple[Field, Field, NDArray[np.bool_]]:
        """Sky and land as this camera (or its mirror image below the water) sees them; the haze; where land is seen."""
        rays = camera.rays()
        sky = self._dusk_sky(rays, time) if is_dusk else self._night_sky(camera, rays, time)
        ground = terrain.survey(camera, self._snowed_over if is_dusk else self._land, near=6, far=9500, steps=330)
        picture = sky.astype(np.float32)
        seen = ground.is_hit & (ground.y > -0.5)
        rows = np.s_[int(np.argmax(seen.any(axis=1))) :]
        ground = replace(
            ground, is_hit=seen[rows], depth=ground.depth[rows], x=ground.x[rows], y=ground.y[rows], z=ground.z[rows]
        )
        distance = np.minimum(ground.depth * ground.column_scale, 9500)
        bumps = terrain.normal(self._land, ground.x, ground.z, np.maximum(1.5, distance * 0.006))
        bumps = bumps / np.linalg.norm(bumps, axis=-1, keepdims=True)
        rough = sample(self._fine, ground.x / 260, ground.z / 260)
        rock = smoothstep(0.70, 0.54, bumps[..., 1] + 0.06 * rough) * smoothstep(120, 240, ground.y)
        wood = (
            smoothstep(0.1, 1.1, sample(self._drift, ground.x / 900, ground.z / 900) + 0.5 * rough)
            * smoothstep(330, 190, ground.y)
            * smoothstep(60, 100, ground.y)
        )
        albedo = (0.85 - 0.70 * rock - 0.62 * wood * (1 - rock))[..., None] * np.array([0.95, 0.98, 1.0], np.float32)
        drifts = 1 + 0.10 * sample(self._fine, ground.x / 34, ground.z / 52) * np.exp(-distance / 150)
        if is_dusk:
            sun = np.clip(bumps @ SUNSET.astype(np.float32), 0, 1) * smoothstep(180, 420, ground.y)
            shine = np.array([0.30, 0.34, 0.62], np.float32) * (0.55 + 0.5 * bumps[..., 1:2]) + sun[
                ..., None
            ] * np.array([1.9, 0.70, 0.62], np.float32)
            haze_colour = np.array([0.46, 0.36, 0.55], np.float32)
        else:
            glow = np.clip(bumps @ direction(-20, 42).astype(np.float32), 0, 1)
            shine = np.array([0.030, 0.052, 0.085], np.float32) + glow[..., None] * np.array(
                [0.055, 0.21, 0.165], np.float32
            )
            haze_colour = np.array([0.020, 0.062, 0.072], np.float32)
        lamps = np.zeros(distance.shape, np.float32)
        near = distance < 700
        for cabin in CABINS:
            squared = (ground.x[near] - cabin.x) ** 2 + (ground.z[near] - cabin.z) ** 2
            lamps[near] += 1 / (1 + squared / 46)
        shine = shine + lamps[..., None] * np.array([0.75, 0.34, 0.10], np.float32) * (0.55 if is_dusk else 0.8)
        land = albedo * shine * drifts[..., None]
        mist = terrain.fog(camera.y, ground.y, distance, density=0.0010 if is_dusk else 0.0007, scale=60.0)
        hidden = (1 - (1 - mist) * np.exp(-distance / (3600 if is_dusk else 8000)))[..., None]
        land = land * (1 - hidden) + haze_colour * hidden
        picture[rows] = np.where(ground.is_hit[..., None], land, picture[rows])
        return picture, haze_colour, seen

    def _stand(self, picture: Field, camera: Camera, mood: Mood, haze: Field, time: float) -> None:
        """Trees and cabins, the far ones first."""
        things = [*self._forest, *CABINS]
        depths = camera.project(self._feet)[2]
        for index in np.argsort(-depths):
            thing, ground = things[index], float(self._feet[index, 1])
            if depths[index] < 7:
                continue
            if isinstance(thing, Cabin):
                paint_cabin(picture, camera, thing, ground, mood)
                self._chimney_smoke(picture, camera, thing, ground, time, mood)
            else:
                self._pines.paint(picture, camera, thing, ground, mood, haze)

    def _chimney_smoke(
        self, picture: Field, camera: Camera, cabin: Cabin, ground: float, time: float, mood: Mood
    ) -> None:
        if cabin.seed % 2:
            return
        base = np.array([cabin.x + 1.6, ground + cabin.wall + cabin.roof + 2, cabin.z])
        for k in range(16):
            age = (k + (time * 0.55) % 1) / 16
            place = base + np.array(
                [9 * age**1.4 + 1.2 * np.sin(k * 1.9 + cabin.seed + age * 4) * age, 17 * age, 1.5 * age]
            )
            x, y, z = (float(v) for v in camera.project(place))
            reach = camera.focal / z * (0.8 + 4.2 * age)
            window = camera.window(x - 2.2 * reach, y - 2.2 * reach, x + 2.2 * reach, y + 2.2 * reach)
            rows, columns = np.mgrid[window]
            if rows.size == 0:
                continue
            puff = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / reach**2) * 0.22 * (1 - age) ** 1.2
            colour = np.broadcast_to(np.array(mood.snow, np.float32) * 0.8, (*puff.shape, 3))
            light.over(picture, colour, puff.astype(np.float32), window[1].start, window[0].start)

    def _shore(self, camera: Camera, time: float, mood: Mood) -> Field:
        picture, haze, is_land = self._above(camera, time, mood, is_dusk=False)
        half = replace(camera, y=-camera.y, shift=-camera.shift, width=self.width // 2, height=self.height // 2)
        mirrored, _, _ = self._above(half, time, mood, is_dusk=False)
        self._stand(mirrored, half, mood, haze, time)
        mirrored = light.resize(mirrored[::-1], self.width, self.height)
        top = min(max(int(camera.horizon), 0), self.height - 2)
        rays = camera.rays()[top:]
        down = np.maximum(-rays[..., 1], 1e-4)
        distance = camera.y / down
        x, z = camera.x + rays[..., 0] * distance, camera.z + rays[..., 2] * distance
        ys, xs = np.mgrid[top : self.height, 0 : self.width].astype(np.float32) + 0.5
        calm = np.exp(-distance / 120)
        wave = sample(self._fine, x / 70 + 0.010 * time, z / 26 + 0.016 * time) * calm + 0.5 * sample(
            self._drift, x / 130, z / 60 + 0.01 * time
        )
        shift = self.height * 0.007 * wave
        seen = sum(
            0.25 * light.fetch(mirrored, xs + shift * 0.3, ys + shift + tap * self.height * 0.004)
            for tap in (-1.5, -0.5, 0.5, 1.5)
        )
        glance = (0.25 + 0.65 * (1 - np.clip(down, 0, 1)) ** 3)[..., None]
        ice = smoothstep(
            0.2, 1.0, sample(self._drift, x / 210 + 0.2, z / 150) + 0.35 * sample(self._fine, x / 90, z / 90)
        ) * smoothstep(150, 20, distance)
        water = seen * glance + np.array([0.003, 0.010, 0.015], np.float32)
        water = water + (np.array([0.055, 0.125, 0.130], np.float32) - water * 0.5) * (ice * 0.8)[..., None]
        picture[top:] = np.where(is_land[top:, :, None], picture[top:], water)
        self._stand(picture, camera, mood, haze, time)
        return picture

    def _dusk_sky(self, rays: Field, time: float) -> Field:
        up = np.clip(rays[..., 1], 0, 1)
        sky = ramp(
            up,
            [
                (0, (0.86, 0.40, 0.40)),
                (0.10, (0.70, 0.36, 0.50)),
                (0.24, (0.40, 0.34, 0.62)),
                (0.5, (0.17, 0.22, 0.50)),
                (1, (0.07, 0.12, 0.34)),
            ],
        )
        cloud = sample(self._drift, rays[..., 0] / (up + 0.2) * 0.22 + 0.001 * time, rays[..., 2] / (up + 0.2) * 0.16)
        cloud = smoothstep(-0.3, 1.8, cloud)[..., None]
        return sky + (np.array([0.62, 0.42, 0.60], np.float32) - sky) * cloud * 0.6

    def _snowfall(self, camera: Camera, time: float) -> Field:
        picture, haze, _ = self._above(camera, time, DUSK, is_dusk=True)
        self._stand(picture, camera, DUSK, haze, time)
        rng = np.random.default_rng(48)
        box = np.array([60.0, 34.0, 60.0])
        flakes = rng.random((5200, 3)) * box
        fall = np.stack(
            [
                1.1 * np.sin(time * 0.8 + flakes[:, 2]) + 0.9 * time,
                -2.1 * time + 0 * flakes[:, 0],
                0.7 * np.cos(time * 0.7 + flakes[:, 0]),
            ],
            -1,
        )
        eye = np.array([camera.x, camera.y, camera.z])
        place = eye + (flakes + fall - eye) % box - box / 2
        place[:, 2] += 28
        x, y, z = camera.project(place)
        size = np.clip(0.10 / np.maximum(z, 0.3), 0, 0.2) * camera.focal
        for low, high, sigma in ((4, 9, 2.2), (9, 18, 1.0), (18, 60, 0.6)):
            keep = (z > low) & (z < high)
            sigma = sigma * self.width / 640
            level = 0.20 * size[keep] ** 2 + 0.12
            dots = light.splat(
                self.width, self.height, x[keep], y[keep], level[:, None] * (0.85, 0.87, 1.0) * (self.width / 640) ** 2
            )
            picture = picture + light.blur(dots, sigma) * 1.25
        return light.bloom(picture, threshold=0.7, strength=0.7, radius=1.5)
