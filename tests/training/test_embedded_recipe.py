"""The recipe of the built-in encoder learns on a small budget, and the same seed gives the same weights."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from core.features import blocks, embedded
from core.training.embedded import PICTURES, Config, fit, picture_set, train
from core.training.metrics import area_under_curve
from core.training.registry import EXPERIMENTS, RECIPES, experiment, recipe

TINY = Config(films=60, dimension=32)


@pytest.fixture(scope="module")
def described() -> np.ndarray:
    return np.stack([embedded.describe(picture_set(3, film)) for film in range(150)])


def vectors(described: np.ndarray, weights: dict[str, np.ndarray]) -> np.ndarray:
    flat = embedded.project(described.reshape(-1, described.shape[-1]), weights)
    return flat.reshape(*described.shape[:2], -1)


def told_apart(rows: np.ndarray) -> float:
    """How surely frames of one film are told from frames of others, judged on films that were not fitted."""
    cosines = np.concatenate([rows[:, 0] @ rows[:, place].T for place in (1, 2)])
    same = np.concatenate([np.eye(len(rows), dtype=bool)] * 2)
    return area_under_curve(cosines.ravel(), same.ravel())


def test_fitting_beats_the_bare_blocks_on_films_it_never_saw(described: np.ndarray) -> None:
    weights = fit(described[:110], Config(films=110, dimension=96, shrinkage=1.0))
    bare = embedded.balance(described.reshape(-1, described.shape[-1]) - weights["centre"]).reshape(described.shape)
    learned = told_apart(vectors(described[110:], weights))
    assert learned > told_apart(bare[110:]) + 0.005
    assert learned > 0.88


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.safetensors" for name in ("first", "again", "other")]
    for path, seed in zip(files, (1, 1, 2), strict=True):
        train(path, TINY, seed=seed, workers=1)
    assert files[0].read_bytes() == files[1].read_bytes()
    assert not np.array_equal(load_file(files[0])["projection"], load_file(files[2])["projection"])


def test_training_in_two_processes_gives_the_same_weights(tmp_path: Path) -> None:
    config = Config(films=24, dimension=8)
    train(tmp_path / "one", config, seed=1, workers=1)
    train(tmp_path / "two", config, seed=1, workers=2)
    one, two = load_file(tmp_path / "one"), load_file(tmp_path / "two")
    assert all(np.array_equal(one[name], two[name]) for name in one)


def test_the_report_says_what_was_done(tmp_path: Path) -> None:
    seen: list[float] = []
    report = train(tmp_path / "w", Config(films=50, dimension=8), workers=1, progress=lambda done, _: seen.append(done))
    assert report["films"] == 50
    assert report["mean_cosine_later"] > report["mean_cosine_strangers"]
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_a_film_gives_six_normalised_pictures() -> None:
    assert picture_set(0, 0).shape == (PICTURES, blocks.SIDE, blocks.SIDE, 3)


def test_every_recipe_and_experiment_can_be_found() -> None:
    assert all(callable(recipe(name)) for name in RECIPES)
    assert all(callable(experiment(name)) for name in EXPERIMENTS)
