"""Channel maxima of VGG-16, with random weights in the real format, against torchvision's own network."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from core.config import Settings
from core.errors import EncoderUnavailable
from core.features import backbones, vgg_mac
from core.features.registry import build_encoder, readiness
from core.features.vgg_mac import VggMac, normalised


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "vgg16.safetensors"
    vgg_mac.write_random(path)
    return path


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (2, 40, 48, 3)).astype(np.uint8)


def test_the_numbers_are_the_maxima_of_conv2_1_to_conv5_3_of_torchvisions_network(
    weights: Path, frames: np.ndarray
) -> None:
    from torchvision.models import vgg16

    network = vgg16().eval()
    assert not network.load_state_dict(load_file(weights), strict=False).unexpected_keys
    encoder = VggMac(weights)
    rows = encoder.encode(frames)
    pixels = encoder._backbone.pixels(frames, short_side=vgg_mac.SIDE)
    maxima = []
    with torch.inference_mode():
        for place, layer in enumerate(network.features):
            pixels = layer(pixels)
            if isinstance(layer, torch.nn.ReLU) and place > 4:
                maxima.append(pixels.amax(dim=(2, 3)))
    assert [part.shape[1] for part in maxima] == [128] * 2 + [256] * 3 + [512] * 6
    assert rows.shape == (2, 4096) == (2, encoder.dimension)
    np.testing.assert_allclose(rows, normalised(torch.cat(maxima, dim=1).numpy()), atol=1e-6)


def test_rows_have_mean_zero_and_length_one_even_where_nothing_stands_out() -> None:
    rows = normalised(np.array([[1, 2, 3, 4], [5, 5, 5, 5]], np.float32))
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(rows[0], np.array([-3, -1, 1, 3]) / np.sqrt(20), atol=1e-6)
    assert rows[1].tolist() == [1, 0, 0, 0]


def test_another_backbone_gives_the_maxima_of_its_stages(tmp_path: Path, frames: np.ndarray) -> None:
    backbones.write_random("mobilenetv2", tmp_path / "mobilenetv2_100_tf.safetensors")
    encoder = VggMac(tmp_path, backbone="mobilenetv2")
    assert encoder.dimension == sum(backbones.backbone_spec("mobilenetv2").channels)
    assert encoder.encode(frames).shape == (2, encoder.dimension)
    assert encoder.version != vgg_mac.version(tmp_path)


def test_without_weights_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    settings = Settings(weights=tmp_path)
    said = readiness("vgg_mac", settings)
    assert said.name == "vgg_mac"
    assert not said.is_ready
    assert "vgg16-397923af.pth" in said.reason
    with pytest.raises(EncoderUnavailable, match="CLIPKIN_WEIGHTS"):
        build_encoder("vgg_mac", settings)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    save_file({"features.0.weight": torch.zeros(8, 3, 3, 3)}, tmp_path / "vgg16.safetensors")
    with pytest.raises(EncoderUnavailable, match="not those of VGG-16"):
        VggMac(tmp_path)
