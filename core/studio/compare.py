"""Two videos side by side: how they correspond."""

from core.models.registry import model_spec
from core.pipelines.compare import compare_videos
from core.records import Comparison, Progress, Video, no_progress
from core.studio.desk import Desk


class Compare(Desk):
    """What can be asked about two videos."""

    def compare_videos(
        self, a: Video, b: Video, *, model: str = "cosine", progress: Progress = no_progress
    ) -> Comparison:
        """How two videos, from `query` or the library, correspond."""
        model_spec(model, "videos")
        name = self.encoder()
        tracks = [self._track_of(video, name, progress) for video in (a, b)]
        return compare_videos(
            a,
            b,
            query_track=tracks[0],
            reference_track=tracks[1],
            model=model,
            encoder=name,
            floor=self._equipment.calibration(name).copy,
        )
