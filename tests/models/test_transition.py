"""The transition network: its published shape, what its outputs mean, its gates."""

import numpy as np
import pytest
import torch
from torch import nn

from core import checkpoints
from core.models import transition
from core.models.layers import count_parameters
from core.models.transition import Config, Transition, transition_loss


@pytest.fixture
def network() -> Transition:
    torch.manual_seed(0)
    return Transition(Config(6)).eval()


def test_the_network_is_1000_512_128_2_with_normalisation_tanh_and_sigmoid(network: Transition) -> None:
    kinds = [type(layer) for layer in network.network]
    assert kinds == [
        nn.Linear, nn.BatchNorm1d, nn.Tanh, nn.Linear, nn.BatchNorm1d, nn.Tanh, nn.Linear, nn.BatchNorm1d, nn.Sigmoid,
    ]  # fmt: skip
    linear = 1000 * 512 + 512 + 512 * 128 + 128 + 128 * 2 + 2
    assert count_parameters(network) == linear + 2 * (512 + 128 + 2) == 579_718  # the embedding is not trained with it


def test_chances_lie_in_0_to_1_and_the_batch_does_not_change_them(network: Transition) -> None:
    rows = np.random.default_rng(0).standard_normal((2, 9, 6)).astype(np.float32)
    chances = network.score(*rows)
    assert chances.shape == (9,)
    assert ((chances >= 0) & (chances <= 1)).all()
    np.testing.assert_allclose(network.score(rows[0][:3], rows[1][:3]), chances[:3], atol=1e-6)
    assert network.score(rows[0][:0], rows[1][:0]).shape == (0,)


def test_a_gate_lets_through_what_is_no_transition_and_nothing_into_the_first_frame(network: Transition) -> None:
    rows = np.random.default_rng(1).standard_normal((5, 6)).astype(np.float32)
    gates = network.gates(rows)
    assert gates[0] == 0
    np.testing.assert_allclose(gates[1:], 1 - network.score(rows[:-1], rows[1:]), atol=1e-6)
    assert network.gates(rows[:0]).shape == (0,)


def test_the_loss_is_small_for_the_right_outputs_and_large_for_the_wrong_ones() -> None:
    outputs, truths = torch.tensor([[0.99, 0.01], [0.01, 0.99]]), torch.tensor([0.0, 1.0])
    assert transition_loss(outputs, truths) < 0.02
    assert transition_loss(outputs, 1 - truths) > 4


def test_a_checkpoint_carries_the_embedding_too(network: Transition, tmp_path) -> None:
    checkpoints.save(tmp_path / "t.safetensors", network.checkpoint({}))
    again = transition.restore(checkpoints.load(tmp_path / "t.safetensors", transition.NAME))
    rows = np.random.default_rng(2).standard_normal((4, 6)).astype(np.float32)
    np.testing.assert_array_equal(again.gates(rows), network.gates(rows))
