"""Made films: the same seed gives the same film, and shots hold together over time."""

import numpy as np
import pytest

from core.training.synthesis import SIDE, make_film, soften


def test_the_same_seed_makes_the_same_film() -> None:
    assert (make_film(5).frame(1, 1.5) == make_film(5).frame(1, 1.5)).all()


def test_other_seeds_make_other_films() -> None:
    first, other = make_film(5).frame(0, 0.0), make_film(6).frame(0, 0.0)
    assert first.shape != other.shape or np.abs(first.astype(int) - other).mean() > 5


@pytest.mark.parametrize("seed", range(25))
def test_frames_are_pictures_of_the_films_size(seed: int) -> None:
    film = make_film(seed, shots=3)
    assert len(film.shots) == 3
    for shot in range(3):
        frame = film.frame(shot, 0.7)
        assert frame.dtype == np.uint8
        assert frame.shape == (film.style.height, film.style.width, 3)
        assert min(frame.shape[:2]) == SIDE


def test_a_shot_changes_less_in_a_tenth_of_a_second_than_across_a_cut() -> None:
    steps, cuts = [], []
    for seed in range(20):
        film = make_film(seed)
        now = film.frame(0, 1.0).astype(int)
        steps.append(np.abs(film.frame(0, 1.1) - now).mean())
        cuts.append(np.abs(film.frame(1, 1.0) - now).mean())
    assert np.median(steps) < np.median(cuts) / 3


def test_most_films_move() -> None:
    moving = [
        np.abs(make_film(seed).frame(0, 2.0).astype(int) - make_film(seed).frame(0, 0.0)).mean() > 2
        for seed in range(20)
    ]
    assert np.mean(moving) > 0.4


def test_softening_spreads_a_point_and_keeps_its_sum() -> None:
    image = np.zeros((5, 5, 1), np.float32)
    image[2, 2] = 16
    assert (soften(image)[1:4, 1:4, 0] == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]).all()
