"""Questions about a clip, a picture or two of them: what is like it, and how two correspond."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.media.files import is_picture
from core.media.sandbox import Sandbox
from core.models.registry import MODELS, ModelRole
from core.pipelines.frame_pair import compare_frames
from core.pipelines.ingest import take_in
from core.records import FramePair, Progress, Readiness, Video, no_progress
from core.studio.desk import Desk

Moment = Path | tuple[str | Path, float]
"""A picture file, or a second in a video: of the library by its id, or any file."""


class Questions(Desk):
    """What can be asked."""

    def models(self, role: ModelRole) -> list[Readiness]:
        """The models that answer a question, and whether each, and what it stands on, has learned enough."""
        found = []
        for spec in MODELS.values():
            if role in spec.roles:
                parts = [MODELS[name] for name in (spec.name, *spec.stands_on)]
                wanted = [part.name for part in parts if part.learns and not part.is_quick]
                lacking = [name for name in wanted if self._equipment.checkpoint(name, self.encoder()) is None]
                reason = self._equipment.why_not(lacking[0], self.encoder()) if lacking else spec.explanation
                found.append(Readiness(spec.name, spec.label, not lacking, reason))
        return found

    def query(self, path: Path, title: str = "", *, owned: bool = False, progress: Progress = no_progress) -> Video:
        """Make a clip or picture ready to ask about. It becomes no part of the library, unless it is one already."""
        video, _ = take_in(
            path,
            title=title or path.stem,
            role="query",
            library=self._library,
            extractors=self._equipment.extractors(progress=progress),
            is_owned=owned,
            progress=progress,
        )
        return video

    def is_picture(self, path: Path) -> bool:
        """Whether this is a still picture rather than a video; false when there is no such file."""
        return path.is_file() and is_picture(path)

    def still(self, path: Path, time: float = 0.0) -> NDArray[np.uint8]:
        """The frame on show at `time` (seconds) of a video file, or the picture of a picture file: (H, W, 3)."""
        with Sandbox(path, self.settings.limits) as sandbox:
            return sandbox.picture() if is_picture(path) else sandbox.frame_at(time)

    def length(self, path: Path) -> float:
        """How many seconds a video file lasts; 0 for a picture. Raises MediaError when it is neither."""
        with Sandbox(path, self.settings.limits) as sandbox:
            return 0.0 if is_picture(path) else sandbox.probe().duration

    def promote(self, video_id: str) -> Video:
        """Make a query part of the library."""
        self._library.promote(video_id)
        return self.video(video_id)

    def compare_frames(self, a: Moment, b: Moment) -> FramePair:
        """Whether two frames come from the same video."""
        name = self.encoder()
        is_trained = self._equipment.checkpoint("same_video", name) is not None
        return compare_frames(
            self._picture(a),
            self._picture(b),
            encoder=self._equipment.encoder(name),
            calibration=self._equipment.calibration(name),
            model=self._equipment.model("same_video", name) if is_trained else None,
        )

    def _picture(self, moment: Moment) -> NDArray[np.uint8]:
        if isinstance(moment, Path):
            return self.still(moment)
        video, second = moment
        return self.still(video if isinstance(video, Path) else self.video(video).path, second)
