"""Batches that fit the memory there is: halved where it is full, off the GPU where nothing fits, the same numbers."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from core.batches import in_batches, is_full
from core.config import Settings
from core.equipment import Equipment
from core.errors import StudioError
from core.features import backbones, region_mac, vgg_mac, xception
from core.features.region_mac import RegionMac
from core.features.vgg_mac import VggMac
from core.features.xception import XceptionHalves
from core.store.library import Library

FULL = [
    MemoryError(),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
]


def numbers(sizes: list[int], *, most: int, error: Exception) -> Callable[[slice], np.ndarray]:
    def work(part: slice) -> np.ndarray:
        sizes.append(part.stop - part.start)
        if sizes[-1] > most:
            raise error
        return np.arange(part.start, part.stop)

    return work


@pytest.mark.parametrize("error", FULL, ids=lambda error: type(error).__name__)
def test_a_full_memory_halves_the_batch_until_the_work_fits(error: Exception) -> None:
    sizes: list[int] = []
    results = in_batches(numbers(sizes, most=8, error=error), 20, 32)
    np.testing.assert_array_equal(np.concatenate(results), np.arange(20))
    assert sizes == [20, 10, 5, 5, 5, 5]


def test_what_fits_is_done_in_whole_batches() -> None:
    sizes: list[int] = []
    assert len(in_batches(numbers(sizes, most=32, error=MemoryError()), 70, 32)) == 3
    assert sizes == [32, 32, 6]
    assert in_batches(numbers(sizes, most=32, error=MemoryError()), 0, 32) == []


def test_a_gpu_that_holds_not_even_one_is_left_once_and_the_work_goes_on() -> None:
    sizes: list[int] = []
    left: list[int] = []

    def work(part: slice) -> int:
        sizes.append(part.stop - part.start)
        if not left:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return part.start

    assert in_batches(work, 3, 2, leave_gpu=lambda: not left and not left.append(1)) == [0, 1, 2]
    assert sizes == [2, 1, 1, 1, 1]


def test_where_nothing_fits_the_person_is_told_what_to_do() -> None:
    with pytest.raises(StudioError, match="Close other programs"):
        in_batches(numbers([], most=0, error=MemoryError()), 3, 2)


def test_other_errors_pass() -> None:
    error = RuntimeError("mat1 and mat2 shapes cannot be multiplied")
    assert not is_full(error)
    with pytest.raises(RuntimeError, match="mat1"):
        in_batches(numbers([], most=0, error=error), 3, 2)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    vgg_mac.write_random(folder / "vgg16.safetensors")
    backbones.write_random("mobilenetv2", folder / backbones.backbone_spec("mobilenetv2").files[0])
    backbones.write_random("xception", folder / "xception.safetensors")
    return folder


BUILDERS = {
    "vgg_mac": (vgg_mac.BATCH, lambda weights, device: VggMac(weights, device=device)),
    "region_mac": (region_mac.BATCH, lambda weights, device: RegionMac("mobilenetv2", weights, device=device)),
    "xception": (
        xception.BATCH,
        lambda weights, device: XceptionHalves(weights / "xception.safetensors", device=device),
    ),
}


@pytest.mark.parametrize("name", BUILDERS)
@pytest.mark.parametrize("most", [2, 0])
def test_an_encoder_gives_the_same_vectors_however_little_memory_there_is(name: str, most: int, weights: Path) -> None:
    """`most` frames fit on what the encoder takes for a GPU; none at all, and it goes on with the CPU."""
    batch, build = BUILDERS[name]
    frames = np.random.default_rng(0).integers(0, 256, (5, 48, 64, 3), np.uint8)
    expected = build(weights, "cpu").encode(frames)
    encoder = build(weights, "cpu:0")
    backbone = encoder._backbone
    sizes: list[int] = []

    def look(pixels: torch.Tensor) -> object:
        if backbone._device != "cpu":
            sizes.append(len(pixels))
            if len(pixels) > most:
                raise torch.OutOfMemoryError("CUDA out of memory")
        return None

    name_of = {"vgg_mac": "stages", "region_mac": "stages", "xception": "pooled"}[name]
    original = getattr(backbone, name_of)
    setattr(backbone, name_of, lambda pixels: (look(pixels), original(pixels))[1])
    np.testing.assert_allclose(encoder.encode(frames), expected, atol=1e-5)
    assert sizes[0] == min(batch, len(frames))
    assert min(sizes) == 1
    assert backbone._device == ("cpu" if most == 0 else "cpu:0")
    assert ("GPU's memory was full" in encoder.notice) == (most == 0)


def test_the_person_is_told_that_the_encoder_left_the_gpu(weights: Path, tmp_path: Path) -> None:
    settings = Settings(library=tmp_path, encoder="vgg_mac", weights=weights)
    library = Library(tmp_path)
    equipment = Equipment(settings, library)
    assert equipment.reason() == "As the settings ask."
    encoder = VggMac(weights, device="cpu:0")
    equipment._encoders["vgg_mac"] = encoder
    assert encoder._backbone._leave_gpu()
    assert equipment.reason().startswith("Works on the CPU, because the GPU's memory was full")
    assert equipment.reason().endswith("As the settings ask.")
    library.close()
