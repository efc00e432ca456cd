"""Which videos of the library are like a clip, a picture or another video of it."""

from core.models.registry import model_spec
from core.pipelines.retrieve import retrieve
from core.records import FeatureTrack, Progress, SearchResult, Video, no_progress
from core.studio.desk import Desk, count


class Search(Desk):
    """Looking for kin."""

    def search(
        self, query: Video | str, *, model: str = "cosine", top: int = 5, progress: Progress = no_progress
    ) -> SearchResult:
        """The videos of the library most like this one; the query itself is left out."""
        model_spec(model, "search")
        video = self.video(query) if isinstance(query, str) else query
        name = self.encoder()
        track = self._track_of(video, name, progress)
        floor, index = self._equipment.calibration(name).copy, self._equipment.index(name)
        hits = retrieve(track, library=self._library, index=index, floor=floor, top=top, progress=progress)
        return SearchResult(video, hits, name, model, self._notes(track, name))

    def _notes(self, track: FeatureTrack, name: str) -> tuple[str, ...]:
        notes = []
        if not track.weights.any():
            notes.append("Every frame of this clip is black, white or plain, so there is nothing to recognise.")
        everyone = set(self._library.ids())
        waiting = len(everyone - self._library.extracted(track.encoder))
        if waiting:
            notes.append(
                f"{count(waiting, 'video')} of {len(everyone)} cannot be found yet: not extracted with {name}."
            )
        return tuple(notes)
