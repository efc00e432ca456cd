"""A visitor of the Streamlit app: a real session over its websocket, speaking Streamlit's own messages as the page's
script does, and the media routes that a browser would fetch from. Nothing is drawn: what a browser takes to draw a page
is not measured here."""

import json
import random
import re
import urllib.parse
from pathlib import Path
from typing import Any

import httpx
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from tests.load.visits import Refused, Visitor

PATIENCE = 300.0  # seconds that a visitor waits for one page
IDLE = 2.0  # seconds after which a connection is not used again: servers close theirs after five
POSTERS = 12  # pictures that are in view on the page of the library
PIECE = 256 * 1024  # bytes of a video that a player asks for first
TRIGGERS = "$$STREAMLIT_INTERNAL_KEY_{}__events"  # where a component's triggers go, by its id

SAYING = ("markdown", "alert", "heading")  # elements with a text
FINISHED = ForwardMsg.FINISHED_SUCCESSFULLY
ID = re.compile(r"/clip/thumb/([0-9a-f]{16})")


class Session:
    """One open page."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._socket: ClientConnection = connect(
            address.replace("http", "ws") + "/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
            open_timeout=60,
            legacy=True,
        )

    def open(self, page: str, **query: str) -> list[Any]:
        """Go to a page; every element that was drawn until its script had run to the end. Raises AssertionError when
        the page shows an exception or an error."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = urllib.parse.urlencode(query)
        message.rerun_script.context_info.url = f"{self._address}/{page}"
        return self._run(message)

    def trigger(self, page: str, component: str, event: str, value: object) -> list[Any]:
        """What a component reports once, as the drop zone does when an upload has arrived."""
        message = BackMsg()
        message.rerun_script.page_name = page
        state = message.rerun_script.widget_states.widgets.add()
        state.id = TRIGGERS.format(component)
        state.json_trigger_value = json.dumps([{"event": event, "value": value}])
        return self._run(message)

    def ask_and_leave(self, page: str, **query: str) -> None:
        """Someone who does not wait for the answer."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = urllib.parse.urlencode(query)
        self._socket.send(message.SerializeToString())
        self.close()

    def close(self) -> None:
        self._socket.close()

    def _run(self, message: BackMsg) -> list[Any]:
        self._socket.send(message.SerializeToString())
        drawn: list[Any] = []
        while True:
            data = self._socket.recv(timeout=PATIENCE)
            assert isinstance(data, bytes)
            answer = ForwardMsg.FromString(data)
            kind = answer.WhichOneof("type")
            if kind == "new_session":
                drawn.clear()
            elif kind == "delta" and answer.delta.WhichOneof("type") == "new_element":
                drawn.append(answer.delta.new_element)
            elif kind == "script_finished" and answer.script_finished == FINISHED:
                break
        for element in drawn:
            assert element.WhichOneof("type") != "exception", element.exception.message
            assert element.alert.format != Alert.ERROR, element.alert.body
        return drawn


def shows_hits(drawn: list[Any]) -> None:
    """Raises AssertionError with what the page says instead."""
    if "/clip/thumb/" not in "".join(map(str, drawn)):
        said = [getattr(element, kind).body for element in drawn if (kind := element.WhichOneof("type")) in SAYING]
        raise AssertionError(f"the search shows no hit: {said}")


def visitor(number: int, address: str, clips: list[Path]) -> Visitor:
    """Someone who looks around, asks about clips of the library and about clips of their own, and adds those."""
    chance = random.Random(number)
    web = httpx.Client(base_url=address, timeout=PATIENCE, limits=httpx.Limits(keepalive_expiry=IDLE))
    rooms: list[Session] = []  # the open page, if any
    known: list[str] = []  # ids seen on the page of the library

    def page() -> Session:
        if not rooms:
            rooms.append(Session(address))
        return rooms[0]

    def leave() -> None:
        while rooms:
            rooms.pop().close()

    def browse() -> None:
        known[:] = dict.fromkeys(ID.findall("".join(map(str, page().open("")))))
        assert known, "the page of the library shows no clip"
        for video_id in known[:POSTERS]:
            web.get(f"/clip/thumb/{video_id}").raise_for_status()

    def pick(count: int) -> list[str]:
        if len(known) < 2:
            browse()
        return chance.sample(known, count)

    def play() -> None:
        (video,) = pick(1)
        web.get(f"/clip/media/{video}", headers={"Range": f"bytes=0-{PIECE - 1}"}).raise_for_status()

    def search() -> None:
        shows_hits(page().open("search", query=pick(1)[0]))

    def trace() -> None:
        page().open("trace", query=pick(1)[0])

    def compare() -> None:
        a, b = pick(2)
        drawn = page().open("compare", a=a, b=b)
        assert any(element.WhichOneof("type") == "bidi_component" for element in drawn), "no comparison is shown"

    def upload(purpose: str) -> dict[str, str]:
        clip = chance.choice(clips)
        answer = web.put(f"/clip/upload/{clip.name}", params={"for": purpose}, content=clip.read_bytes())
        if answer.status_code in (429, 503):
            raise Refused
        answer.raise_for_status()
        return dict(answer.json())

    def add() -> None:
        upload("library")

    def ask() -> None:
        leave()  # a page that was asked before shows that answer
        drawn = page().open("search")
        zone = next(e.bidi_component.id for e in drawn if "drop_zone" in e.bidi_component.id)
        found = page().trigger("search", zone, "received", [upload("search")])
        shows_hits(found)
        leave()

    def hurry() -> None:
        video = pick(1)[0]
        leave()
        Session(address).ask_and_leave("trace", query=video)

    def come_back() -> None:
        leave()
        browse()

    deeds = (
        ("browse", 4, browse), ("play", 4, play), ("search", 4, search), ("ask with a clip", 2, ask),
        ("trace", 2, trace), ("compare", 3, compare), ("add a clip", 1, add), ("leave in a hurry", 1, hurry),
        ("come back", 2, come_back),
    )  # fmt: skip
    return Visitor("streamlit", number, deeds, leave)
