"""The camera of every scene: where it stands, where it looks, and how points of the world fall on the picture.

World axes: x right, y up, z forward (metres). A camera may pitch, or keep its verticals upright and shift the
horizon instead, as an architect's lens does; `terrain` needs the upright kind.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assets.samples.noise import Field


@dataclass(frozen=True, slots=True)
class Camera:
    """A view of the world, and the size of the picture that it falls on."""

    x: float
    y: float
    z: float
    yaw: float  # degrees, 0 looks along +z, positive turns to the right
    width: int
    height: int
    fov: float = 60.0  # degrees, across
    pitch: float = 0.0  # degrees, positive looks up
    shift: float = 0.0  # fraction of the height by which the horizon moves down
    roll: float = 0.0  # degrees

    @property
    def focal(self) -> float:
        return 0.5 * self.width / float(np.tan(np.radians(self.fov) / 2))

    @property
    def horizon(self) -> float:
        """The row of the picture on which an upright camera has its horizon."""
        return self.height * (0.5 + self.shift)

    def basis(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Unit vectors right, up and forward."""
        return _basis(self.yaw, self.pitch, self.roll)

    def rays(self) -> Field:
        """A unit direction for each pixel: (height, width, 3)."""
        right, up, forward = self.basis()
        u = (np.arange(self.width) + 0.5 - self.width / 2) / self.focal
        v = (self.horizon - np.arange(self.height) - 0.5) / self.focal
        rays = forward + u[None, :, None] * right + v[:, None, None] * up
        return (rays / np.linalg.norm(rays, axis=-1, keepdims=True)).astype(np.float32)

    def window(self, left: float, top: float, right: float, bottom: float) -> tuple[slice, slice]:
        """The rows and columns of a box in pixels, cut to the picture; empty slices where it lies outside."""
        x0, y0 = min(max(0, int(left)), self.width), min(max(0, int(top)), self.height)
        x1, y1 = max(x0, min(self.width, int(right) + 1)), max(y0, min(self.height, int(bottom) + 1))
        return slice(y0, y1), slice(x0, x1)

    def project(self, points: NDArray[np.floating]) -> tuple[NDArray, NDArray, NDArray]:
        """Column, row and depth of points (..., 3); a depth of zero or less is behind the camera."""
        right, up, forward = self.basis()
        offset = np.asarray(points, np.float64) - (self.x, self.y, self.z)
        depth = offset @ forward
        scale = self.focal / np.where(np.abs(depth) < 1e-3, 1e-3, depth)
        return self.width / 2 + (offset @ right) * scale, self.horizon - (offset @ up) * scale, depth


@lru_cache(maxsize=64)
def _basis(
    yaw: float, pitch: float, roll: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    yaw, pitch, roll = np.radians([yaw, pitch, roll])
    forward = np.array([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)])
    right = np.array([np.cos(yaw), 0.0, -np.sin(yaw)])
    up = np.cross(forward, right)
    return right * np.cos(roll) + up * np.sin(roll), up * np.cos(roll) - right * np.sin(roll), forward


def direction(azimuth: float, elevation: float) -> NDArray[np.float64]:
    """The unit vector towards a place in the sky; degrees, azimuth as `yaw`."""
    a, e = np.radians([azimuth, elevation])
    return np.array([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)])
