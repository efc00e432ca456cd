"""The published frame map: an autoencoder from 256 numbers to 2 and back, and the terms that shape its code.

From the article on projecting video frames into two dimensions. The encoder is small on purpose, so that it cannot tear
like frames apart; the decoder has more parameters to ease the reconstruction. Every layer is followed by batch
normalisation but the last, and uses ELU but the code (tanh, so it lies in -1–1) and the output (linear).
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

CODE = 2
STD = 0.3  # of the code: 0.1 % of a Gaussian of this width falls outside of what tanh can give
WIDE_STD = 0.6  # of a uniform distribution over -1–1; it pushes many frames to the margin
EPSILON = 1e-2  # of the log-ratio, in squared units; the article prints the symbol only
NORM_EPSILON, NORM_MOMENTUM = 1e-3, 0.01  # of batch normalisation, as in Keras


class MapAutoencoder(nn.Module):
    """(N, D) -> (N, 2) -> (N, D): 13,502 and 21,840 trainable numbers for D = 256."""

    def __init__(self, dimension: int = 256) -> None:
        super().__init__()
        self.encoder = layers([dimension, *between(dimension, CODE, 2), CODE], nn.Tanh())
        self.decoder = layers([CODE, *between(CODE, dimension, 3), dimension], nn.Identity())

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """(N, D) -> code (N, 2) in -1–1, reconstruction (N, D)."""
        code = self.encode(rows)
        return code, self.decoder(code)

    def encode(self, rows: Tensor) -> Tensor:
        """(N, D) -> (N, 2) in -1–1."""
        code: Tensor = self.encoder(rows)
        return code


def build(dimension: int) -> MapAutoencoder:
    """The network for rows of that many principal components."""
    return MapAutoencoder(dimension)


def between(first: int, last: int, count: int) -> list[int]:
    """So many widths from one to the other by weighted geometric means, rounded down: 256 and 2 give 50 and 10."""
    steps = count + 1
    return [int((first ** (steps - k) * last**k) ** (1 / steps)) for k in range(1, steps)]


def spread_loss(code: Tensor, std: float = STD) -> Tensor:
    """How far the code's mean is from 0 and its standard deviation from `std`: (N, 2) -> scalar, 0 at best."""
    return code.mean(0).square().sum() + (code.std(0) - std).square().sum()


def temporal_loss(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """How far the middle one of three consecutive frames lies from half way between the others: codes (N, 2) each.

    The article's first idea, (encode(A) + encode(C)) / 2 - encode(B); it suits films of several camera angles badly.
    """
    return ((a + c) / 2 - b).square().sum(1).mean()


def log_ratio(a: Tensor, b: Tensor, c: Tensor, epsilon: float = EPSILON) -> Tensor:
    """log((ε + |A - B|²) / (ε + |B - C|²)) of each triple: (N, D) three times -> (N,)."""
    near, far = (a - b).square().sum(1), (b - c).square().sum(1)
    return ((epsilon + near) / (epsilon + far)).log()


def log_ratio_loss(rows: tuple[Tensor, Tensor, Tensor], codes: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """How much the distances of random triples are out of proportion in the code: 0 where every ratio is kept."""
    return functional.mse_loss(log_ratio(*codes), log_ratio(*rows))


def reconstruction_loss(rows: Tensor, rebuilt: Tensor) -> Tensor:
    """Mean squared error of the reconstruction."""
    return functional.mse_loss(rebuilt, rows)


def layers(widths: list[int], last: nn.Module) -> nn.Sequential:
    """Dense layers of these widths, each with ELU and batch normalisation but the last, which ends in `last`."""
    stack: list[nn.Module] = []
    for number, (inputs, outputs) in enumerate(pairwise(widths), 1):
        dense = nn.Linear(inputs, outputs)
        nn.init.xavier_uniform_(dense.weight)
        nn.init.zeros_(dense.bias)
        stack.append(dense)
        if number < len(widths) - 1:
            stack += [nn.ELU(), nn.BatchNorm1d(outputs, eps=NORM_EPSILON, momentum=NORM_MOMENTUM)]
    return nn.Sequential(*stack, last)


def random_triples(count: int, number: int) -> Tensor:
    """(3, number) places in 0–count, three different ones in each column where there are three."""
    first = torch.randint(count, (number,))
    steps = torch.randint(1, max(count, 2), (2, number))
    steps[1] = torch.where(steps[1] == steps[0], steps[1] % max(count - 1, 1) + 1, steps[1])
    return torch.stack([first, *((first + step) % count for step in steps)])
