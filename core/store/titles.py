"""Titles and tags: what a person may call a video, how it is found by text and how it sorts."""

import re
import unicodedata
from collections.abc import Iterable

from core.errors import StudioError
from core.store.disk import clean_text

TITLE_LIMIT = 200  # characters
TAG_LIMIT = 60
MOST_TAGS = 100  # of one video
UNTITLED = "Untitled"


def clean_title(title: str) -> str:
    """A title of one line that shows something: never empty, never longer than `TITLE_LIMIT`."""
    cleaned = clean_text(title, limit=TITLE_LIMIT)
    return cleaned if _is_visible(cleaned) else UNTITLED


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags of one line each, without empty ones and without two that differ in case only.

    Raises StudioError when that leaves more than `MOST_TAGS`.
    """
    kept: dict[str, str] = {}
    for tag in tags:
        cleaned = clean_text(tag, limit=TAG_LIMIT)
        if _is_visible(cleaned):
            kept.setdefault(cleaned.casefold(), cleaned)
    if len(kept) > MOST_TAGS:
        raise StudioError(f"A video can carry {MOST_TAGS} tags at most. Take some away first.")
    return tuple(kept.values())


def fold(text: str) -> str:
    """The text without the difference of case, accents and width, for finding it."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if not unicodedata.combining(character))


def sort_key(title: str) -> str:
    """Sorts as people count: "clip 2" before "clip 10"."""
    return re.sub(r"\d+", lambda digits: digits.group().zfill(12), fold(title))


def _is_visible(text: str) -> bool:
    return any(unicodedata.category(character)[0] in "LNPS" for character in text)
