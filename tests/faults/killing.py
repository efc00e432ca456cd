"""Killing a process of ours at some moment, and what has to hold of its library afterwards."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.config import ROOT, Settings
from core.store.disk import PART
from core.studio import Studio
from tests.load.servers import descendants

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="child processes are found by /proc")
DAY = 24 * 3600.0


def killed(activity: str, root: Path, folder: Path, *, reports: int, seconds: float) -> list[str]:
    """Lets it report so often and go on for so long, then kills it; gives what it had done. Its own children must end
    by themselves."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.busy", activity, str(root), str(folder)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "CLIPKIN_LIBRARY": str(root)},
    )  # fmt: skip
    assert child.stdout is not None
    lines = [child.stdout.readline() for _ in range(1 + reports)]
    time.sleep(seconds)
    assert child.poll() is None, "it ended by itself"
    left = list(descendants(child.pid))
    child.send_signal(signal.SIGKILL)
    lines += child.stdout.read().splitlines()
    child.stdout.close()
    assert child.wait() == -signal.SIGKILL
    deadline = time.monotonic() + 30
    while any(is_running(pid) for pid in left):
        assert time.monotonic() < deadline, "a decoder lives on"
        time.sleep(0.05)
    return [line.split()[1] for line in lines if line.startswith("done ") and len(line.split()) == 2]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def assert_whole(studio: Studio) -> None:
    """Every video can be shown and searched for, and none of the jobs seems to run."""
    library, track = studio._library, studio._equipment.track("embedded")
    for video_id in library.ids():
        assert len(library.load_track(video_id, track)) > 0
        assert library.thumbnail(video_id)
    if len(library.ids()) > 1:
        (first, *_) = library.ids()
        assert studio.search(studio.video(first)).hits
    assert not any(job.is_active for job in studio.jobs())


def assert_tidy(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day later nothing is left of what was never finished."""
    now = time.time()
    monkeypatch.setattr("core.store.leftovers.time.time", lambda: now + DAY + 3600)
    monkeypatch.setattr("core.store.maps.time.time", lambda: now + DAY + 3600)
    studio = Studio(Settings(library=root, encoder="embedded"))
    files = [path for path in root.rglob("*") if path.is_file()]
    assert [path for path in files if PART in path.name] == []
    assert list((root / "incoming").iterdir()) == []
    known = set(studio._library.ids())
    for folder in ("tracks", "thumbs", "media"):
        names = {path.name.partition(".")[0] for path in (root / folder).rglob("*") if path.is_file()}
        assert names <= known, folder
    kept = {path.stem for path in (root / "maps").iterdir()}
    assert kept == {view.version for view in studio.frame_maps()}
    studio.close()
