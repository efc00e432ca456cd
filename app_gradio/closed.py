"""The routes of the framework that this page has no use for, closed: nobody asks for what is not there.

One of them hands a stranger's video to ffmpeg without limits, one fetches any address of the net for whoever asks, and
one writes the state of a page to the disk with every call. Knows paths only.
"""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

UNUSED = re.compile(
    r"/(process_recording|proxy=|file[=/]https?:|deep_link|vibe|undo_vibe|monitoring|component_server|dev/|custom_component)",
    re.IGNORECASE,
)  # fmt: skip
PREFIX = "/gradio_api"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class Closed:
    """An ASGI application without those routes."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").partition(PREFIX)[2] or scope.get("path", "")
        if scope["type"] == "http" and UNUSED.match(path):
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 404, "headers": headers})
            await send({"type": "http.response.body", "body": b"There is nothing here."})
        else:
            await self.app(scope, receive, send)
