"""What is costly to make and shared by all: encoders, indexes and learned models, each made once, and which to use.

`auto` is settled once per library, by what is ready then, and remembered with the reason; the settings can overrule it.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import checkpoints
from core.config import WEIGHTS, Settings
from core.errors import ModelUnavailable, StudioError
from core.features.base import AudioEncoder, ImageEncoder, VisualEncoder, WindowEncoder, versioned_track
from core.features.registry import (
    ENCODERS,
    Calibration,
    build_encoder,
    choose_visual,
    encoder_spec,
    encoder_version,
    prepare_encoder,
    readiness,
)
from core.models import registry as models
from core.pipelines.ingest import Extractors
from core.pipelines.references import Stored
from core.records import Progress, Readiness, no_progress
from core.store.index import FrameIndex
from core.store.library import Library

Lend = Callable[[VisualEncoder], VisualEncoder]
"""Puts an encoder that wants a GPU into the hands of whoever has one: what is asked of it is then done there."""


class Equipment:
    """The encoders of one library. Safe to share between threads."""

    def __init__(self, settings: Settings, library: Library) -> None:
        self._settings = settings
        self._library = library
        self._lock = threading.RLock()
        self._encoders: dict[str, VisualEncoder | AudioEncoder] = {}
        self._indexes: dict[str, FrameIndex] = {}
        self._references: dict[str, Stored] = {}
        self._models: dict[Path, tuple[int, Any]] = {}  # with the time stamp of the file they come from
        self._lend: Lend | None = None

    def readiness(self) -> list[Readiness]:
        """Every visual encoder and whether it can be used now. Never touches the network."""
        return [readiness(name, self._settings) for name, spec in ENCODERS.items() if spec.kind == "visual"]

    def name(self) -> str:
        """The visual encoder in use: the settings' choice, else the library's, else the best one ready here.

        Raises StudioError when the settings name none.
        """
        if self._settings.encoder != "auto":
            self.calibration(self._settings.encoder)  # says so when there is no such visual encoder
            return self._settings.encoder
        remembered = self._library.get_setting("encoder")
        if remembered in ENCODERS:
            return remembered
        return "clip" if readiness("clip", self._settings).is_ready else "embedded"

    def reason(self) -> str:
        """Why that one, as a sentence; what a person should know of how it runs here comes first."""
        name = self.name()
        why = self._library.get_setting("encoder_reason") or readiness(name, self._settings).reason
        if self._settings.encoder != "auto":
            why = "As the settings ask."
        return f"{getattr(self._encoders.get(name), 'notice', '')} {why}".lstrip()

    def settle(self, progress: Progress = no_progress) -> None:
        """Choose for a library that has no encoder yet, which may mean a short, visible look at the network."""
        with self._lock:
            if not self.is_settled():
                self.remember(*choose_visual(self._settings, progress))

    def is_settled(self) -> bool:
        """Whether the settings or the library say which encoder; if not, the first question decides."""
        return self._settings.encoder != "auto" or self._library.get_setting("encoder") in ENCODERS

    def warm(self, lend: Lend | None, progress: Progress) -> None:
        """Choose and load every encoder that answers questions here, now and in this thread."""
        self._lend = lend
        self.extractors(progress=progress)
        if readiness(self.regions(), self._settings).is_ready:
            self.window_encoder()

    def remember(self, name: str, reason: str) -> None:
        """From now on this library uses that encoder."""
        self._library.set_setting("encoder", name)
        self._library.set_setting("encoder_reason", reason)

    def track(self, name: str) -> str:
        """The name that tracks of this encoder are stored under. Loads no weights: every page asks for it."""
        return versioned_track(name, encoder_version(name, self._settings), self._settings.fps)

    def extractors(self, name: str | None = None, progress: Progress = no_progress) -> Extractors:
        """Everyone who looks at or listens to a new video; fetches what is missing. Raises EncoderUnavailable."""
        self.settle(progress)
        chosen = name or self.name()
        prepare_encoder(chosen, self._settings, progress)
        return Extractors(
            visual=(self.encoder(chosen),),
            audio=(self._made("audio"),),  # type: ignore[arg-type]
            fps=self._settings.fps,
            limits=self._settings.limits,
        )

    def encoder(self, name: str) -> ImageEncoder:
        """The visual encoder of that name, made on first use. Raises EncoderUnavailable."""
        return self._made(name)  # type: ignore[return-value]

    def regions(self) -> str:
        """The encoder of regions in use, for models that look at those. Raises StudioError when the settings err."""
        if encoder_spec(self._settings.regions).kind != "regions":
            known = ", ".join(name for name, spec in ENCODERS.items() if spec.kind == "regions")
            raise StudioError(f"{self._settings.regions!r} does not describe regions. Choose from: {known}.")
        return self._settings.regions

    def window_encoder(self) -> WindowEncoder:
        """That encoder, made on first use. Raises EncoderUnavailable."""
        return self._made(self.regions())  # type: ignore[return-value]

    def calibration(self, name: str) -> Calibration:
        """What the cosine of two frames means with that encoder."""
        calibration = encoder_spec(name).calibration
        if calibration is None:
            raise StudioError(f"{encoder_spec(name).label} does not look at pictures.")
        return calibration

    def index(self, name: str) -> FrameIndex:
        """The frame index of that encoder."""
        track = self.track(name)
        with self._lock:
            if track not in self._indexes:
                self._indexes[track] = FrameIndex(self._library, track)
            return self._indexes[track]

    def references(self, name: str) -> Stored:
        """The library as what a query is compared with, by that visual encoder and by sound."""
        track = self.track(name)
        with self._lock:
            if track not in self._references:
                self._references[track] = Stored(self._library, track, self.track("audio"))
            return self._references[track]

    def learned_here(self, model: str, encoder: str) -> Path:
        """Where the checkpoint of a model over an encoder's vectors lies once it was trained on this library."""
        return self._library.models_folder() / checkpoints.file_name(model, self._read_by(model, encoder))

    def checkpoint(self, model: str, encoder: str) -> Path | None:
        """The weights in use: those learned from this library, else those that ship with the program, else none."""
        shipped = WEIGHTS / checkpoints.file_name(model, self._read_by(model, encoder))
        return next((path for path in (self.learned_here(model, encoder), shipped) if path.is_file()), None)

    def weights_stamp(self, model: str, encoder: str) -> str:
        """A text that changes when a model is trained again or forgotten; empty for one that has learned nothing."""
        path = self.checkpoint(model, encoder)
        try:
            return "" if path is None else f"{path.name} {path.stat().st_mtime_ns}"
        except FileNotFoundError:  # what was learned here has been forgotten just now
            return self.weights_stamp(model, encoder)

    def has_shipped(self, model: str, encoder: str) -> bool:
        """Whether weights of a model over an encoder's vectors come with the program."""
        return (WEIGHTS / checkpoints.file_name(model, self._read_by(model, encoder))).is_file()

    def model(self, name: str, encoder: str) -> Any:
        """The learned model of that name over an encoder's vectors, made on first use and again when retrained.

        Raises ModelUnavailable when it has learned nothing for this encoder, CheckpointError when the file is damaged.
        """
        path = self.checkpoint(name, encoder)
        if path is None:
            raise ModelUnavailable(self.why_not(name, encoder))
        try:
            stamp = path.stat().st_mtime_ns
        except FileNotFoundError:  # what was learned here has been forgotten just now
            return self.model(name, encoder)
        with self._lock:
            if self._models.get(path, (0, None))[0] != stamp:
                self._models[path] = (stamp, models.restore(checkpoints.load(path, name)))
            return self._models[path][1]

    def why_not(self, name: str, encoder: str) -> str:
        """Why a model without weights cannot be used, as a sentence that says what to do."""
        seen_by = encoder
        if models.MODELS[name].reads == "regions":
            seen_by = self.regions()
            ready = readiness(seen_by, self._settings)
            if not ready.is_ready:
                return f"{ready.reason} Unset CLIPKIN_REGIONS to use the built-in regions."
        return f"{models.MODELS[name].label} has not been trained for {seen_by} yet. Train it on the Models page."

    def region_readiness(self) -> list[Readiness]:
        """Every encoder of regions and whether it can be used now. Never touches the network."""
        return [readiness(name, self._settings) for name, spec in ENCODERS.items() if spec.kind == "regions"]

    def _read_by(self, model: str, encoder: str) -> str:
        """Whose vectors a model reads: the encoder's, or the regions in use ("embedded-3" for the built-in)."""
        if models.MODELS[model].reads == "frames":
            return self.versioned(encoder)
        return self.versioned(self.regions()).replace("_regions", "", 1)

    def versioned(self, encoder: str) -> str:
        """An encoder by name and version ("embedded-3"), as checkpoints are named after it."""
        return f"{encoder}-{encoder_version(encoder, self._settings)}"

    def _made(self, name: str) -> VisualEncoder | AudioEncoder:
        with self._lock:
            if name not in self._encoders:
                made: Any = build_encoder(name, self._settings)
                self._encoders[name] = self._lend(made) if self._lend and encoder_spec(name).wants_gpu else made
            return self._encoders[name]
