"""The hostile set put to both running apps, as a stranger would; afterwards both still answer.

One server of each for the whole file, which the tests meet in their order.
"""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest

from core.config import MB, ROOT
from core.store.jobs import Jobs
from core.store.library import DATABASE, Library
from tests import clips
from tests.browser.conftest import Server
from tests.gradio_page import pattern_picture
from tests.processes import end, environment, free_port
from tests.security import hostile

LIMIT = 8  # MB of an upload
WAIT = 120.0  # seconds
METHOD = ("cosine", False)
FILE = {"meta": {"_type": "gradio.FileData"}}
SETS: dict[str, hostile.Maker] = {
    **hostile.FILMS,
    **{f"picture, {name}": maker for name, maker in hostile.PICTURES.items()},
    "gif of many frames": partial(hostile.gif_of_many_frames, count=600),
}

pytestmark = pytest.mark.timeout(300)


class GradioServer:
    """The Gradio app in a process of its own."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.address, self.files, self.log = f"http://127.0.0.1:{port}", folder / "temporary", folder / "gradio.txt"
        self.files.mkdir()
        environ = environment(CLIPKIN_LIBRARY=str(folder / "compared"), CLIPKIN_ENCODER="embedded")
        environ |= {"TMPDIR": str(self.files), "CLIPKIN_MAX_FILE_MB": str(LIMIT), "HF_HUB_OFFLINE": "1"}
        command = [sys.executable, "-m", "app_gradio", "--port", str(port)]
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=subprocess.STDOUT)
        until(lambda: self._process.poll() is not None or answers(self.address))
        assert self._process.poll() is None, self.log.read_text()

    def sent(self, path: Path, name: str | None = None) -> dict[str, Any]:
        """An upload, as the app's own page refers to it."""
        with path.open("rb") as file:
            files = {"files": (name or path.name, file)}
            answer = httpx.post(f"{self.address}/gradio_api/upload", files=files, timeout=60)
        answer.raise_for_status()
        return {"path": answer.json()[0], **FILE}

    def asked(self, function: str, *data: Any) -> str:
        """The last event of a call: "complete" or "error" and what came with it."""
        call = httpx.post(f"{self.address}/gradio_api/call/{function}", json={"data": list(data)}, timeout=60)
        call.raise_for_status()
        address = f"{self.address}/gradio_api/call/{function}/{call.json()['event_id']}"
        return httpx.get(address, timeout=WAIT).text

    def stop(self) -> None:
        end(self._process)


def answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hostile set, and two that are well."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "set").mkdir()
    for number, maker in enumerate(SETS.values()):
        made = maker(folder / "set" / f"{number:02}.mp4")
        for helper in [*folder.rglob("*.jpg"), *folder.rglob("*.mov")]:
            helper.unlink()
        assert made.stat().st_size < LIMIT * MB
    clips.colours(folder / "good.mp4", ["green", "white", "blue"])
    pattern_picture(folder / "good.png", 1)
    return folder


@pytest.fixture(scope="module")
def streamlit_app(folder: Path) -> Iterator[Server]:
    server = Server(folder / "library", folder / "streamlit.txt", CLIPKIN_MAX_FILE_MB=str(LIMIT))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def gradio_app(folder: Path) -> Iterator[GradioServer]:
    server = GradioServer(folder)
    yield server
    server.stop()


def put(server: Server, content: Any, name: str, purpose: str = "library", **headers: str) -> httpx.Response:
    address = f"{server.address}/clip/upload/{quote(name, safe='')}?for={purpose}"
    return httpx.put(address, content=content, headers=headers, timeout=60)


