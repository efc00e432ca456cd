"""python -m app_gradio [--host 127.0.0.1] [--port 7860]: serve the page on this machine."""

import argparse
import asyncio
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable, MutableMapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app_gradio.gpu import lender
from app_gradio.housekeeping import keep_house, private_folder
from core.config import Settings
from core.errors import StudioError
from core.studio import Studio, open_studio

if TYPE_CHECKING:
    from app_gradio.app import Page

SPACE = {  # unless its variables say otherwise: a hosted Space serves strangers on a small machine
    "CLIPKIN_MAX_FILE_MB": "200",
    "CLIPKIN_MAX_MINUTES": "10",
    "CLIPKIN_KEEP_HOURS": "24",
}

logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted. Exit code 1 with one sentence when that cannot be."""
    parser = argparse.ArgumentParser(prog="python -m app_gradio", description="Compare two frames or two videos.")
    parser.add_argument("--host", default=os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("GRADIO_SERVER_PORT", "7860")))
    given = parser.parse_args(arguments)
    try:
        check_address(given.host, given.port)
        folder = private_folder()
        settle(os.environ, folder)
        lend = lender()
        studio = open_studio(Settings.from_env())
        if lend:  # what is lent has to be loaded in this thread, before the page opens
            studio.warm(lend=lend)
    except (StudioError, ValueError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    serve(studio, folder, given.host, given.port)
    return 0


def settle(environ: MutableMapping[str, str], folder: Path) -> None:
    """Give a hosted Space tighter limits, and a library among what is temporary, where its variables say nothing."""
    if environ.get("SPACE_ID"):
        for name, value in {**SPACE, "CLIPKIN_LIBRARY": str(folder / "library")}.items():
            environ.setdefault(name, value)


def serve(studio: Studio, folder: Path, host: str, port: int) -> None:
    """Open the page, keep house and answer the example pairs beforehand, until interrupted."""
    page = asyncio.run(opened(studio, host, port))
    print(f"Clipkin compares frames and videos on {page.app.local_url}", flush=True)  # noqa: T201
    keep_house(studio, folder / "gradio", folder / "tmp", forget=page.forget)
    threading.Thread(target=warm, args=(studio, page.warm), name="warm", daemon=True).start()
    page.app.block_thread()


async def opened(studio: Studio, host: str, port: int) -> "Page":
    """The page, answering in threads of its own. In a loop, and only while it opens: where none runs, Gradio makes one
    for each of its locks and drops it unclosed, of which the log tells ("Invalid file descriptor") whenever one is
    collected."""
    from app_gradio.app import build_app, launch_settings  # Gradio looks for its folder when it is imported

    page = build_app(studio)
    page.app.launch(
        server_name=host,
        server_port=port,
        prevent_thread_lock=True,
        quiet=True,
        **launch_settings(studio, address=host),
    )
    return page


def warm(studio: Studio, steps: Sequence[Callable[[], None]]) -> None:
    """Load the encoders and answer the example pairs, so that the first visitor does not wait for that."""
    try:
        studio.warm()
        for step in steps:
            step()
    except StudioError as error:  # whoever asks is told the same
        logger.warning("The example pairs could not be answered beforehand: %s", error)


def check_address(host: str, port: int) -> None:
    """Raises StudioError when nothing can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise StudioError(
                f"Port {port} on {host} cannot be used ({reason}). "
                f"Choose another one: python -m app_gradio --port {port % 65535 + 1}"
            ) from error


if __name__ == "__main__":
    sys.exit(main())
