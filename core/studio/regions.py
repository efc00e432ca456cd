"""For models that look at the regions of frames: the region tracks of videos, extracted when first asked for."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from core.errors import MediaError, NotFound
from core.models.registry import MODELS
from core.records import FeatureTrack, Progress, Readiness
from core.studio.desk import Desk


class VideoMatrix(Protocol):
    """How two videos correspond."""

    @property
    def similarity(self) -> float: ...


class Comparer(Protocol):
    """A model such as ViSiL: regions (P, R, D), (Q, R, D) and the weights of the frames (P,), (Q,)."""

    def video_matrix(
        self, query: np.ndarray, reference: np.ndarray, query_weights: np.ndarray, reference_weights: np.ndarray
    ) -> VideoMatrix: ...


class ByRegions:
    """A model of regions for those who hold tracks of whole frames: it looks up the regions of the same frames.

    For one question, asked in one thread: the regions of the query are kept while the same track asks.
    """

    def __init__(self, model: Comparer, regions: Callable[[FeatureTrack], FeatureTrack]) -> None:
        self.model = model
        self.regions = regions
        self._asked: tuple[FeatureTrack, FeatureTrack] | None = None  # the query and its regions

    def score(self, query: FeatureTrack, reference: FeatureTrack) -> float:
        """How much a reference is like a query, -1–1; -1 for a reference whose regions cannot be had any more.

        Raises MediaError when those of the query cannot.
        """
        if self._asked is None or self._asked[0] is not query:  # one query is put to many references
            self._asked = query, self.regions(query)
        one = self._asked[1]
        try:
            other = self.regions(reference)
        except (MediaError, NotFound):  # its original is gone or changed, or the video was removed just now
            return -1.0
        return self.model.video_matrix(one.vectors, other.vectors, query.weights, reference.weights).similarity


class Regions(Desk):
    """Where region tracks come from."""

    def region_encoders(self) -> list[Readiness]:
        """Every encoder of regions, whether it can be used now, and if not, what to do. Never touches the network."""
        return self._equipment.region_readiness()

    def _regions_of(self, track: FeatureTrack, progress: Progress) -> FeatureTrack:
        """The regions of a track's frames, of all of them or of those that the track holds.

        Raises MediaError when they have to be extracted and the original is gone or changed.
        """
        video = self.video(track.video_id)
        regions = self._track_of(video, self._equipment.regions(), progress)
        if len(regions) == len(track):
            return regions
        kept = np.isin(regions.times, track.times)
        if int(kept.sum()) != len(track):
            raise MediaError(f"The frames of “{video.title}” have changed since it was added. Extract it again.")
        return FeatureTrack(
            track.video_id, regions.encoder, regions.times[kept], regions.vectors[kept], regions.weights[kept]
        )

    def _made_for_frames(self, model: str, learned: Comparer, progress: Progress) -> ByRegions | Comparer:
        """The model for those who hold tracks of whole frames; one that reads these is given back as it is."""
        if MODELS[model].reads == "frames":
            return learned
        return ByRegions(learned, lambda track: self._regions_of(track, progress))
