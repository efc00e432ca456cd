"""From a code to the plane: what fills it, what is kept, and laying one map over another."""

import numpy as np
import pytest

from core.models.stretch import Placement, fit_placement, percentiles, procrustes, turned


def cloud(count: int = 20_000, seed: int = 0) -> np.ndarray:
    return (0.3 * np.random.default_rng(seed).standard_normal((count, 2))).astype(np.float32)


def shares(positions: np.ndarray, cells: int = 4) -> np.ndarray:
    return np.histogram2d(*positions.T, bins=cells, range=[[0, 1], [0, 1]])[0] / len(positions)


def test_a_gaussian_cloud_fills_the_square_evenly() -> None:
    code = cloud()
    positions = fit_placement(code).place(code)
    assert positions.min() >= 0
    assert positions.max() <= 1
    assert shares(positions).min() > 0.6 / 16
    assert shares(positions).max() < 1.5 / 16
    unstretched = (code - code.min()) / np.ptp(code)
    assert shares(unstretched).min() < 0.02 / 16  # what the stretch is for


def test_the_middle_stays_and_directions_are_kept() -> None:
    code = cloud()
    code -= code.mean(axis=0)
    positions = fit_placement(code).place(code) - 0.5
    far = np.hypot(*code.T) > 0.05
    before, after = np.arctan2(code[far, 1], code[far, 0]), np.arctan2(positions[far, 1], positions[far, 0])
    assert np.abs(np.angle(np.exp(1j * (before - after)))).max() < 0.02


def test_what_is_farther_out_in_a_direction_stays_farther_out() -> None:
    code = cloud()
    placement = fit_placement(code)
    ray = np.linspace(0, 1, 50)[:, None] * np.array([[0.4, 0.25]]) + code.mean(axis=0)
    away = np.hypot(*(placement.place(ray.astype(np.float32)) - 0.5).T)
    assert (np.diff(away) >= 0).all()


def test_percentiles_of_a_disc_are_those_of_its_radius() -> None:
    random = np.random.default_rng(0)
    radius, angle = np.sqrt(random.random(50_000)), 2 * np.pi * random.random(50_000)
    table = percentiles(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype(np.float32))
    middle = table[:, table.shape[1] // 2]
    np.testing.assert_allclose(middle, np.sqrt(0.5), atol=0.03)
    np.testing.assert_allclose(table[:, -1], 1, atol=0.02)


def test_a_turn_of_ninety_degrees_takes_right_to_up() -> None:
    np.testing.assert_allclose(turned(np.array([[1.0, 0.0]], np.float32), 90), [[0, 1]], atol=1e-6)


def test_a_map_is_laid_over_the_last_one_whatever_its_turn_mirroring_scale_and_shift() -> None:
    fixed = cloud(300)
    moving = turned(fixed, 130) * np.array([-2.5, 2.5], np.float32) + np.array([4, -1], np.float32)
    matrix, shift = procrustes(moving, fixed)
    np.testing.assert_allclose(moving @ matrix + shift, fixed, atol=1e-5)
    placement = fit_placement(moving, over=(moving, fixed))
    np.testing.assert_allclose(
        placement.place(moving), fit_placement(fixed, over=(fixed, fixed)).place(fixed), atol=1e-3
    )


def test_a_placement_is_the_same_after_it_was_kept() -> None:
    code = cloud(500)
    placement = fit_placement(code, rotation=30)
    again = Placement.of(placement.state())
    np.testing.assert_array_equal(again.place(code), placement.place(code))


@pytest.mark.parametrize("code", [np.zeros((0, 2), np.float32), np.ones((5, 2), np.float32)])
def test_nothing_and_points_in_one_place_are_placed_without_complaint(code: np.ndarray) -> None:
    positions = fit_placement(code).place(code)
    assert positions.shape == code.shape
    assert np.isfinite(positions).all()
