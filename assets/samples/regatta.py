"""Weather Leg: a regatta beating towards a breaking sky, and the boats coming home at sunset when it is over."""

from dataclasses import replace

import numpy as np

from assets.samples import birds, light, terrain
from assets.samples.camera import Camera, direction
from assets.samples.noise import Field, ramp, sample, smoothstep, tile
from assets.samples.yachts import FLEET, HEADING, Air, paint_boat, where

SUN, EVENING_SUN = direction(-9, 13), direction(12, 3.2)
FILM = {
    "anchor": light.Film(exposure=0.72, saturation=1.12), "second": light.Film(exposure=0.7, saturation=1.12),
    "complementary": light.Film(exposure=0.95, saturation=1.12), "incident": light.Film(exposure=0.6, saturation=1.15),
}  # fmt: skip


DAY = Air(
    SUN, np.array([1.55, 1.32, 1.02]), np.array([0.15, 0.20, 0.26]),
    np.array([0.44, 0.48, 0.48]), sea=1.0, heel=15, is_home_run=False,
)  # fmt: skip
EVENING = Air(
    EVENING_SUN, np.array([1.5, 0.62, 0.24]), np.array([0.16, 0.13, 0.20]),
    np.array([0.75, 0.34, 0.18]), sea=0.42, heel=4, is_home_run=True,
)  # fmt: skip


