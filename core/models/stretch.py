"""From a code to the plane: laid over the last map, turned, and stretched by percentiles until it fills a square.

The code of a map is a cloud, dense in the middle. Its percentiles of distance from the centre are estimated for every
direction, and each point moves out along its own until points are as many per area everywhere along the way: the p-th
percentile ends at √p of the way to the border. Directions are kept, so what was next to each other stays so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.float32]

DIRECTIONS = 72
QUANTILES = 65  # distances kept for each direction
SHARPNESS = 6.0  # of the von Mises window a direction looks through: 24 degrees to either side; narrower ones draw rays
SAMPLE = 50_000  # points that the percentiles are estimated from


@dataclass(frozen=True, slots=True)
class Placement:
    """Everything between a code and the plane, as arrays."""

    matrix: NDArray[np.float64] = field(repr=False)  # (2, 2), applied from the right: lays it over the last map
    shift: NDArray[np.float64] = field(repr=False)  # (2,)
    rotation: float  # degrees counter-clockwise
    table: NDArray[np.float64] = field(repr=False)  # (DIRECTIONS, QUANTILES) distances from the centre, ascending

    def laid(self, code: Codes) -> Codes:
        """(N, 2) -> (N, 2) laid over the last map: what the next map is laid over in turn."""
        return (code @ self.matrix + self.shift).astype(np.float32)

    def place(self, code: Codes) -> Codes:
        """(N, 2) code -> (N, 2) on the plane, 0–1; points beyond all that were seen come to lie on its border."""
        return stretched(turned(self.laid(code), self.rotation), self.table)

    def state(self) -> dict[str, NDArray[Any]]:
        """The arrays, to be kept."""
        return {"matrix": self.matrix, "shift": self.shift, "rotation": np.array([self.rotation]), "table": self.table}

    @classmethod
    def of(cls, state: Mapping[str, NDArray[Any]]) -> "Placement":
        """The placement with these arrays. KeyError when one is missing."""
        return cls(state["matrix"], state["shift"], float(state["rotation"][0]), state["table"])


def fit_placement(
    code: Codes, *, rotation: float = 0.0, over: tuple[Codes, Codes] | None = None, seed: int = 0
) -> Placement:
    """How a cloud (N, 2) comes to lie on the plane. `over`: codes of known frames, and where those lay before."""
    matrix, shift = np.eye(2), -np.asarray(code, np.float64).mean(axis=0) if len(code) else np.zeros(2)
    if over is not None and len(over[0]) >= 3:
        matrix, shift = procrustes(*over)
    seen = code if len(code) <= SAMPLE else code[np.random.default_rng(seed).choice(len(code), SAMPLE, replace=False)]
    laid = Placement(matrix, shift, rotation, np.zeros((DIRECTIONS, QUANTILES))).laid(seen)
    return Placement(matrix, shift, rotation, percentiles(turned(laid, rotation)))


def procrustes(moving: Codes, fixed: Codes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The turn, mirroring, scale and shift that bring (N, 2) nearest to (N, 2): (2, 2) from the right, and (2,).

    Orthogonal Procrustes with scaling (Gower and Dijksterhuis 2004, chapter 4).
    """
    a, b = np.asarray(moving, np.float64), np.asarray(fixed, np.float64)
    a_mean, b_mean = a.mean(axis=0), b.mean(axis=0)
    u, values, vt = np.linalg.svd((a - a_mean).T @ (b - b_mean))
    scale = values.sum() / max(float(((a - a_mean) ** 2).sum()), 1e-12)
    matrix = (u @ vt) * scale
    return matrix, b_mean - a_mean @ matrix


def turned(code: Codes, degrees: float) -> Codes:
    """(N, 2) turned counter-clockwise about the origin."""
    angle = np.deg2rad(degrees)
    cosine, sine = np.cos(angle), np.sin(angle)
    return (code @ np.array([[cosine, sine], [-sine, cosine]])).astype(np.float32)


def percentiles(code: Codes) -> NDArray[np.float64]:
    """Distances below which 0–100 % of the points in a direction lie: (N, 2) -> (DIRECTIONS, QUANTILES).

    Every point counts for every direction, the more the nearer its own is, so a direction with few points borrows.
    """
    distance = np.hypot(code[:, 0], code[:, 1]).astype(np.float64)
    angle = np.arctan2(code[:, 1], code[:, 0])
    order = np.argsort(distance)
    distance, angle = distance[order], angle[order]
    table = np.zeros((DIRECTIONS, QUANTILES))
    if not len(distance):
        table[:] = np.linspace(0, 1, QUANTILES)
        return table
    for row, direction in enumerate(np.arange(DIRECTIONS) * (2 * np.pi / DIRECTIONS)):
        weights = np.exp(SHARPNESS * (np.cos(angle - direction) - 1)) + 1e-9
        total = np.cumsum(weights)
        table[row] = np.interp(np.linspace(0, total[-1], QUANTILES), total, distance)
    table[:, 0] = 0.0
    return table


def stretched(code: Codes, table: NDArray[np.float64]) -> Codes:
    """(N, 2) about the origin -> (N, 2) in 0–1: the p-th percentile of a direction at √p of the way to the border."""
    distance = np.hypot(code[:, 0], code[:, 1])
    angle = np.arctan2(code[:, 1], code[:, 0])
    place = np.mod(angle / (2 * np.pi) * DIRECTIONS, DIRECTIONS)
    low = np.floor(place).astype(int) % DIRECTIONS
    share = place - np.floor(place)
    left, right = _percentile(distance, low, table), _percentile(distance, (low + 1) % DIRECTIONS, table)
    reach = np.sqrt((1 - share) * left + share * right)
    cosine, sine = np.cos(angle), np.sin(angle)
    border = 1 / np.maximum(np.abs(cosine), np.abs(sine))
    plane = np.stack([cosine, sine], axis=1) * (reach * border)[:, None]
    return np.clip((plane + 1) / 2, 0.0, 1.0).astype(np.float32)


def _percentile(distance: NDArray[Any], rows: NDArray[Any], table: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share (N,) of its direction's points that lie nearer to the origin, from rows (N,) of the table."""
    result = np.zeros(len(distance))
    levels = np.linspace(0, 1, table.shape[1])
    order = np.argsort(rows, kind="stable")
    edges = np.searchsorted(rows[order], np.arange(len(table) + 1))
    for row in range(len(table)):
        chosen = order[edges[row] : edges[row + 1]]
        result[chosen] = np.interp(distance[chosen], table[row], levels)
    return result
