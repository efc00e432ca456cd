"""Strangers at the Gradio app: how much one and all of them may ask for, and that who leaves leaves no work behind."""

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Request

from app_gradio.app import build_app, launch_settings
from app_gradio.visitors import COMPARE, address, events
from core.config import Hosting, Settings
from core.errors import NotFound
from core.studio import Studio
from tests.gradio_page import pattern_clip

WAIT = 60.0  # seconds
PAGE = {"x-gradio-user": "app"}


class Site:
    """The app while it is served, over a studio that does one comparison at a time and lets four wait."""

    def __init__(self, folder: Path) -> None:
        hosting = Hosting(at_once=1, waiting=4, per_visitor=2)
        self.studio = Studio(Settings(library=folder / "library", encoder="embedded", fps=10.0, hosting=hosting))
        self.app = build_app(self.studio, samples=folder).app
        _, self.address, _ = self.app.launch(
            server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_settings(self.studio)
        )
        named = {fn.fn.__name__: index for index, fn in self.app.fns.items() if fn.fn and len(fn.inputs) > 3}
        self.tool, self.page = named["compare_videos"], named["compare"]
        self.web = httpx.Client(base_url=self.address, timeout=WAIT)

    def upload(self, file: Path) -> dict[str, Any]:
        answer = self.web.post("gradio_api/upload", files={"files": (file.name, file.read_bytes())})
        return {"path": answer.json()[0], "meta": {"_type": "gradio.FileData"}}

    def ask(self, clip: dict[str, Any], session: str, *, tool: bool = False, **headers: str) -> httpx.Response:
        """Compare a clip with itself, from the page or as a script."""
        data = [clip, clip, "cosine", False] if tool else [clip, clip, None, None, "cosine"]
        body = {
            "data": data if tool else [None, *data],
            "fn_index": self.tool if tool else self.page,
            "session_hash": session,
        }
        return self.web.post("gradio_api/queue/join", json=body, headers=headers or ({} if tool else PAGE))

    def cancel_all(self) -> None:
        for event in events(self.app._queue):
            body = {"session_hash": event.session_hash, "fn_index": event.fn._id, "event_id": event._id}
            self.web.post("gradio_api/cancel", json=body).raise_for_status()
        until(lambda: not events(self.app._queue))

    def messages(self, session: str) -> Iterator[dict[str, Any]]:
        with httpx.stream("GET", f"{self.address}gradio_api/queue/data?session_hash={session}", timeout=WAIT) as told:
            for line in told.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line[5:])

    def queued(self) -> int:
        return sum(event.concurrency_id == COMPARE for event in events(self.app._queue))


def decoders() -> list[str]:
    """The decoding processes of this process."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            command, parent = status.with_name("cmdline").read_bytes(), status.read_text().rpartition(")")[2].split()[1]
        except OSError:  # gone meanwhile
            continue
        if b"core.media.sandbox" in command and int(parent) == os.getpid():
            found.append(status.parent.name)
    return found


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "compare"]


def is_read(site: Site, clip: dict[str, Any]) -> bool:
    """Whether the work went on to its end."""
    try:
        site.studio.video(hashlib.sha256(Path(clip["path"]).read_bytes()).hexdigest()[:16])
    except NotFound:
        return False
    return True


def until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + WAIT
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("cache")))
        site = Site(tmp_path_factory.mktemp("site"))
        yield site
        site.web.close()
        site.app.close()
        site.studio.close()


@pytest.fixture
def clip(site: Site, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A clip that nobody has seen before, and that takes seconds to read."""
    first = 20 + len(list(tmp_path.parent.iterdir()))
    yield site.upload(pattern_clip(tmp_path / "long.mp4", [first, *range(20)] * 5))
    site.cancel_all()
    until(lambda: not decoders() and not workers())


def test_one_visitor_may_have_so_many_and_another_one_still_gets_in(site: Site, clip: dict[str, Any]) -> None:
    assert [site.ask(clip, "one").status_code for _ in range(2)] == [200, 200]
    refused = site.ask(clip, "one")
    assert refused.status_code == 400
    assert refused.json()["detail"].startswith("2 comparisons of yours run or wait already. Let one finish")
    assert site.ask(clip, "two").status_code == 200