def test_the_streamlit_app_takes_the_whole_set_and_goes_on(streamlit_app: Server, folder: Path) -> None:
    files = sorted((folder / "set").iterdir())
    names = [f"{name}.mp4" for name in hostile.NAMES]
    for number, path in enumerate(files):
        answer = put(streamlit_app, path.read_bytes(), names[number % len(names)])
        assert answer.status_code == 201, answer.text
    assert put(streamlit_app, (folder / "good.mp4").read_bytes(), "good.mp4").status_code == 201
    jobs = Jobs(streamlit_app.library / DATABASE)
    until(lambda: not any(job.is_active for job in jobs.list()))
    assert {job.state for job in jobs.list()} == {"done"}
    jobs.close()
    library = Library(streamlit_app.library)
    videos, failures = library.videos(limit=1000).videos, library.failures()
    assert "good" in {video.title for video in videos}
    assert len(videos) > 5
    assert len(failures) >= 10  # those of one name replace one another
    assert all(failure.error and len(failure.error) < 400 for failure in failures)
    assert not list(library.incoming().iterdir())
    for video in videos:
        shown = httpx.get(f"{streamlit_app.address}/clip/media/{video.id}", timeout=60)
        assert shown.status_code in (200, 409)
        if shown.status_code == 200:
            assert shown.headers["content-type"].startswith(("video/", "image/", "application/octet-stream"))
            assert shown.headers["x-content-type-options"] == "nosniff"
            assert "sandbox" in shown.headers["content-security-policy"]
        assert httpx.get(f"{streamlit_app.address}/clip/thumb/{video.id}").headers["content-type"] == "image/webp"
    library.close()
    assert answers(streamlit_app.address)
    assert "Traceback" not in streamlit_app.log.read_text()


def test_the_gradio_app_takes_the_whole_set_and_goes_on(gradio_app: GradioServer, folder: Path) -> None:
    picture, clip = gradio_app.sent(folder / "good.png"), gradio_app.sent(folder / "good.mp4")
    outcomes = []
    for name, path in zip(SETS, sorted((folder / "set").iterdir()), strict=True):
        is_picture = name.startswith("picture")
        function, other = ("compare_frames", picture) if is_picture else ("compare_videos", clip)
        answer = gradio_app.asked(function, gradio_app.sent(path), other, *([] if is_picture else METHOD))
        assert "Traceback" not in answer
        assert "Unexpected" not in answer, (name, answer)
        outcomes.append("event: complete" in answer)
    assert {True, False} == set(outcomes)
    assert "event: complete" in gradio_app.asked("compare_frames", picture, picture)
    assert "event: complete" in gradio_app.asked("compare_videos", clip, clip, *METHOD)
    assert answers(gradio_app.address)


@pytest.mark.parametrize("name", hostile.NAMES)
def test_an_upload_may_be_called_anything(gradio_app: GradioServer, folder: Path, name: str) -> None:
    sent = gradio_app.sent(folder / "good.png", f"{name}.png")
    assert Path(sent["path"]).resolve().is_relative_to(gradio_app.files.resolve())
    answer = httpx.get(f"{gradio_app.address}/gradio_api/file={quote(sent['path'])}")
    assert answer.status_code == 200
    assert answer.content == (folder / "good.png").read_bytes()
    assert answer.headers["content-type"] in ("image/png", "application/octet-stream")


@pytest.mark.parametrize(
    "data",
    [
        [],
        [None, None],
        ["/etc/passwd", "/etc/passwd"],
        [{"path": "/etc/passwd", **FILE}] * 2,
        [{"path": "http://127.0.0.1:1/x", **FILE}] * 2,
        [{"path": "http://169.254.169.254/latest", "url": "file:///etc/passwd", **FILE}] * 2,
        [{"path": "data:image/png;base64,AAAA", **FILE}] * 2,
        [{"path": "\0", **FILE}] * 2,
        [{"path": ["x"], **FILE}] * 2,
        [[[[[[[[]]]]]]]] * 2,
        [{"a": 1e308}] * 2,
        [1, True],
        ["x" * 1_000_000] * 2,
    ],
    ids=range(13),
)
def test_what_is_no_picture_is_refused(gradio_app: GradioServer, data: list[Any]) -> None:
    answer = gradio_app.asked("compare_frames", *data)
    assert "event: error" in answer
    assert "root:" not in answer


def too_much() -> Iterator[bytes]:
    """More than an upload may be, without saying so first."""
    for _ in range(LIMIT + 4):
        yield bytes(MB)


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_an_upload_ends_where_the_limit_is(streamlit_app: Server, gradio_app: GradioServer) -> None:
    before = size_of(gradio_app.files), size_of(streamlit_app.library / "incoming")
    assert put(streamlit_app, too_much(), "x.mp4").status_code == 413
    answer = httpx.post(f"{gradio_app.address}/gradio_api/upload", files={"files": ("x", bytes((LIMIT + 1) * MB))})
    assert answer.status_code == 413
    kind = {"content-type": "multipart/form-data; boundary=x"}
    answer = httpx.post(f"{gradio_app.address}/gradio_api/upload", content=too_much(), headers=kind)
    assert 400 <= answer.status_code < 500
    assert (size_of(gradio_app.files), size_of(streamlit_app.library / "incoming")) == before


