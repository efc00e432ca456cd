"""What can be trained and what can be measured, by name. Cheap to import: a file is imported when it is asked for.

A recipe is a function `run(*, out, seed, progress)` in its module: it trains, writes its weights below `out` (or in
the place they ship in when `out` is None) and returns its figures. An experiment is `run(videos, *, seed, progress)`:
it measures on a folder of videos and returns its figures. Both return what JSON can hold.
"""

from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from core.errors import StudioError
from core.records import Progress, no_progress

RECIPES = {
    "embedded": "core.training.embedded",
}
EXPERIMENTS = {
    "embedded": "core.training.evaluate_embedded",
}


class Recipe(Protocol):
    """Trains one model; the same seed gives the same weights."""

    def __call__(
        self, *, out: Path | None = None, seed: int = 0, progress: Progress = no_progress
    ) -> dict[str, Any]: ...


class Experiment(Protocol):
    """Measures one model on real videos; the same seed gives the same pairs and folds."""

    def __call__(self, videos: Path, *, seed: int = 0, progress: Progress = no_progress) -> dict[str, Any]: ...


def recipe(name: str) -> Recipe:
    """The recipe of that name. Raises StudioError naming the known ones."""
    return cast(Recipe, _find(RECIPES, name, "recipe"))


def experiment(name: str) -> Experiment:
    """The experiment of that name. Raises StudioError naming the known ones."""
    return cast(Experiment, _find(EXPERIMENTS, name, "experiment"))


def _find(modules: dict[str, str], name: str, kind: str) -> Any:
    if name not in modules:
        raise StudioError(f"No {kind} is called {name!r}. Choose from: {', '.join(modules)}.")
    return import_module(modules[name]).run
