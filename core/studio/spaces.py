"""Models that learn a library in seconds, kept up to date with it, and the plane the published one lays it out on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from core import checkpoints
from core.config import Settings
from core.errors import ModelUnavailable
from core.models.registry import MODELS, model_spec
from core.models.scorers import Clip, rows, tabulate
from core.pipelines.references import Stored
from core.records import LatentSpace, Progress, Using, Video, no_progress
from core.studio.desk import count
from core.studio.learning import Learning

if TYPE_CHECKING:
    from core.models.vae import LatentSpaces

PUBLISHED = "vae"  # registry key
MADE_OF: dict[Using, str] = {"early": "both pictures and sound", "visual": "pictures", "audio": "sound"}


class Spaces(Learning):
    """What was learned from the library about the library."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._teaching = {name: threading.Lock() for name, spec in MODELS.items() if spec.is_quick}

    def latent_space(
        self, using: Using = "early", *, query: Video | str | None = None, progress: Progress = no_progress
    ) -> LatentSpace:
        """The library in the two dimensions of the published VAE, and where the query falls among it.

        There is a space of pictures ("visual"), of sound ("audio") and of both ("early", also given for "late"). Videos
        without what a space is made of are not in it. Learns it first where that has not been done. Raises StudioError
        when too few videos could be learned from.
        """
        space: Using = "early" if using == "late" else using
        name = self.encoder()
        found, told = self._learned(PUBLISHED, progress)
        learned: LatentSpaces = found
        if space not in learned.modules:
            raise ModelUnavailable(
                f"Too few videos of this library have {MADE_OF[space]}. Choose another space, or add clips."
            )
        references = self._equipment.references(name)
        table = rows(references.table(), space)
        titles = {video_id: video.title for video_id in table.ids if (video := self._library.find(video_id))}
        point = None
        if query is not None:
            video = self.video(query) if isinstance(query, str) else query
            asked = rows(tabulate([(video.id, self._clip(video, name, references, progress))]), space)
            if asked.ids:
                x, y = learned.embed(space, asked)[0]
                point = float(x), float(y)
        report = self.trainable(PUBLISHED).report
        curves = dict(zip(learned.modules, report.curves if report else (), strict=False))
        return LatentSpace(
            using=space,
            ids=table.ids,
            titles=tuple(titles.get(video_id, "") for video_id in table.ids),
            points=learned.embed(space, table).astype(float),
            query=point,
            model=PUBLISHED,
            state=" ".join(told),
            loss=curves.get(space),
        )

    def _learned(self, model: str, progress: Progress) -> tuple[Any, tuple[str, ...]]:
        """The learned part of a model, None when it has none, and sentences about how new it is.

        One that learns in seconds is trained now when it is missing or out of date.
        """
        spec, name = model_spec(model, "search"), self.encoder()
        if not spec.learns:
            return None, ()
        if not spec.is_quick:
            return self._equipment.model(model, name), ()
        path = self._equipment.learned_here(model, name)
        with self._one_at_a_time(model, progress):
            told = self._taught(model, progress)
        known = set(checkpoints.load(path, model).metadata.get("ids", ()))
        new = len(self._library.extracted(self._equipment.track(name)) - known)
        projected = f"; {count(new, 'video')} added since {'was' if new == 1 else 'were'} placed by it" if new else ""
        sentence = told.format(known=count(len(known), "video"), projected=projected)
        return self._equipment.model(model, name), (f"{spec.label}: {sentence[0].lower()}{sentence[1:]}",)

    def _taught(self, model: str, progress: Progress) -> str:
        """Train a quick model where that is due; the beginning of a sentence that says how new it is."""
        now = self.trainable(model)
        if now.origin != "library" or now.report is None:
            self.train(model, progress=progress)
            return "Trained just now on {known} of this library."
        if now.is_stale:
            self.train(model, progress=progress)
            return "Trained anew just now because the library has changed much: on {known}."
        return "Trained on {known} of this library{projected}."

    @contextmanager
    def _one_at_a_time(self, model: str, progress: Progress) -> Iterator[None]:
        """Questions that need the same model wait for the one that trains it; whoever waits can still be cancelled."""
        lock = self._teaching[model]
        while not lock.acquire(timeout=0.2):
            progress(0.0, "waiting for the model that is being trained")
        try:
            yield
        finally:
            lock.release()

    def _clip(self, video: Video, name: str, references: Stored, progress: Progress) -> Clip:
        """The tracks of a query, extracted now where they are missing."""
        return Clip(self._track_of(video, name, progress), references.sound(video.id))
