"""The Gradio app as agents meet it: which tools it lists, how they are described, and calls through the protocol."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from gradio_client import Client

from app_gradio import fetching
from core.config import Settings
from core.studio import Studio
from tests.gradio_page import pattern_clip, pattern_picture, served
from tests.loops import finished

pytest.importorskip("mcp", reason="the tools for agents need the package mcp")
TOOLS = {"compare_frames", "compare_videos"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("cache")))
        studio = Studio(Settings(library=tmp_path_factory.mktemp("library"), encoder="embedded"))
        with served(studio, tmp_path_factory.mktemp("samples")) as address:
            yield address
        studio.close()


@pytest.fixture(scope="module")
def schema(address: str) -> dict[str, dict[str, Any]]:
    return {tool["name"]: tool for tool in httpx.get(f"{address}gradio_api/mcp/schema").json()}


def uploaded(address: str, file: Path) -> str:
    """The address of a file, as an agent hands it over: uploaded to the app before."""
    path = httpx.post(f"{address}gradio_api/upload", files={"files": (file.name, file.read_bytes())}).json()[0]
    return f"{address}gradio_api/file={path}"


def enclosed(file: Path) -> str:
    """A small file as part of the call itself."""
    return "data:application/octet-stream;base64," + base64.b64encode(file.read_bytes()).decode("ascii")


def call(address: str, tool: str, **arguments: Any) -> tuple[bool, str]:
    """Whether a call through the protocol failed, and what it gave."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async def ask() -> tuple[bool, str]:
        async with (
            streamablehttp_client(f"{address}gradio_api/mcp/") as (reader, writer, _),
            ClientSession(reader, writer) as session,
        ):
            await session.initialize()
            assert {found.name for found in (await session.list_tools()).tools} == TOOLS
            answer = await session.call_tool(tool, arguments)
            return bool(answer.isError), answer.content[0].text  # type: ignore[union-attr]

    return finished(ask())


def test_two_tools_are_listed_and_nothing_else(schema: dict[str, dict[str, Any]]) -> None:
    assert set(schema) == TOOLS


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_a_tool_says_what_it_does_and_what_every_parameter_is(schema: dict[str, Any], tool: str) -> None:
    told = schema[tool]
    assert told["description"].startswith("Tell ")
    assert "Returns:" in told["description"]
    parameters = told["inputSchema"]["properties"]
    assert all(parameter["description"].strip() for parameter in parameters.values())
    assert {"a", "b"} <= set(parameters)
    assert told["inputSchema"]["required"] == ["a", "b"]


def test_what_need_not_be_said_has_a_type_and_a_default(schema: dict[str, Any]) -> None:
    parameters = schema["compare_videos"]["inputSchema"]["properties"]
    assert parameters["matrix"]["type"] == "boolean"
    assert (parameters["model"]["type"], parameters["model"]["default"]) == ("string", "cosine")
    assert {"cosine", "visil"} >= set(parameters["model"]["enum"]) >= {"cosine"}


def test_the_page_of_the_api_tells_the_same(address: str) -> None:
    told = Client(address, verbose=False).view_api(return_format="dict")["named_endpoints"]
    assert set(told) == {f"/{tool}" for tool in TOOLS}
    names = [parameter["parameter_name"] for parameter in told["/compare_videos"]["parameters"]]
    assert names == ["a", "b", "model", "matrix"]


def test_an_agent_compares_two_pictures(address: str, tmp_path: Path) -> None:
    one = pattern_picture(tmp_path / "one.png", 1)
    failed, told = call(address, "compare_frames", a=uploaded(address, one), b=enclosed(one))
    assert not failed
    assert json.loads(told)["same_video"] is True


def test_an_agent_compares_two_clips_and_is_spared_the_matrix(address: str, tmp_path: Path) -> None:
    a = uploaded(address, pattern_clip(tmp_path / "a.mp4", [1, 2, 3, 4]))
    b = uploaded(address, pattern_clip(tmp_path / "b.mp4", [11, 2, 3, 12]))
    failed, told = call(address, "compare_videos", a=a, b=b)
    assert not failed
    answer = json.loads(told)
    assert "is in A" in answer["finding"]
    assert "frame_matrix" not in answer


def test_an_agent_is_told_in_a_sentence_what_is_wrong(address: str, tmp_path: Path) -> None:
    letter = tmp_path / "letter.mp4"
    letter.write_text("Dear Sir or Madam, this is no film.")
    file = uploaded(address, letter)
    failed, told = call(address, "compare_videos", a=file, b=file)
    assert failed
    assert "letter.mp4" in told
    assert "Traceback" not in told


def test_only_what_was_uploaded_here_is_taken_for_ones_own(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    inside, outside = tmp_path / "cache" / "x" / "a b.mp4", tmp_path / "secret.mp4"
    inside.parent.mkdir(parents=True)
    inside.touch()
    outside.touch()
    (tmp_path / "cache" / "link.mp4").symlink_to(outside)
    base = "http://127.0.0.1:7860/gradio_api/file="
    assert fetching.uploaded(base + quote(str(inside))) == inside
    for other in (outside, tmp_path / "cache" / "link.mp4", tmp_path / "cache" / ".." / "secret.mp4", inside.parent):
        assert fetching.uploaded(base + str(other)) is None
    assert fetching.uploaded(f"http://127.0.0.1/{inside}") is None
