"""What every verb needs: a studio for its options, progress on a terminal, and records as JSON or as text."""

import argparse
import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.config import Settings
from core.records import Progress, Video, no_progress
from core.studio import Studio

ID = re.compile(r"[0-9a-f]{16}")
COMMANDS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)")  # to a terminal; ends of lines may stay

Answer = tuple[dict[str, Any], str]
"""The JSON document, and the same for people."""

AddVerb = Callable[[str, Callable[[argparse.Namespace], Answer], str], argparse.ArgumentParser]
"""Enters a verb by its name, what runs it, and what it does; gives its parser for further arguments."""


def to_json(value: Any) -> Any:
    """Records, arrays and paths as what `json` can write. Times stay seconds, a non-finite number becomes null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_json(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if isinstance(value, np.ndarray) and np.isfinite(value).all():
        return value.tolist()
    if isinstance(value, (np.ndarray, np.generic)):
        return to_json(value.tolist())
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return str(value) if isinstance(value, Path) else value


def printable(text: str) -> str:
    """Text without what a file name may hold and a terminal cannot show, or would obey."""
    return COMMANDS.sub("\N{REPLACEMENT CHARACTER}", text.encode("utf-8", "replace").decode("utf-8"))


def report(document: dict[str, Any]) -> Answer:
    return to_json(document), json.dumps(to_json(document), indent=2, ensure_ascii=False)


def query_video(studio: Studio, name: str, progress: Progress) -> Video:
    """A video of the library by its id, or a file."""
    if ID.fullmatch(name) and not os.path.exists(name):
        return studio.video(name)
    return studio.query(Path(name), progress=progress)


def open_for(options: argparse.Namespace) -> Studio:
    return Studio(Settings.from_env(library=options.library, encoder=options.encoder, device=options.device))


def terminal_progress() -> Progress:
    """A line on standard error that is written over; nothing when nobody watches."""
    if not sys.stderr.isatty():
        return no_progress

    def show(fraction: float, text: str) -> None:
        print(
            f"\r\033[K{fraction:4.0%}  {printable(text)[:100]}",
            end="" if fraction < 1 else "\n",
            file=sys.stderr,
            flush=True,
        )

    return show


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value
