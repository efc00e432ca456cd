"""ViSiL (Kordopatis-Zilos et al., ICCV 2019): how similar two videos are, learned from their frame-to-frame matrix.

Regions of a frame are whitened and weighed by attention; a pair of frames is compared by Chamfer over regions (`f2f`);
a small convolutional network then looks at the whole matrix of two videos and raises what runs along a diagonal, and
Chamfer over its rows gives the similarity. Frames without content are blanked out in the matrix and count for nothing.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional
from numpy.typing import NDArray
from torch import Tensor, nn

from core.batches import in_batches
from core.checkpoints import Checkpoint
from core.errors import CheckpointError
from core.models.cosine import compare
from core.models.f2f import FrameMatrices, Precision, frame_matrices
from core.models.layers import restored, to_checkpoint, unit

Floats = NDArray[np.float32]

NAME = "visil"
STRIDE = 4  # frames per cell of the network's output: two poolings
TILE = 512  # frames a side that the network looks at in one piece: 40 MB, and two hours against each other do not fit
HALO = (
    8  # frames around a tile that its outermost cells depend on: 1 + 2 + 4 by the three convolutions, and whole cells
)
BLANK = 0.0  # similarity that a pair of frames has when one of them shows nothing


@dataclass(frozen=True)
class Config:
    """What the module is built from."""

    dimension: int  # D of a region as the encoder gives it
    whitened: int = 0  # E after PCA whitening; 0 leaves the regions as they are
    has_attention: bool = False


@dataclass(frozen=True, slots=True)
class VideoMatrix:
    """How two videos correspond, before and after the network. Similarities lie in -1–1, higher is closer."""

    frames: FrameMatrices  # both readings of every pair of frames, (P, Q), frames without content blanked out
    output: Floats  # (P', Q') what the network makes of query-in-reference, a cell for every 4 x 4 frames
    output_back: Floats  # (P', Q') the same of reference-in-query, rows still the query's
    query_in_reference: float  # how much of the query is in the reference
    reference_in_query: float  # how much of the reference is in the query
    chamfer_query_in_reference: float  # the same two without the network
    chamfer_reference_in_query: float

    @property
    def similarity(self) -> float:
        """The mean of both directions."""
        return (self.query_in_reference + self.reference_in_query) / 2

    @property
    def chamfer(self) -> float:
        """The mean of both directions without the network."""
        return (self.chamfer_query_in_reference + self.chamfer_reference_in_query) / 2


class Whitening(nn.Module):
    """Regions centred, turned onto their principal axes, scaled to equal variance: (..., D) -> (..., E) of length 1."""

    mean: Tensor
    axes: Tensor

    def __init__(self, dimension: int, whitened: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(dimension))
        self.register_buffer("axes", torch.eye(dimension, whitened))

    def forward(self, regions: Tensor) -> Tensor:
        return unit((regions - self.mean) @ self.axes)


class Attention(nn.Module):
    """Regions weighed by their cosine with a learned context vector u of length 1 (section 4.1): (u . r + 1) / 2."""

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.context = nn.Parameter(unit(torch.randn(dimension)))

    def weights(self, regions: Tensor) -> Tensor:
        """(..., D) -> (...) in 0–1."""
        return regions @ unit(self.context) / 2 + 0.5

    def forward(self, regions: Tensor) -> Tensor:
        return regions * self.weights(regions)[..., None]


class VideoComparator(nn.Module):
    """The network over frame-to-frame matrices (section 4.3): (N, 1, P, Q) -> (N, P / 4, Q / 4), unbounded.

    Borders are repeated before each 3 x 3 convolution, so a match does not fade out at the ends of a video.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1, padding_mode="replicate")
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1, padding_mode="replicate")
        self.conv3 = nn.Conv2d(64, 128, 3, padding=1, padding_mode="replicate")
        self.last = nn.Conv2d(128, 1, 1)
        for layer in (self.conv1, self.conv2, self.conv3, self.last):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, matrices: Tensor) -> Tensor:
        seen = torch.nn.functional.max_pool2d(torch.relu(self.conv1(matrices)), 2)
        seen = torch.nn.functional.max_pool2d(torch.relu(self.conv2(seen)), 2)
        return self.last(torch.relu(self.conv3(seen)))[:, 0]