def test_scripts_together_leave_room_for_people(site: Site, clip: dict[str, Any]) -> None:
    assert [site.ask(clip, f"script {k}", tool=True).status_code for k in range(2)] == [200, 200]
    refused = site.ask(clip, "another script", tool=True)
    assert refused.status_code == 503
    assert "Try again in a few minutes." in refused.json()["detail"]
    assert site.ask(clip, "a person").status_code == 200


def test_nobody_gets_in_once_too_many_wait(site: Site, clip: dict[str, Any]) -> None:
    assert {site.ask(clip, f"visitor {k}").status_code for k in range(5)} == {200}
    until(lambda: site.queued() == 5)
    refused = site.ask(clip, "one too many")
    assert (refused.status_code, refused.json()["detail"]) == (
        400,
        "4 comparisons are waiting already. Try again in a few minutes.",
    )


def test_a_visitor_who_waits_is_told_the_place_in_the_line(site: Site, clip: dict[str, Any]) -> None:
    site.ask(clip, "first")
    until(lambda: decoders())
    site.ask(clip, "second")
    told = next(message for message in site.messages("second") if message["msg"] == "estimation")
    assert (told["rank"], told["queue_size"]) == (0, 1)


@pytest.mark.parametrize("tool", [False, True], ids=["page", "script"])
def test_who_cancels_ends_the_decoding_process_and_the_work(site: Site, clip: dict[str, Any], tool: bool) -> None:
    event = site.ask(clip, "one", tool=tool).json()["event_id"]
    until(lambda: decoders())
    body = {"session_hash": "one", "fn_index": site.tool if tool else site.page, "event_id": event}
    site.web.post("gradio_api/cancel", json=body).raise_for_status()
    until(lambda: not decoders() and not workers() and site.queued() == 0)
    assert not is_read(site, clip)


@pytest.mark.parametrize("tool", [False, True], ids=["page", "script"])
def test_who_closes_the_page_ends_the_work(site: Site, clip: dict[str, Any], tool: bool) -> None:
    site.ask(clip, "leaving", tool=tool)
    messages = site.messages("leaving")
    next(message for message in messages if message["msg"] == "process_starts")
    until(lambda: decoders())
    messages.close()  # type: ignore[attr-defined]
    until(lambda: not decoders() and not workers() and site.queued() == 0)
    assert not is_read(site, clip)


def test_what_is_cancelled_while_it_waits_never_starts(site: Site, clip: dict[str, Any]) -> None:
    site.ask(clip, "first")
    event = site.ask(clip, "second").json()["event_id"]
    until(lambda: site.queued() == 2)
    site.web.post("gradio_api/cancel", json={"session_hash": "second", "fn_index": site.page, "event_id": event})
    assert site.queued() == 1
    site.cancel_all()
    until(lambda: not decoders() and not workers())


def test_who_leaves_while_waiting_gives_the_place_up(site: Site, clip: dict[str, Any]) -> None:
    site.ask(clip, "first")
    until(lambda: decoders())
    site.ask(clip, "second")
    messages = site.messages("second")
    next(messages)
    messages.close()  # type: ignore[attr-defined]
    until(lambda: site.queued() == 1)


def request(header: str) -> Request:
    return Request({"type": "http", "headers": [(b"x-forwarded-for", header.encode())]})


def test_an_address_is_what_our_own_outermost_proxy_wrote_and_nothing_that_the_sender_made_up() -> None:
    assert address(request("made up, 203.0.113.7"), proxies=1) == "203.0.113.7"
    assert address(request("made up, 203.0.113.7, 10.0.0.2"), proxies=2) == "203.0.113.7"
    assert address(request("203.0.113.7"), proxies=0) == ""
    assert address(request("203.0.113.7"), proxies=2) == ""


def test_what_the_framework_offers_and_nobody_needs_is_closed(site: Site) -> None:
    for method, path in (
        ("POST", "gradio_api/process_recording"),
        ("GET", "gradio_api/deep_link?session_hash=x"),
        ("GET", "gradio_api/file=http://127.0.0.1/secret"),
        ("GET", "gradio_api/proxy=http://127.0.0.1/secret"),
        ("POST", "gradio_api/component_server"),
    ):
        assert site.web.request(method, path).status_code == 404, path
    assert site.web.post("gradio_api/run/compare_videos", json={"data": []}).status_code == 404  # only by the queue
