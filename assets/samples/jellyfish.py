"""Slow Bells: a drift of jellyfish rising through a sunlit sea, and the same drift far below in the dark.

A jellyfish is a cloud of points on thin skins. Where a skin is seen edge-on its points crowd together, so the bells
glow along their outlines as real ones do, without any shading.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assets.samples import light
from assets.samples.camera import Camera, direction
from assets.samples.noise import Field, ramp, sample, smoothstep, tile

SUN = direction(12, 70)
FILM = {
    "anchor": light.Film(exposure=1.35), "second": light.Film(exposure=1.4), "complementary": light.Film(exposure=0.8),
    "incident": light.Film(exposure=1.7),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Jelly:
    place: tuple[float, float, float]
    size: float
    tilt: tuple[float, float]  # lean to x and to z, radians
    phase: float
    tint: int


TINTS = [  # bell, rim and arms
    ((0.50, 0.34, 0.78), (1.0, 0.42, 0.50), (1.0, 0.62, 0.55)),
    ((0.34, 0.46, 0.95), (0.62, 0.50, 1.0), (0.70, 0.74, 1.0)),
    ((0.85, 0.36, 0.50), (1.0, 0.60, 0.35), (1.0, 0.72, 0.50)),
    ((0.30, 0.62, 0.80), (0.45, 0.95, 0.95), (0.62, 0.90, 0.95)),
]


def _drift() -> list[Jelly]:
    rng = np.random.default_rng(51)
    jellies = [
        Jelly((-1.15, 0.15, 5.2), 1.0, (0.30, -0.10), 0.0, 0), Jelly((1.75, 1.05, 7.2), 0.95, (-0.22, 0.10), 0.35, 2),
        Jelly((0.75, -1.75, 6.4), 0.62, (0.10, 0.25), 0.62, 1), Jelly((-3.6, 1.75, 9.0), 0.95, (0.15, 0.0), 0.2, 1),
        Jelly((3.9, -0.9, 9.5), 0.85, (-0.35, 0.1), 0.8, 0), Jelly((-2.6, -2.1, 8.6), 0.7, (0.4, 0.2), 0.5, 3),
    ]  # fmt: skip
    for _ in range(34):
        z = rng.uniform(11, 34)
        place = (rng.uniform(-0.75, 0.75) * z, rng.uniform(-0.45, 0.5) * z, z)
        lean = rng.normal(0, 0.25, 2)
        jellies.append(Jelly(place, rng.uniform(0.6, 1.25), (lean[0], lean[1]), rng.random(), int(rng.integers(4))))
    return jellies


class World:
    """A piece of sea, at one picture size."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._murk, self._swell = tile(52, 2.2), tile(53, 1.7, smallest=4)
        self._jellies = _drift()
        rng = np.random.default_rng(54)
        # Roberts' R2 sequence: as even as a lattice and without its lines
        self._seeds = (np.arange(1, 24_001)[:, None] * (0.7548776662466927, 0.5698402909980532)) % 1
        self._motes, self._jitter = rng.random((2600, 3)), rng.normal(0, 0.032, (6000, 3))

    def render(self, shot: str, time: float) -> Field:
        size = {"width": self.width, "height": self.height}
        if shot == "anchor":
            camera = Camera(
                -0.5 + 0.07 * time, -0.15 + 0.03 * time, 0.10 * time, 1.5 - 0.2 * time, fov=62, pitch=5, **size
            )
        elif shot == "second":
            camera = Camera(2.6, 0.6, 1.8 + 0.06 * (time - 10), -13 + 0.5 * (time - 10), fov=46, pitch=2, **size)
        elif shot == "complementary":
            camera = Camera(
                -0.4 + 0.05 * time,
                -5.4 + 0.07 * time,
                1.6 + 0.05 * time,
                4 + 0.7 * time,
                fov=72,
                pitch=43,
                roll=-5,
                **size,
            )
        else:
            camera = Camera(
                1.2 - 0.08 * (time - 40),
                2.1 + 0.05 * (time - 40),
                13.6,
                188 + 0.5 * (time - 40),
                fov=60,
                pitch=-3,
                **size,
            )
        is_dark = shot == "incident"
        picture = self._sea(camera, time, is_dark)
        self._bodies(picture, camera, time, is_dark)
        picture = picture + self._snow(camera, time, is_dark)
        return light.bloom(picture, threshold=0.45, strength=0.75, radius=1.6)

    def _sea(self, camera: Camera, time: float, is_dark: bool) -> Field:
        rays = camera.rays()
        up = rays[..., 1]
        if is_dark:
            picture = ramp(
                up,
                [
                    (-0.8, (0.002, 0.002, 0.010)),
                    (-0.2, (0.004, 0.006, 0.028)),
                    (0.15, (0.008, 0.018, 0.062)),
                    (0.6, (0.016, 0.045, 0.120)),
                ],
            )
            cloud = sample(self._murk, rays[..., 0] * 0.4 + 0.002 * time, up * 0.5)
            return picture * (1 + 0.25 * cloud)[..., None]
        picture = ramp(up, [(-0.7, (0.002, 0.006, 0.028)), (-0.25, (0.005, 0.018, 0.075)),
                            (0.05, (0.009, 0.055, 0.165)), (0.3, (0.016, 0.135, 0.285)), (0.55, (0.022, 0.20, 0.36)),
                            (0.85, (0.045, 0.33, 0.46)), (1.0, (0.07, 0.42, 0.52))])  # fmt: skip
        cloud = sample(self._murk, rays[..., 0] * 0.35 + 0.003 * time, up * 0.4 - 0.002 * time)
        picture = picture * (1 + 0.16 * cloud)[..., None]
        towards = np.clip(rays @ SUN.astype(np.float32), 0, 1)
        right, ahead = np.cross(SUN, (0, 0, 1)), np.array([0, 0, 1.0])
        ahead = ahead - SUN * (ahead @ SUN)
        turn = np.arctan2(
            rays @ (right / np.linalg.norm(right)).astype(np.float32),
            rays @ (ahead / np.linalg.norm(ahead)).astype(np.float32),
        )
        beams = sample(self._swell, turn * 0.35 + 0.006 * time, np.full_like(turn, 0.018 * time)) + 0.7 * sample(
            self._swell, turn * 0.9 - 0.01 * time, np.full_like(turn, 0.3 + 0.03 * time)
        )
        beams = smoothstep(-0.5, 2.2, beams) * smoothstep(-0.35, 0.75, up) * (0.25 + 0.75 * towards**2)
        picture = picture + beams[..., None] * np.array([0.045, 0.20, 0.25], np.float32)
        # the surface, seen from below through Snell's window
        reach = 9.0 / np.maximum(up, 0.12)
        ripple = sample(self._swell, rays[..., 0] * reach / 26 + 0.012 * time, rays[..., 2] * reach / 26) + sample(
            self._swell, rays[..., 0] * reach / 11, rays[..., 2] * reach / 11 + 0.03 * time
        )
        glint = smoothstep(0.50, 0.80, up) * smoothstep(-0.6, 2.0, ripple)
        away = np.arccos(np.clip(towards + 0.010 * ripple, -1, 1))
        disc = np.exp(-(away**2) / 0.006) + 0.30 * np.exp(-(away**2) / 0.06)
        return (
            picture
            + glint[..., None] * np.array([0.06, 0.20, 0.24], np.float32)
            + disc[..., None] * np.array([0.8, 1.15, 1.1], np.float32)
        )

    def _bodies(self, picture: Field, camera: Camera, time: float, is_dark: bool) -> None:
        layers: dict[float, list[tuple[NDArray, NDArray]]] = {}
        order = []
        for jelly in self._jellies:
            centre = _course(jelly, time)
            depth = float(camera.project(centre)[2])
            if depth > 1.2:
                order.append((depth, jelly))
        for depth, jelly in sorted(order, key=lambda pair: -pair[0]):
            points, colours = self._body(jelly, time, depth, is_dark)
            focus = 6.2 if not is_dark else 7.0
            unit = self.width / 640
            sigma = float(np.round(np.clip(abs(1 / depth - 1 / focus) * 11, 0.75, 5) * 2) / 2) * unit
            layers.setdefault(round(sigma, 2) + (0.001 if depth < focus else 0.0), []).append((points, colours))
            layers[round(sigma, 2) + (0.001 if depth < focus else 0.0)][-1] = (points, colours)
        scale = (self.width / 640) ** 2
        for sigma, bodies in sorted(layers.items(), key=lambda item: (item[0] % 0.01 > 0.0005, -item[0])):
            points, colours = np.concatenate([b[0] for b in bodies]), np.concatenate([b[1] for b in bodies])
            x, y, z = camera.project(points)
            keep = z > 0.4
            body = light.splat(self.width, self.height, x[keep], y[keep], colours[keep] * scale)
            body = light.blur(body, sigma)
            veil = np.exp(-(body @ light.LUMA) * 2.6)[..., None]
            picture *= 0.22 + 0.78 * veil
            picture += body * (1.15 - 0.35 * np.minimum(body.max(axis=-1, keepdims=True), 1))

    def _body(self, jelly: Jelly, time: float, depth: float, is_dark: bool) -> tuple[NDArray, NDArray]:
        detail = float(np.clip(9 / depth, 0.12, 1))
        count = int(24_000 * detail)
        bell, rim, arm = (np.array(tint) for tint in TINTS[jelly.tint])
        beat = (time * 0.42 / jelly.size**0.5 + jelly.phase) % 1
        squeeze = float(np.sin(2 * np.pi * beat) * 0.5 + 0.25 * np.sin(4 * np.pi * beat))
        u, around = self._seeds[:count, 0] ** 0.62, self._seeds[:count, 1] * 2 * np.pi
        skirt = 1 - 0.24 * squeeze * u**2
        radius = np.sin(u * np.pi * 0.54) * skirt * (1 + 0.035 * np.sin(16 * around) * u**5)
        high = (np.cos(u * np.pi * 0.54) * (0.72 + 0.12 * squeeze)) - 0.05 * np.cos(8 * around) * u**6
        skin = np.stack([radius * np.cos(around), high, radius * np.sin(around)], -1)
        ribs = np.abs(np.cos(8 * around)) ** 26 * smoothstep(0.12, 0.5, u)
        spots = np.exp(-((np.sin(u * 34) * np.sin(around * 21)) ** 2) * 9) * 0.5
        edge = np.exp(-((u - 1) ** 2) / 0.004)
        glow = (0.55 + 0.9 * ribs + 0.45 * spots)[:, None] * bell + (2.6 * edge)[:, None] * rim
        share = 1.0 / count
        parts, tints = [skin], [glow * share * 1.35]

        n = max(60, int(900 * detail))
        k = np.arange(4 * n) % n / n * 2 * np.pi
        quarter = np.repeat(np.arange(4), n) * np.pi / 2 + 0.4
        ring = np.stack(
            [
                0.30 * np.cos(quarter) + 0.17 * np.cos(k),
                np.full(4 * n, 0.40 + 0.08 * squeeze) + 0.04 * np.sin(k * 3),
                0.30 * np.sin(quarter) + 0.17 * np.sin(k),
            ],
            -1,
        )
        parts.append(ring + self._jitter[: 4 * n])
        tints.append(np.tile(arm * 0.032 / n, (4 * n, 1)))

        steps = max(24, int(120 * detail))
        for kind, number, length, thick in (("tentacle", 26, 3.3, 0.0), ("arm", 5, 2.3, 0.11)):
            strands = 1 if kind == "tentacle" else max(3, int(26 * detail))
            along = np.tile(np.repeat(np.linspace(0, 1, steps), strands), number)
            which = np.repeat(np.arange(number), steps * strands)
            across = np.tile(np.linspace(-1, 1, strands), number * steps) if strands > 1 else np.zeros(number * steps)
            angle = which / number * 2 * np.pi + 0.2
            reach = length * (0.65 + 0.35 * np.sin(which * 2.4 + 1))
            start = (0.98 * (1 - 0.24 * squeeze)) if kind == "tentacle" else 0.13
            wave = (
                np.sin(along * 6.5 - time * 1.5 + which * 1.3 + jelly.phase * 6) * 0.13 * along**0.8
                + np.sin(along * 13 - time * 2.3 + which) * 0.035 * along
            )
            sway = np.cos(along * 5.2 - time * 1.2 + which * 2.1) * 0.13 * along**0.8
            inward = start * (1 - 0.35 * smoothstep(0, 0.8, along))
            ruffle = across * thick * (1 - 0.75 * along) * (1 + 0.5 * np.sin(along * 38 + which))
            frill = (
                thick
                * 0.7
                * np.sin(along * 44 + across * 2.0 + which - time * 1.1)
                * np.abs(across)
                * (1 - 0.6 * along)
            )
            x = (inward + wave) * np.cos(angle) + (sway + ruffle) * -np.sin(angle) + frill * np.cos(angle)
            z = (inward + wave) * np.sin(angle) + (sway + ruffle) * np.cos(angle) + frill * np.sin(angle)
            y = (-0.02 if kind == "tentacle" else 0.12) - along * reach
            parts.append(np.stack([x, y, z], -1))
            fade = (1 - along) ** 1.3 + 0.05
            tint = arm * 0.4 + rim * 0.6 if kind == "tentacle" else arm
            tints.append(fade[:, None] * tint * ((0.55 if kind == "tentacle" else 0.95) / (number * steps * strands)))
        points, colours = np.concatenate(parts), np.concatenate(tints)
        lean_x, lean_z = jelly.tilt[0] + 0.06 * np.sin(time * 0.5 + jelly.phase * 6), jelly.tilt[1]
        bend = points[:, 1] * 1.0
        points = np.stack(
            [
                points[:, 0] + bend * np.sin(lean_x),
                bend * np.cos(lean_x) - points[:, 0] * np.sin(lean_x) * 0.6,
                points[:, 2] + bend * np.sin(lean_z),
            ],
            -1,
        )
        lift = np.clip(points[:, 1:2], 0, 1)
        area = 21_000.0 * (jelly.size / depth) ** 2
        if is_dark:
            pulse = 0.35 + 1.2 * np.exp(-(((time * 0.45 + jelly.phase * 3) % 1.6 - 0.3) ** 2) / 0.03)
            colours = colours * np.array([0.45, 0.90, 1.15]) * pulse
            clear = np.exp(-depth / 16.0) * 2.2
        else:
            colours = colours * (0.62 + 0.75 * lift) * np.array([0.95, 1.0, 1.06])
            clear = np.exp(-depth / 14.0) * 1.45
            colours = colours * 0.92 + (colours @ light.LUMA)[:, None] * np.array([0.02, 0.10, 0.16]) * min(
                depth / 8, 2
            )
        return _course(jelly, time) + points * jelly.size, colours * area * clear

    def _snow(self, camera: Camera, time: float, is_dark: bool) -> Field:
        box = np.array([12.0, 8.0, 12.0])
        drift = np.stack(
            [
                0.10 * np.sin(time * 0.5 + self._motes[:, 1] * 9),
                -0.10 * time + 0 * self._motes[:, 0],
                0.05 * time + 0 * self._motes[:, 0],
            ],
            -1,
        )
        eye = np.array([camera.x, camera.y, camera.z])
        place = eye + (self._motes * box + drift - eye) % box - box / 2 + camera.basis()[2] * 4
        x, y, z = camera.project(place)
        out = np.zeros((self.height, self.width, 3), np.float32)
        unit = self.width / 640
        tint = np.array([0.25, 0.8, 1.0]) if is_dark else np.array([0.55, 0.9, 1.0])
        for low, high, sigma, level in ((0.5, 1.6, 5.0, 1.6), (1.6, 3.2, 1.8, 0.55), (3.2, 8, 0.6, 0.16)):
            keep = (z > low) & (z < high)
            shine = (0.3 + self._motes[keep, 0]) * level * (0.6 if is_dark else 1.0)
            out += light.blur(
                light.splat(self.width, self.height, x[keep], y[keep], shine[:, None] * tint * unit**2), sigma * unit
            )
        return out


def _course(jelly: Jelly, time: float) -> NDArray[np.float64]:
    """Where a jellyfish is: it rises in beats and leans into its way."""
    beat = time * 0.42 / jelly.size**0.5 + jelly.phase
    rise = 0.055 * time + 0.035 * jelly.size * np.sin(2 * np.pi * beat - 1.2)
    aside, away = np.sin(jelly.tilt[0]) * 0.05 * time, np.sin(jelly.tilt[1]) * 0.05 * time
    return np.add(jelly.place, (aside, rise - 0.35, away))
