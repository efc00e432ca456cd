"""Descending a loss: the part of training that all recipes share. Knows no model, no data and no file."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from core.records import Progress, no_progress

_counting = threading.Lock()
_counted: list[int] = []  # threads before the first training that counts them, then of every one that goes on


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Everything PyTorch draws inside follows from the seed; outside nothing is disturbed.

    PyTorch has one generator for the whole process: two of these at once both draw at random, but neither can be
    repeated. So trainings and maps share one lane of jobs; a model that learns at its first use may still meet them.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def minimise(
    loss_of: Callable[[Any], Tensor],
    batches: Callable[[int], Iterable[Any]],
    *,
    module: nn.Module,
    optimiser: Optimizer,
    epochs: int,
    threads: int | None = 1,
    progress: Progress = no_progress,
    after_epoch: Callable[[int], None] = lambda epoch: None,
) -> list[float]:
    """Take a step per batch for so many epochs; gives the mean loss of every epoch.

    `batches(epoch)` gives the batches of an epoch, `loss_of(batch)` the loss of one. The module trains during it and is
    left ready for use. `threads` is how many processors a step may use, None for as many as PyTorch likes: the layers
    of most recipes are so small that sharing them out costs more than it saves, many times more on a busy machine.
    Raises what `progress` raises, so a cancelled training leaves no weights behind.
    """
    with _threads(threads):
        return _descend(loss_of, batches, module, optimiser, epochs, progress, after_epoch)


def _descend(
    loss_of: Callable[[Any], Tensor],
    batches: Callable[[int], Iterable[Any]],
    module: nn.Module,
    optimiser: Optimizer,
    epochs: int,
    progress: Progress,
    after_epoch: Callable[[int], None],
) -> list[float]:
    losses: list[float] = []
    for epoch in range(epochs):
        module.train()
        total, count = 0.0, 0
        for batch in batches(epoch):
            loss = loss_of(batch)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            total, count = total + float(loss.detach()), count + 1
        losses.append(total / max(count, 1))
        module.eval()
        after_epoch(epoch)
        progress((epoch + 1) / epochs, f"epoch {epoch + 1:,} of {epochs:,}, loss {losses[-1]:.4f}")
    module.eval()
    return losses


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """PyTorch counts its threads for the whole process: the last of several trainings at once gives them all back."""
    if count is None:
        yield
        return
    with _counting:
        if not _counted:
            _counted.append(torch.get_num_threads())
        _counted.append(count)
        torch.set_num_threads(count)
    try:
        yield
    finally:
        with _counting:
            _counted.pop()
            if len(_counted) == 1:
                torch.set_num_threads(_counted.pop())