class ViSiL(nn.Module):
    """The whole model. `forward` gives what training needs; `video_matrix` is what the product calls."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        width = config.whitened or config.dimension
        self.whitening = Whitening(config.dimension, config.whitened) if config.whitened else nn.Identity()
        self.attention = Attention(width) if config.has_attention else nn.Identity()
        self.comparator = VideoComparator()

    def describe(self, regions: Tensor) -> Tensor:
        """Regions as they are compared: (..., D) of length 1 -> (..., E)."""
        return self.attention(self.whitening(regions))

    def forward(
        self, query: Tensor, reference: Tensor, query_weights: Tensor, reference_weights: Tensor
    ) -> tuple[Tensor, Tensor]:
        """N pairs of videos of one length each side, at least four frames -> similarities (N,), the network's output.

        Regions (N, P, R, D), (N, Q, R, D) and weights (N, P), (N, Q). How much of each query is in its reference, in
        -1–1; the output (N, P', Q') is unbounded.
        """
        matrices = chamfer_over_regions(self.describe(query), self.describe(reference))
        has_content = (query_weights[:, :, None] > 0) & (reference_weights[:, None, :] > 0)
        output = self.comparator(torch.where(has_content, matrices, BLANK)[:, None])
        return video_similarity(output, _pooled(query_weights), _pooled(reference_weights)), output

    @torch.inference_mode()
    def video_matrix(
        self,
        query: Floats,
        reference: Floats,
        query_weights: Floats | None = None,
        reference_weights: Floats | None = None,
        *,
        precision: Precision = "float32",
    ) -> VideoMatrix:
        """Two videos as regions (P, R, D), (Q, R, D), both with at least one frame, and how much each frame counts.

        Without weights all frames count alike; where all weights of a side are zero, too. NumPy in, NumPy out.
        """
        weights_q = _weights(query_weights, len(query))
        weights_r = _weights(reference_weights, len(reference))
        frames = frame_matrices(self._described(query), self._described(reference), precision=precision)
        plain = compare(frames.query_in_reference, weights_q, weights_r)
        back = compare(frames.reference_in_query, weights_q, weights_r)
        has_content = (weights_q[:, None] > 0) & (weights_r[None, :] > 0)
        frames = FrameMatrices(
            np.where(has_content, frames.query_in_reference, np.float32(BLANK)),
            np.where(has_content, frames.reference_in_query, np.float32(BLANK)),
        )
        output = self.refine(frames.query_in_reference)
        output_back = np.ascontiguousarray(self.refine(np.ascontiguousarray(frames.reference_in_query.T)).T)
        rows, columns = pooled_weights(weights_q), pooled_weights(weights_r)
        return VideoMatrix(
            frames=frames,
            output=output,
            output_back=output_back,
            query_in_reference=_similarity(output, rows, columns),
            reference_in_query=_similarity(output_back.T, columns, rows),
            chamfer_query_in_reference=plain.query_in_reference,
            chamfer_reference_in_query=back.reference_in_query,
        )

    @torch.inference_mode()
    def refine(self, matrix: Floats) -> Floats:
        """One matrix (P, Q) through the network and the hard tanh: (P', Q') in -1–1.

        A side of fewer than four frames is repeated until it has four, as the reference does with its features. A large
        matrix is looked at in overlapping tiles, which gives the same numbers.
        """
        whole = torch.from_numpy(at_least_four(matrix))
        rows, columns = (side // STRIDE for side in whole.shape)  # cells
        output = torch.empty(rows, columns)

        def look(part: slice) -> None:
            top, bottom = part.start * STRIDE, part.stop * STRIDE
            above = min(top, HALO)
            for left in range(0, columns * STRIDE, TILE):
                before = min(left, HALO)
                tile = whole[top - above : bottom + HALO, left - before : left + TILE + HALO]
                cells = output[part, left // STRIDE : (left + TILE) // STRIDE]
                seen = self.comparator(tile[None, None])[0][above // STRIDE :, before // STRIDE :]
                cells[:] = seen[: cells.shape[0], : cells.shape[1]]

        in_batches(look, rows, TILE // STRIDE)
        result: Floats = torch.nn.functional.hardtanh(output).numpy()
        return result

    def _described(self, regions: Floats) -> Floats:
        if isinstance(self.whitening, nn.Identity) and isinstance(self.attention, nn.Identity):
            return regions
        result: Floats = self.describe(torch.from_numpy(np.ascontiguousarray(regions))).numpy()
        return result


def chamfer_over_regions(query: Tensor, reference: Tensor) -> Tensor:
    """Frame-to-frame similarity (section 4.2): (N, P, R, E), (N, Q, S, E) -> (N, P, Q), query in reference.

    What `f2f` gives for one pair of videos in NumPy; this one carries gradients to the attention.
    """
    products = torch.einsum("npre,nqse->nprqs", query, reference)
    return products.amax(dim=4).mean(dim=2)


def video_similarity(output: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Chamfer over the output (section 4.3): (N, P', Q'), how much each row and column counts -> (N,) in -1–1.

    The best column of each row counts, out of those with content; rows are averaged by their weight. A side that has
    no content at all counts in full.
    """
    rows = torch.where(rows.any(dim=1, keepdim=True), rows, torch.ones_like(rows))
    is_there = (columns > 0) | ~columns.any(dim=1, keepdim=True)
    best = torch.nn.functional.hardtanh(output).masked_fill(~is_there[:, None, :], -1.0).amax(dim=2)
    return (best * rows).sum(dim=1) / rows.sum(dim=1)


