"""Checkpoints: the same bytes for the same weights, back as they were, and every damage a sentence."""

from pathlib import Path
from threading import Barrier, Thread

import numpy as np
import pytest

from core import checkpoints
from core.checkpoints import Checkpoint
from core.errors import CheckpointError

MADE = Checkpoint(
    "same_video",
    {"layer.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "optimiser.step": np.array(7)},
    {"hidden": 3},
    {"figures": {"accuracy": 0.5}, "seed": 1},
)


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "models" / checkpoints.file_name("same_video", "embedded-3")
    checkpoints.save(path, MADE)
    found = checkpoints.load(path, "same_video")
    assert (found.config, found.metadata) == (MADE.config, MADE.metadata)
    assert found.state.keys() == MADE.state.keys()
    for name, array in MADE.state.items():
        np.testing.assert_array_equal(found.state[name], array)
    assert [file.name for file in path.parent.iterdir()] == ["same_video.embedded-3.safetensors"]


def test_the_same_weights_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        checkpoints.save(tmp_path / name, MADE)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_two_threads_that_write_the_same_checkpoint_do_not_write_into_each_others_file(tmp_path: Path) -> None:
    path, start, failed = tmp_path / "a", Barrier(2), []
    sides = [Checkpoint("vae", {"w": np.full(size, fill, np.float32)}) for size, fill in ((400_000, 1), (200_000, 2))]

    def write(side: Checkpoint) -> None:
        start.wait()
        try:
            for _ in range(15):
                checkpoints.save(path, side)
                found = checkpoints.load(path, "vae").state["w"]
                assert found[0] == found[-1]
                assert len(found) == {1: 400_000, 2: 200_000}[int(found[0])]
        except (CheckpointError, AssertionError) as error:
            failed.append(error)

    threads = [Thread(target=write, args=(side,)) for side in sides]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


def test_another_models_checkpoint_is_refused(tmp_path: Path) -> None:
    checkpoints.save(tmp_path / "a", MADE)
    with pytest.raises(CheckpointError, match="not 'vae'"):
        checkpoints.load(tmp_path / "a", "vae")


@pytest.mark.parametrize("damage", ["missing", "empty", "text", "cut", "pickle", "no entry"])
def test_a_damaged_file_is_a_sentence(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a"
    checkpoints.save(path, MADE)
    whole = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "no entry":
        from safetensors.numpy import save_file

        save_file({"a": np.zeros(3)}, path)
    else:
        path.write_bytes(
            {"empty": b"", "text": b"hello", "cut": whole[:-8], "pickle": b"\x80\x04\x8c\x05posix\x94."}[damage]
        )
    with pytest.raises(CheckpointError):
        checkpoints.load(path, "same_video")
