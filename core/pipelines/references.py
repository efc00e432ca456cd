"""The videos of a library as what a query is compared with: their tracks, and one row for each, kept while it is so."""

import threading
from collections.abc import Iterator

import numpy as np

from core.errors import NotFound
from core.features.mel import MelEncoder
from core.models.scorers import SOUND_FEATURES, Clip, Table, tabulate
from core.records import FeatureTrack
from core.store.library import Library


class Stored:
    """The library seen through one visual encoder and one for sound. Safe to share between threads."""

    def __init__(self, library: Library, visual: str, sound: str) -> None:
        """`visual` and `sound` are track names."""
        self._library, self._visual, self._sound = library, visual, sound
        self._lock = threading.Lock()
        self._made: tuple[str, Table] | None = None

    def clip(self, video_id: str) -> Clip:
        """The tracks of a video; NotFound when there is no visual one, an empty track when there is no sound."""
        return Clip(self._library.load_track(video_id, self._visual), self.sound(video_id))

    def sound(self, video_id: str) -> FeatureTrack:
        """The sound of a video; an empty track for one without, or one that nobody has listened to yet."""
        try:
            return self._library.load_track(video_id, self._sound)
        except NotFound:
            return no_sound(video_id, self._sound)

    def mel(self, video_id: str) -> FeatureTrack | None:
        """The mel spectrogram of a video; None where nobody asked for it yet."""
        try:
            return self._library.load_track(video_id, MelEncoder.track_name)
        except NotFound:
            return None

    def table(self) -> Table:
        """Every video that has a visual track, as one row; made anew when the library, not a query, has changed."""
        contents = f"{self._library.contents(self._visual)} {self._library.contents(self._sound)}"
        with self._lock:
            if self._made is None or self._made[0] != contents:
                self._made = contents, tabulate(self._clips())
            return self._made[1]

    def _clips(self) -> Iterator[tuple[str, Clip]]:
        """One after the other: the tracks of a large library do not fit into memory."""
        for video_id in sorted(self._library.extracted(self._visual)):
            try:
                clip = self.clip(video_id)
            except NotFound:
                continue
            yield video_id, clip


def no_sound(video_id: str, encoder: str) -> FeatureTrack:
    """The sound track of a clip that has none."""
    return FeatureTrack(
        video_id, encoder, np.zeros(0), np.zeros((0, SOUND_FEATURES), np.float32), np.zeros(0, np.float32)
    )
