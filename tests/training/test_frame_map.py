"""Fitting a frame map on made-up shots: what is alike comes to lie together, and the same seed gives the same map."""

import numpy as np
import pytest

from core.errors import Cancelled, StudioError
from core.models.projection import PROJECTIONS
from core.records import MapChoices
from core.training.frame_map import fit, neighbours, principal_components

SHOTS, EACH, DIMENSION = 6, 30, 24


def shots(seed: int = 0, each: int = EACH) -> tuple[np.ndarray, np.ndarray]:
    """Frames (N, 24) of length 1 in six shots, and the shot of each."""
    centres = np.linalg.qr(np.random.default_rng(7).standard_normal((DIMENSION, SHOTS)))[0].T
    rows = np.repeat(centres, each, axis=0)
    rows = rows + 0.08 * np.random.default_rng(seed).standard_normal(rows.shape)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32), np.repeat(np.arange(SHOTS, dtype=np.int32), each)


def share_of_own_shot(code: np.ndarray, shot: np.ndarray, k: int = 10) -> float:
    """How many of the nearest frames on the map are of the same shot, 0–1."""
    apart = np.linalg.norm(code[:, None] - code[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    near = np.argsort(apart, axis=1)[:, :k]
    return float((shot[near] == shot[:, None]).mean())


@pytest.mark.parametrize(("name", "least"), [("neighbours", 0.95), ("autoencoder", 0.5), ("vae", 0.5), ("pca", 0.4)])
def test_frames_of_a_shot_come_to_lie_together(name: str, least: float) -> None:
    rows, shot = shots()
    fitted, figures = fit(rows, shot, MapChoices(name), effort=0.25)
    assert share_of_own_shot(fitted.code(rows), shot) >= least
    assert 0.9 < figures["variance_kept"] <= 1


def test_new_frames_of_known_shots_land_among_them_without_a_new_fit() -> None:
    rows, shot = shots()
    fitted, _ = fit(rows, shot, MapChoices(), effort=0.25)
    code, new = fitted.code(rows), fitted.code(shots(seed=1)[0])
    nearest = np.linalg.norm(new[:, None] - code[None], axis=2).argmin(axis=1)
    assert (shot[nearest] == shot).mean() > 0.97


@pytest.mark.parametrize("name", PROJECTIONS)
def test_the_same_seed_gives_the_same_map(name: str) -> None:
    rows, shot = shots(each=8)
    first, second = (fit(rows, shot, MapChoices(name, seed=5), effort=0.02)[0].code(rows) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_another_seed_gives_another_map() -> None:
    rows, shot = shots(each=8)
    first, second = (fit(rows, shot, MapChoices(seed=seed), effort=0.1)[0].code(rows) for seed in (1, 2))
    assert not np.allclose(first, second, atol=0.1)


@pytest.mark.parametrize("std", [0.3, 0.6])
def test_the_published_code_has_the_deviation_it_is_pulled_to(std: float) -> None:
    rows, shot = shots()
    code = fit(rows, shot, MapChoices("autoencoder", std=std), effort=0.3)[0].code(rows)
    assert np.abs(code).max() <= 1
    np.testing.assert_allclose(code.std(axis=0), std, atol=0.12)
    np.testing.assert_allclose(code.mean(axis=0), 0, atol=0.1)


def test_a_fit_starts_from_where_frames_lay() -> None:
    rows, shot = shots(each=10)
    last = -fit(rows, shot, MapChoices(), effort=0.1)[0].code(rows)  # turned by half a circle

    def moved(**start: object) -> float:
        code = fit(rows, shot, MapChoices(), effort=0.1, **start)[0].code(rows)
        return float(np.linalg.norm(code - last, axis=1).mean())

    assert moved(known=(np.arange(len(rows)), last)) < 0.3 * moved()


def test_neighbours_are_those_of_a_full_comparison() -> None:
    rows, _ = shots(each=20)
    likeness = rows @ rows.T
    np.fill_diagonal(likeness, -np.inf)
    expected = np.sort(np.argsort(-likeness, axis=1)[:, :5], axis=1)
    assert (np.sort(neighbours(rows, 5), axis=1) == expected).mean() > 0.99


def test_frames_exactly_alike_are_neighbours_of_one_another_and_not_of_themselves() -> None:
    rows = np.tile(np.eye(4, dtype=np.float32)[:1], (40, 1))
    near = neighbours(rows, 7)
    assert near.shape == (40, 7)
    assert (near != np.arange(40)[:, None]).mean() > 0.8


def test_components_keep_as_much_of_the_variance_as_they_say() -> None:
    rows = np.random.default_rng(0).standard_normal((400, 10)).astype(np.float32) * np.arange(1, 11, dtype=np.float32)
    found = principal_components(rows, most=4)
    centred = rows - rows.mean(axis=0)
    back = (found.project(rows) / found.scale) @ found.axes
    assert found.kept == pytest.approx(1 - ((centred - back) ** 2).sum() / (centred**2).sum(), abs=1e-3)
    assert found.project(rows).var(axis=0, ddof=1).mean() == pytest.approx(1, rel=1e-3)


def test_a_library_of_one_picture_over_and_over_can_be_laid_out() -> None:
    rows = np.tile(np.eye(8, dtype=np.float32)[:1], (20, 1))
    for name in PROJECTIONS:
        assert np.isfinite(fit(rows, np.zeros(20, np.int32), MapChoices(name), effort=0.02)[0].code(rows)).all()


def test_too_few_frames_and_unknown_projections_are_said_with_what_to_do() -> None:
    rows, shot = shots()
    with pytest.raises(StudioError, match="Add videos"):
        fit(rows[:2], shot[:2], MapChoices())
    with pytest.raises(StudioError, match="Choose from"):
        fit(rows, shot, MapChoices("tsne"))


def test_a_cancelled_fit_stops() -> None:
    def stop(fraction: float, text: str) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        fit(*shots(), MapChoices(), progress=stop)
