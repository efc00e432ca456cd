"""Who is let into a server of ours: names, pages, links, web sockets, and how much a request may bring."""

import asyncio
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.config import Settings
from core.gate import Gate, is_link, is_own_name, is_own_page
from tests.loops import finished
from tests.security.test_parsers import fuzz

LIMIT = 100
HERE = {"host": "localhost:8501"}
FOREIGN = {"origin": "http://evil.example"}


async def _echo(scope: Any, receive: Any, send: Any) -> None:
    """Reads all that comes, then says how much that was."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        return
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("gone")
        size += len(message["body"])
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": [(b"Content-Security-Policy", b"own")]})
    await send({"type": "http.response.body", "body": str(size).encode()})


def asked(
    headers: dict[str, str] | list[tuple[str, str]],
    *,
    method: str = "GET",
    pieces: tuple[bytes, ...] = (b"",),
    kind: str = "http",
    address: str = "127.0.0.1",
    names: tuple[str, ...] = (),
) -> list[dict[str, Any]]:
    """What the gate answers to a request, as messages."""
    pairs = list(headers.items()) if isinstance(headers, dict) else headers
    scope = {
        "type": kind,
        "method": method,
        "path": "/",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs],
    }
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages[-1]["more_body"] = False
    sent: list[dict[str, Any]] = []

    async def receive() -> Any:
        return messages.pop(0) if kind == "http" else {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        await Gate(_echo, address=address, names=names, largest=lambda path: LIMIT)(scope, receive, send)

    finished(run())
    return sent


def status(headers: dict[str, str] | list[tuple[str, str]], **how: Any) -> int:
    return int(asked(headers, **how)[0]["status"])


@pytest.mark.parametrize("host", ["localhost", "localhost:8501", "LOCALHOST:1", "127.0.0.1:80", "[::1]:8501"])
def test_a_server_on_this_machine_answers_to_the_names_of_this_machine(host: str) -> None:
    assert status({"host": host}) == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "0.0.0.0:8501", "192.168.1.7", "localhost.evil.example", "evil.example@localhost"),
        *("localhost,evil", "localhost:80:80", "localhost:x", "localhost/../x", "localhost?", "[::1", "%6cocalhost"),
        *("", " ", "127.1", "2130706433"),
    ],
)
def test_and_to_no_other(host: str) -> None:
    assert status({"host": host}) in (400, 403)


def test_a_request_without_a_host_or_with_two_is_refused() -> None:
    assert status({}) == 400
    assert status([("host", "localhost"), ("host", "evil.example")]) == 400


def test_a_server_on_a_network_answers_to_addresses_and_to_the_names_it_was_given() -> None:
    assert status({"host": "192.168.1.7:8501"}, address="0.0.0.0") == 200
    assert status({"host": "clips.example"}, address="0.0.0.0") == 400
    assert status({"host": "clips.example"}, address="0.0.0.0", names=("Clips.example",)) == 200
    assert status({"host": "clips.example"}, names=("clips.example",)) == 200
    assert status({"host": "any.example"}, names=("*",)) == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"origin": "http://localhost:8501", "sec-fetch-site": "same-origin"},
        {"origin": "http://LOCALHOST:8501"},
        {"referer": "http://localhost:8501/library"},
        {},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def test_our_own_pages_and_programs_may_ask_anything(headers: dict[str, str], method: str) -> None:
    assert status(HERE | headers, method=method) == 200


@pytest.mark.parametrize(
    "headers",
    [
        FOREIGN,
        {"origin": "null"},
        {"origin": "http://localhost:8502"},
        {"origin": "http://localhost"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "embed"},
        {"origin": "http://localhost:8501", "sec-fetch-site": "cross-site"},
        {"referer": "http://evil.example/localhost:8501"},
        {"origin": "http://[", "accept": "image/*"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def test_pages_of_other_sites_may_ask_nothing(headers: dict[str, str], method: str) -> None:
    assert status(HERE | headers, method=method) == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
        {"referer": "http://evil.example/", "accept": "text/html,*/*"},
    ],
)
def test_a_link_from_elsewhere_may_be_followed_but_a_form_not_be_sent(headers: dict[str, str]) -> None:
    assert status(HERE | headers) == 200
    assert status(HERE | headers, method="POST") == 403


def test_a_proxy_may_hide_the_name_when_it_was_told() -> None:
    through = {"host": "127.0.0.1:8501", "origin": "https://clips.example"}
    assert status(through, method="POST") == 403
    assert status(through, method="POST", names=("clips.example",)) == 200


@pytest.mark.parametrize(("headers", "kind"), [({}, "websocket.accept"), (FOREIGN, "websocket.close")])
def test_a_web_socket_is_opened_by_our_own_pages_only(headers: dict[str, str], kind: str) -> None:
    assert asked(HERE | headers, kind="websocket")[-1]["type"] == kind
    assert asked({"host": "evil.example"}, kind="websocket")[-1]["type"] == "websocket.close"


@pytest.mark.parametrize(
    ("pieces", "declared", "expected"),
    [
        ((b"x" * LIMIT,), None, 200),
        ((b"x" * 60, b"x" * 40), None, 200),
        ((b"x" * 60, b"x" * 41), None, 413),
        ((b"x" * 1000,), None, 413),
        ((b"x",), "101", 413),
        ((b"x" * 1000,), "5", 413),
        ((b"x",), "-1", 200),
        ((b"x",), "many", 200),
    ],
)
def test_what_a_request_brings_is_counted(pieces: tuple[bytes, ...], declared: str | None, expected: int) -> None:
    headers = HERE | ({"content-length": declared} if declared else {})
    answer = asked(headers, method="POST", pieces=pieces)
    assert answer[0]["status"] == expected
    assert sum(message["type"] == "http.response.start" for message in answer) == 1
    if expected == 413:
        assert b"larger than" in answer[1]["body"]


@pytest.mark.parametrize("headers", [{"content-length": "1000"}, {}, FOREIGN])
@pytest.mark.parametrize("is_endless", [False, True])
def test_what_a_refused_request_still_brings_is_read_for_a_while(headers: dict[str, str], is_endless: bool) -> None:
    waiting, sent = [b"x" * 200] * 5, []

    async def receive() -> Any:
        if not waiting and is_endless:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": waiting.pop(), "more_body": bool(waiting) or is_endless}

    async def send(message: Any) -> None:
        sent.append((message, len(waiting)))

    pairs = [(name.encode(), value.encode()) for name, value in (HERE | headers).items()]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": pairs}
    gate = Gate(_echo, address="127.0.0.1", largest=lambda path: LIMIT, patience=0.05 if is_endless else 60)
    finished(gate(scope, receive, send))
    (start, _), (body, left), (end, none) = sent
    assert start["status"] in (403, 413)
    assert body["body"]
    assert body["more_body"]
    assert left > 0
    assert end == {"type": "http.response.body", "body": b""}
    assert none == 0


def test_every_answer_tells_browsers_what_they_may_do_with_it() -> None:
    headers = dict(asked(HERE)[0]["headers"])
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"Content-Security-Policy"] == b"own"  # of the route itself, where it has one
    assert b"content-security-policy" not in headers


@pytest.mark.parametrize("names", [(), ("me-clipkin.hf.space",)])
def test_only_the_platform_of_a_space_may_show_our_pages_inside_of_its_own(names: tuple[str, ...]) -> None:
    gate = Gate(_echo, address="0.0.0.0", names=names, largest=lambda path: LIMIT)
    policy = gate.headers[b"content-security-policy"].decode()
    frames = next(part for part in policy.split("; ") if part.startswith("frame-ancestors"))
    assert frames == "frame-ancestors 'self'" + (" https://huggingface.co" if names else "")


def test_names_come_from_the_environment() -> None:
    found = Settings.from_env({"CLIPKIN_HOSTS": " Clips.example, b.example,,", "SPACE_HOST": "me-x.hf.space"}).hosts
    assert found == ("clips.example", "b.example", "me-x.hf.space")
    assert Settings.from_env({}).hosts == ()


hosts = st.text(st.sampled_from("localhst127.0:[]@%/\\#?evil\t ,é\x00"), max_size=24) | st.text(max_size=12)


@fuzz
@given(hosts)
@example("localhost:99999")
@example("[v1.x]:1")
@example("localhost\\@evil.example")
def test_any_host_is_ours_or_not(host: str) -> None:
    if is_own_name(host, address="127.0.0.1", names=()):
        assert host.lower().startswith(("localhost", "127.0.0.1", "[::1]"))
        assert "evil" not in host.lower()


@fuzz
@given(st.dictionaries(st.sampled_from(["origin", "referer", "sec-fetch-site", "sec-fetch-mode", "accept"]), hosts))
@example({"origin": "http://[::1"})
@example({"origin": ""})
def test_any_headers_are_of_our_page_or_not(headers: dict[str, str]) -> None:
    own = is_own_page(HERE | headers)
    assert not (own and "evil" in headers.get("origin", "").lower())
    assert not is_link("POST", headers)
