"""Land and sea as height fields, drawn column by column from front to back. Knows cameras, not colours."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assets.samples.camera import Camera
from assets.samples.noise import Field

Height = Callable[[Field, Field], Field]  # world x, z -> y


@dataclass(frozen=True, slots=True)
class Ground:
    """What each pixel sees: all (H, W). Where `is_hit` is false, the sky is seen and the rest has no meaning."""

    is_hit: NDArray[np.bool_]
    depth: Field  # along the camera's forward axis
    x: Field
    y: Field
    z: Field
    column_scale: Field  # (W,): real distance along a column's ray divided by depth


def survey(camera: Camera, height: Height, *, near: float, far: float, steps: int = 420) -> Ground:
    """Find the ground behind each pixel of an upright camera (`pitch` and `roll` 0).

    Depths grow geometrically from `near` to `far`. In every column the first depth whose ground rises to a row is
    the one that the row sees, so one running minimum and one sorted search do the work of a ray march.
    """
    right, _, forward = camera.basis()
    depths = np.geomspace(near, far, steps).astype(np.float32)
    u = ((np.arange(camera.width) + 0.5 - camera.width / 2) / camera.focal).astype(np.float32)
    step_x = (forward[0] + u * right[0]).astype(np.float32)
    step_z = (forward[2] + u * right[2]).astype(np.float32)
    x = camera.x + step_x[:, None] * depths
    z = camera.z + step_z[:, None] * depths
    row = camera.horizon - camera.focal * (height(x, z) - camera.y) / depths
    row = np.clip(row, -camera.height, 3 * camera.height).astype(np.float64)
    highest = np.minimum.accumulate(row, axis=1)

    span = 8.0 * camera.height
    offset = np.arange(camera.width)[:, None] * span
    wanted = np.arange(camera.height) + 0.5
    key = (3 * camera.height - highest + offset).ravel()
    found = np.searchsorted(key, (3 * camera.height - wanted[None, :] + offset).ravel()).reshape(camera.width, -1)
    found = found - np.arange(camera.width)[:, None] * steps
    is_hit = found < steps
    k = np.clip(found, 1, steps - 1)
    columns = np.arange(camera.width)[:, None]
    before, after = row[columns, k - 1], row[columns, k]
    share = np.clip((before - wanted) / np.maximum(before - after, 1e-6), 0, 1)
    depth = (depths[k - 1] + (depths[k] - depths[k - 1]) * share).astype(np.float32)
    depth = np.where(found < 1, depths[0], depth)
    ground_x = camera.x + step_x[:, None] * depth
    ground_z = camera.z + step_z[:, None] * depth
    ground_y = camera.y + (camera.horizon - wanted[None, :]) * depth / camera.focal
    return Ground(
        is_hit.T,
        depth.T,
        ground_x.T.astype(np.float32),
        ground_y.T.astype(np.float32),
        ground_z.T.astype(np.float32),
        np.hypot(1.0, u).astype(np.float32),
    )


def normal(height: Height, x: Field, z: Field, reach: NDArray[np.floating] | float) -> Field:
    """Unit normals (..., 3) from differences over `reach` metres; let it grow with distance to calm far ground."""
    here = height(x, z)
    dx = (height(x + reach, z) - here) / reach
    dz = (height(x, z + reach) - here) / reach
    out = np.stack([-dx, np.ones_like(dx), -dz], -1)
    return (out / np.linalg.norm(out, axis=-1, keepdims=True)).astype(np.float32)


def fog(y0: float, y1: Field, distance: Field, *, density: float, scale: float) -> Field:
    """How much fog hides at `distance`: 0 clear, 1 hidden; fog whose density halves every 0.69 `scale` metres up."""
    rise = np.where(np.abs(y1 - y0) < 0.5, 0.5, y1 - y0)
    column = scale * (np.exp(-np.float32(y0) / scale) - np.exp(-(y0 + rise) / scale)) / rise
    return 1 - np.exp(-np.clip(density * column * distance, 0, 30))
