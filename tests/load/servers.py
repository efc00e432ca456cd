"""The two apps as they are started by hand, each a process of its own over one library, and what they take of the
machine: memory, threads, open files and sockets of the app and of every process it started, and space for temporary
files. Counts are read from /proc, so a system without it gives none."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.config import ROOT
from tests.processes import end, environment, free_port

START_SECONDS = 120.0
MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at an app."""

    at: float  # seconds since the load began
    own_mb: float  # resident memory of the app's process
    all_mb: float  # of it and all it started
    children: int
    threads: int  # of the app's process
    files: int  # open in it, sockets not counted
    sockets: int
    temp_mb: float  # in its folder for temporary files
    temp_files: int


class Server:
    """An app that listens on a free port of this machine."""

    def __init__(self, app: str, library: Path, folder: Path, **settings: str) -> None:
        self.app = app
        self.temp = folder / f"{app}-temp"
        self.temp.mkdir(parents=True)
        self.log = folder / f"{app}.log"
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        environ = environment(CLIPKIN_LIBRARY=str(library), CLIPKIN_ENCODER="embedded", PYTHONPATH=str(ROOT))
        environ |= {"TMPDIR": str(self.temp), "GRADIO_TEMP_DIR": str(self.temp / "gradio")} | settings
        if app == "streamlit":
            command = ["streamlit", "run", str(ROOT / "app_streamlit" / "app.py")]
            command += ["--server.port", str(self.port), "--server.headless", "true"]
        else:
            command = ["app_gradio", "--port", str(self.port)]
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *command], cwd=ROOT, env=environ, stdout=output, stderr=subprocess.STDOUT
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urllib.request.urlopen(self.address, timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        self.stop()
        raise RuntimeError(f"{self.app} did not start:\n{self.log.read_text(errors='replace')[-4000:]}")

    @property
    def is_up(self) -> bool:
        return self._process.poll() is None

    def look(self, at: float) -> Sample:
        """What it takes now."""
        pid = self._process.pid
        others = list(descendants(pid))
        own = resident_mb(pid)
        links = open_files(pid)
        sockets = sum(link.startswith("socket:") for link in links)
        sizes = [path.lstat().st_size for path in _files(self.temp)]
        return Sample(
            at, own, own + sum(map(resident_mb, others)), len(others), _threads(pid), len(links) - sockets, sockets,
            sum(sizes) / MB, len(sizes),
        )  # fmt: skip

    def tracebacks(self) -> int:
        """How many the log holds."""
        return self.log.read_text(errors="replace").count("Traceback (most recent call last)")

    def stop(self) -> None:
        end(self._process)


def descendants(pid: int) -> Iterator[int]:
    """Every process that this one started and that still runs, whoever in between has ended."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended just now
            continue
        parents.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    waiting = [pid]
    while waiting:
        found = parents.get(waiting.pop(), [])
        yield from found
        waiting += found


def resident_mb(pid: int) -> float:
    """Resident memory of a process, 0 when it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MB
    except (OSError, IndexError):
        return 0.0


def open_files(pid: int) -> list[str]:
    """What the descriptors of a process point to."""
    links = []
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            try:
                links.append(os.readlink(f"/proc/{pid}/fd/{name}"))
            except OSError:
                continue
    except OSError:
        return []
    return links


def _threads(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return 0


def _files(folder: Path) -> Iterator[Path]:
    for root, _, names in os.walk(folder):
        for name in names:
            path = Path(root) / name
            if path.exists():
                yield path
