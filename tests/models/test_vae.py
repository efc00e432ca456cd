"""The published VAE by its parameter count and its loss by the formula, and spaces that keep neighbours neighbours."""

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from core.errors import StudioError
from core.models.layers import count_parameters
from core.models.scorers import Table
from core.models.vae import Vae, VaeConfig, kl, loss, near, restore
from core.training.vae import SIZES, Sizes, fit_spaces

SMALL = Sizes(32, 8, 0.1)


def table(count: int, *, mute: int = 0, seed: int = 0) -> Table:
    """Clips of four kinds, three quarters of each vector given by the kind; the first `mute` have no sound."""
    rng = np.random.default_rng(seed)
    kinds = np.arange(count) % 4
    axes = np.repeat(np.eye(4, dtype=np.float32), 3, axis=1)
    visual = axes[kinds] + 0.1 * rng.standard_normal((count, 12)).astype(np.float32)
    visual /= np.linalg.norm(visual, axis=1, keepdims=True)
    sound = np.repeat(10.0 * np.eye(4), 35, axis=1)[kinds, :138] + rng.standard_normal((count, 138))
    has_sound = np.arange(count) >= mute
    sound[~has_sound] = 0
    ids = tuple(f"{number}" for number in range(count))
    return Table(ids, visual, sound.astype(np.float32), np.ones(count, bool), has_sound)


def test_the_published_network_has_84366_parameters() -> None:
    assert count_parameters(Vae(VaeConfig())) == 84_366


def test_the_divergence_is_the_one_between_normals() -> None:
    mean, log_variance = torch.tensor([[0.5, -1.0]]), torch.tensor([[0.2, -0.4]])
    expected = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)).sum()
    torch.testing.assert_close(kl(mean, log_variance), expected)


def test_the_loss_is_half_the_squared_error_plus_the_divergence_per_clip() -> None:
    inputs, zeros = torch.tensor([[1.0, 3.0], [0.0, 0.0]]), torch.zeros(2, 2)
    assert loss(inputs, zeros, zeros, zeros, divergence=1.0) == pytest.approx(10 / 2 / 2)


def test_likeness_is_one_at_the_same_point_and_falls_with_the_euclidean_distance() -> None:
    scores = near(np.zeros(2, np.float32), np.array([[0, 0], [3, 4]], np.float32))
    assert scores == pytest.approx([1.0, 1 / 6])


@pytest.mark.parametrize(("model", "sizes"), [("vae", SIZES), ("vae_wide", SMALL)])
def test_clips_of_one_kind_lie_together_in_every_space(model, sizes) -> None:
    data = table(32)
    spaces = restore(fit_spaces(model, data, sizes, epochs=150)[0])
    for using in ("visual", "audio", "early"):
        points = spaces.embed(using, data)
        assert points.shape == (32, sizes.latent)
        gaps = np.linalg.norm(points[:, None] - points[None], axis=2) + 1e9 * np.eye(32)
        assert np.mean(gaps.argmin(axis=1) % 4 == np.arange(32) % 4) >= 0.9


def test_the_same_seed_gives_the_same_weights_and_the_loss_falls() -> None:
    first, curves = fit_spaces("vae", table(16), SIZES, epochs=30, seed=5)
    second, _ = fit_spaces("vae", table(16), SIZES, epochs=30, seed=5)
    assert all(np.array_equal(first.state[name], second.state[name]) for name in first.state)
    assert [curve.name for curve in curves] == ["loss, pictures", "loss, sound", "loss, pictures and sound"]
    assert all(curve.values[-1] < curve.values[0] for curve in curves)


def test_a_library_with_hardly_any_sound_has_a_space_of_pictures_only() -> None:
    spaces = restore(fit_spaces("vae", table(16, mute=14), SIZES, epochs=5)[0])
    assert list(spaces.modules) == ["visual"]


def test_a_handful_of_clips_is_no_library_to_learn_from() -> None:
    with pytest.raises(StudioError, match="at least 4"):
        fit_spaces("vae", table(3), SIZES, epochs=1)
