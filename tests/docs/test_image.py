"""What the Dockerfile does, done without an engine: the files that .dockerignore leaves, in a folder of their own; the
command, as an ordinary user; the health check, until it passes."""

import fnmatch
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
USER = 1000
PATIENCE = 120.0  # seconds
NEEDED = {"requirements.txt", "LICENSE", "NOTICE", "app.py", "core", "app_streamlit", "app_gradio", "assets"}


def instruction(name: str) -> list[str]:
    """What follows every instruction of that name."""
    return re.findall(rf"^\s*{name}\s+(.+)$", DOCKERFILE, re.MULTILINE)


def variables() -> dict[str, str]:
    return dict(pair.split("=", 1) for line in instruction("ENV") for pair in shlex.split(line))


def is_left(path: str, rules: list[str]) -> bool:
    """Whether .dockerignore lets this path into the image: the last rule that matches it or a folder above decides."""
    left = True
    parents = [path, *map(str, Path(path).parents)]
    for rule in rules:
        pattern = rule.removeprefix("!").removeprefix("**/")
        places = [place for place in parents if place != "."]
        names = [Path(place).name for place in places] if "**/" in rule else []
        same_depth = [place for place in places if place.count("/") == pattern.count("/")]
        if any(fnmatch.fnmatchcase(place, pattern) for place in [*same_depth, *names]):
            left = rule.startswith("!")
    return left


def context() -> list[str]:
    """The tracked files that go into the image; in a checkout without git, all of them."""
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    paths = listed.stdout.split("\0") if listed.returncode == 0 else map(str, ROOT.rglob("*"))
    files = [path for path in paths if path and (ROOT / path).is_file()]
    return [path for path in files if is_left(path, rules)]


def test_the_image_holds_what_the_apps_run_on_and_nothing_else() -> None:
    files = context()
    assert {path.split("/")[0] for path in files} == NEEDED
    assert not [path for path in files if path.startswith("assets/samples") and path.endswith(".py")]
    assert sum((ROOT / path).stat().st_size for path in files) < 30e6


def test_settings_ports_and_folders_of_the_image_agree() -> None:
    given = variables()
    assert instruction("EXPOSE") == [given["PORT"]]
    (volume,) = instruction("VOLUME")
    for name in ("CLIPKIN_LIBRARY", "CLIPKIN_FOLDER_ROOT", "HF_HOME"):
        assert given[name].startswith(volume)
    assert instruction("USER") == [str(USER)]
    page = (ROOT / "docs" / "host.md").read_text("utf-8")
    for published in re.findall(r"-p [\d.]+:(\d+):(\d+)", page):
        assert set(published) <= {given["PORT"], "7860", "8600"}
    assert f"app_port: {given['PORT']}" in page
    assert {mount.split(":")[0].split("/")[1] for mount in re.findall(r"-v [^:\s]+:(\S+)", page)} <= {"data", "to"}


def test_a_build_for_the_processor_alone_leaves_out_what_only_a_gpu_needs(tmp_path: Path) -> None:
    (script,) = re.findall(r"sed --in-place '([^']+)'", DOCKERFILE)
    done = subprocess.run(["sed", script, ROOT / "requirements.txt"], capture_output=True, text=True, check=True)
    kept = {line.split("==")[0] for line in done.stdout.splitlines()}
    assert not [name for name in kept if name.startswith(("nvidia", "cuda", "triton"))]
    assert {"torch", "torchvision", "streamlit", "gradio", "av"} <= {name.split("[")[0] for name in kept}


@pytest.fixture
def image() -> Iterator[Path]:
    """The folder of the app and its volume, owned by an ordinary user where this one may give things away."""
    with tempfile.TemporaryDirectory(prefix="clipkin-image-") as name:
        folder = Path(name)
        for path in context():
            (folder / "app" / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, folder / "app" / path)
        (folder / "data").mkdir()
        for place in [folder, *folder.rglob("*")] if os.geteuid() == 0 else []:
            place.chmod(0o755 if place.is_dir() else 0o644)
            if place.is_relative_to(folder / "data"):
                os.chown(place, USER, USER)
        yield folder


def ordinary(folder: Path) -> tuple[list[str], dict[str, str]]:
    """What makes a command run as the image's user, and where that one finds Python: this very one, or the system's of
    the same version with these libraries where an ordinary user may not enter this one's folder. Nothing where
    neither can be."""
    as_user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
    system = shutil.which(f"python3.{sys.version_info.minor}", path="/usr/bin:/usr/local/bin")
    (folder / "bin").mkdir()
    here = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    there = {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": sysconfig.get_path("purelib")}
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return [], here
    if system:
        (folder / "bin" / "python").symlink_to(system)
    for environ in (here, there):
        probe = [*as_user, "sh", "-c", "python -c 'import numpy, streamlit'"]
        if subprocess.run(probe, env=environ, cwd="/", capture_output=True, check=False).returncode == 0:
            return as_user, environ
    return [], here


@pytest.mark.parametrize("command", ["CMD", "docs"])
def test_the_app_of_the_image_comes_up_as_an_ordinary_user_and_calls_itself_healthy(image: Path, command: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    given = {name: value.replace("/data", str(image / "data")) for name, value in variables().items()}
    as_user, python = ordinary(image)
    environ = (
        given | python | {"PORT": port, "HOME": str(image / "data"), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    )
    start = json.loads(instruction("CMD")[-1])
    check = json.loads(instruction("HEALTHCHECK")[0].split("CMD", 1)[1])
    if command == "docs":  # the other app, as the page on hosting starts it
        start = ["python", "-m", "app_gradio", "--host", "0.0.0.0", "--port", port]
        check = ["python", "-c", f"import urllib.request as r; r.urlopen('http://127.0.0.1:{port}/')"]
    log = image / "data" / "log.txt"
    with log.open("wb") as output:
        app = subprocess.Popen(
            [*as_user, *start],
            cwd=image / "app",
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while subprocess.run([*as_user, *check], env=environ, capture_output=True, check=False).returncode:
            assert app.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.5)
        if command == "CMD":
            assert (image / "data" / "library" / "catalogue.sqlite").is_file()
            assert len(list((image / "data" / "library" / "tracks").rglob("*.npz"))) >= 25
        assert sum(path.is_file() for path in (image / "app").rglob("*")) == len(
            context()
        )  # it writes to its volume only
    finally:
        if app.poll() is None:
            os.killpg(app.pid, signal.SIGTERM)
        app.wait(20)
    assert "Traceback" not in log.read_text()
