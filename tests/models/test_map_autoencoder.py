"""The published frame map: its sizes to the last number, and its terms against loops written plainly."""

import math

import pytest
import torch

from core.models.layers import count_parameters
from core.models.map_autoencoder import (
    MapAutoencoder,
    between,
    log_ratio,
    log_ratio_loss,
    random_triples,
    spread_loss,
    temporal_loss,
)


def test_encoder_and_decoder_have_the_published_number_of_trainable_parameters() -> None:
    model = MapAutoencoder(256)
    assert count_parameters(model.encoder) == 13_502
    assert count_parameters(model.decoder) == 21_840


def test_buffers_of_batch_normalisation_make_up_the_published_totals() -> None:
    model = MapAutoencoder(256)
    running = [name for name, _ in model.named_buffers() if "num_batches" not in name]
    sizes = {part: sum(model.get_buffer(n).numel() for n in running if n.startswith(part)) for part in ("enc", "dec")}
    assert sizes == {"enc": 120, "dec": 208}


@pytest.mark.parametrize(
    ("first", "last", "count", "widths"), [(256, 2, 2, [50, 10]), (2, 256, 3, [6, 22, 76]), (192, 2, 2, [41, 9])]
)
def test_widths_are_weighted_geometric_means(first: int, last: int, count: int, widths: list[int]) -> None:
    assert between(first, last, count) == widths


def test_the_code_lies_within_what_tanh_can_give() -> None:
    code, rebuilt = MapAutoencoder(256).train()(100 * torch.randn(64, 256))
    assert code.shape == (64, 2)
    assert rebuilt.shape == (64, 256)
    assert code.abs().max() <= 1


def test_the_spread_loss_is_nothing_for_a_code_of_the_wanted_mean_and_deviation() -> None:
    code = torch.randn(1000, 2)
    code = (code - code.mean(0)) / code.std(0) * 0.3
    assert spread_loss(code, 0.3) == pytest.approx(0, abs=1e-10)
    assert spread_loss(code + torch.tensor([0.5, 0.0]), 0.3) == pytest.approx(0.25, abs=1e-5)
    assert spread_loss(code, 0.6) == pytest.approx(2 * 0.3**2, abs=1e-5)


def test_the_temporal_loss_is_nothing_half_way_between_two_frames() -> None:
    a, c = torch.randn(5, 2), torch.randn(5, 2)
    assert temporal_loss(a, (a + c) / 2, c) == pytest.approx(0, abs=1e-10)
    assert temporal_loss(a, (a + c) / 2 + torch.tensor([3.0, 4.0]), c) == pytest.approx(25, rel=1e-5)


def test_the_log_ratio_is_the_formula_of_the_article() -> None:
    a, b, c = torch.randn(3, 4, 7).unbind(0)
    for n, found in enumerate(log_ratio(a, b, c, epsilon=0.01)):
        near = sum(float(a[n, k] - b[n, k]) ** 2 for k in range(7))
        far = sum(float(b[n, k] - c[n, k]) ** 2 for k in range(7))
        assert float(found) == pytest.approx(math.log((0.01 + near) / (0.01 + far)), rel=1e-4)


def test_a_code_that_is_a_scaled_copy_keeps_every_log_ratio() -> None:
    rows = 10 * torch.randn(3, 50, 2)
    codes = 30 * rows
    assert log_ratio_loss(tuple(rows.unbind(0)), tuple(codes.unbind(0))) < 1e-4
    assert log_ratio_loss(tuple(rows.unbind(0)), tuple(codes[[1, 0, 2]].unbind(0))) > 0.1


def test_random_triples_are_three_different_places() -> None:
    for count in (3, 4, 100):
        a, b, c = random_triples(count, 5000)
        assert ((a != b) & (b != c) & (a != c)).all()
        assert {int(place) for place in torch.cat([a, b, c])} == set(range(count))