def test_who_sends_too_much_hears_why_though_he_listens_late(streamlit_app: Server) -> None:
    place = urlsplit(streamlit_app.address)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=60) as line:
        line.sendall(f"PUT /clip/upload/x.mp4?for=library HTTP/1.1\r\nHost: {place.netloc}\r\n".encode())
        line.sendall(b"Transfer-Encoding: chunked\r\n\r\n")
        for piece in too_much():
            line.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        line.sendall(b"0\r\n\r\n")
        heard = b"".join(iter(lambda: line.recv(4096), b""))
    assert heard.startswith(b"HTTP/1.1 413")
    assert heard.endswith(b"taken here.")


@pytest.mark.parametrize("path", ["/gradio_api/call/compare_frames", "/gradio_api/queue/join", "/gradio_api/mcp/"])
def test_no_other_request_brings_much(gradio_app: GradioServer, path: str) -> None:
    for body in (bytes(5 * MB), too_much()):
        answer = httpx.post(gradio_app.address + path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 413


FOREIGN: list[dict[str, str]] = [
    {"origin": "http://evil.example"},
    {"origin": "null"},
    {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"},
    {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"},
    {"referer": "http://evil.example/"},
    {"host": "evil.example"},
]
ROUTES = {
    "streamlit": [
        ("GET", "/"),
        ("PUT", "/clip/upload/x.mp4?for=search"),
        ("GET", f"/clip/media/{'0' * 16}"),
        ("GET", f"/clip/thumb/{'0' * 16}"),
        ("GET", "/clip/map/x/about"),
        ("GET", "/_stcore/host-config"),
        ("PUT", "/_stcore/upload_file/x/y"),
        ("POST", "/_stcore/agent/interact"),
        ("GET", "/media/x.bin"),
    ],
    "gradio": [
        ("GET", "/"),
        ("GET", "/config"),
        ("GET", "/gradio_api/info"),
        ("POST", "/gradio_api/upload"),
        ("POST", "/gradio_api/call/compare_frames"),
        ("POST", "/gradio_api/queue/join"),
        ("GET", "/gradio_api/queue/data?session_hash=x"),
        ("POST", "/gradio_api/cancel"),
        ("POST", "/gradio_api/mcp/"),
        ("GET", "/gradio_api/file=/etc/hostname"),
    ],
}


@pytest.mark.parametrize("headers", FOREIGN, ids=lambda headers: "-".join(headers.values()))
def test_no_other_site_may_ask_anything(
    streamlit_app: Server, gradio_app: GradioServer, headers: dict[str, str]
) -> None:
    for address, routes in ((streamlit_app.address, ROUTES["streamlit"]), (gradio_app.address, ROUTES["gradio"])):
        for method, path in routes:
            answer = httpx.request(method, address + path, headers=headers, timeout=30)
            assert answer.status_code == (400 if "host" in headers else 403), (method, path)
            assert "access-control-allow-origin" not in answer.headers


def handshake(address: str, path: str, **headers: str) -> int:
    """The status of an attempt to open a web socket."""
    asked = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    with httpx.stream("GET", address + path, headers=asked | headers, timeout=30) as answer:
        return answer.status_code


def test_no_other_site_may_open_a_web_socket(streamlit_app: Server) -> None:
    path, own = "/_stcore/stream", streamlit_app.address
    assert handshake(own, path, origin=own) == 101
    assert handshake(own, path, origin="http://evil.example") == 403
    assert handshake(own, path, origin="http://localhost:1") == 403  # Streamlit itself would let any port of ours in
    assert handshake(own, path, host="evil.example", origin="http://evil.example") == 403


def test_every_page_says_who_may_frame_it(streamlit_app: Server, gradio_app: GradioServer) -> None:
    for address in (streamlit_app.address, gradio_app.address):
        headers = httpx.get(address).headers
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("suffix", ["html", "svg", "xml", "js", "xhtml", "pdf"])
def test_an_uploaded_page_is_never_shown_as_one(gradio_app: GradioServer, tmp_path: Path, suffix: str) -> None:
    sent = gradio_app.sent(hostile.page_in_place_of_media(tmp_path / f"page.{suffix}"))
    answer = httpx.get(f"{gradio_app.address}/gradio_api/file={quote(sent['path'])}")
    if answer.status_code == 200:
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "attachment" in answer.headers["content-disposition"]
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        *("/etc/passwd", "//etc/passwd", "/proc/self/environ", "../../../../etc/passwd"),
        *("%2e%2e%2f%2e%2e%2fetc/passwd", "{files}/../compared/catalogue.sqlite", "{files}", "{library}"),
        *("{root}/app.py", "file:///etc/passwd", "~/.ssh", "http://127.0.0.1:1/x", "https://evil.example/x"),
        *("HTTP://127.0.0.1:1/x", "..%5c..%5cetc%5cpasswd", "%00"),
    ],
)
def test_no_file_is_served_but_those_meant_for_it(gradio_app: GradioServer, folder: Path, path: str) -> None:
    place = path.format(files=gradio_app.files, library=folder / "compared" / DATABASE, root=ROOT)
    for route in ("file=", "file/", "proxy=", "component/", "custom_component/"):
        answer = httpx.get(f"{gradio_app.address}/gradio_api/{route}{place}", timeout=30)
        assert answer.status_code in (400, 403, 404), (route, answer.status_code)
    for route in ("static/", "assets/", "svelte/", ""):
        answer = httpx.get(f"{gradio_app.address}/{route}{place}", timeout=30)
        assert "root:x" not in answer.text
        assert "SQLite format" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        *("/app/static/../main.py", "/app/static/%2e%2e/main.py", "/app/static//etc/passwd"),
        *("/static/../../etc/passwd", "/component/clip_grid/../../../etc/passwd"),
        *("/_stcore/bidi-components/x/../../etc/passwd", "/media/../etc/passwd"),
        *("/clip/print/..%2fcatalogue.sqlite", "/clip/print/%2e%2e", "/clip/map/..%2f..%2fx/about"),
        *("/clip/media/..%2f..%2fx", "/clip/thumb/%00", "/app/static/link", "//etc/passwd"),
        *("/\\\\server\\share",),
    ],
)
def test_no_path_leads_out_of_the_streamlit_app(streamlit_app: Server, path: str) -> None:
    answer = httpx.get(streamlit_app.address + path, timeout=30)
    assert "root:x" not in answer.text
    assert "SQLite format" not in answer.text
    assert "def main(" not in answer.text
    assert answer.status_code < 500


