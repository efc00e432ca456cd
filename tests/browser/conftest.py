"""A real Chromium that may reach this machine only, and a Streamlit server of its own for each file of tests."""

import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from core.config import ROOT
from tests.processes import end, environment, free_port

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOCAL = ("127.0.0.1", "localhost", "::1")
START_SECONDS = 60.0


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; they are skipped where there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh window, 1440 wide. The test fails when it asks anything of another machine, when a script of a page
    throws, or when a page opens an alert."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(60_000)
    with Watch(context):
        yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


class Watch:
    """Collects what must not happen in a window, and fails at the end if it did."""

    def __init__(self, context: BrowserContext) -> None:
        self.faults: list[str] = []
        context.on("request", lambda request: self._look_at(request.url))
        context.on("page", self._follow)

    def _look_at(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob", "about") and parts.hostname not in LOCAL:
            self.faults.append(f"asked {url}")

    def _follow(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(f"threw {error}"))
        page.on("dialog", lambda dialog: (self.faults.append(f"opened {dialog.message}"), dialog.dismiss()))
        page.on("websocket", lambda websocket: self._look_at(websocket.url))

    def __enter__(self) -> "Watch":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        assert kind is not None or not self.faults, self.faults


class Server:
    """A Streamlit server with a library of its own."""

    def __init__(self, library: Path, log: Path, *, app: str = "app_streamlit/app.py", **settings: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.library = library
        self.log = log
        usual = {"CLIPKIN_LIBRARY": str(library), "CLIPKIN_ENCODER": "embedded", "OMP_NUM_THREADS": "2"}
        environ = environment(**(usual | settings), PYTHONPATH=str(ROOT))
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / app)]
        command += ["--server.port", str(self.port), "--server.headless", "true"]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command, cwd=ROOT / "app_streamlit", env=environ, stdout=output, stderr=subprocess.STDOUT
            )  # from there the settings of the app hold for any other entry file too
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self.log.read_text()
            try:
                with urllib.request.urlopen(self.address + "/_stcore/health", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise AssertionError(f"the server did not start: {self.log.read_text()}")

    def peak_megabytes(self) -> float:
        """The most memory that the server has held so far."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def stop(self) -> None:
        end(self._process)


@pytest.fixture(scope="module")
def streamlit_server(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The Streamlit app with an empty library; the tests of a file share it in their order."""
    folder = tmp_path_factory.mktemp("streamlit")
    server = Server(folder / "library", folder / "log.txt")
    yield server
    server.stop()
    assert "Traceback" not in server.log.read_text()
