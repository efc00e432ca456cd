"""The fleet of the regatta: where each yacht is, its hull and sails as sheets in the world, and the light on them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assets.samples.camera import Camera
from assets.samples.noise import Field
from assets.samples.solids import paint, paint_skin

HEADING, SPEED = 68.0, 2.7  # degrees, metres a second
RED, NAVY, TEAL = (0.36, 0.035, 0.03), (0.025, 0.05, 0.15), (0.02, 0.20, 0.21)
SUNNY, BLACK = (0.62, 0.30, 0.03), (0.03, 0.03, 0.035)
WHITE, CLOTH, DECK = np.array([0.80, 0.80, 0.78]), np.array([0.84, 0.82, 0.76]), np.array([0.42, 0.36, 0.28])


@dataclass(frozen=True, slots=True)
class Boat:
    """A yacht, and where it is as the race's clock starts."""

    x: float
    z: float
    length: float
    accent: tuple[float, float, float]
    has_spinnaker: bool = False
    phase: float = 0.0
    turn: float = 0.0  # degrees off the fleet's heading


FLEET = [
    Boat(-6, 34, 10.5, NAVY, phase=0.2), Boat(17, 52, 10.0, RED, True, 1.4), Boat(-34, 58, 10.5, TEAL, phase=2.3),
    Boat(42, 84, 10.5, BLACK, phase=3.0, turn=4), Boat(-8, 96, 10.0, SUNNY, True, 4.1),
    Boat(-62, 102, 10.5, RED, phase=5.0),
    Boat(70, 128, 10.0, TEAL, True, 0.9), Boat(12, 150, 10.5, NAVY, phase=1.9),
    Boat(-46, 168, 10.0, BLACK, phase=2.8, turn=-5),
    Boat(102, 190, 10.5, SUNNY, phase=3.6), Boat(-110, 210, 10.0, NAVY, True, 4.8), Boat(44, 240, 10.5, RED, phase=5.5),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Air:
    """Light and weather for the fleet; colours are linear."""

    sun: NDArray[np.float64]
    sunlight: NDArray[np.float64]
    ambient: NDArray[np.float64]
    haze: NDArray[np.float64]
    sea: float  # height of the waves, 1 on the day of the race
    heel: float  # degrees
    is_home_run: bool  # after the race: the other way, slowly, strung out, without spinnakers


def where(boat: Boat, time: float, *, is_home_run: bool) -> tuple[float, float, NDArray[np.float64]]:
    """x and z of a boat, and the unit vector of its heading (x, z)."""
    heading = np.radians(-62 + boat.turn * 2 if is_home_run else HEADING + boat.turn)
    ahead = np.array([np.sin(heading), np.cos(heading)])
    if is_home_run:
        run, x, z = 1.1 * (time - 45), boat.x * 0.8, boat.z * 0.9 + 30
    else:
        run, x, z = SPEED * (1 + 0.04 * np.sin(boat.phase * 3)) * time, boat.x, boat.z
    return float(x + ahead[0] * run), float(z + ahead[1] * run), ahead


def paint_boat(layer: Field, camera: Camera, boat: Boat, time: float, air: Air, *, rise: float) -> None:
    """Paint one yacht into a layer (H, W, 4) of light and coverage; `rise` is the height of the sea below it."""
    x, z, ahead = where(boat, time, is_home_run=air.is_home_run)
    depth = float(camera.project(np.array([x, 0.0, z]))[2])
    heel = np.radians(air.heel + 2.5 * air.sea * np.sin(time * 1.05 + boat.phase))
    trim = np.radians(2.2 * air.sea * np.sin(time * 1.5 + boat.phase * 2))
    forward, side = np.array([ahead[0], 0.0, ahead[1]]), np.array([ahead[1], 0.0, -ahead[0]])
    forward = forward * np.cos(trim) + np.array([0, np.sin(trim), 0])
    up = np.cross(forward, side)
    up = up if up[1] > 0 else -up
    side, up = side * np.cos(heel) - up * np.sin(heel), up * np.cos(heel) + side * np.sin(heel)
    origin, size = np.array([x, rise * 0.7, z]), boat.length / 10.5
    eye = np.array([camera.x, abs(camera.y), camera.z])
    veil = 1 - np.exp(-depth / 900)

    def at(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return origin + (points[..., :1] * forward + points[..., 1:2] * up + points[..., 2:] * side) * size

    def skin(points: NDArray[np.float64], cloth: NDArray[np.float64], glow: float = 0.0) -> None:
        """A sheet (n + 1, m + 1, 3) of one cloth or one for each row; `glow` is the sun that comes through it."""
        grid = at(points)
        colours = _shade(grid, cloth if cloth.ndim == 1 else cloth[:, None, :], glow, eye, air)
        colours = colours * (1 - veil) + air.haze * veil
        paint_skin(layer, camera, grid, np.concatenate([colours, np.ones_like(colours[..., :1])], -1))

    fineness = 2 if depth < 60 and camera.y > 0 else 1
    accent = np.array(boat.accent)
    sides, deck = _hull(5 * fineness)
    for half in sorted(sides, key=lambda half: -float(np.linalg.norm(at(half)[1, 2] - eye))):
        skin(half, np.array([accent * 0.5, WHITE, accent]))
    skin(deck, DECK)
    for number in range(4):  # the crew, hiking on the high side
        body = [
            [(-2.9 + number + s * (0.24 - 0.04 * h), 1 + h, -1.35 - 0.26 * h) for s in (-1, 1)] for h in (0.0, 0.95)
        ]
        skin(np.array(body), np.array([0.30, 0.05, 0.04]) if number % 2 else np.array([0.05, 0.06, 0.09]))

    n, m = 7 * fineness, 4 * fineness
    flap = time * 7 + boat.phase
    panels = np.array([CLOTH * (1.0 if (row // fineness) % 2 else 0.90) for row in range(n)])
    sails = [(_sail(n, m, (0.9, 1.9), 0.0, 4.6, 12.0, 0.10, 13, 0.55, flap), panels)]
    if boat.has_spinnaker and not air.is_home_run:
        bands = np.array([accent if (row // fineness) % 3 else WHITE for row in range(n)])
        sails.append((_spinnaker(n, m, time), bands))
    elif not air.is_home_run or boat.phase < 3:
        sails.append((_sail(n, m, (4.9, 1.25), 3.3, 4.0, 10.6, 0.13, 17, 0.10, flap), CLOTH * (1.0, 0.985, 0.95)))
    for points, cloth in sorted(sails, key=lambda sail: -float(np.linalg.norm(at(sail[0]).mean((0, 1)) - eye))):
        skin(points, cloth, 0.40)
    mast = at(np.array([[0.95, 0.9, -0.07], [0.95, 0.9, 0.09], [0.9, 14.6, 0.05], [0.9, 14.6, -0.05]]))
    mast[:2] -= camera.basis()[0] * 0.06
    mast[1:3] += camera.basis()[0] * 0.12
    paint(layer, camera, mast, np.append(np.array([0.10, 0.11, 0.12]) * (1 - veil) + air.haze * veil, 1.0))


def _shade(grid: NDArray, cloth: NDArray, glow: float, eye: NDArray, air: Air) -> NDArray[np.float64]:
    """Colours (n, m, 3) of the tiles of a sheet (n + 1, m + 1, 3), whose near side is lit."""
    n = np.cross(grid[:-1, 1:] - grid[:-1, :-1], grid[1:, :-1] - grid[:-1, :-1])
    n = n / np.maximum(np.linalg.norm(n, axis=-1, keepdims=True), 1e-9)
    n = n * np.where(np.sum(n * (eye - grid[:-1, :-1]), -1, keepdims=True) < 0, -1.0, 1.0)
    lambert = (n @ air.sun)[..., None]
    lit = cloth * (air.ambient * (0.8 + 0.35 * n[..., 1:2]) + air.sunlight * np.maximum(lambert, 0))
    return lit + cloth**0.8 * air.sunlight * np.maximum(-lambert, 0) * glow


def _hull(count: int) -> tuple[list[NDArray[np.float64]], NDArray[np.float64]]:
    """Both sides (4, count + 1, 3) in three strakes, and the deck (2, count + 1, 3), of a yacht 10.5 m long."""
    k = np.linspace(-0.5, 0.5, count + 1)
    bow = np.where(k > 0.2, np.sqrt(np.clip((0.5 - k) / 0.3, 0, 1)), 1)
    beam = 1.55 * np.clip(1 - np.abs(k * 2 + 0.35) ** 2.6 * 0.62, 0, 1) * bow
    sheer = 0.64 * (k + 0.2) ** 2
    sides = []
    for sign in (-1, 1):
        strakes = [(-0.35, 0.55), (0.22, 0.90), (0.30, 0.92), (0.95, 1.0)]  # height, share of the beam
        rows = [(10.5 * k * (1 if h > 0 else 0.94), h + sheer * (h > 0.5), sign * beam * w) for h, w in strakes]
        sides.append(np.stack([np.stack(row, -1) for row in rows]))
    deck = np.stack([np.stack([10.5 * k, 0.95 + sheer, s * beam], -1) for s in (-1, 1)])
    return sides, deck


def _sail(
    n: int, m: int, tack: tuple[float, float], rake: float,
    foot: float, head: float, belly: float, sheet: float, roach: float, flap: float,
) -> NDArray[np.float64]:  # fmt: skip
    """A triangular sail (n + 1, m + 1, 3): its foremost low corner, how far its head lies aft, foot and height,
    depth of its belly, degrees that it is let out, bulge of its after edge, and the phase of its flapping.
    """
    h, c = np.meshgrid(np.linspace(0, 1, n + 1), np.linspace(0, 1, m + 1), indexing="ij")
    chord = foot * (1 - h) ** 0.9 + roach * np.sin(h * np.pi) + 0.10
    twist = np.radians(sheet) + 0.16 * h
    camber = belly * chord * np.sin(np.pi * c**0.8) * (0.4 + 0.6 * np.sin(np.pi * (0.15 + 0.8 * h)))
    flutter = 0.03 * np.sin(flap + h * 9) * c**3
    lead = tack[0] - rake * h
    x, z = lead - c * chord * np.cos(twist), c * chord * np.sin(twist) + camber + flutter
    return np.stack([x, tack[1] + h * head, z], -1)


def _spinnaker(n: int, m: int, time: float) -> NDArray[np.float64]:
    """The balloon sail before the mast (n + 1, 2 m + 1, 3)."""
    i, j = np.meshgrid(np.linspace(0, 1, n + 1), np.linspace(-1, 1, 2 * m + 1), indexing="ij")
    wide = 3.3 * np.sin(np.pi * (0.12 + 0.80 * (1 - i) ** 0.75)) ** 0.8 * (1 - i**5)
    belly = 2.6 * np.cos(j * 1.35) * np.sin(np.pi * (0.12 + 0.82 * i))
    sway = 0.10 * np.sin(time * 3 + i * 4)
    return np.stack([3.4 - 2.3 * i + belly, 2.0 + 11.6 * i, 1.5 - 1.4 * i + j * wide + sway], -1)
