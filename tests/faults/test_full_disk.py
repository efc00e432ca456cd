"""A full disk in the midst of everything: one clear sentence, a library that is whole, and all works with room again.

The disk is a small one in memory, mounted where only the process under test sees it, which Linux lets any user do.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.config import ROOT, Settings
from core.studio import Studio
from tests import clips

MEGABYTES = 24
MOUNT = 'mount -t tmpfs -o size={size}m tmpfs "$0" && exec "$@"'


def on_a_small_disk(disk: Path, *command: str, size: int = MEGABYTES) -> subprocess.CompletedProcess[str]:
    """Runs a command that sees a disk of its own at `disk`."""
    return subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNT.format(size=size), str(disk), *command],
        cwd=ROOT, capture_output=True, text=True, timeout=240, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where small disks can be mounted; skipped where they cannot."""
    place = tmp_path_factory.mktemp("disk")
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare to mount a small disk with")
    tried = on_a_small_disk(place, "true")
    if tried.returncode != 0:
        pytest.skip(f"this user may not mount a small disk here: {tried.stderr.strip()}")
    return place


@pytest.fixture(scope="module")
def world(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a library that also has a clip no browser plays, and a clip that is in none."""
    folder = tmp_path_factory.mktemp("world")
    shutil.copytree(demo, folder / "library")
    noise = np.random.default_rng(0).integers(0, 256, (60, 120, 160, 3), np.uint8)
    clips.write(folder / "odd.avi", list(noise))
    clips.colours(folder / "new.mp4", ["red", "white", "blue"] * 20)
    studio = Studio(Settings(library=folder / "library", encoder="embedded"))
    studio.ingest([folder / "odd.avi"])
    studio.close()
    return folder


def told(disk: Path, world: Path, activity: str, spare: int) -> dict[str, Any]:
    done = on_a_small_disk(
        disk, sys.executable, "-m", "tests.faults.full", activity, str(spare), str(disk), str(world / "library"),
        str(world),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("activity", "spare"),
    [("add", 0), ("add", 20_000), ("add", 60_000), ("train", 120_000), ("map", 120_000), ("preview", 60_000)],
)
def test_what_makes_files_says_that_the_disk_is_full_and_leaves_nothing_half_done(
    activity: str, spare: int, disk: Path, world: Path
) -> None:
    found = told(disk, world, activity, spare)
    assert "Free some space" in found["said"], found["said"]
    assert found["then"] == found["before"]
    made = {"add": "ids", "train": "learned", "map": "maps", "preview": "previews"}[activity]
    assert found["again"][made] != found["before"][made]
    assert found["again"]["parts"] == []


@pytest.mark.parametrize("activity", ["retitle", "remember", "submit"])
def test_the_catalogue_says_that_the_disk_is_full(activity: str, disk: Path, world: Path) -> None:
    found = told(disk, world, activity, 0)
    assert "Free some space" in found["said"], found["said"]
    assert found["then"] == found["before"]


@pytest.mark.parametrize("activity", ["search", "open"])
def test_what_only_reads_goes_on(activity: str, disk: Path, world: Path) -> None:
    found = told(disk, world, activity, 0)
    assert found["said"] == ""
    assert found["then"] == found["before"]


def test_an_upload_is_refused_before_the_disk_is_full(disk: Path, world: Path) -> None:
    """No disk as small as this one has the room that uploads must leave, so the one with room again refuses, too."""
    done = on_a_small_disk(
        disk, sys.executable, "-m", "tests.faults.full", "upload", "0", str(disk), str(world / "library"), str(world)
    )
    assert "Free some" in done.stderr
