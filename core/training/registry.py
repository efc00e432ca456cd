"""What can be trained and what can be measured, by name. Cheap to import: a file is imported when it is asked for.

A recipe's module has `run(*, out, seed, progress)`, which learns from films made by code and writes the weights that
ship (below `out`, or over the shipped ones when it is None), `learn(material, out, *, seed, progress)`, which learns
from a library and writes one checkpoint, or both. An experiment's module has `run(videos, *, seed, progress)`: it
measures on a folder of videos. Figures are what JSON can hold.
"""

from functools import partial
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any, Protocol, cast

from core.errors import StudioError
from core.records import Progress, TrainingReport, no_progress
from core.training.material import Material

RECIPES = {  # run: from made films
    "embedded": "core.training.embedded",
    "visil": "core.training.visil",
    "same_video": "core.training.same_video",
    "metric_learning": "core.training.metric_learning",
    "transition": "core.training.transition",
}
LEARNERS: dict[str, str] = {  # learn: from a library; the names are those of models
    "same_video": "core.training.same_video",
    "vae": "core.training.vae",
    "vae_wide": "core.training.vae_wide",
    "mel_autoencoder": "core.training.mel_autoencoder",
    "metric_learning": "core.training.metric_learning",
    "transition": "core.training.transition",
    "visil": "core.training.visil",
}
EXPERIMENTS = {
    "retrieval": "core.training.evaluate_retrieval",
    "embedded": "core.training.evaluate_embedded",
    "regions": "core.training.evaluate_regions",
    "visil": "core.training.evaluate_visil",
    "same_video": "core.training.evaluate_same_video",
    "map": "core.training.evaluate_map",
    "metric_learning": "core.training.evaluate_metric_learning",
    "transition": "core.training.evaluate_transition",
    "trace": "core.training.evaluate_trace",
    "trace_confidence": "core.training.trace_confidence",
}


class Recipe(Protocol):
    """Trains one model; the same seed gives the same weights."""

    def __call__(
        self, *, out: Path | None = None, seed: int = 0, progress: Progress = no_progress
    ) -> dict[str, Any]: ...


class Learner(Protocol):
    """Trains one model on a library and writes it to the file `out`; the same seed gives the same weights.

    Raises StudioError when the library is too small to learn from, saying how much it takes.
    """

    def __call__(
        self, material: Material, out: Path, *, seed: int = 0, progress: Progress = no_progress
    ) -> TrainingReport: ...


class Experiment(Protocol):
    """Measures one model on real videos; the same seed gives the same pairs and folds."""

    def __call__(self, videos: Path, *, seed: int = 0, progress: Progress = no_progress) -> dict[str, Any]: ...


class LibraryExperiment(Protocol):
    """Measures on a library, through its own tracks."""

    def __call__(self, material: Material, *, seed: int = 0, progress: Progress = no_progress) -> dict[str, Any]: ...


def recipe(name: str, videos: Path | None = None) -> Recipe:
    """The recipe of that name, from a folder of real videos in place of made films where one is given.

    Raises StudioError naming the known recipes, or when this one learns from made films only.
    """
    found = _find(RECIPES, name, "recipe").run
    if videos is None:
        return cast(Recipe, found)
    if "videos" not in signature(found).parameters:
        raise StudioError(f"{name} learns from films made by code only. Train it without --videos.")
    return partial(found, videos=videos)


def learner(name: str) -> Learner:
    """What trains the model of that name on a library. Raises StudioError naming the known ones."""
    return cast(Learner, _find(LEARNERS, name, "model that learns from a library").learn)


def experiment(name: str, *, is_whole: bool = False, queries: Path | None = None) -> Experiment:
    """The experiment of that name, with `is_whole` one that otherwise leaves something out for the sake of time, with
    `queries` on the annotated files of that folder.

    Raises StudioError naming the known ones, or when this one leaves nothing out, or makes its own queries.
    """
    found = _find(EXPERIMENTS, name, "experiment").run
    known = signature(found).parameters
    options: dict[str, Any] = {}
    if is_whole:
        if "is_whole" not in known:
            raise StudioError(f"{name} is always measured whole. Leave out --whole.")
        options["is_whole"] = True
    if queries is not None:
        if "queries" not in known:
            raise StudioError(f"{name} makes its own queries. Leave out --queries.")
        options["queries"] = queries
    return cast(Experiment, partial(found, **options) if options else found)


def library_experiment(name: str) -> LibraryExperiment:
    """The experiment of that name that measures on a library. Raises StudioError when it wants a folder of videos."""
    found = _find(EXPERIMENTS, name, "experiment")
    if not hasattr(found, "run_on_library"):
        raise StudioError(f"{name} is measured on a folder of videos. Name one with --videos DIR.")
    return cast(LibraryExperiment, found.run_on_library)


def _find(modules: dict[str, str], name: str, kind: str) -> Any:
    if name not in modules:
        raise StudioError(f"No {kind} is called {name!r}. Choose from: {', '.join(modules)}.")
    return import_module(modules[name])
