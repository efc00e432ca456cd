"""The Gradio app as its tests meet it: served in this process, over clips made of random mosaics."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from app_gradio.app import build_app, launch_settings
from core.studio import Studio
from tests import clips


def mosaic(seed: int, size: tuple[int, int] = (160, 90)) -> clips.Picture:
    """A picture of 8 × 5 random colours that looks like no other seed's."""
    small = np.random.default_rng(seed).integers(0, 256, (5, 8, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize(size, Image.Resampling.NEAREST))


def mosaic_clip(path: Path, seeds: Sequence[int], **options: object) -> Path:
    """One second of each mosaic, in order, at 10 frames a second."""
    return clips.write(path, [mosaic(seed) for seed in seeds for _ in range(10)], **options)  # type: ignore[arg-type]


def mosaic_picture(path: Path, seed: int) -> Path:
    Image.fromarray(mosaic(seed)).save(path)
    return path


@contextmanager
def served(studio: Studio, samples: Path) -> Iterator[str]:
    """The address of the app while the block runs."""
    app = build_app(studio, samples=samples)
    _, address, _ = app.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_settings(studio))
    try:
        yield address
    finally:
        app.close()
