"""Moving pictures made by code: films of a few shots in one style, so that learning needs no footage and no download.

A film has a palette, a light and a camera of its own; its shots are landscapes, rooms, stages, screens and textures
with things and people-like figures moving through them. Everything follows from the seed.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.training.scenery import Floats, Generator, Painter, draw_ground, draw_palette, draw_thing

SIDE = 128  # pixels of the shorter side
ASPECTS = ((4 / 3, 0.3), (16 / 9, 0.45), (1.0, 0.07), (9 / 16, 0.08), (2.35, 0.1))


@dataclass(frozen=True)
class Style:
    """What all shots of a film share."""

    palette: Floats  # (K, 3) in 0–1
    width: int
    height: int
    saturation: float  # 0 for a film in black and white
    contrast: float
    gamma: float
    tint: Floats  # (3,)
    vignette: float
    softness: int  # passes of a small blur
    grain: float


@dataclass(frozen=True)
class Camera:
    """Where the view lies at time 0 and how it moves per second, in half picture heights."""

    pan: Floats  # (2,)
    speed: Floats  # (2,)
    zoom: float
    zooming: float
    turn: float
    shake: float
    phase: float


@dataclass(frozen=True)
class Shot:
    """One scene with its camera: `render(style, time)` paints it."""

    painters: tuple[Painter, ...]
    camera: Camera
    grain_seed: int

    def render(self, style: Style, time: float) -> NDArray[np.uint8]:
        """The picture at a time in seconds: (H, W, 3)."""
        aspect = style.width / style.height
        u, v = np.meshgrid(
            np.linspace(-aspect, aspect, style.width, dtype=np.float32),
            np.linspace(-1, 1, style.height, dtype=np.float32),
        )
        camera = self.camera
        zoom = camera.zoom * np.exp(camera.zooming * time)
        angle = camera.turn * np.sin(0.7 * time + camera.phase)
        jolt = camera.shake * np.sin(5.1 * time + camera.phase)
        cosine, sine = np.cos(angle), np.sin(angle)
        x = ((u * cosine - v * sine) * zoom + camera.pan[0] + camera.speed[0] * time + jolt).astype(np.float32)
        y = ((u * sine + v * cosine) * zoom + camera.pan[1] + camera.speed[1] * time - jolt).astype(np.float32)
        image = np.zeros((style.height, style.width, 3), np.float32)
        for painter in self.painters:
            mask, colour = painter(x, y, time)
            image += mask[..., None] * (colour - image)
        return _develop(image, style, u / aspect, v, np.random.default_rng([self.grain_seed, int(time * 1000)]))


@dataclass(frozen=True)
class Film:
    """A style and its shots."""

    style: Style
    shots: tuple[Shot, ...]

    def frame(self, shot: int, time: float) -> NDArray[np.uint8]:
        """The picture of a shot at a time in seconds after its start: (H, W, 3) RGB."""
        return self.shots[shot].render(self.style, time)


def make_film(seed: int, *, shots: int = 2) -> Film:
    """The film of a seed. Its shots share style and part of their palette and things, as takes of one scene do."""
    rng = np.random.default_rng([seed, 7])
    style = _style(rng)
    shared = tuple(draw_thing(rng, style.palette) for _ in range(rng.integers(1, 5)))
    made = []
    for _ in range(shots):
        kept = rng.random(len(style.palette)) < 0.65
        fresh = draw_palette(rng, len(style.palette))
        palette = np.where(kept[:, None], style.palette, fresh).astype(np.float32)
        made.append(_shot(rng, replace(style, palette=palette), shared))
    return Film(style, tuple(made))


# ---------------------------------------------------------------------------------------------------- style


def _style(rng: Generator) -> Style:
    aspect = float(rng.choice([a for a, _ in ASPECTS], p=[p for _, p in ASPECTS]))
    width, height = (round(SIDE * aspect), SIDE) if aspect >= 1 else (SIDE, round(SIDE / aspect))
    return Style(
        palette=draw_palette(rng, int(rng.integers(3, 7))),
        width=width,
        height=height,
        saturation=0.0 if rng.random() < 0.12 else float(rng.uniform(0.2, 1.3)),
        contrast=float(rng.uniform(0.8, 2.0)),
        gamma=float(np.exp(rng.normal(-0.2, 0.35))),
        tint=np.exp(rng.normal(0, 0.05, 3)).astype(np.float32),
        vignette=float(max(0.0, rng.normal(0.1, 0.2))),
        softness=int(rng.integers(0, 3)),
        grain=float(rng.exponential(0.01)),
    )


def _develop(image: Floats, style: Style, u: Floats, v: Floats, rng: Generator) -> NDArray[np.uint8]:
    luma = image @ np.array([0.299, 0.587, 0.114], np.float32)
    image = luma[..., None] + style.saturation * (image - luma[..., None])
    image = np.clip(0.5 + style.contrast * (image - 0.5), 0, 1) ** style.gamma
    if style.saturation > 0:
        image = image * style.tint
    image *= (1 - np.clip(style.vignette * (u**2 + v**2), 0, 0.9))[..., None]
    for _ in range(style.softness):
        image = soften(image)
    image += rng.normal(0, style.grain, image.shape[:2]).astype(np.float32)[..., None]
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)


def soften(image: Floats) -> Floats:
    """A blur over 3 x 3 pixels (1 2 1 each way), the border repeated: (H, W, C) -> (H, W, C)."""
    padded = np.pad(image, ((1, 1), (0, 0), (0, 0)), mode="edge")
    rows = 0.25 * (padded[:-2] + padded[2:]) + 0.5 * padded[1:-1]
    padded = np.pad(rows, ((0, 0), (1, 1), (0, 0)), mode="edge")
    return (0.25 * (padded[:, :-2] + padded[:, 2:]) + 0.5 * padded[:, 1:-1]).astype(np.float32)


# ---------------------------------------------------------------------------------------------------- shots


def _shot(rng: Generator, style: Style, shared: tuple[Painter, ...]) -> Shot:
    ground = draw_ground(rng, style.palette)
    things = [draw_thing(rng, style.palette) for _ in range(min(int(rng.exponential(6)), 18))]
    things += [thing for thing in shared if rng.random() < 0.5]
    order = rng.permutation(len(things))
    is_still = rng.random() < 0.35
    drift = 0.0 if is_still else float(rng.choice([0.04, 0.15, 0.4], p=[0.5, 0.35, 0.15]))
    camera = Camera(
        pan=rng.normal(0, 0.15, 2).astype(np.float32),
        speed=(rng.normal(0, 1, 2) * [drift, drift * 0.4]).astype(np.float32),
        zoom=float(rng.uniform(0.7, 1.2)),
        zooming=0.0 if is_still else float(rng.normal(0, 0.06)),
        turn=0.0 if is_still else float(abs(rng.normal(0, 0.04))),
        shake=0.0 if is_still else float(rng.exponential(0.015)),
        phase=float(rng.uniform(0, 6)),
    )
    return Shot((*ground, *(things[i] for i in order)), camera, int(rng.integers(2**31)))
