"""What comparing two videos and grouping many have in common: a video with how common its frames are, and scores."""

import hashlib
from collections.abc import Set

from core.pipelines import commonness
from core.pipelines.compare import Learned, Side
from core.pipelines.passages import thinned, thinning
from core.records import FeatureTrack, Progress, Video, no_progress
from core.store.frames import Nearest
from core.studio.regions import Regions


class Sides(Regions):
    """Videos made ready to be compared."""

    def basis(self, model: str) -> str:
        """A text that changes when the same question may be answered otherwise: with the encoder, the weights of a
        model, and what the library holds, but not with clips that were only asked about."""
        name = self.encoder()
        track = self._equipment.track(name)
        ids = "".join(sorted(self._library.extracted(track)))
        return f"{track} {self._equipment.weights_stamp(model, name)} {hashlib.sha256(ids.encode()).hexdigest()[:16]}"

    def _side(
        self,
        video: Video,
        both: set[str],
        name: str,
        progress: Progress = no_progress,
        everyone: Set[str] | None = None,
    ) -> Side:
        """A video whose frames count as much as they say about it; `both` are the videos whose likeness is asked for.

        So what these share with each other alone is not held against them. `everyone` saves listing all videos of the
        library that were extracted, where many sides are made.
        """
        track = self._track_of(video, name, progress)
        near = commonness.neighbours(track, self._equipment.index(name), without=both)
        others = len((self._library.extracted(track.encoder) if everyone is None else everyone) - both)
        return self._weighed(video, track, near, name, others=others)

    def _weighed(self, video: Video, track: FeatureTrack, near: Nearest, name: str, *, others: int) -> Side:
        """A video with the neighbours of its frames among so many other videos."""
        at_least = commonness.near_identical(self._equipment.calibration(name).copy)
        counts = commonness.counted(track, near, at_least=at_least)
        return Side(video, track, counts, commonness.specificity(counts, others))

    def _judged(self, model: str, query: Side, reference: Side, name: str, progress: Progress = no_progress) -> Learned:
        """What a learned model says of two videos. Raises ModelUnavailable when it has not been trained."""
        learned = self._equipment.model(model, name)
        step = thinning(len(query.track), len(reference.track))
        vectors = (self._regions_of(thinned(side.track, step), progress).vectors for side in (query, reference))
        answer: Learned = learned.video_matrix(*vectors, query.weights[::step], reference.weights[::step])
        return answer
