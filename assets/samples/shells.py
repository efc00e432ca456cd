"""The fireworks of the show: its shells, the light that they throw, their sparks and their smoke. Knows no city."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from assets.samples import light
from assets.samples.camera import Camera
from assets.samples.noise import Field, sample, smoothstep

GOLD, ROSE, JADE = (1.0, 0.55, 0.16), (1.0, 0.16, 0.30), (0.16, 0.95, 0.55)
VIOLET, ICE, EMBER = (0.55, 0.25, 1.0), (0.55, 0.80, 1.0), (1.0, 0.28, 0.08)
WIND = np.array([5.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True)
class Burst:
    at: float  # second of the event
    place: tuple[float, float, float]
    kind: str  # peony, willow, ring, palm
    first: tuple[float, float, float]
    then: tuple[float, float, float]
    size: float = 62.0


SHOW = [
    Burst(-1.4, (-120, 172, 520), "willow", GOLD, GOLD, 82), Burst(-0.5, (60, 134, 500), "peony", ROSE, GOLD),
    Burst(0.5, (150, 181, 540), "ring", ICE, VIOLET, 58), Burst(1.2, (-40, 197, 530), "peony", VIOLET, ICE, 76),
    Burst(2.1, (-165, 126, 490), "palm", GOLD, EMBER, 70), Burst(2.9, (105, 160, 510), "peony", JADE, GOLD, 66),
    Burst(3.8, (0, 206, 520), "willow", GOLD, GOLD, 104), Burst(4.7, (-130, 185, 540), "peony", ROSE, ICE, 64),
    Burst(5.4, (175, 139, 500), "palm", ICE, VIOLET, 62), Burst(6.0, (55, 189, 520), "ring", GOLD, ROSE, 60),
    Burst(6.7, (-70, 155, 500), "peony", ICE, VIOLET, 78), Burst(7.4, (130, 197, 535), "willow", GOLD, GOLD, 92),
    Burst(8.1, (-175, 176, 520), "peony", EMBER, GOLD, 70), Burst(8.7, (10, 134, 490), "peony", JADE, ICE, 62),
    Burst(9.4, (-20, 210, 525), "willow", GOLD, GOLD, 110), Burst(10.2, (140, 160, 510), "peony", ROSE, VIOLET, 72),
    Burst(11.0, (-140, 143, 505), "palm", GOLD, EMBER, 74), Burst(11.8, (40, 193, 530), "peony", VIOLET, ROSE, 84),
    Burst(12.7, (-90, 197, 525), "willow", GOLD, GOLD, 96), Burst(13.5, (120, 176, 520), "ring", JADE, ICE, 64),
    Burst(14.2, (0, 155, 500), "peony", ICE, GOLD, 78), Burst(15.0, (-170, 168, 520), "peony", ROSE, GOLD, 66),
]  # fmt: skip


def flash(time: float) -> NDArray[np.float64]:
    """The colour that the whole show throws on the city at this moment."""
    total = np.zeros(3)
    for burst in SHOW:
        age = time - burst.at
        if 0 <= age < 3.5:
            total += np.array(burst.first) * np.exp(-age * 1.7) * (burst.size / 62) ** 2 * (1 - np.exp(-age * 25))
    return total


def smoke(clouds: Field, camera: Camera, time: float) -> Field:
    """Smoke (H, W, 3) that hangs where shells have burst, lit by those that follow; `clouds` is its cloth."""
    width, height = camera.width // 4, camera.height // 4
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32) * 4 + 2
    out = np.zeros((height, width, 3), np.float32)
    glare = flash(time)
    for index, burst in enumerate(SHOW):
        age = time - burst.at
        if not 0 < age < 9:
            continue
        x, y, z = camera.project(np.array(burst.place) + WIND * age - (0, 3 * age, 0))
        if z < 50:
            continue
        reach = burst.size * (0.75 + 0.12 * age) * camera.focal / z
        u, v = (columns - x) / reach, (rows - y) / reach
        puff = sample(clouds, u * 0.22 + index * 0.37, v * 0.22 + 0.01 * age) + 0.5 * sample(
            clouds, u * 0.6, v * 0.6 + index * 0.2
        )
        puff = (
            np.exp(-(u * u + v * v) * 1.5) * smoothstep(-0.6, 1.8, puff) * smoothstep(0, 1.2, age) * np.exp(-age * 0.28)
        )
        own = np.array(burst.first) * np.exp(-age * 1.5) * 0.8
        out += puff[..., None] * (own + glare * 0.16 + (0.035, 0.024, 0.032)).astype(np.float32) * 0.75
    return light.resize(out, camera.width, camera.height)


def fire(picture: Field, camera: Camera, time: float) -> None:
    """Add the rising shells and the bursting ones to the picture in place."""
    scale = (camera.width / 640) ** 2
    points, colours = [], []
    for index, burst in enumerate(SHOW):
        age = time - burst.at
        if -1.5 < age <= 0.05:
            tail = np.linspace(0, 0.35, 40)
            way = np.clip((age + 1.5 - tail) / 1.5, 0, 1)
            climb = np.stack(
                [
                    np.full(40, burst.place[0]) + 3 * np.sin(way * 9),
                    burst.place[1] * (1 - (1 - way) ** 2),
                    np.full(40, burst.place[2]),
                ],
                -1,
            )
            points.append(climb)
            colours.append(np.outer(np.linspace(0.5, 0, 40) * (way > 0), (1.0, 0.62, 0.30)))
        elif 0 < age < 4.6:
            trail_points, trail_colours = _trails(burst, _scatter(index), age)
            points.append(trail_points)
            colours.append(trail_colours)
    if not points:
        return
    x, y, z = camera.project(np.concatenate(points))
    keep = z > 10
    sparks = light.splat(camera.width, camera.height, x[keep], y[keep], np.concatenate(colours)[keep] * scale)
    unit = camera.width / 640
    picture += sparks * 0.75 + light.blur(sparks, 0.75 * unit) * 1.3 + light.blur(sparks, 14 * unit) * 0.35


@cache
def _scatter(index: int) -> NDArray[np.float64]:
    """First velocities (N, 3) of the stars of a shell of the show, in shares of its size."""
    burst = SHOW[index]
    rng = np.random.default_rng(1000 + index)
    count = {"peony": 240, "willow": 130, "ring": 72, "palm": 26}[burst.kind]
    if burst.kind == "ring":
        angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
        tilt = rng.uniform(-0.6, 0.6, 2)
        return np.stack(
            [np.cos(angle), np.sin(angle) * np.cos(tilt[0]), np.sin(angle) * np.sin(tilt[0]) + tilt[1] * np.cos(angle)],
            -1,
        )
    k = np.arange(count) + 0.5
    polar, azimuth = np.arccos(1 - 2 * k / count), np.pi * (1 + 5**0.5) * k
    ball = np.stack([np.cos(azimuth) * np.sin(polar), np.cos(polar), np.sin(azimuth) * np.sin(polar)], -1)
    return ball * rng.normal(1.0, 0.055, (count, 1)) + rng.normal(0, 0.025, (count, 3))


def _trails(burst: Burst, sparks: NDArray, age: float) -> tuple[NDArray, NDArray]:
    """Points (M, 3) and colours (M, 3) of all stars of a shell with the fire that they leave behind them."""
    life = {"peony": 2.3, "willow": 4.4, "ring": 2.2, "palm": 2.9}[burst.kind]
    back = {"peony": 0.42, "willow": 1.6, "ring": 0.3, "palm": 0.9}[burst.kind]
    fall = {"peony": 5.0, "willow": 7.5, "ring": 4.0, "palm": 8.0}[burst.kind]
    count = {"peony": 18, "willow": 60, "ring": 18, "palm": 60}[burst.kind]
    drag = 2.1
    lag = np.linspace(0, 1, count) ** 1.2 * min(back, age)
    then = np.maximum(age - lag, 0)
    travel = (1 - np.exp(-drag * then)) / (1 - np.exp(-drag * 2.0))
    points = np.array(burst.place) + sparks[:, None, :] * (burst.size * travel)[None, :, None]
    points[..., 1] -= (fall * (then - (1 - np.exp(-drag * then)) / drag))[None, :]
    points = points + (WIND * 0.4)[None, None, :] * then[None, :, None]
    fade = smoothstep(life, life * 0.45, age) * (1 + 2.5 * np.exp(-age * 6))
    tail = (1 - lag / max(back, 1e-3)) ** 1.6
    twinkle = np.ones((len(sparks), count))
    if burst.kind in ("willow", "palm"):
        rng = np.random.default_rng(int(age * 24) + len(sparks))
        twinkle = 0.35 + 1.3 * rng.random((len(sparks), count)) ** 2
    mix = smoothstep(0.25, 1.1, age)
    tint = np.array(burst.first) * (1 - mix) + np.array(burst.then) * mix
    head = np.zeros(count)
    head[:2] = 1.0
    strength = {"peony": 0.30, "willow": 0.16, "ring": 0.5, "palm": 0.44}[burst.kind]
    colours = (tail * strength * fade * twinkle)[..., None] * tint
    colours = colours + (head * strength * 1.6 * fade)[None, :, None] * (0.4 + 0.6 * tint)
    return points.reshape(-1, 3), np.broadcast_to(colours, points.shape).reshape(-1, 3)
