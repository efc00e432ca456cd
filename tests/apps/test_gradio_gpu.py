"""The ZeroGPU seam, with a stand-in for the platform that really runs the function in a fork of this process."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from app_gradio import gpu
from core.config import ROOT
from core.features import vgg_mac
from tests.fakes import FakeImageEncoder
from tests.gradio_page import pattern, pattern_clip

STAND_IN = Path(__file__).parent / "lent"
ASK = """
import os, sys
from dataclasses import asdict
from pathlib import Path

from app_gradio import gpu
lend = gpu.lender()
assert lend is not None and "torch" not in sys.modules

import numpy as np, spaces
from gradio.context import LocalContext
from app_gradio.work import Task
from core.config import Settings
from core.studio import Studio

folder = Path(sys.argv[1])
settings = Settings(library=folder / "library", encoder="vgg_mac", weights=folder)
studio = Studio(settings)
studio.warm(lend=lend)
LocalContext.request.set("of the visitor")
task = Task(lambda progress: studio.query(folder / "a.mp4", progress=progress))
list(task)
one, other = task.result, studio.query(folder / "b.mp4")
found = studio.compare_videos(one, other)
alike = studio.compare_frames((one.id, 0.0), folder / "larger.png")
assert alike.cosine > 0.99, alike
loans = list(spaces.LOANS)
print([seconds for seconds, _, _ in loans], loans[0][2], os.getpid() in {pid for _, pid, _ in loans})
plain = Studio(Settings(library=folder / "plain", encoder="vgg_mac", weights=folder))
again = plain.compare_videos(plain.query(folder / "a.mp4"), plain.query(folder / "b.mp4"))
assert len(spaces.LOANS) == len(loans)
assert np.abs(again.frame_matrix - found.frame_matrix).max() < 1e-6
assert again.summary == found.summary
print("the same")
"""


def test_off_the_platform_nothing_is_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    assert gpu.lender() is None


def test_a_loan_is_as_long_as_the_work() -> None:
    short, long = (gpu.seconds("clip", "encode", range(count)) for count in (1, 600))
    assert (short, long) == (11, 22)
    assert gpu.seconds("clip", "encode_each", (range(1), range(50))) == 12


def test_a_borrowed_encoder_is_like_its_own_but_for_where_it_computes() -> None:
    asked = []
    borrowed = gpu.Borrowed(FakeImageEncoder("mine"), lambda *call: asked.append(call))
    assert (borrowed.name, borrowed.dimension, borrowed.short_side) == ("mine", 3, 48)
    assert not hasattr(borrowed, "encode_regions")
    borrowed.encode("pictures")
    borrowed.encode_each(("one", "other"))
    assert asked == [("mine", "encode", "pictures"), ("mine", "encode_each", ("one", "other"))]


def test_on_the_platform_only_encoding_is_done_in_the_fork_and_once_for_a_clip_or_two_frames(tmp_path: Path) -> None:
    vgg_mac.write_random(tmp_path / "vgg16.safetensors")
    pattern_clip(tmp_path / "a.mp4", [1, 2])
    pattern_clip(tmp_path / "b.mp4", [2])
    Image.fromarray(pattern(1, (320, 180))).save(tmp_path / "larger.png")
    answer = subprocess.run(
        [sys.executable, "-c", ASK, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{STAND_IN}:{ROOT}", "SPACES_ZERO_GPU": "true"}
        | {"OMP_NUM_THREADS": "1", "HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"},
        timeout=120,
    )
    assert answer.returncode == 0, answer.stderr
    loans, same = answer.stdout.splitlines()[-2:]
    assert loans == "[11, 11, 11] of the visitor False"  # two clips, and two pictures in one
    assert same == "the same"
