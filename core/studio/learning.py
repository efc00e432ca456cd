"""What the library can teach: train a model on it, see what was learned, go back to what shipped."""

from pathlib import Path
from typing import Any

from core import checkpoints
from core.errors import CheckpointError
from core.models.registry import MODELS
from core.records import Job, Progress, Trainable, TrainingReport, no_progress
from core.records.learning import Curve, Origin
from core.store.disk import explained
from core.studio.desk import LEARNING, Desk
from core.training.material import Material
from core.training.registry import LEARNERS, learner, library_experiment

STALE_SHARE = 0.2  # of the videos of the library that came or went before the weights count as out of date


class Learning(Desk):
    """Models that learn from a library."""

    def trainables(self) -> list[Trainable]:
        """Every model that can be trained on the library, with what it has learned for the encoder in use."""
        return [self.trainable(name) for name in LEARNERS]

    def trainable(self, name: str) -> Trainable:
        """One of them."""
        spec, encoder = MODELS[name], self.encoder()
        here, has_shipped = self._equipment.learned_here(name, encoder), self._equipment.has_shipped(name, encoder)
        if not here.is_file():
            origin: Origin = "shipped" if has_shipped else "none"
            return Trainable(
                name, spec.label, spec.explanation, origin, has_shipped=has_shipped, is_quick=spec.is_quick
            )
        try:
            report = _report(checkpoints.load(here, name).metadata)
        except CheckpointError:  # it says so when it is used
            report = None
        then = self._library.get_setting(_size_then(here))
        known = int(then) if then and then.isdecimal() else None if report is None else report.videos
        return Trainable(
            name,
            spec.label,
            spec.explanation,
            "library",
            is_stale=known is not None and abs(self._extracted() - known) > STALE_SHARE * max(known, 1),
            report=report,
            learned_at=here.stat().st_mtime,
            has_shipped=has_shipped,
            is_quick=spec.is_quick,
        )

    def train(self, name: str, *, seed: int = 0, progress: Progress = no_progress) -> TrainingReport:
        """Train a model on the library now, in this thread, for the encoder in use.

        The old weights stay in use until the new ones are whole. Raises StudioError when the library is too small.
        """
        learn, out = learner(name), self._equipment.learned_here(name, self.encoder())
        videos = self._extracted()
        report = learn(self._material(), out, seed=seed, progress=progress)
        self._library.set_setting(_size_then(out), str(videos))
        return report

    def evaluate(self, name: str, *, seed: int = 0, progress: Progress = no_progress) -> dict[str, Any]:
        """Run an experiment on the library; figures are what JSON can hold.

        Raises StudioError when there is none of that name for a library, or the library is too small for it.
        """
        return library_experiment(name)(self._material(), seed=seed, progress=progress)

    def _extracted(self) -> int:
        """How many videos and pictures of the library there are to learn from."""
        return len(self._library.extracted(self._equipment.track(self.encoder())))

    def _material(self) -> Material:
        encoder = self.encoder()
        return Material(
            library=self._library,
            encoder=self._equipment.encoder(encoder),
            visual=self._equipment.track(encoder),
            sound=self._equipment.track("audio"),
            limits=self.settings.limits,
            regions=self._equipment.window_encoder,
        )

    def start_training(self, name: str, *, seed: int = 0) -> Job:
        """The same in the background."""
        learner(name)
        title = f"Training {MODELS[name].label}"
        return self._jobs.submit(
            "train", title, lambda progress: self.train(name, seed=seed, progress=progress).summary, lane=LEARNING
        )

    def forget_training(self, name: str) -> None:
        """Delete what a model learned from this library; what ships with the program is in use again, if anything."""
        learned = self._equipment.learned_here(name, self.encoder())
        with explained(learned):
            learned.unlink(missing_ok=True)


def _size_then(checkpoint: Path) -> str:
    """Where it is kept how large the library was. Recipes learn from a part of it: long clips, or those with sound."""
    return f"videos when learned/{checkpoint.name}"


def _report(metadata: dict[str, object]) -> TrainingReport | None:
    """The report a recipe kept in its checkpoint under `report`; None when there is none that can be read."""
    kept = metadata.get("report")
    if not isinstance(kept, dict):
        return None
    try:
        curves = tuple(
            Curve(str(c["name"]), tuple(map(float, c["steps"])), tuple(map(float, c["values"]))) for c in kept["curves"]
        )
        return TrainingReport(
            str(kept["summary"]), int(kept["videos"]), float(kept["seconds"]), dict(kept["figures"]), curves
        )
    except (KeyError, TypeError, ValueError):
        return None
