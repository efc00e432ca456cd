"""A model hub on the loopback: the few answers that the hub's client needs, and the ways a network fails."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

COMMIT = "c" * 40


@dataclass
class FakeHub:
    """Files by repository/name; `answers_after` seconds of silence first; bodies stop at `sends` bytes and hang."""

    files: dict[str, bytes] = field(default_factory=dict)
    answers_after: float = 0.0
    sends: int | None = None
    requests: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    address: str = ""


class _Handler(BaseHTTPRequestHandler):
    hub: ClassVar[FakeHub]

    def do_HEAD(self) -> None:
        self._head()

    def do_GET(self) -> None:
        body = self._head()
        if body is None:
            return
        for start in range(0, len(body), 1 << 16):
            if self.hub.sends is not None and start >= self.hub.sends:
                self.hub.closing.wait()
                return
            self.wfile.write(body[start : start + (1 << 16)])

    def _head(self) -> bytes | None:
        self.hub.requests.append(f"{self.command} {self.path}")
        if self.hub.answers_after:
            self.hub.closing.wait(self.hub.answers_after)
        body = self.hub.files.get(self.path.removeprefix("/").replace("/resolve/main/", "/").split("?")[0])
        self.send_response(200 if body is not None else 404)
        if body is None:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.send_header("ETag", f'"{hash(body) & 0xFFFFFFFF:08x}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        return body

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@contextmanager
def serve(hub: FakeHub) -> Iterator[FakeHub]:
    """Run the hub until the block is left."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        hub.closing.set()
        server.shutdown()
        thread.join()
