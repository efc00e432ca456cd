"""Pairs to click: which demo clips and moments they are, and the cards that show them.

The clips are the ones in assets/samples. Their stills are cut on the first visit and kept in Gradio's folder; while
there are none, the cards show their captions alone.
"""

import base64
import csv
import hashlib
import io
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio.utils import get_upload_folder
from numpy.typing import NDArray

from core.errors import StudioError

COMPONENTS = Path(__file__).parent / "components"
CARD = (192, 108)  # pixels of a still on a card
STILL_HEIGHT = 432  # pixels of a still that is compared

Cut = Callable[[Path, float], NDArray[np.uint8]]
"""Gives the frame on show at a second of a video file."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A second of a demo clip."""

    file: Path
    time: float


@dataclass(frozen=True, slots=True)
class Example:
    """Two moments worth comparing; for clips, the moments stand for the whole."""

    caption: str
    a: Moment
    b: Moment


FRAMES = (
    ("Two seconds apart", ("balloons-anchor", 5.0), ("balloons-anchor", 7.0)),
    ("A reworked copy", ("fireworks-anchor", 5.0), ("fireworks-near_duplicate", 5.0)),
    ("The same event, other camera", ("aurora-anchor", 6.0), ("aurora-complementary_scene", 5.5)),
    ("Nothing in common", ("jellyfish-anchor", 4.0), ("regatta-anchor", 4.0)),
)
CLIPS = (
    ("A reworked copy", ("fireworks-anchor", 5.0), ("fireworks-near_duplicate", 5.0)),
    ("A part of it, cut into a montage", ("aurora-anchor", 6.0), ("aurora-duplicate_scene", 1.5)),
    ("The same event, other camera", ("balloons-anchor", 5.0), ("balloons-complementary_scene", 4.5)),
    ("Nothing in common", ("jellyfish-anchor", 4.0), ("regatta-anchor", 4.0)),
)


def examples(table: tuple[tuple[str, tuple[str, float], tuple[str, float]], ...], samples: Path) -> list[Example]:
    """The pairs of a table whose clips are there."""
    found = [
        Example(caption, *(Moment(samples / f"{name}.mp4", time) for name, time in pair)) for caption, *pair in table
    ]
    return [example for example in found if example.a.file.is_file() and example.b.file.is_file()]


def titles(samples: Path) -> dict[str, str]:
    """The titles of the demo clips by file name; empty where there is no table."""
    table = samples / "samples.csv"
    if not table.is_file():
        return {}
    with table.open(newline="", encoding="utf-8") as rows:
        return {row["file"]: row["title"] for row in csv.DictReader(rows)}


class Stills:
    """Stills of clips, each cut once and kept as a picture file."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._lock = threading.Lock()

    def file(self, moment: Moment) -> Path:
        """The picture of a moment."""
        from PIL import Image

        place = self.place(moment)
        with self._lock:
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                picture = Image.fromarray(self._cut(moment.file, moment.time))
                picture.thumbnail((4 * STILL_HEIGHT, STILL_HEIGHT))
                part = place.with_suffix(".part")
                picture.save(part, "WEBP", quality=92)
                part.replace(place)
        return place

    @staticmethod
    def place(moment: Moment) -> Path:
        """Where the picture of a moment lies, or would lie."""
        source = hashlib.sha256(f"{moment.file.resolve()}:{moment.file.stat().st_mtime_ns}".encode()).hexdigest()[:16]
        folder = Path(get_upload_folder()).resolve() / "clipkin-stills"
        return folder / f"{moment.file.stem[:40]}-{moment.time:g}-{source}.webp"

    def card(self, moment: Moment) -> str | None:
        """A small version as a data address; None when the clip cannot be read."""
        from PIL import Image, ImageOps

        try:
            file = self.file(moment)
        except StudioError:
            return None
        data = io.BytesIO()
        with Image.open(file) as picture:
            ImageOps.fit(picture.convert("RGB"), CARD).save(data, "WEBP", quality=80)
        return "data:image/webp;base64," + base64.b64encode(data.getvalue()).decode("ascii")


class Answers:
    """Answers to the example pairs, given once and then known: by pair, and by all that may change the answer."""

    def __init__(self, most: int = 32) -> None:
        self._known: dict[Hashable, Any] = {}
        self._most = most

    def find(self, *key: Hashable) -> Any | None:
        """The answer, or None when it has to be found out."""
        return self._known.get(key)

    def keep(self, answer: Any, *key: Hashable) -> None:
        """Know it from now on; the oldest is forgotten when there are too many."""
        self._known[key] = answer
        for old in list(self._known)[: -self._most]:
            self._known.pop(old, None)


def cards(pairs: list[Example], *, heading: str, elem_id: str) -> gr.HTML:
    """The component. Its `pick` event carries `index`, the number of the pair that was clicked."""
    return component("examples", value=captions(pairs, heading), elem_id=elem_id, visible=bool(pairs))


def component(name: str, *, value: Any, template: str | None = None, **settings: Any) -> gr.HTML:
    """A component of ours: what it is made of lies in `components` under its name."""
    style = COMPONENTS / f"{name}.css"
    return gr.HTML(
        value=value,
        html_template=template or _text(f"{name}.html"),
        css_template=style.read_text(encoding="utf-8") if style.is_file() else "",
        js_on_load=_text(f"{name}.js"),
        apply_default_css=False,
        padding=False,
        **settings,
    )


def captions(pairs: list[Example], heading: str) -> dict[str, Any]:
    """The value before the stills are there."""
    return {"heading": heading, "pairs": [{"caption": pair.caption, "a": None, "b": None} for pair in pairs]}


def illustrated(pairs: list[Example], heading: str, stills: Stills) -> dict[str, Any]:
    """The value with the stills."""
    rows = [{"caption": pair.caption, "a": stills.card(pair.a), "b": stills.card(pair.b)} for pair in pairs]
    return {"heading": heading, "pairs": rows}


def _text(name: str) -> str:
    return (COMPONENTS / name).read_text(encoding="utf-8")
