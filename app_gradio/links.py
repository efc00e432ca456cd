"""Addresses that open a comparison again: `?compare=videos.…`, or `frames.…`.

An example pair has a name that never changes. Two uploads get a name that cannot be guessed, known only to whoever is
given the link; what it stands for lies in a small file beside the uploads, and goes with them.
"""

import json
import re
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from gradio.utils import get_upload_folder

from core.errors import NotFound

Tab = Literal["frames", "videos"]
GONE = "This link has expired: the files it showed have been deleted. Compare them again for a new one."
NAME = re.compile(r"[A-Za-z0-9_-]{16}")


@dataclass(frozen=True, slots=True)
class Link:
    """What is compared with what: paths of files that this page may serve."""

    tab: Tab
    a: str
    b: str
    original_a: str | None = None  # what was uploaded, where `a` is a preview of it
    original_b: str | None = None
    model: str = ""

    def files(self) -> list[Path]:
        return [Path(file) for file in (self.a, self.b, self.original_a, self.original_b) if file]


def slug(caption: str) -> str:
    """The name of an example pair in an address."""
    return re.sub(r"[^a-z0-9]+", "-", caption.lower()).strip("-")


def keep(link: Link) -> str:
    """The name under which `find` gives this link again, for as long as its files are there."""
    name = secrets.token_urlsafe(12)
    place = _place(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_suffix(".part")
    part.write_text(json.dumps(asdict(link)), encoding="utf-8")
    part.replace(place)
    return name


def find(tab: Tab, name: str) -> Link:
    """What was kept under a name. Raises NotFound with a sentence when it is gone, or never was."""
    try:
        if not NAME.fullmatch(name):
            raise FileNotFoundError
        link = Link(**json.loads(_place(name).read_text(encoding="utf-8")))
        if link.tab != tab or not all(file.is_file() for file in link.files()):
            raise FileNotFoundError
    except (OSError, ValueError, TypeError) as error:
        raise NotFound(GONE) from error
    return link


def _place(name: str) -> Path:
    return Path(get_upload_folder()) / "links" / f"{name}.json"
