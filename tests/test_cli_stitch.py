"""Stitching and measuring from outside: what does not fit is a sentence, and Ctrl-C leaves nothing half-written."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.__main__ import STOPPED, main
from core.config import ROOT, SAMPLES

PATIENCE = 120.0  # seconds on a busy machine


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    for scene in ("regatta", "jellyfish"):
        shutil.copy(SAMPLES / f"{scene}-anchor.mp4", folder / f"{scene}.mp4")
    return folder


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("evaluate", "trace", "--queries", "q"), "--videos DIR"),
        (("evaluate", "visil", "--videos", "v", "--queries", "q"), "Leave out --queries"),
        (("stitch", "v", "--out", "q", "--noise", "rain"), "re-encoding, other audio"),
        (("stitch", "v", "--out", "q", "--held-out", "1"), "between 0 and 1"),
        (("stitch", "v", "--out", "q"), "There are no videos in v"),
    ],
)
def test_what_does_not_fit_is_a_sentence(
    arguments: tuple[str, ...], words: str, tmp_path: Path, monkeypatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "v").mkdir()
    assert main([*arguments, "--library", str(tmp_path / "library"), "--json"]) == 1
    assert words in json.loads(capsys.readouterr().out)["error"]
    assert not (tmp_path / "q").exists()


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C reaches a group of processes by a signal of POSIX")
def test_ctrl_c_while_a_query_is_written_leaves_no_half_of_it(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "queries"
    running = subprocess.Popen(
        [sys.executable, "-m", "core", "stitch", str(films), "--out", str(out), "--noise", "clean", "--number", "9"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    end = time.monotonic() + PATIENCE
    while not list(out.glob("clean_*.part")) and running.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: the encoder hears it too
    printed, told = running.communicate(timeout=PATIENCE)
    assert (running.returncode, printed) == (130, ""), told
    assert told.strip() == STOPPED
    assert list(out.iterdir()) == []
    assert [path for path in tmp_path.iterdir() if path.name.startswith("tmp")] == []