def at_least_four(matrix: Floats) -> Floats:
    """The matrix with a side of 1, 2 or 3 frames doubled until it has four or more; any other as it is."""
    for axis in (0, 1):
        while 0 < matrix.shape[axis] < STRIDE:
            matrix = np.concatenate([matrix, matrix], axis=axis)
    return np.ascontiguousarray(matrix, np.float32)


def pooled_weights(weights: Floats) -> Floats:
    """How much each row of the output counts: the mean of the four frames behind it. (P,) -> (P',)."""
    repeated = at_least_four(weights[:, None] * np.ones((1, STRIDE), np.float32))[:, 0]
    return repeated[: len(repeated) // STRIDE * STRIDE].reshape(-1, STRIDE).mean(axis=1)


def triplet_loss(positive: Tensor, negative: Tensor, margin: float) -> Tensor:
    """Mean of max(0, s(anchor, negative) - s(anchor, positive) + margin) (section 4.4): (N,), (N,) -> scalar."""
    return torch.relu(negative - positive + margin).mean()


def similarity_regulariser(output: Tensor) -> Tensor:
    """How far the output leaves the range where the hard tanh has a slope (section 4.4), summed per matrix: scalar."""
    beyond = torch.relu(-1.0 - output) + torch.relu(output - 1.0)
    return beyond.sum() / len(output)


def checkpoint_of(model: ViSiL, metadata: dict[str, Any]) -> Checkpoint:
    """The model as it is kept."""
    return to_checkpoint(NAME, model, asdict(model.config), metadata)


def restore(checkpoint: Checkpoint) -> ViSiL:
    """The model a checkpoint holds, ready for use. Raises CheckpointError when the weights do not fit."""
    try:
        config = Config(**checkpoint.config)
    except TypeError as error:
        raise CheckpointError("This checkpoint is of another version of ViSiL. Train it again.") from error
    return restored(ViSiL(config), checkpoint)


def _weights(given: Floats | None, count: int) -> Floats:
    if given is None or not given.any():
        return np.ones(count, np.float32)
    return given


def _similarity(output: Floats, rows: Floats, columns: Floats) -> float:
    return float(video_similarity(*(torch.from_numpy(np.ascontiguousarray(a))[None] for a in (output, rows, columns))))


def _pooled(weights: Tensor) -> Tensor:
    """`pooled_weights` of several videos of one length: (N, P) -> (N, P')."""
    whole = weights.shape[1] // STRIDE * STRIDE
    return weights[:, :whole].unflatten(1, (-1, STRIDE)).mean(dim=2)
