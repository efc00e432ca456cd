"""The variational autoencoder of "Similarity Based Video Clip Retrieval" (Kafkas), and a wider one that finds more.

Published (figure 5): 650 inputs, 64 hidden, a mean and a variance of 2, 64 hidden, 650 outputs; likeness is the
Euclidean distance between latent means (section II.E). The report leaves open what lies between the layers and how the
650 are scaled. Here: ReLU as in the tutorial its layer names come from, and every input by its own mean and deviation.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from core.checkpoints import Checkpoint
from core.models.descriptors import Scale, early_vectors, sound_vectors
from core.models.layers import restored
from core.models.scorers import Scorer, Table, by_nothing, by_vectors
from core.records import Using

PUBLISHED, WIDE = "vae", "vae_wide"
SPACES: tuple[Using, ...] = ("visual", "audio", "early")

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class VaeConfig:
    """Sizes, by default the published ones for CLIP's 512 and pyAudioAnalysis's 138."""

    inputs: int = 650
    hidden: int = 64
    latent: int = 2


class Vae(nn.Module):
    """Figure 5 of the report, layer by layer and by its names: 84,366 parameters at 650 inputs."""

    def __init__(self, config: VaeConfig) -> None:
        super().__init__()
        self.fc1 = nn.Linear(config.inputs, config.hidden)
        self.fc2_mean = nn.Linear(config.hidden, config.latent)
        self.fc2_logvar = nn.Linear(config.hidden, config.latent)
        self.fc3 = nn.Linear(config.latent, config.hidden)
        self.fc4 = nn.Linear(config.hidden, config.inputs)

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(N, inputs) -> reconstruction (N, inputs), latent mean and logarithm of the variance (N, latent)."""
        mean, log_variance = self.encode(inputs)
        drawn = mean + torch.randn_like(mean) * torch.exp(log_variance / 2)
        return self.decode(drawn), mean, log_variance

    def encode(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        hidden = torch.relu(self.fc1(inputs))
        return self.fc2_mean(hidden), self.fc2_logvar(hidden)

    def decode(self, latent: Tensor) -> Tensor:
        return self.fc4(torch.relu(self.fc3(latent)))


def loss(inputs: Tensor, reconstruction: Tensor, mean: Tensor, log_variance: Tensor, *, divergence: float) -> Tensor:
    """Reconstruction plus KL divergence from the unit normal (figure 3), per clip: scalar.

    The squared error over all inputs stands for the log-likelihood; `divergence` weighs the other term, 1 as published.
    """
    error = functional.mse_loss(reconstruction, inputs, reduction="sum") / 2
    return (error + divergence * kl(mean, log_variance)) / len(inputs)


def kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """From N(mean, variance) to N(0, 1), summed: appendix B of Kingma and Welling 2013."""
    return -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum()


@dataclass(frozen=True)
class LatentSpaces:
    """A trained VAE for pictures, one for sound and one for both, each with the scale of its inputs; ready for use."""

    model: str  # "vae" or "vae_wide"
    modules: dict[Using, Vae]  # a library without sound has only the first
    scales: dict[Using, Scale]  # of what goes into each
    sound: Scale  # of the 138 features before they are joined with pictures

    @torch.inference_mode()
    def embed(self, using: Using, table: Table) -> Floats:
        """Latent means of clips that have what that space is made of: (N, latent)."""
        inputs = self.scales[using].standard(raw_inputs(self.model, using, table, self.sound))
        mean, _ = self.modules[using].encode(torch.from_numpy(inputs))
        return np.asarray(mean.numpy(), np.float32)

    def scorers(self, scale: Scale) -> dict[Using, Scorer]:
        """How near each video lies in each space; the spaces bring their own scale, so `scale` is not asked."""
        return {using: self._scorer(using) if using in self.modules else by_nothing for using in SPACES}

    def _scorer(self, using: Using) -> Scorer:
        return by_vectors(lambda table: self.embed(using, table), using, near)

    @staticmethod
    def distance(similarity: float) -> float:
        """The Euclidean distance that `near` made a similarity of."""
        return 1.0 / similarity - 1.0


def near(query: Floats, others: Floats) -> NDArray[np.float64]:
    """1 / (1 + d) of the Euclidean distance d: (E,), (N, E) -> (N,) in 0–1, 1 for the same point."""
    return np.asarray(1.0 / (1.0 + np.linalg.norm(others.astype(np.float64) - query, axis=1)))


def raw_inputs(model: str, using: Using, table: Table, sound: Scale) -> Floats:
    """What goes into a space before it is scaled: (N, inputs).

    Published: the mean of all frames, the 138 features, or both side by side. Wide: the same rows as are compared by
    cosine, where both senses have length 1 and chance features are left out.
    """
    if model == PUBLISHED:
        parts: dict[Using, list[Floats]] = {
            "visual": [table.visual],
            "audio": [table.sound],
            "early": [table.visual, table.sound],
        }
        return np.concatenate(parts[using], axis=1)
    if using == "visual":
        return table.visual
    if using == "audio":
        return sound_vectors(table.sound, sound)
    return early_vectors(table.visual, table.sound, sound)


def restore(checkpoint: Checkpoint) -> LatentSpaces:
    """The spaces a checkpoint holds. Raises CheckpointError when its weights do not fit, KeyError when parts lack."""
    state = checkpoint.state
    spaces = checkpoint.config["spaces"]
    configs = {using: VaeConfig(**spaces[using]) for using in SPACES if using in spaces}
    scales = {using: Scale(state[f"scale.{using}.centre"], state[f"scale.{using}.spread"]) for using in configs}
    sound = Scale(state["scale.sound.centre"], state["scale.sound.spread"])
    modules = {using: restored(Vae(config), checkpoint, prefix=f"{using}.") for using, config in configs.items()}
    return LatentSpaces(checkpoint.model, modules, scales, sound)
