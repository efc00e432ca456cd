"""Learned weights on disk: {state, config, metadata} in one SafeTensors file. Nothing in it can run code.

The state is arrays by name; config and metadata are JSON, kept as one entry because SafeTensors keeps several in no
fixed order, and the same weights should be the same bytes.
"""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import CheckpointError

SUFFIX = ".safetensors"
MOST_BYTES = 512 * 1024 * 1024  # a file larger than this is no checkpoint of ours
ENTRY = "clipkin"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model as it was learned."""

    model: str  # registry key
    state: Mapping[str, NDArray[Any]] = field(repr=False)  # weights by name; what else belongs to them under a prefix
    config: dict[str, Any] = field(default_factory=dict)  # what the module is built from
    metadata: dict[str, Any] = field(default_factory=dict)  # how it was made and how good it is


def file_name(model: str, encoder: str) -> str:
    """How the checkpoint of a model over the vectors of an encoder ("embedded-3") is called, wherever it lies."""
    return f"{model}.{encoder}{SUFFIX}"


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write it, whole or not at all. Raises CheckpointError when the place cannot be written."""
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    entry = json.dumps(
        {"model": checkpoint.model, "config": checkpoint.config, "metadata": checkpoint.metadata}, sort_keys=True
    )
    part = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")  # no thread writes another's
    state = {name: np.ascontiguousarray(array) for name, array in checkpoint.state.items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(state, part, metadata={ENTRY: entry})
        part.replace(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{path.name} cannot be written to {path.parent} ({error}). Free some space there, or see who may write to "
            "it, then try again; what was there before stays in use."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def load(path: Path, model: str) -> Checkpoint:
    """The checkpoint of that model. Raises CheckpointError when it is missing, damaged or of another model."""
    from safetensors import SafetensorError, safe_open

    again = "Train it again, or delete the file."
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CheckpointError(f"{path.name} is too large for a checkpoint. {again}")
        with safe_open(path, framework="numpy") as file:
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            entry = json.loads((file.metadata() or {})[ENTRY])
        found = Checkpoint(str(entry["model"]), state, dict(entry["config"]), dict(entry["metadata"]))
    except OSError as error:
        raise CheckpointError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except (SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CheckpointError(f"{path.name} is damaged, or no checkpoint of Clipkin. {again}") from error
    if found.model != model:
        raise CheckpointError(f"{path.name} holds a model called {found.model!r}, not {model!r}. {again}")
    return found
