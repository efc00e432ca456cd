"""The routes beside the pages: thumbnails, videos by range, and uploads that stream to disk.

Streamlit guards only its own routes, so these guard themselves: ids and names from outside never become paths, an
upload must come from our own page, and its bytes are counted while they arrive. Nothing here lists anything.
"""

import asyncio
import re
import shutil
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from app_streamlit.uploads import Upload, inbox
from core import gate
from core.config import Limits, Settings
from core.errors import NotFound, StudioError
from core.studio import Studio, open_studio

UPLOADS = "/clip/upload/"
ID = re.compile(r"[0-9a-f]{16}")
CHUNK = 1024 * 1024  # bytes gathered before each write
LOOKED = 32  # chunks written between two looks at how much room the disk has left
NAME_LENGTH = 200
FILMS_AT_ONCE = 2  # of two clips side by side, which take a processor each
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}

KINDS: tuple[tuple[int, bytes, str], ...] = (  # where in the file, which bytes, what that is: names are not believed
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (0, b"OggS", "video/ogg"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (0, b"BM", "image/bmp"),
    (8, b"WEBP", "image/webp"),
)


Endpoint = Callable[[Request], Awaitable[Response]]


def create_routes(studio: Callable[[], Studio] = open_studio) -> list[Route]:
    """The routes of one studio, which is opened when the first request comes."""
    routes = MediaRoutes(studio)
    return [
        Route("/clip/thumb/{video_id}", told(routes.thumbnail), methods=["GET"]),
        Route("/clip/media/{video_id}", told(routes.media), methods=["GET"]),
        Route("/clip/pair/{query_id}/{reference_id}", told(routes.side_by_side), methods=["GET"]),
        Route(UPLOADS + "{name}", told(routes.upload), methods=["PUT"]),
    ]


def told(endpoint: Endpoint) -> Endpoint:
    """The endpoint, with expected errors as an answer that carries their sentence."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refused as refusal:
            return refuse(refusal.status, str(refusal))
        except NotFound as error:
            return refuse(404, str(error))
        except StudioError as error:
            return refuse(409, str(error))

    return answer


class MediaRoutes:
    """The endpoints, with the locks that keep one preview from being made twice at a time."""

    def __init__(self, studio: Callable[[], Studio]) -> None:
        self._studio = studio
        self._making: dict[str, asyncio.Lock] = {}
        self._films = asyncio.Semaphore(FILMS_AT_ONCE)

    async def thumbnail(self, request: Request) -> Response:
        """A WebP picture of a video, at `?t=` seconds or its poster."""
        video_id, time = request.path_params["video_id"], request.query_params.get("t")
        try:
            seconds = None if time is None else float(time)
        except ValueError:
            return refuse(400, "The time must be a number of seconds.")
        image = None
        if ID.fullmatch(video_id):
            image = await run_in_threadpool(self._studio().thumbnail, video_id, seconds)
        if image is None:
            return refuse(404, "There is no such picture.")
        return Response(image, media_type="image/webp", headers=HEADERS | {"Cache-Control": "private, max-age=3600"})

    async def media(self, request: Request) -> Response:
        """The video or picture itself, or a preview that a browser can play; ranges are honoured."""
        video_id = request.path_params["video_id"]
        if not ID.fullmatch(video_id):
            return refuse(404, "There is no such video.")
        path = await self._playable(video_id)
        try:
            kind = await run_in_threadpool(_kind, path)
        except OSError as error:
            return refuse(409, f"The file of this clip cannot be read: {error.strerror or error}.")
        return FileResponse(path, media_type=kind, headers=HEADERS | {"Cache-Control": "private, no-cache"})

    async def _playable(self, video_id: str) -> Path:
        """The file to serve. Making a preview takes a while: one at a time for each video, away from the event loop."""
        studio = self._studio()
        if await run_in_threadpool(studio.is_playable_now, video_id):
            return await run_in_threadpool(studio.playable, video_id)
        lock = self._making.setdefault(video_id, asyncio.Lock())
        try:
            async with lock:
                return await asyncio.to_thread(studio.playable, video_id)
        finally:
            if not lock.locked():
                self._making.pop(video_id, None)

    async def side_by_side(self, request: Request) -> Response:
        """A film of two videos next to each other, aligned at the seconds `?at=` of one and `?to=` of the other."""
        ids = request.path_params["query_id"], request.path_params["reference_id"]
        if not is_own_page(request):
            return refuse(403, "Films are made for Clipkin's own pages only.")
        if not all(ID.fullmatch(video_id) for video_id in ids):
            return refuse(404, "There is no such video.")
        try:
            at, to = (max(0.0, float(request.query_params.get(name, "0"))) for name in ("at", "to"))
        except ValueError:
            return refuse(400, "The times must be numbers of seconds.")
        studio = self._studio()
        await run_in_threadpool(_demand_room, studio.settings.library, studio.settings.limits.spare_bytes)
        async with self._films:
            path = await asyncio.to_thread(studio.side_by_side, *ids, (at, to))
        return FileResponse(path, media_type="video/mp4", headers=HEADERS, filename="side-by-side.mp4")

    async def upload(self, request: Request) -> Response:
        """Stream a file into the library's folder, then add it (`?for=library`) or keep it to ask about."""
        if not is_own_page(request):
            return refuse(403, "Uploads are taken from Clipkin's own pages only.")
        purpose = request.query_params.get("for")
        if purpose not in ("library", "search"):
            return refuse(400, "Say what the upload is for: library or search.")
        studio = self._studio()
        name = _plain_name(request.path_params["name"])
        try:
            path = await run_in_threadpool(studio.receive_path, name)
            await _receive(request, path, studio.settings.limits)
        except ClientDisconnect:
            return Response(status_code=204)  # nobody is listening any more
        if purpose == "search":
            return JSONResponse({"token": inbox.put(Upload(path, name))}, status_code=201, headers=HEADERS)
        add = partial(studio.start_ingest, [path], {path: name}, owned=True)
        job = await run_in_threadpool(add)
        return JSONResponse({"job": job.id}, status_code=201, headers=HEADERS)


class Refused(Exception):
    """An upload that is not taken, with the status and the sentence to answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


async def _receive(request: Request, path: Path, limits: Limits) -> None:
    """Write the body to `path`, which appears only when whole: at most `file_bytes`, and leaving room on the disk."""
    too_large = Refused(413, f"The file is larger than the {limits.file_bytes // CHUNK:,} MB that are taken.")
    declared = request.headers.get("content-length", "")
    expected = int(declared) if declared.isdecimal() else 0
    if expected > limits.file_bytes:
        raise too_large
    part = path.with_name(path.name + ".part")
    try:
        await run_in_threadpool(_demand_room, path.parent, expected + limits.spare_bytes)
        received = written = 0
        with part.open("wb") as target:
            pending = bytearray()
            async for piece in request.stream():
                received += len(piece)
                if received > limits.file_bytes:
                    raise too_large
                pending += piece
                if len(pending) >= CHUNK:
                    await run_in_threadpool(target.write, bytes(pending))
                    pending.clear()
                    written += 1
                    if written % LOOKED == 0:
                        await run_in_threadpool(_demand_room, path.parent, limits.spare_bytes)
            await run_in_threadpool(target.write, bytes(pending))
        if not received:
            raise Refused(400, "The file is empty.")
        part.replace(path)
    except OSError as error:
        raise Refused(507, f"The upload cannot be written: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)


def _demand_room(folder: Path, size: int) -> None:
    """Several uploads may come at once, and one need not say how large it is."""
    if shutil.disk_usage(folder).free < size:
        raise Refused(507, "There is not enough room on the disk of the library. Free some and try again.")


def is_own_page(request: Request) -> bool:
    """Whether a browser says that the request comes from a page of this very server. The gate asks the same, but lets
    links from elsewhere pass."""
    return gate.is_own_page(request.headers, names=Settings.from_env().hosts)


def _kind(path: Path) -> str:
    """The content type, by what the file begins with; plain bytes when a browser has no use for it."""
    with path.open("rb") as file:
        head = file.read(16)
    return next((kind for at, magic, kind in KINDS if head[at:].startswith(magic)), "application/octet-stream")


def _plain_name(name: str) -> str:
    """A file name as a title: no folders, no control characters, not too long. It is never a path of ours."""
    base = name.rsplit("/", 1)[-1].replace("\\", " ")
    printable = "".join(letter for letter in base if letter.isprintable()).strip()
    stem, suffix = Path(printable or "clip").stem, Path(printable or "clip").suffix
    return stem[:NAME_LENGTH] + suffix[:16]


def refuse(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status_code=status, headers=HEADERS)