class World:
    """The bay, at one picture size."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._cloud, self._wisp = tile(61, 2.0, size=1024, smallest=3), tile(62, 1.5, size=512)
        swell, chop = tile(63, 2.0, size=512, smallest=14), tile(64, 1.5, size=512, smallest=5)
        self._waves = [swell, chop]
        self._slopes = [[np.gradient(w, axis=1) * 512, np.gradient(w, axis=0) * 512] for w in self._waves]

    def render(self, shot: str, time: float) -> Field:
        size = {"width": self.width, "height": self.height}
        way = np.radians(HEADING)
        fx, fz = float(np.sin(way)), float(np.cos(way))
        if shot == "anchor":
            go = 2.35 * time
            camera = Camera(
                -4 + fx * go, 2.5 + 0.14 * np.sin(time * 1.1), fz * go, 1.0 + 0.4 * time, fov=60, shift=0.20, **size
            )
        elif shot == "second":
            go = 2.5 * time
            camera = Camera(
                -8 + fx * go,
                3.6 + 0.12 * np.sin(time),
                -26 + fz * go,
                7 + 0.2 * (time - 10),
                fov=36,
                shift=0.24,
                **size,
            )
        elif shot == "complementary":
            go = 2.5 * time
            camera = Camera(
                20 + fx * go,
                3.8 + 0.12 * np.sin(time * 0.9),
                101 + fz * go,
                202 - 0.3 * time,
                fov=61,
                shift=0.20,
                **size,
            )
        else:
            camera = Camera(3 * (time - 40) * 0.3, 3.0, -30, 6 + 0.1 * (time - 40), fov=50, shift=0.17, **size)
        is_evening = shot == "incident"
        rays = camera.rays()
        picture = self._sky(rays, time, is_evening)
        sun = EVENING_SUN if is_evening else SUN
        x, y, z = camera.project(np.array([camera.x, camera.y, camera.z]) + sun * 1000)
        if z > 0:
            mask = np.clip(picture @ light.LUMA - 0.72, 0, 2.5)
            streaks = light.shafts(mask, float(x), float(y), length=0.85)
            picture = picture + streaks[..., None] * np.array(
                [0.55, 0.36, 0.20] if is_evening else [0.42, 0.40, 0.34], np.float32
            )
        half = replace(camera, y=-camera.y, shift=-camera.shift, width=self.width // 2, height=self.height // 2)
        mirrored = light.resize(self._fleet(half, time, is_evening)[::-1], self.width, self.height)
        picture = self._sea(picture, mirrored, camera, rays, time, is_evening)
        fleet = self._fleet(camera, time, is_evening)
        picture = picture * (1 - fleet[..., 3:]) + fleet[..., :3]
        flock = (-30.0 + 0.3 * camera.x, 17.0, 90.0) if shot != "complementary" else (40.0, 15.0, 10.0)
        birds.fly(
            picture,
            camera,
            time % 20,
            start=flock,
            speed=(3.0, 0.3, 1.0),
            count=6,
            spread=(16, 4, 14),
            span=1.1,
            beat=5,
            ink=0.3,
            seed=9,
        )
        return light.bloom(picture, threshold=0.95, strength=0.5, radius=1.5)

    def _sky(self, rays: Field, time: float, is_evening: bool, *, is_simple: bool = False) -> Field:
        up = np.clip(rays[..., 1], 0, 1)
        sun = (EVENING_SUN if is_evening else SUN).astype(np.float32)
        towards = np.clip(rays @ sun, -1, 1)
        near = (np.clip(towards, 0, 1) ** 4)[..., None]
        if is_evening:
            sky = ramp(
                up,
                [
                    (0, (1.0, 0.34, 0.10)),
                    (0.07, (0.95, 0.36, 0.16)),
                    (0.18, (0.55, 0.27, 0.27)),
                    (0.35, (0.22, 0.20, 0.34)),
                    (0.8, (0.06, 0.09, 0.22)),
                ],
            )
            lit, dark, sunlight = (1.5, 0.50, 0.18), (0.17, 0.11, 0.17), (1.0, 0.48, 0.16)
        else:
            sky = ramp(
                up,
                [
                    (0, (0.46, 0.47, 0.44)),
                    (0.06, (0.38, 0.43, 0.45)),
                    (0.2, (0.17, 0.28, 0.36)),
                    (0.45, (0.10, 0.20, 0.30)),
                    (0.9, (0.05, 0.11, 0.20)),
                ],
            )
            lit, dark, sunlight = (1.55, 1.32, 1.02), (0.060, 0.082, 0.110), (1.0, 0.86, 0.62)
        sky = sky * (1 + 0.5 * near)
        reach = 1 / (up + 0.06)
        px, pz = rays[..., 0] * reach * 0.085 + 0.0016 * time, rays[..., 2] * reach * 0.085 - 0.001 * time
        form = sample(self._cloud, px, pz)
        if not is_simple:
            form = form + 0.32 * sample(self._wisp, px * 3.1, pz * 3.1 + 0.002 * time) * smoothstep(0.02, 0.12, up)
        form = form + 1.25 * smoothstep(0.3, -0.8, towards)
        cover = smoothstep(-0.55, 0.75, form) * smoothstep(0.012, 0.085, up)
        depth = (
            form + 0.7
            if is_simple
            else form - 0.85 * sample(self._cloud, px + 0.010 * sun[0], pz + 0.010 * sun[2]) + 0.45 * form
        )
        shine = np.exp(-np.clip(cover * 1.9 + 0.7 * depth, 0, 6) * 1.05)[..., None]
        edge = (np.clip(towards, 0, 1) ** 2.5)[..., None]
        cloud = np.array(dark, np.float32) * (0.8 + 0.9 * up[..., None]) + np.array(lit, np.float32) * shine * (
            0.28 + 1.1 * edge
        )
        sky = sky + (cloud - sky) * (cover * 0.94)[..., None]
        angle = np.arccos(towards)
        halo = (0.75 if is_evening else 0.45) * np.exp(-angle * 6.5) + (
            2.6 * np.exp(-angle * 30) + 5.0 * smoothstep(0.036, 0.012, angle)
        ) * (1 - 0.8 * cover)
        return sky + halo[..., None] * np.array(sunlight, np.float32)

    def _wave(self, x: Field | np.float32, z: Field | np.float32, time: float, level: float) -> Field:
        roll = sample(self._waves[0], x / 150 - 0.012 * time, z / 95 - 0.016 * time)
        return (roll * 0.30 + 0.11 * sample(self._waves[1], x / 46 + 0.010 * time, z / 30 - 0.030 * time)).astype(
            np.float32
        ) * level

    def _slope(self, x: Field, z: Field, distance: Field, time: float, level: float) -> tuple[Field, Field]:
        calm = np.exp(-distance / 420) * level
        fine = np.exp(-distance / 110) * level
        terms = [
            (0, 150, 95, -0.012 * time, -0.016 * time, 0.30 * calm),
            (1, 46, 30, 0.010 * time, -0.030 * time, 0.11 * calm),
            (1, 13, 9, -0.05 * time, -0.07 * time, 0.022 * fine + 0.012 * calm),
        ]  # fmt: skip
        slope_x, slope_z = np.zeros_like(x), np.zeros_like(x)
        for tile_number, wide, deep, dx, dz, weight in terms:
            u, v = x / wide + dx, z / deep + dz
            slope_x += sample(self._slopes[tile_number][0], u, v) * weight / wide
            slope_z += sample(self._slopes[tile_number][1], u, v) * weight / deep
        return slope_x, slope_z

    def _sea(self, sky: Field, mirrored: Field, camera: Camera, rays: Field, time: float, is_evening: bool) -> Field:
        level = 0.42 if is_evening else 1.0
        ground = terrain.survey(camera, lambda x, z: self._wave(x, z, time, level), near=2.2, far=6000, steps=360)
        top = max(0, int(np.argmax(ground.is_hit.any(axis=1))))
        rows = np.s_[top:]
        x, z, y, ray = ground.x[rows], ground.z[rows], ground.y[rows], rays[rows]
        distance = np.minimum((ground.depth * ground.column_scale)[rows], 6000)
        slope_x, slope_z = self._slope(x, z, distance, time, level)
        length = np.sqrt(1 + slope_x**2 + slope_z**2)
        n = np.stack([-slope_x / length, 1 / length, -slope_z / length], -1)
        cosine = np.clip(-np.sum(ray * n, -1), 0.02, 1)
        mirror = ray + 2 * cosine[..., None] * n
        mirror[..., 1] = np.abs(mirror[..., 1]) + 0.015
        mirror /= np.linalg.norm(mirror, axis=-1, keepdims=True)
        sun = (EVENING_SUN if is_evening else SUN).astype(np.float32)
        seen = np.minimum(self._sky(mirror, time, is_evening, is_simple=True), 1.4)
        glitter = np.clip(mirror @ sun, 0, 1)
        glint = 26 * glitter**900 + 2.0 * glitter**120
        seen = seen + glint[..., None] * np.array([1.0, 0.52, 0.2] if is_evening else [1.0, 0.88, 0.66], np.float32)
        ys, xs = np.mgrid[top : self.height, 0 : self.width].astype(np.float32) + 0.5
        push = self.height * 0.16
        ghost = light.fetch(mirrored, xs - slope_x * push * 0.8, ys + slope_z * push + np.abs(slope_x) * push * 0.3)
        seen = seen * (1 - 0.85 * ghost[..., 3:]) + ghost[..., :3] * 0.85
        glance = (0.02 + 0.98 * (1 - cosine) ** 5)[..., None]
        deep = np.array([0.030, 0.035, 0.060] if is_evening else [0.010, 0.050, 0.066], np.float32)
        through = np.clip(0.35 + 1.2 * y / max(level, 0.1), 0, 1.6)[..., None] * np.array(
            [0.08, 0.04, 0.03] if is_evening else [0.010, 0.085, 0.085], np.float32
        )
        water = seen * glance + (deep + through) * (1 - glance)
        water += self._foam(x, z, y, distance, time, is_evening)[..., None] * (
            np.array([0.55, 0.32, 0.26] if is_evening else [0.60, 0.66, 0.68], np.float32) - water
        )
        haze = (1 - np.exp(-distance / 2300))[..., None]
        edge = sky[max(0, top - 2)][None]
        water = water * (1 - haze) + edge * haze
        picture = sky.copy()
        picture[rows] = np.where(ground.is_hit[rows][..., None], water, picture[rows])
        return picture

    def _foam(self, x: Field, z: Field, y: Field, distance: Field, time: float, is_evening: bool) -> Field:
        texture = sample(self._wisp, x / 11 - 0.02 * time, z / 8) + 0.5 * sample(
            self._wisp, x / 4, z / 3.2 + 0.03 * time
        )
        caps = smoothstep(0.72, 1.15, y + 0.16 * texture) * np.exp(-distance / 300) * (0.0 if is_evening else 0.8)
        wakes = np.zeros_like(x)
        for boat in FLEET:
            bx, bz, ahead = where(boat, time, is_home_run=is_evening)
            dx, dz = x - bx, z - bz
            along, across = dx * ahead[0] + dz * ahead[1], dx * ahead[1] - dz * ahead[0]
            behind = boat.length * 0.5 - along
            trail = (
                np.exp(-((across / (0.9 + 0.07 * np.clip(behind, 0, 60))) ** 2))
                * smoothstep(-0.5, 1.0, behind)
                * np.exp(-np.clip(behind, 0, 200) / 16)
            )
            wakes = np.maximum(wakes, trail)
        return np.clip(
            caps + smoothstep(0.15, 1.0, wakes * (1.25 + 0.5 * texture)) * (0.35 if is_evening else 0.8), 0, 1
        )

    def _fleet(self, camera: Camera, time: float, is_evening: bool) -> Field:
        """The boats alone, (H, W, 4): light times coverage, and coverage; the far ones first."""
        layer = np.zeros((camera.height, camera.width, 4), np.float32)
        air = EVENING if is_evening else DAY
        placed = []
        for number, boat in enumerate(FLEET):
            x, z, _ = where(boat, time, is_home_run=is_evening)
            depth = float(camera.project(np.array([x, 0.0, z]))[2])
            if depth > 7:
                placed.append((-depth, number, float(self._wave(np.float32(x), np.float32(z), time, air.sea))))
        for _, number, rise in sorted(placed):
            paint_boat(layer, camera, FLEET[number], time, air, rise=rise)
        return layer
