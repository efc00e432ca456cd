"""What a hosted Space reads before it runs: the head of the README and the requirements."""

import re
from importlib.metadata import requires
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from huggingface_hub import SpaceCard, metadata_load
from packaging.requirements import Requirement

from core.config import ROOT, Settings
from core.features import clip_weights

COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
OURS = {"core", "app_gradio", "app_streamlit"}
PINS = {
    pin[1].lower().replace("_", "-"): pin[2]
    for pin in re.finditer(r"^([\w.-]+)==([\w.+-]+)(?: ;.*)?$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
}


@pytest.fixture(scope="module")
def head() -> dict[str, Any]:
    found = metadata_load(ROOT / "README.md")
    assert found is not None
    return found


def test_the_head_is_one_that_the_hub_reads(head: dict[str, Any]) -> None:
    card = SpaceCard.load(ROOT / "README.md")
    assert (card.data.title, card.data.sdk, card.data.license) == ("Clipkin", "gradio", "apache-2.0")
    assert len(head["emoji"]) == 1
    assert {head["colorFrom"], head["colorTo"]} <= COLOURS
    assert len(head["short_description"]) <= 60
    assert not card.text.lstrip().startswith("---")


def test_the_version_of_gradio_is_the_one_that_is_pinned(head: dict[str, Any]) -> None:
    assert head["sdk_version"] == PINS["gradio"]


def test_the_requirements_agree_with_what_a_space_installs_beside_them() -> None:
    """The platform adds gradio[oauth,mcp]: a pin that those extras refuse is a Space that cannot be built."""
    wanted = [Requirement(text) for text in requires("gradio") or ()]
    extra = [
        need for need in wanted if need.marker and any(need.marker.evaluate({"extra": e}) for e in ("oauth", "mcp"))
    ]
    assert {"mcp", "pydantic"} <= {need.name for need in extra}
    for need in extra:
        assert need.name not in PINS or PINS[need.name] in need.specifier, need


def test_the_python_it_asks_for_is_one_of_ours(head: dict[str, Any]) -> None:
    assert isinstance(head["python_version"], str)  # YAML takes 3.10 for 3.1
    assert tuple(map(int, head["python_version"].split("."))) >= (3, 11)


def test_the_app_and_the_picture_are_there(head: dict[str, Any]) -> None:
    assert (ROOT / head["app_file"]).is_file()
    address = urlsplit(head["thumbnail"])
    assert address.scheme == "https"
    assert (ROOT / address.path.partition("/resolve/main/")[2]).is_file()


def test_the_weights_that_are_fetched_beforehand_are_those_that_are_used(head: dict[str, Any]) -> None:
    (line,) = head["preload_from_hub"]
    repository, _, files = line.partition(" ")
    wanted = clip_weights.hub_file(Settings())
    assert repository == wanted.repository
    assert files.split(",")[0] == wanted.names[0]
    assert head["models"] == [repository]


def test_nothing_of_ours_is_among_the_requirements() -> None:
    assert not OURS & set(PINS)
    assert not re.search(r"^\s*-e|^\s*\.", Path(ROOT / "requirements.txt").read_text(), re.MULTILINE)
