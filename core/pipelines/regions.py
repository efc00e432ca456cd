"""Regions of a plane and what is typical of each: k-means on positions, and the frames nearest to a region's mean."""

import numpy as np
from numpy.typing import NDArray

FEWEST, MOST = 3, 24  # regions
FRAMES_EACH = 40  # frames per region that the number of regions grows with, as a square root
ROUNDS = 25
SAMPLE = 20_000  # frames that the regions are found from
SHOWN = 4  # typical frames of a region
CHUNK = 65_536
GRID = 65_535  # steps from one border of the plane to the other


def centres_of(positions: NDArray[np.float32], *, seed: int = 0) -> NDArray[np.float32]:
    """The middles (K, 2) of regions of positions (N, 2): k-means, started by k-means++, K from the square root of N."""
    random = np.random.default_rng(seed)
    count = len(positions)
    points = positions if count <= SAMPLE else positions[random.choice(count, SAMPLE, replace=False)]
    points = points.astype(np.float64)
    k = int(np.clip(np.sqrt(count / FRAMES_EACH) * 2, FEWEST, MOST))
    k = min(k, len(np.unique(points, axis=0)))
    centres = points[random.integers(len(points))][None]
    while len(centres) < k:
        nearest = ((points[:, None] - centres) ** 2).sum(axis=2).min(axis=1)
        centres = np.concatenate([centres, points[random.choice(len(points), p=nearest / nearest.sum())][None]])
    for _ in range(ROUNDS):
        labels = assign(points, centres)
        centres = np.stack([points[labels == n].mean(axis=0) if (labels == n).any() else centres[n] for n in range(k)])
    return centres.astype(np.float32)


def assign(positions: NDArray[np.floating], centres: NDArray[np.floating]) -> NDArray[np.int64]:
    """The nearest centre of each position: (N, 2), (K, 2) -> (N,)."""
    parts = [
        ((positions[start : start + CHUNK, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        for start in range(0, len(positions), CHUNK)
    ]
    return np.concatenate([np.zeros(0, np.int64), *parts])


def typical(
    labels: NDArray[np.int64], vectors: NDArray[np.float32], video: NDArray[np.int32], regions: int
) -> list[NDArray[np.int64]]:
    """Per region its most typical frames, at most SHOWN and of different videos where there are so many.

    Typical is what is most like the region's mean vector. Gives row numbers, best first.
    """
    found = []
    for label in range(regions):
        rows = np.flatnonzero(labels == label)
        if not len(rows):
            found.append(rows)
            continue
        mean = vectors[rows].mean(axis=0)
        order = rows[np.argsort(-(vectors[rows] @ mean), kind="stable")]
        first = order[np.sort(np.unique(video[order], return_index=True)[1])]
        found.append(np.concatenate([first, order[~np.isin(order, first)]])[:SHOWN])
    return found


def inside(positions: NDArray[np.float32], polygon: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which positions (N, 2) lie in a polygon (K, 2), K at least 3, by the even-odd rule: (N,).

    Positions and corners are taken on the grid of 65,536 steps a side that a page draws them on, so both sides agree
    to the frame, also about those that lie on an edge.
    """
    places = np.rint(positions.astype(np.float64) * GRID)
    corners = np.rint(np.asarray(polygon, np.float64) * GRID)
    found = np.zeros(len(places), bool)
    candidates = np.flatnonzero(((places >= corners.min(axis=0)) & (places <= corners.max(axis=0))).all(axis=1))
    x, y = places[candidates].T
    is_in = np.zeros(len(candidates), bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 != y1:
            crosses = (y0 > y) != (y1 > y)
            is_in ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    found[candidates] = is_in
    return found
