"""The default frame map: a network that keeps neighbours together, so that new frames need no new fit.

The network sees principal components and starts as their first two; a skip connection keeps that plane and the layers
bend it. It learns from pairs of near frames, drawn together against random others with the heavy-tailed similarity
1 / (1 + d²) of t-SNE and the contrastive loss InfoNCE (Damrich, Böhm, Hamprecht and Kobak, "From t-SNE to UMAP with
contrastive learning", ICLR 2023, equation 8), and from the log-ratio term of the article.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

NEIGHBOURS = 15  # of every frame, those it is drawn to
OTHERS = 32  # random frames each pair is held against
WIDTH = 128
SETTLING_PAIRS, SETTLING_RATE = 4096, 0.3  # of frames that came after the fit: in a batch; of their descent
SETTLING_PASSES, LEAST_SETTLING, MOST_SETTLING = 50, 300, 3000  # over all pairs, within these steps
CALM = 0.1  # of the last layer's first weights, so that the map starts near the plane of the components


class MapNetwork(nn.Module):
    """(N, D) -> (N, 2), in units of the distance at which likeness has fallen to a half."""

    def __init__(self, dimension: int, width: int = WIDTH) -> None:
        super().__init__()
        last = nn.Linear(width, 2)
        self.bend = nn.Sequential(nn.Linear(dimension, width), nn.ELU(), nn.Linear(width, width), nn.ELU(), last)
        self.plane = nn.Linear(dimension, 2, bias=False)
        with torch.no_grad():
            last.weight *= CALM
        self.start(1.0)

    def start(self, spread: float) -> None:
        """Lie down on the plane of the first two components, whose standard deviation is `spread`, brought to 1."""
        with torch.no_grad():
            self.plane.weight.zero_()
            self.plane.weight.fill_diagonal_(1 / max(spread, 1e-6))

    def forward(self, rows: Tensor) -> Tensor:
        """(N, D) principal components -> (N, 2)."""
        return self.bend(rows) + self.plane(rows)

    def encode(self, rows: Tensor) -> Tensor:
        """The same, by the name that all map networks share."""
        code: Tensor = self(rows)
        return code


def build(dimension: int) -> MapNetwork:
    """The network for rows of that many principal components."""
    return MapNetwork(dimension)


def likeness(a: Tensor, b: Tensor) -> Tensor:
    """1 / (1 + d²) of codes that broadcast against each other: (…, 2) twice -> (…) in 0–1."""
    return 1 / (1 + (a - b).square().sum(-1))


def neighbour_loss(pairs: Tensor, others: Tensor) -> Tensor:
    """InfoNCE of B pairs of codes (B, 2, 2) and of M random codes for each, (B, M, 2): lower is better."""
    near = likeness(pairs[:, 0], pairs[:, 1])
    far = likeness(pairs[:, :1], others).sum(1)
    return -(near / (near + far)).log().mean()


def settle(
    codes: NDArray[np.float32], fixed: NDArray[np.float32], near: NDArray[np.int64], *, seed: int = 0
) -> NDArray[np.float32]:
    """Where frames that came after the fit lie, by the loss of the fit, while those that it placed stay: -> (M, 2).

    `codes` (M, 2) is where the descent starts. `near` (M, k) names the neighbours of each frame: a number below M is
    one of them, any other, less M, one of the `fixed` (F, 2), which should also hold some that are near to none. A
    network that never saw a film spreads its frames over whatever resembles them; this gathers them again. The same
    input and seed give the same codes.
    """
    if not near.size:
        return codes
    generator = torch.Generator().manual_seed(seed)
    free, still = nn.Parameter(torch.from_numpy(codes).clone()), torch.from_numpy(fixed)
    own = torch.arange(len(codes)).repeat_interleave(near.shape[1])
    other = torch.from_numpy(near.reshape(-1))
    count = min(len(own), SETTLING_PAIRS)
    steps = int(np.clip(SETTLING_PASSES * len(own) / count, LEAST_SETTLING, MOST_SETTLING))
    optimiser = torch.optim.Adam([free], lr=SETTLING_RATE)
    fall = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.02, total_iters=steps)
    with torch.enable_grad():
        for _ in range(steps):
            chosen = torch.randint(len(own), (count,), generator=generator)
            strangers = torch.randint(len(codes) + len(fixed), (count, OTHERS), generator=generator)
            all_codes = torch.cat([free, still])
            loss = neighbour_loss(
                torch.stack([free[own[chosen]], all_codes[other[chosen]]], dim=1), all_codes[strangers]
            )
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            fall.step()
    settled: NDArray[np.float32] = free.detach().numpy()
    return settled
