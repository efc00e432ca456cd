"""README and docs hang together: links and pictures are there and light, and every setting is told of once."""

import re
from pathlib import Path

import pytest

from core.config import ROOT
from tests.docs.pages import PAGES, blocks

WRITTEN = (*PAGES, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "assets" / "models").glob("*.md")))
QUESTIONS = ("compare", "search", "trace", "map", "train", "host", "extend")
LINK = re.compile(r"\]\(([^)\s]+)\)")
LARGEST = 200_000  # bytes of a picture
VARIABLE = re.compile(r"CLIPKIN_[A-Z_]*[A-Z]")
HOST = ROOT / "docs" / "host.md"


def anchors(page: Path) -> set[str]:
    """The names that the headings of a page go by."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(there), f"{page.name}: {target}"


def test_there_is_a_page_for_each_question_and_the_readme_leads_to_it() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for question in QUESTIONS:
        assert (ROOT / "docs" / f"{question}.md").is_file()
        assert f"](docs/{question}.md)" in readme


def test_pictures_are_light_and_every_one_is_shown() -> None:
    shown = {
        (page.parent / target).resolve()
        for page in WRITTEN
        for target in re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", page.read_text("utf-8"))
    }
    shown |= {
        ROOT / name for name in re.findall(r"/(assets/\w+\.\w+)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    }
    kept = [path for folder in (ROOT / "assets", ROOT / "docs" / "pictures") for path in folder.glob("*.*g*p*")]
    for picture in kept:
        assert picture in shown, f"{picture.name} is on no page"
        assert picture.stat().st_size <= LARGEST, f"{picture.name} is {picture.stat().st_size:,} bytes"


def test_a_picture_says_in_words_what_it_shows() -> None:
    for page in WRITTEN:
        for words in re.findall(r"!\[([^\]]*)\]", page.read_text("utf-8")):
            assert len(words) > 20, f"{page.name}: {words!r}"


def test_every_setting_in_the_code_is_in_the_table_and_the_other_way_round() -> None:
    rows = [line.split("|")[1] for line in HOST.read_text("utf-8").splitlines() if line.startswith("| `CLIPKIN_")]
    told = {name for row in rows for name in VARIABLE.findall(row)}
    files = [path for folder in ("core", "app_streamlit", "app_gradio") for path in (ROOT / folder).rglob("*.py")]
    read = {name for path in [*files, ROOT / "app.py"] for name in VARIABLE.findall(path.read_text("utf-8"))}
    assert read == told


def test_every_setting_that_a_page_names_is_in_the_table() -> None:
    known = set(VARIABLE.findall(HOST.read_text("utf-8")))
    for page in [*WRITTEN, ROOT / "Dockerfile", ROOT / "Makefile"]:
        assert set(VARIABLE.findall(page.read_text("utf-8"))) <= known, page.name


def test_every_block_says_what_it_is() -> None:
    for page in PAGES:
        for block in blocks(page):
            assert block.language, f"{block.name} has no language, so nobody knows whether it is run"
