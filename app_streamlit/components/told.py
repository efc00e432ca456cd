"""What a component tells: JSON from a browser, which may say anything. Only what fits goes on; the rest is unsaid."""

import re
from collections.abc import Callable
from typing import Any

import streamlit as st

ID = re.compile(r"[0-9a-f]{16}")
MOST_IDS = 10_000  # in one selection
LONGEST = 4000  # characters of a text: an outline of 256 corners has 2560

Fitting = Callable[[object], Any]  # gives None for what does not fit


def tell(key: str, what: str, fits: Fitting, act: Callable[..., None] | None) -> Callable[[], None]:
    """A callback for a component: hands what it tells under this name to `act`, if it is anything."""

    def told() -> None:
        value = fits(st.session_state[key].get(what))
        if act is not None and value is not None:
            act(value)

    return told


def text(value: object) -> str | None:
    """A text that is no longer than any that our pages tell."""
    return value if isinstance(value, str) and len(value) <= LONGEST else None


def video_id(value: object) -> str | None:
    """The id of a video, whether there is one or not."""
    return value if isinstance(value, str) and ID.fullmatch(value) else None


def video_ids(value: object) -> list[str] | None:
    """Those of a list that are ids, each once."""
    if not isinstance(value, (list, tuple)):
        return None
    return list(dict.fromkeys(one for one in value[:MOST_IDS] if video_id(one)))


def two_ids(value: object) -> list[str] | None:
    """Exactly two ids, which may be the same."""
    found = [one for one in value if video_id(one)] if isinstance(value, (list, tuple)) and len(value) == 2 else []
    return found if len(found) == 2 else None


def moment(value: object) -> tuple[str, float] | None:
    """A video and a second."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        return None
    name, second = value
    is_second = isinstance(second, (int, float)) and abs(second) < 1e9
    return (name, max(0.0, float(second))) if video_id(name) and is_second else None


def answers(value: object) -> list[dict[str, Any]]:
    """The upload route's answers, as the drop zone passes them on."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, (list, tuple)) else []
