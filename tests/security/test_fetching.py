"""Files named by address: what our server asks for at a stranger's wish, and how much of it it takes."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import gradio as gr
import httpx
import pytest
from gradio import processing_utils

from app_gradio import fetching
from app_gradio.inputs import picture_slot
from tests.loops import finished

LARGEST = 1000
Answer = Callable[[httpx.Request], httpx.Response]


def film() -> httpx.Response:
    """An answer that comes in pieces, as from the net."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"fi"
        yield b"lm"

    return httpx.Response(200, content=pieces())


def fetched(url: str, folder: Path, answer: Answer, asked: list[str] | None = None) -> Path:
    async def reach(host: str) -> httpx.AsyncBaseTransport:
        if asked is not None:
            asked.append(host)
        return httpx.MockTransport(answer)

    return finished(fetching.fetched(url, folder, LARGEST, reach=reach))


def test_a_file_is_fetched_as_it_is(tmp_path: Path) -> None:
    path = fetched("https://films.example/a%20film.mp4?x=1", tmp_path, lambda _: film())
    assert path.read_bytes() == b"film"
    assert path.name == "a film.mp4"
    assert path.is_relative_to(tmp_path)


@pytest.mark.parametrize(
    "address", ["..", "%2e%2e%2f%2e%2e%2fevil.mp4", "a%5c..%5cevil", "%00", "x" * 3000, ".part", "%F0%9F%8E%AC", ""]
)
def test_its_name_never_becomes_a_path(tmp_path: Path, address: str) -> None:
    path = fetched(f"https://films.example/{address}", tmp_path, lambda _: film())
    assert path.resolve().is_relative_to(tmp_path)
    assert len(list(tmp_path.rglob("*"))) == 2


def test_what_is_larger_than_an_upload_may_be_ends_there(tmp_path: Path) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 100
            yield b"x" * 100

    with pytest.raises(gr.Error, match="larger than"):
        fetched("https://films.example/x", tmp_path, lambda _: httpx.Response(200, content=endless()))
    assert sent <= 2 * LARGEST
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_every_step_of_the_way_is_checked(tmp_path: Path) -> None:
    asked: list[str] = []

    def onward(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": f"https://next{len(asked)}.example/"})

    with pytest.raises(gr.Error, match="cannot be fetched"):
        fetched("https://films.example/x", tmp_path, onward, asked)
    assert asked == ["films.example", "next1.example", "next2.example", "next3.example"]


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://films.example/x", "//", "https://"])
def test_nothing_but_the_web_is_asked(tmp_path: Path, place: str) -> None:
    asked: list[str] = []
    with pytest.raises(gr.Error, match="cannot be fetched"):
        fetched(place, tmp_path, lambda _: httpx.Response(200), asked)
    assert asked == []
    onward = httpx.Response(302, headers={"location": "file:///etc/passwd"})
    with pytest.raises(gr.Error, match="cannot be fetched"):
        fetched("https://films.example/x", tmp_path, lambda _: onward)


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_server_that_refuses_is_told_in_a_sentence(tmp_path: Path, status: int) -> None:
    with pytest.raises(gr.Error, match="Upload it instead"):
        fetched("https://films.example/x", tmp_path, lambda _: httpx.Response(status))


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "169.254.169.254", "10.0.0.1", "0.0.0.0", "[::ffff:127.0.0.1]"])
def test_nobody_reaches_the_network_of_this_machine_through_us(
    tmp_path: Path, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody(name: str) -> list[str]:
        return []

    monkeypatch.setattr("safehttpx.async_resolve_hostname_google", nobody)  # which asks a server by HTTP
    with pytest.raises(gr.Error, match="cannot be fetched"):
        finished(fetching.fetched(f"http://{host}:80/x", tmp_path, LARGEST))


def test_gradio_fetches_in_no_other_way() -> None:
    with gr.Blocks():
        picture_slot(label="A")
    assert processing_utils.async_ssrf_protected_download is fetching._download


@pytest.mark.parametrize(
    "url",
    [
        *("http://[", "http://x:y/z", "http://", "http://\0", "http://x/gradio_api/file=%00", "http://" + "x" * 70_000),
        *(
            "http://x/gradio_api/file=/etc/passwd",
            "http://127.0.0.1/gradio_api/file=" + "x" * 5000,
            "http://a@[::1]:0/",
        ),
        *("http://x/gradio_api/file=../../../etc/passwd", "https://xn--/", "http://\u202e/"),
    ],
    ids=range(12),
)
def test_any_address_is_a_file_or_a_sentence(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nowhere(host: str) -> str:
        raise ValueError(host)

    monkeypatch.setattr(fetching, "async_validate_url", nowhere)
    with pytest.raises(gr.Error, match="Upload it instead"):
        finished(fetching._download(url, str(tmp_path)))
