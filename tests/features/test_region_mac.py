"""Regional maxima against the published windows, and joined against plain loops."""

import numpy as np
import pytest
import torch

from core.errors import EncoderUnavailable
from core.features import backbones, region_mac
from core.features.region_mac import RegionMac, join, pool, window


@pytest.mark.parametrize(("side", "published"), [(56, 28), (28, 14), (14, 6), (7, 3)])
def test_windows_are_the_published_ones_for_resnet_50_at_224_pixels(side, published):
    assert window(side) == published
    stage = torch.rand(2, 4, side, side)
    expected = torch.nn.functional.max_pool2d(stage, published, -(-published // 2))
    assert expected.shape[2:] == (3, 3)
    torch.testing.assert_close(pool(stage), expected)


@pytest.mark.parametrize("shape", [(1, 1), (2, 5), (5, 5), (3, 4), (9, 16), (56, 100)])
def test_a_map_of_any_size_has_nine_regions(shape):
    assert pool(torch.rand(1, 2, *shape)).shape == (1, 2, 3, 3)


def test_stages_are_normalised_joined_and_normalised_again():
    stages = [torch.rand(1, 5, 14, 14), torch.rand(1, 3, 7, 7)]
    rows = join(stages)
    assert rows.shape == (1, 9, 8)
    for region in range(9):
        row, column = divmod(region, 3)
        parts = []
        for stage, size in zip(stages, (6, 3), strict=True):
            step = -(-size // 2)
            cut = stage[0, :, row * step : row * step + size, column * step : column * step + size]
            maxima = np.array([channel.max() for channel in cut.numpy()])
            parts.append(maxima / np.sqrt((maxima**2).sum()))
        expected = np.concatenate(parts)
        np.testing.assert_allclose(rows[0, region], expected / np.sqrt((expected**2).sum()), atol=1e-6)


def test_a_maximum_in_the_top_right_belongs_to_the_region_there():
    stage = torch.zeros(1, 2, 14, 14)
    stage[0, 0] = 0.1
    stage[0, 1, 0, 11] = 9.0  # the published windows leave the last two of 14 columns out
    assert join([stage])[0, :, 1].argmax() == 2
    assert (join([stage])[0, :, 1] > 0.5).sum() == 1


def test_resnet_50_gives_nine_regions_of_3840(tmp_path):
    backbones.write_random("resnet50", tmp_path / "resnet50.safetensors")
    encoder = RegionMac(weights=tmp_path)
    images = np.random.default_rng(0).integers(0, 256, (1, 60, 90, 3), np.uint8)
    assert encoder.encode(images).shape == (1, 9, 3840)
    assert encoder.version == region_mac.version("resnet50", tmp_path)


def test_without_weights_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(EncoderUnavailable, match="CLIPKIN_WEIGHTS"):
        RegionMac("xception", tmp_path)
