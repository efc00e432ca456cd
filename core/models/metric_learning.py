"""Deep metric learning: fully connected layers that bring near-duplicates together on the unit sphere.

The embedding f of Du and Peng (2021, section 3.2), after Kordopatis-Zilos et al. (2017): three layers to 500 numbers,
trained siamese on triplets. Knows tensors only.
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
from core.models.layers import restored, to_checkpoint, unit

NAME = "metric_learning"
EMBEDDING = 500  # section 3.2
MARGIN = 1.0  # gamma of Eq. 4; not printed there, this value is that of Kordopatis-Zilos et al.
WIDTHS = {2: (500,), 3: (500, 500), 4: (500, 500, 500)}  # hidden layers; the widths are not printed


@dataclass(frozen=True)
class Config:
    """What the network is built from."""

    dimension: int  # D of the features
    layers: int = 3
    embedding: int = EMBEDDING


class MetricLearning(nn.Module):
    """f: features (N, D) -> embeddings (N, E) of length 1."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        widths = (config.dimension, *WIDTHS[config.layers], config.embedding)
        stack: list[nn.Module] = []
        for before, after in itertools.pairwise(widths):
            stack += [nn.Linear(before, after), nn.ReLU()]
        self.layers = nn.Sequential(*stack[:-1])

    def forward(self, features: Tensor) -> Tensor:
        embedded: Tensor = unit(self.layers(features))
        return embedded

    @torch.inference_mode()
    def embed(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N, D) -> (N, E), every row of length 1. N may be 0."""
        embedded: NDArray[np.float32] = self(torch.from_numpy(np.ascontiguousarray(features, np.float32))).numpy()
        return embedded

    def checkpoint(self, metadata: dict[str, Any]) -> Checkpoint:
        """The weights with what they are built from."""
        return to_checkpoint(NAME, self, asdict(self.config), metadata)


def squared_distance(a: Tensor, b: Tensor) -> Tensor:
    """D of Eq. 2 row by row: (N, E), (N, E) -> (N,) in 0–4."""
    return (a - b).square().sum(dim=-1)


def triplet_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = MARGIN) -> Tensor:
    """Eq. 4, averaged over triplets of embeddings (N, E)."""
    gap = squared_distance(anchor, positive) - squared_distance(anchor, negative)
    return functional.relu(gap + margin).mean()


def similarity(query: NDArray[np.float32], references: NDArray[np.float32]) -> NDArray[np.float32]:
    """S of Eq. 8: (P, E), (Q, E) -> (P, Q), 1 for the same embedding, 0 for the farthest reference of each query.

    The largest distance is taken over the references, for each query by itself.
    """
    lengths = (query**2).sum(axis=1)[:, None] + (references**2).sum(axis=1)[None, :]
    distances = np.maximum(lengths - 2 * query @ references.T, 0.0)
    largest = np.maximum(distances.max(axis=1, keepdims=True, initial=0.0), 1e-12)
    result: NDArray[np.float32] = (1.0 - distances / largest).astype(np.float32)
    return result


def restore(checkpoint: Checkpoint) -> MetricLearning:
    """The network of a checkpoint, ready for use. Raises CheckpointError when the weights do not fit."""
    return restored(MetricLearning(Config(**checkpoint.config)), checkpoint)
