"""Transition network: does the source change between two frames? Du and Peng (2021), section 3.3.

Two embeddings of 500 numbers go through fully connected layers 1000-512-128-2, batch normalisation after each, tanh
between and sigmoid at the end. Knows tensors only; carries the embedding it was trained over.
"""

import itertools
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from core.checkpoints import Checkpoint
from core.models.layers import restored, to_checkpoint
from core.models.metric_learning import EMBEDDING, MetricLearning
from core.models.metric_learning import Config as EmbeddingConfig

NAME = "transition"
WIDTHS = (2 * EMBEDDING, 512, 128, 2)  # section 3.3
NO, YES = 0, 1  # the outputs: goes on, changes


@dataclass(frozen=True)
class Config:
    """What the network is built from."""

    dimension: int  # D of the features that are embedded first
    layers: int = 3  # of the embedding


class Transition(nn.Module):
    """Pairs of embeddings (N, 1000) -> (N, 2) in 0–1: how surely the video goes on, and how surely it changes."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.embedding = MetricLearning(EmbeddingConfig(config.dimension, config.layers)).requires_grad_(False)
        stack: list[nn.Module] = []
        for before, after in itertools.pairwise(WIDTHS):
            stack += [nn.Linear(before, after), nn.BatchNorm1d(after), nn.Tanh()]
        self.network = nn.Sequential(*stack[:-1], nn.Sigmoid())

    def forward(self, pairs: Tensor) -> Tensor:
        outputs: Tensor = self.network(pairs)
        return outputs

    @torch.inference_mode()
    def score(self, before: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.float32]:
        """The chance that the source changes between two frames: features (N, D), (N, D) -> (N,) in 0–1."""
        if len(before) == 0:
            return np.zeros(0, np.float32)
        pairs = np.concatenate([self.embedding.embed(before), self.embedding.embed(after)], axis=1)
        outputs = self(torch.from_numpy(pairs))
        chances: NDArray[np.float32] = (outputs[:, YES] / outputs.sum(dim=1).clamp_min(1e-9)).numpy()
        return chances

    def gates(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """g of section 3.4: (P, D) -> (P,) in 0–1, how much of the memory passes into each frame; the first gets 0."""
        if len(features) == 0:
            return np.zeros(0, np.float32)
        return np.concatenate([np.zeros(1, np.float32), 1.0 - self.score(features[:-1], features[1:])])

    def checkpoint(self, metadata: dict[str, Any]) -> Checkpoint:
        """The weights, those of the embedding included."""
        return to_checkpoint(NAME, self, asdict(self.config), metadata)


def transition_loss(outputs: Tensor, is_change: Tensor) -> Tensor:
    """Binary cross-entropy of both outputs: (N, 2), (N,) of 0 or 1. The loss is not printed; the sigmoid implies it."""
    targets = torch.stack([1 - is_change, is_change], dim=1).to(outputs.dtype)
    return functional.binary_cross_entropy(outputs, targets)


def restore(checkpoint: Checkpoint) -> Transition:
    """The network of a checkpoint, ready for use. Raises CheckpointError when the weights do not fit."""
    return restored(Transition(Config(**checkpoint.config)), checkpoint)
