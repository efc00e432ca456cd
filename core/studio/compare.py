"""Two videos side by side: how they correspond."""

from core.errors import MediaError
from core.models import alignment
from core.models.registry import model_spec
from core.pipelines import mirrored
from core.pipelines.compare import compare_videos
from core.records import Comparison, Match, Progress, Video, no_progress
from core.studio.sides import Sides


class Compare(Sides):
    """What can be asked about two videos."""

    def compare_videos(
        self,
        a: Video,
        b: Video,
        *,
        model: str = "cosine",
        method: str = alignment.DEFAULT,
        progress: Progress = no_progress,
    ) -> Comparison:
        """How two videos, from `query` or the library, correspond; what many videos of the library share counts little.

        `model` says how alike they are: "cosine" or "visil". `method`, one of `alignment.METHODS`, finds the
        passages. Raises ModelUnavailable when the model has not been trained, MediaError when one side has no frames.
        """
        model_spec(model, "videos")
        alignment.check(method)
        name = self.encoder()
        query, reference = (self._side(video, {a.id, b.id}, name, progress) for video in (a, b))
        return compare_videos(
            query,
            reference,
            encoder=name,
            floor=self._equipment.calibration(name).copy,
            model=model,
            learned=None if model == "cosine" else self._judged(model, query, reference, name, progress),
            method=method,
            is_mirrored=lambda match: self._is_mirrored(match, a, b, name),
        )

    def _is_mirrored(self, match: Match, a: Video, b: Video, name: str) -> bool | None:
        """None also when a picture cannot be had, or the encoder does not see regions."""
        encoder = self._equipment.encoder(name)
        if not mirrored.sees_regions(encoder):
            return None
        try:
            pictures = [
                mirrored.pictures(video, seconds, self.settings.limits)
                for video, seconds in zip((a, b), mirrored.moments(match), strict=True)
            ]
        except MediaError:  # an original is gone, and only its track is left
            return None
        return mirrored.is_mirrored(*pictures, encoder=encoder)
