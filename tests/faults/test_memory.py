"""A full memory: smaller pieces give the same numbers, and what cannot go on says so and loses nothing."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from core.config import ROOT
from core.models import f2f
from core.models.visil import TILE, Config, ViSiL
from core.studio import Studio
from core.training.registry import LEARNERS

LITTLE = """
import resource, sys
import numpy as np
from core.models.f2f import frame_matrices
rng = np.random.default_rng(0)
query, reference = (rng.standard_normal((n, 9, 64)).astype(np.float32) for n in (450, 512))
plenty = frame_matrices(query, reference)
size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + 24 * 2**20, resource.RLIM_INFINITY))
try:
    np.empty(64 * 2**20, np.uint8)
    print("there is room for a whole batch", file=sys.stderr)
except MemoryError:
    pass
little = frame_matrices(query, reference)
np.testing.assert_allclose(little.query_in_reference, plenty.query_in_reference, atol=1e-5)
np.testing.assert_allclose(little.reference_in_query, plenty.reference_in_query, atol=1e-5)
print("same")
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the size of a process is read from /proc")
def test_two_videos_are_compared_in_pieces_that_fit_the_memory_there_is() -> None:
    done = subprocess.run([sys.executable, "-c", LITTLE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("same\n", 0), done.stderr
    assert "there is room" not in done.stderr, "the limit did not bind"


def test_a_large_matrix_is_refined_in_tiles_that_fit() -> None:
    torch.manual_seed(0)
    model = ViSiL(Config(16)).eval()
    matrix = np.random.default_rng(1).uniform(-1, 1, (TILE + 37, 90)).astype(np.float32)
    expected = model.refine(matrix)
    sizes: list[int] = []

    def full(module: torch.nn.Module, arguments: tuple[torch.Tensor, ...]) -> None:
        sizes.append(arguments[0].shape[2])
        if sizes[-1] > 200:
            raise torch.OutOfMemoryError("CUDA out of memory")

    hook = model.comparator.register_forward_pre_hook(full)
    np.testing.assert_allclose(model.refine(matrix), expected, atol=1e-5)
    hook.remove()
    assert sizes[0] > 200
    assert sizes[-1] <= 200


def test_f2f_asks_for_less_until_it_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    query, reference = (rng.standard_normal((count, 9, 8)).astype(np.float32) for count in (50, 40))
    expected = f2f.frame_matrices(query, reference)
    multiply, sizes = f2f._product, []

    def full(rows: np.ndarray, columns: np.ndarray, precision: f2f.Precision) -> np.ndarray:
        sizes.append(len(rows) // 9)
        if sizes[-1] > 8:
            raise MemoryError
        return multiply(rows, columns, precision)

    monkeypatch.setattr(f2f, "_product", full)
    found = f2f.frame_matrices(query, reference)
    assert sizes[:4] == [50, 25, 12, 6]
    np.testing.assert_allclose(found.query_in_reference, expected.query_in_reference, atol=1e-6)
    np.testing.assert_allclose(found.reference_in_query, expected.reference_in_query, atol=1e-6)


def test_a_training_that_runs_out_of_memory_says_so_and_the_old_weights_stay(
    opened: Callable[[], Studio], monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = opened()
    kept = studio._equipment.learned_here("vae", "embedded")
    kept.write_bytes(b"what was learned before")
    monkeypatch.setitem(LEARNERS, "vae", "tests.faults.greedy")
    job = studio.start_training("vae")
    deadline = time.monotonic() + 60
    while (now := studio._jobs.get(job.id)).is_active:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert now.state == "failed"
    assert "ran out of memory. Close other programs" in now.message
    assert kept.read_bytes() == b"what was learned before"
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]
    studio.close()
