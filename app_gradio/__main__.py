"""python -m app_gradio [--host 127.0.0.1] [--port 7860]: serve the page on this machine."""

import argparse
import os
import socket
import sys
from collections.abc import Sequence

from app_gradio.app import build_app, launch_settings
from core.config import Settings
from core.errors import StudioError
from core.studio import open_studio


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted. Exit code 1 with one sentence when that cannot be."""
    parser = argparse.ArgumentParser(prog="python -m app_gradio", description="Compare two frames or two videos.")
    parser.add_argument("--host", default=os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("GRADIO_SERVER_PORT", "7860")))
    given = parser.parse_args(arguments)
    try:
        check_address(given.host, given.port)
        studio = open_studio(Settings.from_env())
    except (StudioError, ValueError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    app = build_app(studio)
    app.launch(
        server_name=given.host,
        server_port=given.port,
        prevent_thread_lock=True,
        quiet=True,
        **launch_settings(studio, address=given.host),
    )
    print(f"Clipkin compares frames and videos on {app.local_url}", flush=True)  # noqa: T201
    app.block_thread()
    return 0


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
