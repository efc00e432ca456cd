"""The network that keeps neighbours together: its loss against loops, and that it starts as a plane."""

import math

import numpy as np
import torch

from core.models.map_neighbours import CALM, MapNetwork, neighbour_loss, settle


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


def test_newcomers_settle_beside_their_neighbours_and_away_from_strangers() -> None:
    random = np.random.default_rng(0)
    homes = np.array([[-8.0, 0.0], [8.0, 0.0]])
    fixed = (homes.repeat(50, axis=0) + random.standard_normal((100, 2))).astype(np.float32)
    start = random.standard_normal((20, 2)).astype(np.float32)
    own = np.repeat([0, 1], 10)
    # each has five neighbours at its home and five of its own kind
    at_home = 20 + 50 * own[:, None] + random.integers(0, 50, (20, 5))
    alike = 10 * own[:, None] + random.integers(0, 10, (20, 5))
    near = np.concatenate([at_home, alike], axis=1)
    found = settle(start, fixed, near, seed=1)
    away = np.linalg.norm(found[:, None] - homes[None], axis=2)
    assert (away[np.arange(20), own] < away[np.arange(20), 1 - own] / 2).all()
    np.testing.assert_array_equal(found, settle(start, fixed, near, seed=1))


def test_nobody_settles_where_nobody_came() -> None:
    assert settle(np.zeros((0, 2), np.float32), np.zeros((5, 2), np.float32), np.zeros((0, 3), np.int64)).shape == (
        0,
        2,
    )
