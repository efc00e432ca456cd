"""The network that keeps neighbours together: its loss against loops, and that it starts as a plane."""

import math

import numpy as np
import torch

from core.models.map_neighbours import CALM, MapNetwork, neighbour_loss


def test_the_loss_is_infonce_over_the_heavy_tailed_likeness() -> None:
    pairs, others = torch.randn(6, 2, 2), torch.randn(6, 4, 2)
    expected = []
    for pair, far in zip(pairs.tolist(), others.tolist(), strict=True):
        near = 1 / (1 + math.dist(*pair) ** 2)
        strangers = sum(1 / (1 + math.dist(pair[0], other) ** 2) for other in far)
        expected.append(-math.log(near / (near + strangers)))
    assert math.isclose(float(neighbour_loss(pairs, others)), float(np.mean(expected)), rel_tol=1e-5)


def test_it_starts_near_the_plane_of_the_first_two_components() -> None:
    torch.manual_seed(0)
    rows = torch.randn(500, 20) * torch.linspace(5, 0.1, 20)
    network = MapNetwork(20)
    network.start(5.0)
    with torch.inference_mode():
        start = network(rows)
    assert float((start - rows[:, :2] / 5).abs().mean()) < 3 * CALM
    assert float(torch.corrcoef(torch.stack([start[:, 0], rows[:, 0]]))[0, 1]) > 0.97


def test_a_single_component_is_enough() -> None:
    assert MapNetwork(1)(torch.randn(4, 1)).shape == (4, 2)
