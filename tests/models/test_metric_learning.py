"""Deep metric learning: its shape, its loss by hand, its similarity as the equation says."""

import numpy as np
import pytest
import torch

from core import checkpoints
from core.models import metric_learning
from core.models.layers import count_parameters
from core.models.metric_learning import Config, MetricLearning, similarity, squared_distance, triplet_loss


@pytest.mark.parametrize(("layers", "size"), [(2, 2_299_000), (3, 2_549_500), (4, 2_800_000)])
def test_layers_lead_from_the_published_features_to_500_numbers(layers: int, size: int) -> None:
    network = MetricLearning(Config(4096, layers))
    assert sum(isinstance(layer, torch.nn.Linear) for layer in network.layers) == layers
    assert count_parameters(network) == size
    assert network.embed(np.zeros((2, 4096), np.float32)).shape == (2, 500)


def test_embeddings_lie_on_the_unit_sphere() -> None:
    rows = MetricLearning(Config(7)).embed(np.random.default_rng(0).standard_normal((5, 7)).astype(np.float32))
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert MetricLearning(Config(7)).embed(np.zeros((0, 7), np.float32)).shape == (0, 500)


def test_the_loss_is_the_hinge_of_squared_distances() -> None:
    anchor, positive = torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    negative = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
    assert squared_distance(anchor, positive).tolist() == [2, 0]
    # max(0, 2 - 0 + 0.5) and max(0, 0 - 4 + 0.5)
    assert triplet_loss(anchor, positive, negative, margin=0.5).item() == pytest.approx(1.25)


def test_similarity_is_one_minus_distance_over_the_largest() -> None:
    query = np.array([[1, 0]], np.float32)
    references = np.array([[1, 0], [0, 1], [-1, 0]], np.float32)
    np.testing.assert_allclose(similarity(query, references), [[1, 0.5, 0]], atol=1e-6)


def test_a_checkpoint_gives_the_same_embeddings(tmp_path) -> None:
    torch.manual_seed(0)
    network = MetricLearning(Config(6)).eval()
    checkpoints.save(tmp_path / "m.safetensors", network.checkpoint({"seed": 0}))
    again = metric_learning.restore(checkpoints.load(tmp_path / "m.safetensors", metric_learning.NAME))
    rows = np.random.default_rng(0).standard_normal((4, 6)).astype(np.float32)
    np.testing.assert_array_equal(network.embed(rows), again.embed(rows))
