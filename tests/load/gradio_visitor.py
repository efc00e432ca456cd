"""A visitor of the Gradio app: half of what is asked goes through its own Python client, as scripts do, and half
through the handlers of the page, as its buttons do, in the messages that the page itself sends."""

import json
import random
import secrets
from pathlib import Path
from typing import Any

import httpx
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from gradio_client.utils import QueueError

from tests.load.visits import Refused, Visitor

PATIENCE = 300.0  # seconds that a visitor waits for one answer
IDLE = 2.0  # seconds after which a connection is not used again: servers close theirs after five
BUSY = ("queue is full", "run or wait already", "are waiting already")  # how an app says so


class Page:
    """The page as a browser has it open: a session in the queue."""

    def __init__(self, address: str) -> None:
        self._web = httpx.Client(
            base_url=address,
            timeout=PATIENCE,
            headers={"x-gradio-user": "app"},
            limits=httpx.Limits(keepalive_expiry=IDLE),
        )
        self._web.get("/").raise_for_status()
        config = self._web.get("/config").raise_for_status().json()
        places = {part["id"]: part["props"].get("elem_id") for part in config["components"]}
        pressed = {
            handler["id"]: places.get(target)
            for handler in config["dependencies"]
            for target, event in handler["targets"]
            if event == "click"
        }
        self._handlers = {button: number for number, button in pressed.items()}
        for handler in config["dependencies"]:  # the first step of a question only says that it was heard
            if handler.get("trigger_after") in pressed and handler["queue"]:
                self._handlers[pressed[handler["trigger_after"]]] = handler["id"]
        self._session = secrets.token_hex(8)

    def upload(self, file: Path) -> dict[str, Any]:
        """Puts a file into a slot."""
        with file.open("rb") as data:
            answer = self._web.post("/gradio_api/upload", files={"files": (file.name, data)})
        path = _taken(answer).json()[0]
        return {"path": path, "orig_name": file.name, "meta": {"_type": "gradio.FileData"}}

    def press(self, button: str, *values: object, is_patient: bool = True) -> list[Any]:
        """Presses a button and waits for what its handler gives at last; someone impatient goes once it is at work.

        The first value of a question is its number on the page, which a visitor who asks one at a time does not need.
        """
        order = {"data": [None, *values], "fn_index": self._handlers[button], "session_hash": self._session}
        _taken(self._web.post("/gradio_api/queue/join", json=order))
        with self._web.stream("GET", "/gradio_api/queue/data", params={"session_hash": self._session}) as answer:
            for line in answer.iter_lines():
                if not line.startswith("data:"):
                    continue
                news = json.loads(line[5:])
                if news["msg"] == "process_starts" and not is_patient:
                    return []
                if news["msg"] == "process_completed":
                    if not news["success"]:
                        raise _trouble(str(news["output"].get("error")))
                    return list(news["output"]["data"])
        raise AssertionError("the answer ended early")

    def close(self) -> None:
        self._web.close()


def _taken(answer: httpx.Response) -> httpx.Response:
    if answer.status_code in (429, 503):
        raise Refused
    if answer.is_error:
        raise _trouble(answer.text)
    return answer


def _trouble(sentence: str) -> Exception:
    return Refused(sentence) if any(word in sentence.lower() for word in BUSY) else RuntimeError(sentence)


def visitor(number: int, address: str, clips: list[Path], pictures: list[Path]) -> Visitor:
    """Someone who opens the page, compares frames and clips, and now and then gives up on an answer."""
    chance = random.Random(number)
    clients: list[Client] = []
    pages: list[Page] = []

    def client() -> Client:
        if not clients:
            clients.append(Client(address, verbose=False, analytics_enabled=False))
        return clients[0]

    def page() -> Page:
        if not pages:
            pages.append(Page(address))
        return pages[0]

    def leave() -> None:
        clients.clear()
        while pages:
            pages.pop().close()

    def ask(api: str, files: list[Path], *others: str) -> None:
        a, b = chance.sample(files, 2)
        try:
            job = client().submit(handle_file(str(a)), handle_file(str(b)), *others, api_name=api)
            found = job.result(timeout=PATIENCE)
        except (AppError, QueueError) as error:
            raise _trouble(str(error)) from error
        assert found["encoder"] == "embedded", found

    def press(button: str, files: list[Path], *others: object, is_patient: bool = True) -> list[Any]:
        a, b = (page().upload(file) for file in chance.sample(files, 2))
        return page().press(button, a, b, *others, is_patient=is_patient)

    def press_frames() -> None:
        assert "ck-verdict" in press("frames-go", pictures)[0]

    def press_videos() -> None:
        assert press("videos-go", clips, None, None, chance.choice(("cosine", "cosine", "visil")))

    def hurry() -> None:
        press("videos-go", clips, None, None, "cosine", is_patient=False)
        leave()

    def come_back() -> None:
        leave()
        page()
        client()

    deeds = (
        ("compare frames", 3, lambda: ask("/compare_frames", pictures)),
        ("compare frames on the page", 3, press_frames),
        ("compare videos", 3, lambda: ask("/compare_videos", clips, "cosine")),
        ("compare videos by ViSiL", 1, lambda: ask("/compare_videos", clips, "visil")),
        ("compare videos on the page", 3, press_videos),
        ("leave in a hurry", 1, hurry),
        ("come back", 2, come_back),
    )
    return Visitor("gradio", number, deeds, leave)
