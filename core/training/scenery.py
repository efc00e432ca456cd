"""What the made films show: colours of everyday materials, grounds from landscape to stage, things and figures.

A painter says where it covers a picture and in which colour, at any place and time; it knows nothing of cameras.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Generator = np.random.Generator

TILE = 128  # pixels per side of a noise tile
TILES = 48
MATERIALS: tuple[tuple[float, float, float, float], ...] = (  # hue, its spread, saturation, value
    (0.58, 0.04, 0.5, 0.85),  # sky
    (0.30, 0.06, 0.55, 0.45),  # leaves
    (0.06, 0.02, 0.45, 0.80),  # skin
    (0.08, 0.03, 0.55, 0.45),  # wood and earth
    (0.10, 0.30, 0.06, 0.60),  # concrete
    (0.62, 0.06, 0.5, 0.12),  # night
    (0.12, 0.02, 0.35, 0.85),  # sand
    (0.00, 0.50, 0.9, 0.9),  # signs, neon, cartoons
    (0.10, 0.20, 0.05, 0.95),  # white walls and paper
    (0.50, 0.06, 0.5, 0.5),  # water
    (0.00, 0.50, 0.5, 0.5),  # cloth
    (0.00, 0.50, 0.1, 0.06),  # black
    (0.60, 0.05, 0.15, 0.70),  # overcast sky, steel, glass
    (0.33, 0.08, 0.25, 0.30),  # shade under trees
)

Painter = Callable[[Floats, Floats, float], tuple[Floats, Floats]]
"""(u, v, time) -> mask (H, W) in 0–1 and colour (H, W, 3) or (3,)."""


def draw_palette(rng: Generator, size: int) -> Floats:
    """(size, 3) colours in 0–1 of materials drawn at random."""
    chosen = np.array(MATERIALS)[rng.integers(len(MATERIALS), size=size)]
    hue = (chosen[:, 0] + rng.normal(0, 1, size) * chosen[:, 1]) % 1
    saturation = np.clip(chosen[:, 2] * np.exp(rng.normal(0, 0.3, size)), 0, 1)
    value = np.clip(chosen[:, 3] * np.exp(rng.normal(0, 0.25, size)), 0.02, 1)
    return _from_hsv(hue, saturation, value)


def _from_hsv(hue: NDArray[np.float64], saturation: NDArray[np.float64], value: NDArray[np.float64]) -> Floats:
    place = (np.array([5.0, 3.0, 1.0]) + hue[:, None] * 6) % 6
    share = np.clip(np.minimum(place, 4 - place), 0, 1)
    return (value[:, None] * (1 - saturation[:, None] * share)).astype(np.float32)


def draw_ground(rng: Generator, palette: Floats) -> tuple[Painter, ...]:
    """What fills the picture behind everything else, from the back to the front."""
    return _GROUNDS[int(rng.choice(len(_GROUNDS), p=_GROUND_SHARES))](rng, palette)


def draw_thing(rng: Generator, palette: Floats) -> Painter:
    """One thing at a place of its own, standing or moving."""
    maker = _THINGS[int(rng.choice(len(_THINGS), p=_THING_SHARES))]
    return maker(rng, palette)


@lru_cache(maxsize=TILES)
def _tile(index: int) -> Floats:
    """Periodic noise of a power spectrum between fine and cloud-like, some of it stretched: (TILE, TILE) in 0–1."""
    rng = np.random.default_rng([index, 11])
    fy, fx = np.meshgrid(np.fft.fftfreq(TILE), np.fft.fftfreq(TILE), indexing="ij")
    stretch = 1.0 if index % 3 else float(rng.uniform(2, 8))
    radius = np.sqrt((fx * stretch) ** 2 + fy**2)
    radius[0, 0] = 1.0
    spectrum = radius ** -rng.uniform(0.8, 2.2)
    spectrum[0, 0] = 0
    field = np.fft.ifft2(np.fft.fft2(rng.standard_normal((TILE, TILE))) * spectrum).real
    ranks = np.clip(0.5 + 0.22 * (field - field.mean()) / field.std(), 0, 1)
    return ranks.astype(np.float32)


def _noise(rng: Generator, scale: float) -> Callable[[Floats, Floats], Floats]:
    tile = _tile(int(rng.integers(TILES)))
    shift = rng.uniform(0, TILE, 2)

    def sample(u: Floats, v: Floats) -> Floats:
        columns = (u * (scale * TILE / 4) + shift[0]).astype(np.int32) % TILE
        rows = (v * (scale * TILE / 4) + shift[1]).astype(np.int32) % TILE
        return tile[rows, columns]

    return sample


def _pick(rng: Generator, palette: Floats) -> Floats:
    colour: Floats = palette[rng.integers(len(palette))] * np.exp(rng.normal(0, 0.12, 3))
    return np.clip(colour, 0, 1).astype(np.float32)


def _mix(share: Floats, near: Floats, far: Floats) -> Floats:
    blended: Floats = near + share[..., None] * (far - near)
    return blended


def _everywhere(u: Floats) -> Floats:
    return np.ones_like(u)


def _field(rng: Generator, palette: Floats) -> tuple[Painter, ...]:
    low, high = _pick(rng, palette), _pick(rng, palette)
    noise, fine = _noise(rng, float(rng.uniform(0.3, 2))), _noise(rng, float(rng.uniform(2, 5)))
    roughness = float(rng.uniform(0, 0.5))

    def paint(u: Floats, v: Floats, time: float) -> tuple[Floats, Floats]:
        return _everywhere(u), _mix((1 - roughness) * noise(u, v) + roughness * fine(u, v), low, high)

    return (paint,)


def _wall(rng: Generator, palette: Floats) -> tuple[Painter, ...]:
    colour, lit = _pick(rng, palette), _pick(rng, palette)
    slope = rng.normal(0, 0.35, 2)
    noise, rough = _noise(rng, float(rng.uniform(1, 5))), float(rng.exponential(0.15))
    period, depth = float(rng.uniform(0.08, 0.6)), float(rng.choice([0, 0, 0.1, 0.3]))

    def paint(u: Floats, v: Floats, time: float) -> tuple[Floats, Floats]:
        light = np.clip(0.3 + slope[0] * u + slope[1] * v, 0, 1).astype(np.float32)
        joints = ((u / period) % 1 < 0.12) | ((v / period) % 1 < 0.12)
        shade = 1 + rough * (2 * noise(u, v) - 1) - depth * joints
        return _everywhere(u), _mix(light * 0.6, colour, lit) * shade[..., None].astype(np.float32)

    return (paint,)


def _landscape(rng: Generator, palette: Floats) -> tuple[Painter, ...]:
    top, bottom = _pick(rng, palette), _pick(rng, palette)
    clouds, cloud_share = _noise(rng, float(rng.uniform(0.3, 1))), float(rng.uniform(0, 0.8))
    white = np.full(3, rng.uniform(0.5, 1), np.float32)

    def sky(u: Floats, v: Floats, time: float) -> tuple[Floats, Floats]:
        base = _mix(np.clip(0.5 + 0.5 * v, 0, 1), top, bottom)
        cover = np.clip(2 * clouds(u + 0.02 * time, 2 * v) - 1, 0, 1) * cloud_share
        return _everywhere(u), base + cover[..., None] * (white - base)

    ridges: list[Painter] = [sky]
    height = float(rng.uniform(-0.5, 0.3))
    for _ in range(int(rng.integers(1, 4))):
        ridges.append(_ridge(rng, palette, height))
        height += float(rng.uniform(0.1, 0.5))
    return tuple(ridges)


def _ridge(rng: Generator, palette: Floats, height: float) -> Painter:
    near, far = _pick(rng, palette), _pick(rng, palette)
    line, texture = _noise(rng, float(rng.uniform(0.2, 1.0))), _noise(rng, float(rng.uniform(1, 5)))
    tall, contrast = float(rng.uniform(0, 0.8)), float(rng.uniform(0.1, 0.9))

    def paint(u: Floats, v: Floats, time: float) -> tuple[Floats, Floats]:
        skyline = height + tall * (line(u, np.zeros_like(u)) - 0.5)
        return np.clip((v - skyline) * 30 + 0.5, 0, 1), _mix(contrast * texture(u, v * 1.5), near, far)

    return paint


def _room(rng: Generator, palette: Floats) -> tuple[Painter, ...]:
    light, dark, haze = _pick(rng, palette), _pick(rng, palette), _pick(rng, palette)
    horizon, size = float(rng.uniform(-0.5, 0.5)), float(rng.uniform(0.3, 2))
    is_checked, noise = rng.random() < 0.5, _noise(rng, 1.0)

    def floor(u: Floats, v: Floats, time: float) -> tuple[Floats, Floats]:
        depth = 1 / np.maximum(v - horizon, 0.04)
        x, y = u * depth * size, depth * size * 2
        tiles = ((np.floor(x) + np.floor(y)) % 2).astype(np.float32) if is_checked else noise(x, y)
        fog = np.clip(depth / 25, 0, 1).astype(np.float32)
        return np.clip((v - horizon) * 60, 0, 1), _mix(fog, _mix(tiles, light, dark), haze)

    return (*_wall(rng, palette), floor)


def _stage(rng: Generator, palette: Floats) -> tuple[Painter, ...]:
    dark, light = _pick(rng, palette) * np.float32(0.15), _pick(rng, palette)
    spots = rng.normal(0, 0.6, (int(rng.integers(1, 5)), 2))
    widths = rng.uniform(0.1, 0.8, len(spots))

    def paint(u: Floats, v: Floats, time: float) -> tuple[Floats, Floats]:
        glow = np.zeros_like(u)
        for (x, y), width in zip(spots, widths, strict=True):
            glow += np.exp(-((u - x) ** 2 + (v - y) ** 2) / width**2)
        return _everywhere(u), _mix(np.clip(glow, 0, 1), dark, light)

    return (paint,)


def _screen(rng: Generator, palette: Floats) -> tuple[Painter, ...]:
    colour = _pick(rng, palette) if rng.random() < 0.5 else np.full(3, float(rng.random() < 0.7), np.float32)

    def paint(u: Floats, v: Floats, time: float) -> tuple[Floats, Floats]:
        return _everywhere(u), np.broadcast_to(colour, (*u.shape, 3))

    return (paint, *(_writing(rng, palette) for _ in range(int(rng.integers(0, 4)))))


_GROUNDS = (_field, _wall, _landscape, _room, _stage, _screen)
_GROUND_SHARES = (0.15, 0.25, 0.25, 0.17, 0.1, 0.08)


# --------------------------------------------------------------------------------------------------- things


@dataclass(frozen=True)
class _Path:
    place: NDArray[np.float64]
    speed: NDArray[np.float64]
    sway: float
    rate: float

    def at(self, time: float) -> tuple[float, float]:
        wave = self.sway * np.sin(self.rate * time)
        return float(self.place[0] + self.speed[0] * time + wave), float(self.place[1] + self.speed[1] * time)


def _path(rng: Generator) -> _Path:
    pace = float(rng.choice([0, 0.05, 0.2], p=[0.5, 0.3, 0.2]))
    return _Path(
        rng.uniform(-1, 1, 2) * [1.3, 0.9],
        rng.normal(0, 1, 2) * [pace, pace * 0.4],
        float(rng.exponential(0.03)),
        float(rng.uniform(0.5, 4)),
    )


def _solid(rng: Generator, palette: Floats) -> Painter:
    """An ellipse, a box or a wobbly blob, shaded from one side, sometimes textured."""
    path, colour, shade = _path(rng), _pick(rng, palette), rng.normal(0, 0.4, 2)
    width, height = float(rng.uniform(0.05, 0.6)), float(rng.uniform(0.05, 0.6))
    power = float(rng.choice([2, 2, 8]))
    wobble, texture = _noise(rng, 0.6), _noise(rng, float(rng.uniform(1, 6)))
    unrest, rough = float(rng.choice([0, 0.5])), float(rng.exponential(0.25))
    angle = float(rng.normal(0, 0.5))

    def paint(u: Floats, v: Floats, time: float) -> tuple[Floats, Floats]:
        x, y = path.at(time)
        du, dv = u - x, v - y
        across = (du * np.cos(angle) - dv * np.sin(angle)) / width
        down = (du * np.sin(angle) + dv * np.cos(angle)) / height
        reach = np.abs(across) ** power + np.abs(down) ** power - unrest * (wobble(du, dv) - 0.5)
        light = 1 + shade[0] * across * 0.5 + shade[1] * down * 0.5 + rough * (2 * texture(du, dv) - 1)
        mask = np.clip((1 - reach) * 6, 0, 1).astype(np.float32)
        return mask, (colour * np.clip(light, 0.1, 2)[..., None]).astype(np.float32)

    return paint


def _figure(rng: Generator, palette: Floats) -> Painter:
    """Head, hair and shoulders, from far away to close up."""
    path, size = _path(rng), float(np.exp(rng.uniform(-2.2, -0.4)))
    skin = _from_hsv(
        *(np.array([x]) for x in (0.06 + rng.normal(0, 0.015), rng.uniform(0.25, 0.65), rng.uniform(0.25, 0.95)))
    )
    hair, cloth = _pick(rng, palette) * np.float32(0.4), _pick(rng, palette)
    turn = float(rng.uniform(-0.4, 0.4))

    def paint(u: Floats, v: Floats, time: float) -> tuple[Floats, Floats]:
        x, y = path.at(time)
        du, dv = (u - x) / size, (v - y) / size
        head = (du / 0.75) ** 2 + dv**2
        body = np.abs(du / 1.9) ** 2.5 + np.abs((dv - 3.4) / 2.4) ** 2.5
        is_hair = (dv + 0.25 * np.abs(du + turn) < -0.35) | (head > 1)
        around = ((du / 0.95) ** 2 + ((dv + 0.15) / 1.15) ** 2) < 1
        light = np.clip(1 - 0.25 * du * np.sign(turn), 0.4, 1.4)[..., None]
        features = ((np.abs(np.abs(du - turn * 0.5) - 0.28) < 0.1) & (np.abs(dv) < 0.07)) | (
            (np.abs(du - turn * 0.5) < 0.22) & (np.abs(dv - 0.5) < 0.06)
        )
        face = np.where(features[..., None], skin[0] * 0.45, skin[0])
        colour = np.where(around[..., None], np.where(is_hair[..., None], hair, face), cloth) * light
        mask = np.maximum(np.clip((1 - body) * 4, 0, 1), around)
        return mask.astype(np.float32), colour.astype(np.float32)

    return paint


def _tower(rng: Generator, palette: Floats) -> Painter:
    """A box with rows of windows or shelves."""
    path, wall, window = _path(rng), _pick(rng, palette), _pick(rng, palette)
    width, height = float(rng.uniform(0.1, 0.7)), float(rng.uniform(0.15, 1.0))
    columns, rows = int(rng.integers(1, 8)), int(rng.integers(1, 8))
    share = float(rng.uniform(0.3, 0.8))

    def paint(u: Floats, v: Floats, time: float) -> tuple[Floats, Floats]:
        x, y = path.place
        across, down = (u - x) / width * 0.5 + 0.5, (v - y) / height * 0.5 + 0.5
        inside = (across > 0) & (across < 1) & (down > 0) & (down < 1)
        glass = ((across * columns) % 1 < share) & ((down * rows) % 1 < share)
        return inside.astype(np.float32), np.where(glass[..., None], window, wall)

    return paint


def _foliage(rng: Generator, palette: Floats) -> Painter:
    """A clump with ragged edges: leaves, crowds, rocks, fur."""
    path, dark, light = _path(rng), _pick(rng, palette), _pick(rng, palette)
    size = float(rng.uniform(0.2, 0.9))
    ragged, texture = _noise(rng, float(rng.uniform(0.5, 2))), _noise(rng, float(rng.uniform(2, 6)))

    def paint(u: Floats, v: Floats, time: float) -> tuple[Floats, Floats]:
        x, y = path.at(time)
        du, dv = u - x, v - y
        reach = np.sqrt(du**2 + dv**2) / size + 0.9 * (ragged(du, dv) - 0.5)
        return np.clip((1 - reach) * 12, 0, 1), _mix(texture(du, dv), dark, light)

    return paint


def _writing(rng: Generator, palette: Floats) -> Painter:
    """Lines of marks that look like text from afar."""
    ink, place = _pick(rng, palette), rng.uniform(-1, 0.8, 2)
    if rng.random() < 0.5:
        ink = np.full(3, float(rng.random() < 0.5), np.float32)
    line, lines = float(rng.uniform(0.05, 0.25)), int(rng.integers(1, 6))
    width, marks = float(rng.uniform(0.3, 1.8)), rng.random((8, 64)) < 0.55
    ends = rng.uniform(0.4, 1, 8)

    def paint(u: Floats, v: Floats, time: float) -> tuple[Floats, Floats]:
        down, across = (v - place[1]) / line, (u - place[0]) / width
        row = np.clip(np.floor(down), 0, 7).astype(np.int64)
        column = np.clip(np.floor((u - place[0]) / (line * 0.22)), 0, 63).astype(np.int64)
        inside = (down > 0) & (down < lines) & (across > 0) & (across < ends[row]) & (down % 1 < 0.6)
        return (inside & marks[row, column]).astype(np.float32), np.broadcast_to(ink, (*u.shape, 3))

    return paint


def _bar(rng: Generator, palette: Floats) -> Painter:
    """A straight bar across the picture: a pole, a road, an edge of a table."""
    path, colour = _path(rng), _pick(rng, palette)
    angle, width = float(rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)])), float(rng.exponential(0.08)) + 0.01

    def paint(u: Floats, v: Floats, time: float) -> tuple[Floats, Floats]:
        x, y = path.at(time)
        off = (u - x) * np.sin(angle) + (v - y) * np.cos(angle)
        return np.clip((width - np.abs(off)) * 40, 0, 1), np.broadcast_to(colour, (*u.shape, 3))

    return paint


_THINGS = (_solid, _figure, _tower, _foliage, _writing, _bar)
_THING_SHARES = (0.34, 0.2, 0.12, 0.16, 0.08, 0.1)
