"""A variational autoencoder with a code of two numbers, as a rival to the published map: same widths, Gaussian code."""

import torch
from torch import Tensor, nn

from core.models.map_autoencoder import CODE, between, layers

BETA = 0.02  # weight of the divergence from a unit Gaussian, per number of the reconstruction


class MapVae(nn.Module):
    """(N, D) -> mean and log-variance (N, 2) each -> (N, D)."""

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.encoder = layers([dimension, *between(dimension, CODE, 2), 2 * CODE], nn.Identity())
        self.decoder = layers([CODE, *between(CODE, dimension, 3), dimension], nn.Identity())

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(N, D) -> mean (N, 2), log-variance (N, 2), reconstruction (N, D) of a code drawn from them."""
        mean, log_variance = self.encoder(rows).chunk(2, dim=1)
        log_variance = log_variance.clamp(-8, 8)
        code = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        return mean, log_variance, self.decoder(code)

    def encode(self, rows: Tensor) -> Tensor:
        """The mean of the code: (N, D) -> (N, 2)."""
        mean: Tensor = self.encoder(rows)[:, :CODE]
        return mean


def build(dimension: int) -> MapVae:
    """The network for rows of that many principal components."""
    return MapVae(dimension)


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback–Leibler divergence of the code from a unit Gaussian, summed over it, the mean over rows."""
    return -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(1).mean()
