"""The Gradio app as its tests meet it: served in this process, over clips made of patterns."""

import colorsys
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from app_gradio.app import build_app, launch_settings
from core.studio import Studio
from tests import clips

UNLIKE = (38, 1, 7, 9, 11, 26, 34, 46, 78, 82, 84, 174, 208, 479, 573, 743, 764, 1211, 1398, 1459)
"""Seeds of twenty patterns chosen to be far from one another for the embedded encoder: cosine below 0.2."""


def pattern(number: int, size: tuple[int, int] = (160, 90)) -> clips.Picture:
    """Pattern `number`: stripes, a disc, a chequerboard, rings or a slope, in two colours under a shade. The first
    twenty are unlike one another; later ones are what chance brings."""
    seed = UNLIKE[number] if number < len(UNLIKE) else 10_000 + number
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0 : size[1], 0 : size[0]] / size[1]
    hue = seed * 0.618034
    ground = _colour(hue, rng.uniform(0.3, 1), rng.uniform(0.15, 1))
    ink = _colour(hue + rng.uniform(0.2, 0.8), rng.uniform(0.3, 1), rng.uniform(0.15, 1))
    angle, often = rng.uniform(0, np.pi), rng.uniform(2, 14)
    along = x * np.cos(angle) + y * np.sin(angle)
    if seed % 5 == 0:
        mask = np.sin(2 * np.pi * often * along) > rng.uniform(-0.6, 0.6)
    elif seed % 5 == 1:
        mask = np.hypot(x - rng.uniform(0.2, 1.5), y - rng.uniform(0.2, 0.8)) < rng.uniform(0.15, 0.5)
    elif seed % 5 == 2:
        mask = (np.floor(x * often) + np.floor(y * often)) % 2 > 0
    elif seed % 5 == 3:
        mask = np.sin(np.pi * often * np.hypot(x - rng.uniform(0, 1.7), y - rng.uniform(0, 1))) > 0
    else:
        mask = along > rng.uniform(0.3, 0.9) * (abs(np.cos(angle)) + 1) / 1.5
    shade = np.clip(0.4 + 0.6 * (rng.uniform() * x / 1.78 + rng.uniform() * y), 0, 1)
    return np.clip(np.where(mask[..., None], ink, ground) * shade[..., None], 0, 255).astype(np.uint8)


def _colour(hue: float, saturation: float, value: float) -> np.ndarray:
    return 255 * np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value))


def pattern_clip(path: Path, numbers: Sequence[int], **options: object) -> Path:
    """One second of each pattern, in order, at 10 frames a second."""
    return clips.write(path, [pattern(number) for number in numbers for _ in range(10)], **options)  # type: ignore[arg-type]


def pattern_picture(path: Path, number: int) -> Path:
    Image.fromarray(pattern(number)).save(path)
    return path


@contextmanager
def served(studio: Studio, samples: Path) -> Iterator[str]:
    """The address of the app while the block runs."""
    app = build_app(studio, samples=samples).app
    with socket.socket() as free:  # Gradio tries its ports from the same one on; a taken one ends an app with tools
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    _, address, _ = app.launch(
        server_name="127.0.0.1", server_port=port, prevent_thread_lock=True, quiet=True, **launch_settings(studio)
    )
    try:
        yield address
    finally:
        app.close()
