"""Do two frames come from the same video: the published network, and a head for which the order does not matter.

Hours, Osmont and Müller, "Predicting if two frames are part of the same video". Both take the vectors of two frames,
rows of length 1, and know nothing of where these come from.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.checkpoints import Checkpoint
from core.models.layers import restored, to_checkpoint
from core.records import ScoreSpread

NAME = "same_video"
HIDDEN = 250  # neurons in each of the two hidden layers, section II.D
PUBLISHED_DIMENSION = 512  # of CLIP ViT-B/32
HEAD, PUBLISHED, OPTIMISER = "head.", "published.", "optimiser."  # prefixes in a checkpoint


class PublishedNetwork(nn.Module):
    """Section II.D.2: both vectors stacked, two hidden layers of 250, two outputs. 319,502 parameters at D = 512.

    "After each layer, the ReLU" is read as after each hidden layer. On the outputs it would cut the loss off: where
    both are 0 no gradient is left, and the label is a coin's.
    """

    def __init__(self, dimension: int = PUBLISHED_DIMENSION) -> None:
        super().__init__()
        self.layers = _three_layers(2 * dimension)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """(N, D), (N, D) -> (N, 2) logits: different videos, same video. Swapping a and b may change the answer."""
        logits: Tensor = self.layers(torch.cat([a, b], dim=-1))
        return logits

    @torch.inference_mode()
    def score(self, a: Tensor, b: Tensor) -> Tensor:
        """(N, D), (N, D) -> (N,) probabilities of the same video, not calibrated."""
        return self(a, b).softmax(dim=-1)[:, 1]


class SymmetricHead(nn.Module):
    """What the product asks: a probability that is the same for (a, b) and (b, a), bit for bit.

    The odds start from the cosine: `slope` times how far it lies above `threshold`. A network of the published size
    over |a - b| and a * b, which do not know the order either, may shift them: `share` says by how much, 0 where it did
    not prove itself on videos it had not seen. Divided by `temperature` (Guo et al. 2017) they become a probability.
    """

    slope: Tensor
    threshold: Tensor
    share: Tensor
    temperature: Tensor

    def __init__(self, dimension: int, *, has_network: bool = True) -> None:
        super().__init__()
        self.dimension = dimension
        self.layers = _three_layers(2 * dimension) if has_network else None
        for name, value in (("slope", 1.0), ("threshold", 0.0), ("share", 0.0), ("temperature", 1.0)):
            self.register_buffer(name, torch.tensor(value, dtype=torch.float64))

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """(N, D), (N, D) -> (N, 2) logits of the network alone: different videos, same video."""
        if self.layers is None:
            return a.new_zeros(len(a), 2)
        # rows have length 1, so entries shrink with D; the network sees them at a size that does not
        pair = torch.cat([(a - b).abs(), a * b], dim=-1) * self.dimension**0.5
        logits: Tensor = self.layers(pair)
        return logits

    def odds(self, a: Tensor, b: Tensor) -> Tensor:
        """(N, D), (N, D) -> (N,): above 0 for the same video, before the temperature."""
        cosine = (a.double() * b.double()).sum(dim=-1)
        logits = self(a, b).double()
        return self.slope * (cosine - self.threshold) + self.share * (logits[:, 1] - logits[:, 0])

    @torch.inference_mode()
    def score(self, a: Tensor, b: Tensor) -> Tensor:
        """(N, D), (N, D) -> (N,) calibrated probabilities of the same video."""
        return torch.sigmoid(self.odds(a, b) / self.temperature)


@dataclass(frozen=True, slots=True)
class CosineMethod:
    """Section II.D.1, and what its numbers are worth."""

    threshold: float  # of highest accuracy on the training pairs
    slope: float  # of the logistic curve that turns a cosine into a probability
    intercept: float
    scores: ScoreSpread  # of the training pairs
    source: str  # what the numbers were measured on, as part of a sentence

    def probability(self, cosine: float) -> float:
        """That two frames with this cosine come from the same video: 0–1."""
        return float(0.5 * (1 + np.tanh(0.5 * (self.slope * cosine + self.intercept))))


@dataclass(frozen=True)
class SameVideo:
    """Both methods over the vectors of one encoder, ready for use, and the published network where it was trained."""

    cosine: CosineMethod
    head: SymmetricHead = field(repr=False)
    published: PublishedNetwork | None = field(default=None, repr=False)

    def probability(self, a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
        """Calibrated, for two vectors (D,) of length 1; the order does not matter."""
        return float(self.head.score(*_rows(a, b))[0])

    def published_probability(self, a: NDArray[np.float32], b: NDArray[np.float32]) -> float | None:
        """What the published network says; None when it was not trained."""
        return float(self.published.score(*_rows(a, b))[0]) if self.published is not None else None


def to_parts(cosine: CosineMethod, head: SymmetricHead, metadata: dict[str, Any]) -> Checkpoint:
    """A checkpoint of both methods. The network travels only where it has a share in the answer."""
    kept = SymmetricHead(head.dimension, has_network=bool(head.share))
    kept.load_state_dict({name: value for name, value in head.state_dict().items() if name in kept.state_dict()})
    made = to_checkpoint(NAME, kept, {"dimension": head.dimension, "has_network": bool(head.share)}, metadata)
    state = {HEAD + name: array for name, array in made.state.items()}
    return Checkpoint(NAME, state, made.config, {**metadata, "cosine": asdict(cosine)})


def restore(checkpoint: Checkpoint) -> SameVideo:
    """What `to_parts` made, ready for use. Raises CheckpointError when it does not fit."""
    dimension = int(checkpoint.config["dimension"])
    head = SymmetricHead(dimension, has_network=bool(checkpoint.config["has_network"]))
    kept = dict(checkpoint.metadata["cosine"])
    scores = ScoreSpread(**{name: tuple(values) for name, values in kept.pop("scores").items()})
    is_published = any(name.startswith(PUBLISHED) for name in checkpoint.state)
    return SameVideo(
        CosineMethod(**kept, scores=scores),
        restored(head, _only(checkpoint, HEAD), prefix=HEAD),
        restored(PublishedNetwork(dimension), checkpoint, prefix=PUBLISHED) if is_published else None,
    )


def _only(checkpoint: Checkpoint, prefix: str) -> Checkpoint:
    state = {name: array for name, array in checkpoint.state.items() if name.startswith(prefix)}
    return Checkpoint(checkpoint.model, state, checkpoint.config)


def _rows(a: NDArray[np.float32], b: NDArray[np.float32]) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(a[None].copy()), torch.from_numpy(b[None].copy())


def _three_layers(inputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 2)
    )
