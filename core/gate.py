"""Who may talk to a server of ours: the gate that both apps stand behind, for any ASGI application.

Clipkin knows no passwords, so what protects a library on this machine is that no other site can reach it through the
visitor's browser. A request is let in when it names the server by a name of its own, so that no foreign name can be
pointed at this machine, and when it comes from one of our own pages; from elsewhere one may only follow a link. What a
request may bring is counted while it comes. Knows HTTP headers only, and no web framework.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping, Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 20.0  # seconds
LOOPBACK = ("127.0.0.1", "localhost", "::1")
ANY = "*"  # among the names: the server may be called anything
SAFE = ("GET", "HEAD")
SPACE, SPACE_FRAME = ".hf.space", " https://huggingface.co"
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; connect-src 'self' data: blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)  # both frameworks write scripts into their pages and compile templates; nothing of a page is of another server

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def is_own_name(host: str, *, address: str, names: Collection[str]) -> bool:
    """Whether a server bound to `address` may be called by this Host header.

    Bound to this machine it answers to the names of this machine; bound to a network also to addresses, which nobody
    can point elsewhere. All other names have to be among `names`, for anyone may register a name for this address.
    """
    name = _host_name(f"//{host}")
    if name is None or _place(f"//{host}") != host.lower():
        return False
    if ANY in names or name in LOOPBACK or name in names:
        return True
    return address not in LOOPBACK and (name == address.lower() or _is_number(name))


def is_own_page(headers: Mapping[str, str], *, names: Collection[str] = ()) -> bool:
    """Whether a browser says that a request comes from a page of this very server, or from no page at all.

    Other sites can make a visitor's browser send requests; they cannot forge these headers. A client that sends none of
    them is no browser. `names` are what the server is called from outside, for a proxy that does not pass its name on.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if origin is None and site is None:
        origin = headers.get("referer")  # of an old browser
    if origin is not None and _place(origin) != headers.get("host", "").lower():
        return _host_name(origin) in names
    return site in (None, "same-origin", "none")


def is_link(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a browser says that a person follows a link to this address."""
    mode = headers.get("sec-fetch-mode")
    is_page = mode == "navigate" if mode is not None else "text/html" in headers.get("accept", "")
    return method in SAFE and is_page and headers.get("sec-fetch-dest", "document") in ("document", "iframe")


class Gate:
    """An ASGI application behind the gate.

    `largest` says how many bytes the body of a request to a path may have. What a refused request still brings is read
    and dropped for `patience` seconds: a connection that is closed before is reset, and the sender never hears why. A
    hosted Space may be shown inside the page of its platform, all else inside its own pages only.
    """

    def __init__(
        self,
        app: Application,
        *,
        address: str,
        names: Collection[str] = (),
        largest: Callable[[str], int],
        patience: float = PATIENCE,
    ) -> None:
        self.app, self.address, self.largest, self.patience = app, address, largest, patience
        self.names = frozenset(name.lower() for name in names)
        frames = SPACE_FRAME if any(name.endswith(SPACE) for name in self.names) else ""
        self.headers = {
            b"x-content-type-options": b"nosniff",
            b"referrer-policy": b"same-origin",
            b"cross-origin-resource-policy": b"same-origin",
            b"content-security-policy": (POLICY + frames).encode("latin-1"),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = read_headers(scope["headers"])
        problem = self._problem(scope, headers)
        if problem is not None:
            await _refuse(scope, receive, send, *problem, patience=self.patience)
        elif scope["type"] == "websocket":
            await self.app(scope, receive, send)
        else:
            await self._pass(scope, receive, send, headers)

    def _problem(self, scope: Scope, headers: Mapping[str, str]) -> tuple[int, str] | None:
        """Why a request is not let in: a status and a sentence."""
        host = headers.get("host", "")
        if not is_own_name(host, address=self.address, names=self.names):
            told = "This server does not answer under that name. CLIPKIN_HOSTS names those it has, with commas between."
            return 400, told
        method = scope.get("method", "WEBSOCKET")
        if is_own_page(headers, names=self.names) or is_link(method, headers):
            return None
        return 403, "Clipkin answers its own pages only, not those of other sites."

    async def _pass(self, scope: Scope, receive: Receive, send: Send, headers: Mapping[str, str]) -> None:
        """Let a request in, counting what it brings, and add to the answer what browsers should know."""
        limit, received, is_over, is_whole, is_begun = self.largest(scope["path"]), 0, False, False, False
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            await _refuse(scope, receive, send, 413, _too_large(limit), patience=self.patience)
            return

        async def counted() -> Message:
            nonlocal received, is_over, is_whole
            if not is_over:
                message = await receive()
                received += len(message.get("body", b""))
                is_over, is_whole = received > limit, not message.get("more_body")
            return {"type": "http.disconnect"} if is_over else message

        async def answer(message: Message) -> None:
            nonlocal is_begun
            if is_over and not is_begun:
                return
            if message["type"] == "http.response.start":
                is_begun = True
                given = list(message.get("headers", ()))
                known = {name.lower() for name, _ in given}
                message = {**message, "headers": given + [kv for kv in self.headers.items() if kv[0] not in known]}
            await send(message)

        try:
            await self.app(scope, counted, answer)
        except Exception:
            if not is_over:
                raise
        if is_over and not is_begun:
            patience = 0 if is_whole else self.patience
            await _refuse(scope, receive, send, 413, _too_large(limit), patience=patience)


def read_headers(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers of a request by lower-case name; one that comes twice is joined by a comma, and then fits nothing."""
    values: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        values[key] = f"{values[key]},{text}" if key in values else text
    return values


def _place(address: str) -> str | None:
    """Host and port of an address as they stand there, in lower case; None when it has none or is no address."""
    try:
        return urlsplit(address).netloc.lower() or None
    except ValueError:
        return None


def _host_name(address: str) -> str | None:
    """The host of an address without port; None where there is none, or where somebody plays tricks with it."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    if parts.username is not None or parts.password is not None or any(c in parts.netloc for c in "\\,% \t"):
        return None
    return (parts.hostname or "").rstrip(".") or None


def _is_number(name: str) -> bool:
    """Whether a host is an address in digits."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _too_large(limit: int) -> str:
    return f"The request is larger than the {limit / 1024 / 1024:,.0f} MB that are taken here."


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, sentence: str, *, patience: float) -> None:
    """Answer with a sentence, and read what still comes for some seconds; 0 when nothing comes any more."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": sentence})
        return
    body = sentence.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body, "more_body": True})
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while patience and (await receive()).get("more_body"):
                pass
    await send({"type": "http.response.body", "body": b""})
