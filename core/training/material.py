"""What a library offers to learn from: its tracks, and the pictures behind them where a recipe needs copies of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.config import Limits
from core.errors import NotFound
from core.features.base import ImageEncoder, WindowEncoder
from core.features.embedded import EmbeddedRegions
from core.media.sandbox import Sandbox
from core.records import FeatureTrack, Frames, Video
from core.store.library import Library


@dataclass(frozen=True)
class Material:
    """A library seen through one visual encoder and one for sound."""

    library: Library
    encoder: ImageEncoder
    visual: str  # track names
    sound: str
    limits: Limits
    regions: Callable[[], WindowEncoder] | None = None  # makes the encoder of regions, for models that read those

    def window_encoder(self) -> WindowEncoder:
        """Who describes regions, the built-in one unless another was given. Raises EncoderUnavailable."""
        return EmbeddedRegions() if self.regions is None else self.regions()

    def videos(self) -> list[Video]:
        """Those that both have a track of the encoder and are more than a picture, by id."""
        ids = sorted(self.library.extracted(self.visual))
        found = (self.library.find(video_id) for video_id in ids)
        return [video for video in found if video is not None and video.info.container != "picture"]

    def tracks(self, encoder: str = "") -> Iterator[FeatureTrack]:
        """The tracks of these videos by track name, the visual one unless named; without one a video is left out."""
        for video in self.videos():
            try:
                yield self.library.load_track(video.id, encoder or self.visual)
            except NotFound:
                continue

    def frames(self, video: Video, *, fps: float, short_side: int, end: float | None = None) -> Iterator[Frames]:
        """The pictures of a video, decoded anew in the sandbox. Raises MediaError when the original is gone."""
        with Sandbox(video.path, self.limits) as sandbox:
            yield from sandbox.frames(fps=fps, short_side=short_side, end=end)
