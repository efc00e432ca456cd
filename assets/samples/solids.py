"""Flat-sided things: convex polygons in the world painted with soft edges, and the cabins made of them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assets.samples.camera import Camera
from assets.samples.noise import Field

Colour = tuple[float, float, float]
Corners = NDArray[np.float64]  # (n, 3), in order around the face


def paint(
    picture: Field, camera: Camera, corners: Corners, colour: NDArray[np.floating] | Colour,
    *, opacity: float = 1.0, grow: float = 0.0, foot: NDArray[np.floating] | Colour | None = None,
) -> None:  # fmt: skip
    """Fill a convex face in place; `foot` is the colour of its lowest row where it differs from the highest.

    `grow` widens the face by that many pixels, so that the tiles of a curved skin close up. Pictures of four channels
    take colours of four: with 1 as the last, the picture becomes light times coverage, and coverage.
    """
    x, y, depth = camera.project(corners)
    if depth.min() < 0.5:
        return
    _fill(picture, camera, x.tolist(), y.tolist(), colour, opacity=opacity, grow=grow, foot=foot)


def paint_skin(picture: Field, camera: Camera, grid: NDArray[np.float64], colours: NDArray[np.floating]) -> None:
    """Paint a curved sheet (n + 1, m + 1, 3) as n * m tiles of these colours (n, m, channels), the far ones first."""
    x, y, depth = camera.project(grid)
    if depth.min() < 0.5:
        return
    middle = depth[:-1, :-1] + depth[1:, 1:]
    tiles = np.stack([np.stack([v[:-1, :-1], v[:-1, 1:], v[1:, 1:], v[1:, :-1]], -1) for v in (x, y)], -2)
    for flat in np.argsort(-middle, axis=None):
        i, j = divmod(int(flat), middle.shape[1])
        columns, rows = tiles[i, j].tolist()
        _fill(picture, camera, columns, rows, colours[i, j], grow=0.35)


def _fill(
    picture: Field, camera: Camera, x: list[float], y: list[float], colour: NDArray[np.floating] | Colour,
    *, opacity: float = 1.0, grow: float = 0.0, foot: NDArray[np.floating] | Colour | None = None,
) -> None:  # fmt: skip
    """Fill a convex polygon given in pixels."""
    left, right = max(0, int(min(x)) - 1), min(camera.width, int(max(x)) + 2)
    top, bottom = max(0, int(min(y)) - 1), min(camera.height, int(max(y)) + 2)
    if left >= right or top >= bottom:
        return
    rows = np.arange(top, bottom, dtype=np.float32)[:, None] + np.float32(0.5)
    columns = np.arange(left, right, dtype=np.float32)[None, :] + np.float32(0.5)
    corners = list(zip(x, y, x[1:] + x[:1], y[1:] + y[:1], strict=True))
    turn = 1.0 if sum(x0 * y1 - x1 * y0 for x0, y0, x1, y1 in corners) >= 0 else -1.0
    cover = None
    for x0, y0, x1, y1 in corners:
        length = math.hypot(x1 - x0, y1 - y0)
        if length > 1e-6:
            a, b = turn * (x1 - x0) / length, turn * (y1 - y0) / length
            inside = rows * a - (columns * b + (a * y0 - b * x0 - 0.5 - grow))
            cover = inside if cover is None else np.minimum(cover, inside, out=cover)
    if cover is None:
        return
    cover = np.minimum(np.maximum(cover, 0), 1)
    part = picture[top:bottom, left:right]
    paint_colour = np.asarray(colour, np.float32)
    if foot is not None:
        share = np.clip((rows - min(y)) / max(max(y) - min(y), 1e-3), 0, 1)[..., None]
        paint_colour = paint_colour * (1 - share) + np.asarray(foot, np.float32) * share
    part += (paint_colour - part) * (cover * opacity)[..., None]


@dataclass(frozen=True, slots=True)
class Cabin:
    """A house with a gabled roof under snow."""

    x: float
    z: float
    width: float = 9.0  # along its ridge
    depth: float = 7.0
    wall: float = 4.0
    roof: float = 4.2
    turn: float = 0.0  # degrees
    tower: float = 0.0  # height of a steeple, 0 for none
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Mood:
    """The light in which cabins are painted, all linear."""

    wood: Colour
    snow: Colour
    shade: Colour  # snow turned away from the light
    lamp: Colour  # windows


def paint_cabin(picture: Field, camera: Camera, cabin: Cabin, ground: float, mood: Mood) -> None:
    """Walls, windows, roof and chimney, the far faces first."""
    angle = np.radians(cabin.turn)
    along = np.array([np.cos(angle), 0, np.sin(angle)])
    across = np.array([-np.sin(angle), 0, np.cos(angle)])
    up = np.array([0.0, 1.0, 0.0])
    origin = np.array([cabin.x, ground - 0.6, cabin.z])
    half_w, half_d, wall = cabin.width / 2, cabin.depth / 2, cabin.wall + 0.6

    def at(a: float, h: float, c: float) -> NDArray[np.float64]:
        return origin + along * a + up * h + across * c

    eye = np.array([camera.x, camera.y, camera.z])
    wood, snow, shade = (np.array(colour) for colour in (mood.wood, mood.snow, mood.shade))
    wood = wood * (0.75 + 0.5 * ((cabin.seed * 37) % 10) / 10)
    for side in (-1, 1):  # long walls
        if side * float((eye - at(0, 0, side * half_d)) @ across) > 0:
            paint(
                picture,
                camera,
                np.array(
                    [
                        at(-half_w, 0, side * half_d),
                        at(half_w, 0, side * half_d),
                        at(half_w, wall, side * half_d),
                        at(-half_w, wall, side * half_d),
                    ]
                ),
                wood,
            )
            for k, a in enumerate(np.linspace(-half_w * 0.62, half_w * 0.62, 3)):
                if (cabin.seed + k) % 4:
                    _window(picture, camera, at(a, 0, side * (half_d + 0.05)), along, up, wall * 0.58, mood)
    for side in (-1, 1):  # gables
        if side * float((eye - at(side * half_w, 0, 0)) @ along) > 0:
            paint(
                picture,
                camera,
                np.array(
                    [
                        at(side * half_w, 0, -half_d),
                        at(side * half_w, 0, half_d),
                        at(side * half_w, wall, half_d),
                        at(side * half_w, wall + cabin.roof, 0),
                        at(side * half_w, wall, -half_d),
                    ]
                ),
                wood * 0.8,
            )
            for c in (-half_d * 0.45, half_d * 0.45):
                _window(picture, camera, at(side * (half_w + 0.05), 0, c), across, up, wall * 0.58, mood)
            if cabin.seed % 3:
                _window(picture, camera, at(side * (half_w + 0.05), 0, 0), across, up, wall + cabin.roof * 0.32, mood)
    eave, thick = 0.8, 0.45
    low = wall - eave * cabin.roof / half_d * 0.8
    facing = float((eye - at(0, 0, 0)) @ across) > 0
    for side in (-1, 1) if facing else (1, -1):
        slope = [
            at(-half_w - eave, low, side * (half_d + eave)),
            at(half_w + eave, low, side * (half_d + eave)),
            at(half_w + eave, wall + cabin.roof, 0),
            at(-half_w - eave, wall + cabin.roof, 0),
        ]
        is_near = side * float((eye - at(0, 0, 0)) @ across) > 0
        paint(picture, camera, np.array(slope), shade * 0.5)
        paint(
            picture,
            camera,
            np.array(slope) + up * thick,
            snow if is_near else shade,
            foot=shade if is_near else shade * 0.8,
        )
    stack = at(half_w * 0.45, wall + cabin.roof * 0.6, half_d * 0.2)
    for reach, high, colour in ((0.5, 2.6, wood * 0.9), (0.6, 3.0, snow)):
        bottom = 0.0 if high < 3 else 2.6
        paint(
            picture,
            camera,
            np.array(
                [
                    stack + along * -reach + up * bottom,
                    stack + along * reach + up * bottom,
                    stack + along * reach + up * high,
                    stack + along * -reach + up * high,
                ]
            ),
            colour,
        )
    if cabin.tower:
        _steeple(picture, camera, at(-half_w, 0, 0), along, across, cabin.tower, mood)


def _window(
    picture: Field, camera: Camera, foot: NDArray, sideways: NDArray, up: NDArray, high: float, mood: Mood
) -> None:
    wide, tall = 0.55, 0.75
    pane = np.array(
        [foot + sideways * s * wide + up * (high + t * tall) for s, t in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    )
    paint(picture, camera, pane, np.array(mood.lamp), foot=np.array(mood.lamp) * 0.55)


def _steeple(
    picture: Field, camera: Camera, foot: NDArray, along: NDArray, across: NDArray, tall: float, mood: Mood
) -> None:
    up, half = np.array([0.0, 1.0, 0.0]), 2.3
    eye = np.array([camera.x, camera.y, camera.z])
    top = foot + up * tall * 0.62
    for axis, other in ((along, across), (across, along)):
        for side in (-1, 1):
            if side * float((eye - foot - axis * side * half) @ axis) <= 0:
                continue
            base = [foot + axis * side * half + other * s * half for s in (-1, 1)]
            tone = np.array(mood.wood) * (1.25 if axis is along else 1.0)
            paint(
                picture,
                camera,
                np.array([base[0], base[1], base[1] + up * tall * 0.62, base[0] + up * tall * 0.62]),
                tone,
            )
            pane = foot + axis * side * (half + 0.05) + up * tall * 0.46
            paint(
                picture,
                camera,
                np.array([pane + other * s * 0.5 + up * t for s, t in ((-1, 0), (1, 0), (1, 2.2), (-1, 2.2))]),
                mood.lamp,
            )
            eaves = [top + axis * side * half * 1.25 + other * s * half * 1.25 for s in (-1, 1)]
            snow = mood.snow if axis is along else mood.shade
            paint(picture, camera, np.array([eaves[0], eaves[1], foot + up * tall]), snow, foot=mood.shade)
