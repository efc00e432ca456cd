"""SECURITY.md says what is so: its limits are those of the code, and what it names is there."""

import re
import tomllib
from dataclasses import fields

import pytest

from app_gradio import fetching
from app_streamlit import uploads
from core.config import MB, ROOT, Limits
from core.media import files
from core.store import titles

PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
SERVER = tomllib.loads((ROOT / "app_streamlit" / ".streamlit" / "config.toml").read_text())["server"]
DEFAULT = Limits()
SAID = {
    "a file": f"{DEFAULT.file_bytes // MB:,} MB",
    "a picture, or one frame of a film": f"{DEFAULT.pixels:,} pixels",
    "a film": f"{DEFAULT.seconds / 3600:g} hours",
    "packets in one stream of it": f"{DEFAULT.frames:,}",
    "memory of the process that decodes, beyond its start": f"{DEFAULT.memory_bytes // MB:,} MB",
    "its silence before it is ended": f"{DEFAULT.patience:g} seconds",
    "such processes at a time": f"{DEFAULT.decoders}",
    "a request that is no upload": f"{DEFAULT.request_bytes // MB} MB",
    "what stays free on the disk": f"{DEFAULT.spare_bytes // MB} MB",
    "a title, a tag": f"{titles.TITLE_LIMIT}, {titles.TAG_LIMIT} characters",
    "files in a folder that is looked through": f"{files.MOST_FILES:,}",
    "tags of a video, or in one filter": f"{titles.MOST_TAGS}",
    "uploads waiting to be asked about": f"{uploads.CAPACITY}",
    "a message of a page, what its widgets hold": f"{SERVER['maxMessageSize']} MB, {SERVER['maxWidgetStateSize']} MB",
    "a file fetched from an address, besides its size": f"{fetching.SECONDS:g} seconds, {fetching.REDIRECTS} redirects",
}


def rows() -> dict[str, str]:
    """The table of limits: what, and how much."""
    lines = PAGE.partition("## Limits")[2].partition("\n## ")[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return {row[0]: row[1] for row in cells[2:]}


def test_the_limits_are_those_of_the_code() -> None:
    assert rows() == SAID


def test_every_limit_is_told() -> None:
    named = set(re.findall(r"`Limits\.(\w+)`", PAGE))
    assert named == {field.name for field in fields(Limits)}


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:core|app_\w+|tests)/[\w./]+)`", PAGE))))
def test_every_file_it_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(CLIPKIN_\w+)`", PAGE))))
def test_every_variable_it_names_is_read(name: str) -> None:
    assert name in (ROOT / "core" / "config.py").read_text(encoding="utf-8")


def test_it_is_one_page() -> None:
    assert len(PAGE.splitlines()) <= 90
