"""Published backbones: where their weights are looked for, what is refused, and that the numbers are theirs."""

import hashlib
import shutil
from itertools import pairwise

import numpy as np
import pytest
import torch

from core.errors import EncoderUnavailable
from core.features import backbones

PICTURES = np.random.default_rng(0).integers(0, 256, (2, 90, 160, 3), np.uint8)


@pytest.fixture(autouse=True)
def _empty_caches(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


BUILT = [name for name, spec in backbones.BACKBONES.items() if spec.is_built_here]


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    for name in BUILT:
        backbones.write_random(name, folder / f"{name}.safetensors")
    return folder


def test_published_networks_have_their_published_number_of_parameters(weights):
    published = {"resnet50": 25_557_032, "xception": 22_855_952, "mobilenetv2": 3_504_872}  # torchvision, timm
    for name, size in published.items():
        backbone = backbones.load(name, weights / f"{name}.safetensors", mode="pooled")
        assert sum(value.numel() for value in backbone._module.parameters()) == size


@pytest.mark.parametrize("name", BUILT)
def test_stages_have_their_channels_each_half_as_wide_as_the_last(weights, name):
    backbone = backbones.load(name, weights / f"{name}.safetensors", mode="stages")
    maps = backbone.stages(backbone.pixels(PICTURES, short_side=96, crop=96))
    assert tuple(one.shape[1] for one in maps) == backbone.spec.channels
    sides = [one.shape[2] for one in maps]
    assert all(abs(wide - 2 * narrow) <= 1 for wide, narrow in pairwise(sides))


def test_the_pooled_vector_is_the_mean_of_the_last_map(weights):
    path = weights / "resnet50.safetensors"
    pooled, stages = (backbones.load("resnet50", path, mode=mode) for mode in ("pooled", "stages"))
    pixels = pooled.pixels(PICTURES, short_side=64, crop=64)
    expected = stages.stages(pixels)[-1].mean(dim=(2, 3))
    assert torch.allclose(pooled.pooled(pixels), expected, atol=1e-6)
    assert expected.shape == (2, pooled.spec.dimension)


def test_pixels_are_scaled_cropped_in_the_middle_and_normalised(weights):
    backbone = backbones.load("mobilenetv2", weights / "mobilenetv2.safetensors", mode="pooled")
    image = np.zeros((1, 64, 128, 3), np.uint8)
    image[:, :, 32:96] = 255  # the square in the middle is white
    middle = backbone.pixels(image, short_side=64, crop=64)
    assert middle.shape == (1, 3, 64, 64)
    assert torch.all(middle == 1)  # white is 1 and black -1 for this network
    assert backbone.pixels(image, short_side=32).shape == (1, 3, 32, 64)


def test_weights_are_found_in_a_named_folder_and_in_pytorchs_cache(weights, tmp_path):
    assert backbones.find("resnet50") is None
    assert backbones.find("resnet50", weights) == weights / "resnet50.safetensors"
    cache = tmp_path / "torch" / "hub" / "checkpoints"
    cache.mkdir(parents=True)
    shutil.copy(weights / "resnet50.safetensors", cache)
    assert backbones.find("resnet50") == cache / "resnet50.safetensors"


def test_without_weights_the_reason_says_what_to_do_and_what_is_ready(tmp_path):
    ready = backbones.readiness("xception", tmp_path)
    assert not ready.is_ready
    assert "xception-43020ad28.pth" in ready.reason
    assert "built-in descriptor" in ready.reason
    with pytest.raises(EncoderUnavailable, match="not on this machine"):
        backbones.load("xception", tmp_path, mode="pooled")


def test_without_network_preparing_says_what_to_do(tmp_path):
    with pytest.raises(EncoderUnavailable, match="CLIPKIN_WEIGHTS"):
        backbones.prepare("resnet50", tmp_path, patience=0.1)
    with pytest.raises(EncoderUnavailable, match="CLIPKIN_WEIGHTS"):
        backbones.prepare("xception", tmp_path, patience=0.1)


def test_a_file_must_have_the_checksum_that_its_name_promises(weights, tmp_path):
    torch.save(
        backbones.load("mobilenetv2", weights / "mobilenetv2.safetensors", mode="pooled")._module.state_dict(),
        tmp_path / "net.pth",
    )
    digits = hashlib.sha256((tmp_path / "net.pth").read_bytes()).hexdigest()[:8]
    right, wrong = tmp_path / f"net-{digits}.pth", tmp_path / "net-0123abcd.pth"
    shutil.copy(tmp_path / "net.pth", right)
    shutil.copy(tmp_path / "net.pth", wrong)
    assert backbones.load("mobilenetv2", right, mode="stages").version == f"mobilenetv2-{digits}"
    with pytest.raises(EncoderUnavailable, match="checksum"):
        backbones.load("mobilenetv2", wrong, mode="stages")


@pytest.mark.parametrize("mode", ["stages", "pooled"])
def test_weights_of_another_network_are_refused(weights, mode):
    with pytest.raises(EncoderUnavailable, match="not those of ResNet-50"):
        backbones.load("resnet50", weights / "mobilenetv2.safetensors", mode=mode)


def test_a_damaged_file_is_refused(tmp_path):
    for name in ("resnet50.safetensors", "resnet50-aaaa.pth"):
        (tmp_path / name).write_bytes(b"nothing of the kind")
        with pytest.raises(EncoderUnavailable, match="cannot be read"):
            backbones.load("resnet50", tmp_path / name, mode="pooled")


def test_the_version_changes_with_the_weights(weights, tmp_path):
    backbones.write_random("mobilenetv2", tmp_path / "other.safetensors", seed=1)
    assert backbones.version("mobilenetv2", tmp_path / "other.safetensors") != backbones.version(
        "mobilenetv2", weights / "mobilenetv2.safetensors"
    )
    assert backbones.version("mobilenetv2", tmp_path) == "mobilenetv2-none"
