"""A model that wants more memory than there is, in the middle of learning."""

from pathlib import Path

import torch
from torch import Tensor, nn

from core.records import Progress, TrainingReport, no_progress
from core.training.loop import minimise, seeded
from core.training.material import Material


def learn(material: Material, out: Path, *, seed: int = 0, progress: Progress = no_progress) -> TrainingReport:
    """Takes some steps; then PyTorch says what it says when memory is full."""

    def loss_of(batch: int) -> Tensor:
        if batch == 7:
            torch.empty(2**50)  # a petabyte
        return module(torch.ones(1, 2)).sum() ** 2

    with seeded(seed):
        module = nn.Linear(2, 1)
        optimiser = torch.optim.SGD(module.parameters(), lr=0.1)
        minimise(loss_of, lambda epoch: range(9), module=module, optimiser=optimiser, epochs=2, progress=progress)
    raise AssertionError("there was memory enough")
