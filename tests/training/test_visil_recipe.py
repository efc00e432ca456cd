"""ViSiL learns on made-up regions: passages run along diagonals, strangers do not."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core import checkpoints
from core.models import visil
from core.models.visil import ViSiL
from core.training import visil as recipe
from core.training.loop import seeded
from core.training.region_films import Family, copied, film_family, foreign, plain

QUICK = recipe.Config(held_out=8, epochs=4, batches=20, triplets=6, hardest=6, sizes=(8, 12), rate=3e-3, whitened=0)


def made_up(count, *, frames=16, dimension=24, noise=0.9, seed=0):
    """Videos whose frames share a scene, so that Chamfer alone is often wrong, and noisy copies of them."""
    rng = np.random.default_rng(seed)

    def unit(rows):
        return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float16)

    families = []
    for _ in range(count):
        scene = rng.standard_normal((1, 9, dimension))
        frame = scene + 0.7 * rng.standard_normal((frames, 9, dimension))
        copies = frame[None] + noise * rng.standard_normal((2, frames, 9, dimension))
        ones = np.ones((2, frames), np.float32)
        families.append(Family(unit(frame), unit(copies), ones[0], ones))
    return families


def fresh(config=QUICK, seed=0):
    with seeded(seed):
        return ViSiL(visil.Config(24, config.whitened, config.has_attention))


def test_learning_finds_copies_among_strangers_and_the_loss_falls():
    model, families = fresh(), made_up(40)
    figures, losses = recipe.fit(model, families, QUICK)
    assert losses[-1] < 0.5 * losses[0]
    assert figures[recipe.FIGURE] >= figures["held_out_mean_average_precision_chamfer"] + 0.05


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    families, short = made_up(20), replace(QUICK, epochs=1, batches=4)
    made = []
    for seed in (1, 1, 2):
        model = fresh(seed=seed)
        recipe.fit(model, families, short, seed=seed)
        made.append(model.comparator.conv3.weight.detach().clone())
    assert torch.equal(made[0], made[1])
    assert not torch.equal(made[0], made[2])


def test_attention_learns_to_look_away_from_a_region_that_says_nothing():
    """Region 0 is the same in every video: what is known about it is its direction."""
    families = made_up(30)
    common = np.zeros(24, np.float16)
    common[0] = 1
    for family in families:
        family.original[:, 0], family.copies[:, :, 0] = common, common
    config = replace(QUICK, has_attention=True, rate=1e-2)
    model = fresh(config)
    before = model.attention.weights(torch.from_numpy(common.astype(np.float32))).item()
    recipe.fit(model, families, config)
    after = model.attention.weights(torch.from_numpy(common.astype(np.float32))).item()
    assert after < before


def test_the_batch_form_gives_what_the_product_gives_for_each_pair():
    model, families = fresh().eval(), made_up(6)
    batch = recipe.draw(families, recipe.hard_negatives(families, 3), QUICK, np.random.default_rng(3))
    with torch.inference_mode():
        scores, _ = model(batch.anchor[0], batch.positive[0], batch.anchor[1], batch.positive[1])
    for place, score in enumerate(scores.tolist()):
        sides = [(one[0][place].numpy(), one[1][place].numpy()) for one in (batch.anchor, batch.positive)]
        answer = model.video_matrix(sides[0][0], sides[1][0], sides[0][1], sides[1][1])
        assert answer.query_in_reference == pytest.approx(score, abs=1e-5)


def test_whitened_regions_have_unit_covariance():
    rows = np.random.default_rng(0).standard_normal((500, 6)) @ np.diag([5, 4, 3, 2, 1, 0.5]) + 7
    mean, axes = recipe.principal_axes(rows, 4)
    np.testing.assert_allclose(np.cov((rows - mean) @ axes, rowvar=False), np.eye(4), atol=1e-6)
    assert abs(axes[0, 0]) > abs(axes[5, 0])  # the first axis is the one of the largest spread


def test_the_hardest_negatives_are_the_videos_most_alike_and_never_the_video_itself():
    families = made_up(8)
    families[5] = replace(families[2], original=families[2].copies[0])
    near = recipe.hard_negatives(families, 3)
    assert near.shape == (8, 3)
    assert near[2, 0] == 5
    assert near[5, 0] == 2
    assert all(place not in row for place, row in enumerate(near))


def test_a_copy_has_the_length_asked_for_and_shows_part_of_the_original():
    families = made_up(5, noise=0.0)
    for seed in range(30):
        rng = np.random.default_rng(seed)
        anchor, start = plain(families[0], 8, rng)
        copy = copied(families[0], start, 8, families[1:], 12, rng)
        assert copy.regions.shape == (12, 9, 24)
        assert copy.weights.shape == (12,)
        alike = np.einsum("prd,qrd->pq", anchor.regions, copy.regions) / 9
        assert (alike.max(axis=0) > 0.99).sum() >= 2  # at double speed four seconds are two frames


def test_foreign_videos_hold_no_frame_of_the_anchor():
    families = made_up(5)
    cut = foreign(families[1:], 20, np.random.default_rng(0))
    assert cut.regions.shape == (20, 9, 24)
    alike = np.einsum("prd,qrd->pq", families[0].original.astype(np.float32), cut.regions) / 9
    assert alike.max() < 0.9


def test_a_made_film_has_copies_under_edits_that_stay_recognisable():
    family = film_family(3)
    frames = family.original.astype(np.float32)
    assert frames.shape[1:] == (9, 192)
    assert family.copies.shape == (3, *frames.shape)
    same = np.einsum("trd,ctrd->ct", frames, family.copies.astype(np.float32)) / 9
    other = np.einsum("trd,trd->t", frames, np.roll(frames, len(frames) // 2, axis=0)) / 9
    assert same.mean() > other.mean() + 0.1
    np.testing.assert_array_equal(film_family(3).original, family.original)


def test_the_shipped_weights_are_of_the_recipe_and_better_than_chamfer_on_films_they_were_not_shown():
    kept = checkpoints.load(recipe.TARGET, "visil")
    model = visil.restore(kept)
    assert model.config.dimension == 192
    made = kept.metadata["made"]
    assert made["seed"] == 0
    assert made[recipe.FIGURE] >= made["held_out_mean_average_precision_chamfer"]