@pytest.mark.parametrize(
    "ranges",
    [
        *("bytes=0-0", "bytes=-1", "bytes=5-2"),
        *("bytes=" + ",".join(f"{n}-{n + 1}" for n in range(0, 20000, 2)), "bytes=0-,0-"),
        *("bytes=999999999999999999999-", "bytes=-999999999999999999999", "bytes=a-b", "bytes=", "lines=1-2"),
        *("bytes=0-0," * 900,),
    ],
    ids=range(11),
)
def test_any_range_of_a_film_is_answered(streamlit_app: Server, ranges: str) -> None:
    library = Library(streamlit_app.library)
    good = next(video for video in library.videos(limit=1000).videos if video.title == "good")
    library.close()
    answer = httpx.get(f"{streamlit_app.address}/clip/media/{good.id}", headers={"range": ranges}, timeout=30)
    assert answer.status_code in (200, 206, 400, 416, 431)
    assert len(answer.content) <= 2 * good.info.size_bytes + 100_000


def test_both_still_answer(streamlit_app: Server, gradio_app: GradioServer, folder: Path) -> None:
    assert put(streamlit_app, (folder / "good.png").read_bytes(), "x.png", "search").json()["token"]
    assert answers(streamlit_app.address)
    good = gradio_app.sent(folder / "good.png")
    assert '"same_video": true' in gradio_app.asked("compare_frames", good, good).replace("True", "true")
    assert not (ROOT / "sprung").exists()
    shutil.rmtree(folder / "set")
