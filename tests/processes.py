"""Servers that tests start as processes of their own: a free port, an environment without settings of ours, the end."""

import os
import socket
import subprocess

OURS = ("CLIPKIN_", "GRADIO_")  # how settings begin that a server must not inherit


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def environment(**settings: str) -> dict[str, str]:
    """That of the tests without settings of the apps, and with these."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | settings


def end(process: subprocess.Popen[bytes], patience: float = 20.0) -> None:
    """Ask a process to end, and end it when it has not after so many seconds."""
    process.terminate()  # does nothing to one that has ended
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
