"""A flock of birds far off, dark against the sky."""

import numpy as np

from assets.samples import light
from assets.samples.camera import Camera
from assets.samples.noise import Field

Place = tuple[float, float, float]  # metres, or metres a second


def fly(
    picture: Field, camera: Camera, time: float,
    *, start: Place, speed: Place, count: int, spread: Place,
    span: float = 0.85, ink: float = 0.16, beat: float = 9.0, seed: int = 5,
) -> None:  # fmt: skip
    """Darken the picture in place under `count` beating pairs of wings of `span` metres each."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        place = np.array(start) + rng.normal(0, 1, 3) * spread + np.array(speed) * time
        lift = np.sin(time * rng.uniform(0.9, 1.1) * beat + rng.uniform(0, 6))
        along = np.linspace(-1, 1, 41)
        across = np.array(camera.basis()[0])
        bend = np.abs(along) * 0.5 * lift + 0.18 * np.sin(np.abs(along) * np.pi) - 0.1 * along**2
        wings = place + np.outer(along * span, across)
        wings[:, 1] += bend * span
        x, y, z = camera.project(wings)
        if z.min() < 1:
            continue
        body = 0.6 + 1.4 * np.exp(-((along / 0.12) ** 2))
        mark = light.splat(camera.width, camera.height, x, y, (body * ink * camera.width / 640)[:, None] * np.ones(3))
        picture *= 1 - np.minimum(mark, 0.85)
