"""The same-video models: the published size, a head for which the order does not matter, and both through a file."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core import checkpoints
from core.checkpoints import Checkpoint
from core.config import WEIGHTS
from core.errors import CheckpointError
from core.models import same_video
from core.models.layers import count_parameters
from core.models.registry import restore
from core.models.same_video import CosineMethod, PublishedNetwork, SymmetricHead
from core.records import ScoreSpread


def rows(count: int, dimension: int, seed: int = 0) -> torch.Tensor:
    made = torch.randn(count, dimension, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.normalize(made, dim=1)


def a_head(share: float, dimension: int = 6) -> SymmetricHead:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        head = SymmetricHead(dimension)
    for name, value in (("slope", 10.0), ("threshold", 0.3), ("share", share), ("temperature", 0.8)):
        getattr(head, name).fill_(value)
    return head.eval()


def a_cosine() -> CosineMethod:
    return CosineMethod(0.3, 10.0, -3.0, ScoreSpread((-1.0, 0.0, 1.0), (0.1, 0.9), (0.8, 0.2)), "12 sources")


def test_the_published_network_has_the_published_number_of_parameters() -> None:
    assert count_parameters(PublishedNetwork()) == 319_502


def test_the_published_network_answers_as_its_layers_written_out() -> None:
    network, a, b = PublishedNetwork(8), rows(5, 8), rows(5, 8, 1)
    first, second, last = (network.layers[k] for k in (0, 2, 4))
    hidden = np.concatenate([a.numpy(), b.numpy()], axis=1)
    for layer in (first, second):
        hidden = np.maximum(hidden @ layer.weight.detach().numpy().T + layer.bias.detach().numpy(), 0)
    expected = hidden @ last.weight.detach().numpy().T + last.bias.detach().numpy()
    assert np.allclose(network(a, b).detach().numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_the_order_does_not_matter_to_the_head_bit_for_bit(share: float) -> None:
    head, a, b = a_head(share, 192), rows(300, 192), rows(300, 192, 1)
    assert torch.equal(head.score(a, b), head.score(b, a))


def test_without_its_network_the_head_says_yes_exactly_from_the_threshold_on() -> None:
    head, a, b = a_head(0.0), rows(400, 6), rows(400, 6, 1)
    cosines = (a.double() * b.double()).sum(dim=1)
    assert torch.equal(head.score(a, b) >= 0.5, cosines >= 0.3)
    assert torch.allclose(head.score(a, b), torch.sigmoid(10 * (cosines - 0.3) / 0.8))


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_what_is_saved_answers_alike_when_restored(share: float, tmp_path: Path) -> None:
    head, a, b = a_head(share), rows(20, 6), rows(20, 6, 1)
    checkpoints.save(tmp_path / "w", same_video.to_parts(a_cosine(), head, {"seed": 3}))
    made = restore(checkpoints.load(tmp_path / "w", "same_video"))
    assert torch.equal(made.head.score(a, b), head.score(a, b))
    assert made.cosine == a_cosine()
    assert made.published_probability(a[0].numpy(), b[0].numpy()) is None
    assert (made.head.layers is not None) == bool(share)


def test_the_cosines_probability_is_even_where_its_curve_crosses() -> None:
    assert a_cosine().probability(0.3) == pytest.approx(0.5)
    assert a_cosine().probability(0.5) == pytest.approx(1 / (1 + np.exp(-2)))


def test_weights_that_do_not_fit_are_refused() -> None:
    made = same_video.to_parts(a_cosine(), a_head(0.5), {})
    with pytest.raises(CheckpointError):
        restore(Checkpoint("same_video", made.state, {**made.config, "dimension": 7}, made.metadata))


def test_what_ships_is_calibrated_on_real_clips_and_knows_how_their_pairs_spread() -> None:
    made = restore(checkpoints.load(WEIGHTS / "same_video.embedded-3.safetensors", "same_video"))
    assert "real clips" in made.cosine.source
    spread = made.cosine.scores
    assert sum(spread.same) == pytest.approx(1, abs=1e-3)
    middles = np.convolve(spread.edges, [0.5, 0.5], "valid")
    assert np.dot(middles, spread.same) > made.cosine.threshold > np.dot(middles, spread.different)
