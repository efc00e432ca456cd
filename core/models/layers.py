"""What learned models share: a module's weights as a checkpoint and back, and rows of length 1."""

from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.checkpoints import Checkpoint
from core.errors import CheckpointError

Module = TypeVar("Module", bound=nn.Module)


def to_checkpoint(model: str, module: nn.Module, config: dict[str, Any], metadata: dict[str, Any]) -> Checkpoint:
    """A module's weights and buffers, on the CPU, under their own names."""
    state = {name: value.detach().cpu().numpy() for name, value in module.state_dict().items()}
    return Checkpoint(model, state, config, metadata)


def restored(module: Module, checkpoint: Checkpoint, *, prefix: str = "") -> Module:
    """The module with the checkpoint's weights under `prefix`, ready for use rather than for training.

    Raises CheckpointError when they do not fit.
    """
    state = {
        name.removeprefix(prefix): torch.from_numpy(array.copy())
        for name, array in checkpoint.state.items()
        if name.startswith(prefix)
    }
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        raise CheckpointError(
            f"The weights of {checkpoint.model!r} do not fit this version of it. Train it again."
        ) from error
    return module.eval()


def count_parameters(module: nn.Module) -> int:
    """Trainable numbers."""
    return sum(value.numel() for value in module.parameters() if value.requires_grad)


def unit(rows: Tensor) -> Tensor:
    """Every row with length 1: (..., D) -> (..., D); a row of zeros stays."""
    return functional.normalize(rows, dim=-1)
