"""The shared loop: it descends, repeats itself bit for bit, and stops when it is told to."""

import pytest
import torch
from torch import nn

from core.errors import Cancelled
from core.training.loop import _threads, minimise, seeded


def fit(seed: int, progress=lambda fraction, text: None) -> tuple[list[float], torch.Tensor]:
    with seeded(seed):
        module = nn.Linear(3, 1)
        points = torch.randn(64, 3)
        targets = points @ torch.tensor([[1.0], [-2.0], [0.5]])
        losses = minimise(
            lambda batch: (module(points[batch]) - targets[batch]).square().mean(),
            lambda epoch: torch.randperm(64).split(16),
            module=module,
            optimiser=torch.optim.Adam(module.parameters(), lr=0.1),
            epochs=40,
            progress=progress,
        )
    return losses, module.weight.detach()


def test_a_line_is_found() -> None:
    losses, weight = fit(0)
    assert len(losses) == 40
    assert losses[-1] < 0.01 < losses[0]
    torch.testing.assert_close(weight, torch.tensor([[1.0, -2.0, 0.5]]), atol=0.1, rtol=0)


def test_the_same_seed_gives_the_same_weights_and_leaves_the_rest_of_the_program_alone() -> None:
    before = torch.random.get_rng_state()
    assert torch.equal(fit(3)[1], fit(3)[1])
    assert not torch.equal(fit(3)[1], fit(4)[1])
    assert torch.equal(before, torch.random.get_rng_state())


def test_cancelling_stops_it() -> None:
    def stop(fraction: float, text: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        fit(0, stop)


def test_trainings_that_overlap_give_the_processors_back() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        first, second = _threads(1), _threads(1)
        first.__enter__()
        second.__enter__()
        assert torch.get_num_threads() == 1
        first.__exit__(None, None, None)
        assert torch.get_num_threads() == 1
        second.__exit__(None, None, None)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
