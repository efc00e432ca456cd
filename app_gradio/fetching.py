"""Files that a caller names by address instead of sending them: fetched within the limits of an upload.

Agents name files so. Gradio fetches what it is told to into memory, however much comes; here a fetch ends at the size
and the time that are allowed. As there, only public servers are asked, by the address that was checked, so nobody
reaches the network of this machine through us.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import gradio as gr
import httpx
from gradio import processing_utils
from gradio.utils import get_upload_folder
from safehttpx import AsyncSecureTransport, async_validate_url  # type: ignore[import-untyped]

from app_gradio.work import problem
from core.config import MB, Settings

REDIRECTS = 3
SECONDS = 120.0  # for one file
NAME_LENGTH = 100

Reach = Callable[[str], Awaitable[httpx.AsyncBaseTransport]]


async def public(host: str) -> httpx.AsyncBaseTransport:
    """The way to a public server of that name; ValueError for any other."""
    return AsyncSecureTransport(await async_validate_url(host))


def limit_fetching() -> None:
    """From now on Gradio fetches files in our way, whichever component they are meant for."""
    processing_utils.async_ssrf_protected_download = _download


async def _download(url: str, cache_dir: str) -> str:
    own = uploaded(url)
    if own is not None:
        return str(own)
    return str(await fetched(url, Path(cache_dir), Settings.from_env().limits.file_bytes))


def uploaded(url: str) -> Path | None:
    """The file that was uploaded here, where an address is that of one: whoever knows it may have it anyway."""
    try:
        _, mark, path = unquote(urlsplit(url).path).partition("/gradio_api/file=")
        file = Path(path)
        is_here = bool(mark) and file.resolve().is_relative_to(Path(get_upload_folder()).resolve()) and file.is_file()
    except (ValueError, OSError):  # no address, or no path: a NUL in it, or too long
        return None
    return file if is_here else None


async def fetched(url: str, folder: Path, largest: int, *, reach: Reach = public) -> Path:
    """The file at an address, in a folder of its own inside `folder`. Raises a toast when it cannot be had."""
    try:
        start = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise problem("That is no address of a file. Upload it instead.") from error
    name = start.path.rstrip("/").rsplit("/", 1)[-1]
    plain = "".join(letter for letter in name if letter.isalnum() or letter in "._- ").lstrip(".")[-NAME_LENGTH:]
    place = folder / hashlib.sha256(url.encode()).hexdigest()[:32] / (plain or "file")
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{id(place):x}.part")
    try:
        async with asyncio.timeout(SECONDS):
            await _stream(start, part, largest, reach)
        part.replace(place)
    except gr.Error:  # which is a ValueError
        raise
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError, TimeoutError) as error:
        raise problem("The file at that address cannot be fetched. Upload it instead.") from error
    finally:
        part.unlink(missing_ok=True)
    return place


async def _stream(url: httpx.URL, part: Path, largest: int, reach: Reach) -> None:
    for _ in range(REDIRECTS + 1):
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError(f"no address of the web: {url}")
        async with (
            httpx.AsyncClient(transport=await reach(url.host), timeout=10.0) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.next_request is not None:
                url = answer.next_request.url
                continue
            answer.raise_for_status()
            received = 0
            with part.open("wb") as file:
                async for piece in answer.aiter_raw():  # not unpacked: what is packed for the way is no film
                    received += len(piece)
                    if received > largest:
                        raise problem(f"The file at that address is larger than {largest / MB:,.0f} MB.")
                    file.write(piece)
            return
    raise ValueError("too many redirects")
