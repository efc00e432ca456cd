"""Ways to say how much each video of a library is like a query: from pairs of tracks, or from one vector per video.

A scorer gives similarities by video id, higher is closer; what it cannot compare, for want of pictures or of sound, is
left out rather than guessed. It knows tracks and vectors; where they are kept is the business of `References`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import NotFound
from core.models.cosine import compare_frames
from core.models.descriptors import Scale, early_vectors, sound_vectors
from core.records import FeatureTrack, Progress, Using, no_progress

SOUND_FEATURES = 138
CONTENDERS = 40  # candidates that are looked at for being copies of one another: those after them weigh nothing

Floats = NDArray[np.float32]
Score = Callable[[FeatureTrack, FeatureTrack], float]
"""How much a reference is like a query by their pictures: (query, reference) -> similarity, higher is closer."""


@dataclass(frozen=True, slots=True)
class Clip:
    """What is known about a video: its tracks, empty where there is nothing to see or to hear."""

    visual: FeatureTrack
    sound: FeatureTrack  # one row of 138, or none
    mel: FeatureTrack | None = None  # 16 rows of 64 bands a second; of a query, None where nobody asked for it

    @property
    def has_pictures(self) -> bool:
        """Whether there is anything to recognise: a frame that is not black, white or plain."""
        return bool(self.visual.weights.any())

    @property
    def has_sound(self) -> bool:
        return len(self.sound) > 0


@dataclass(frozen=True, slots=True)
class Table:
    """Videos as one row each."""

    ids: tuple[str, ...]
    visual: Floats  # (N, D) weighted means of frames, length 1; 0 where there are no pictures
    sound: Floats  # (N, 138) unscaled; 0 where there is no sound
    has_pictures: NDArray[np.bool_]  # (N,)
    has_sound: NDArray[np.bool_]  # (N,)

    def rows_for(self, using: Using) -> NDArray[np.bool_]:
        """The videos that have what is to be compared: (N,)."""
        needed = {"visual": self.has_pictures, "audio": self.has_sound}
        return needed.get(using, self.has_pictures & self.has_sound)


class References(Protocol):
    """Where the videos that a query is compared with are kept."""

    def clip(self, video_id: str) -> Clip:
        """The tracks of one. Raises NotFound when it is gone."""
        ...

    def mel(self, video_id: str) -> FeatureTrack | None:
        """The mel spectrogram of one; None where nobody asked for it yet."""
        ...

    def table(self) -> Table:
        """All of them, one row each."""
        ...


class Scorer(Protocol):
    def __call__(
        self, query: Clip, references: References, ids: Sequence[str], progress: Progress = no_progress
    ) -> dict[str, float]: ...


@dataclass(frozen=True)
class Kept:
    """References in memory."""

    clips: dict[str, Clip]

    def clip(self, video_id: str) -> Clip:
        return self.clips[video_id]

    def mel(self, video_id: str) -> FeatureTrack | None:
        return self.clips[video_id].mel

    def table(self) -> Table:
        return tabulate(self.clips.items())


def tabulate(clips: Iterable[tuple[str, Clip]]) -> Table:
    """One row for each clip."""
    ids, visual, sound, seen, heard = [], [], [], [], []
    for video_id, clip in clips:
        ids.append(video_id)
        visual.append(_mean(clip.visual))
        sound.append(clip.sound.vectors[0] if clip.has_sound else np.zeros(clip.sound.vectors.shape[1], np.float32))
        seen.append(clip.has_pictures)
        heard.append(clip.has_sound)
    return Table(tuple(ids), _stack(visual), _stack(sound), np.array(seen, bool), np.array(heard, bool))


def chamfer(query: FeatureTrack, reference: FeatureTrack) -> float:
    """The mean of both Chamfer directions between the frames of two videos, -1–1."""
    return compare_frames(query.vectors, reference.vectors, query.weights, reference.weights).similarity


def best_frame(query: FeatureTrack, reference: FeatureTrack) -> float:
    """The highest cosine of any frame of the query with any that shows something of the reference, -1–1."""
    return float((query.vectors @ reference.vectors[reference.weights > 0].T).max())


def containment(one: FeatureTrack, other: FeatureTrack) -> float:
    """The better Chamfer direction, -1–1: an excerpt shows the same as its film, although the film shows more."""
    both = compare_frames(one.vectors, other.vectors, one.weights, other.weights)
    return max(both.query_in_reference, both.reference_in_query)


def by_pairs(score: Score) -> Scorer:
    """Every video's frames against the query's."""

    def scorer(
        query: Clip, references: References, ids: Sequence[str], progress: Progress = no_progress
    ) -> dict[str, float]:
        found: dict[str, float] = {}
        if not query.has_pictures:
            return found
        for number, video_id in enumerate(ids):
            progress(number / len(ids), f"comparing with video {number + 1} of {len(ids)}")
            try:
                reference = references.clip(video_id)
            except NotFound:  # removed meanwhile, or damaged: it counts as not extracted from now on
                continue
            if reference.has_pictures:
                found[video_id] = float(score(query.visual, reference.visual))
        return found

    return scorer


def by_vectors(
    vectors: Callable[[Table], Floats],
    using: Using,
    similarity: Callable[[Floats, Floats], NDArray[np.float64]] | None = None,
) -> Scorer:
    """Every video as one vector; `vectors` makes them of those rows that have what `using` needs: -> (N, E).

    `similarity`: (E,), (N, E) -> (N,), higher is closer; the cosine of rows of length 1 unless given.
    """

    def scorer(
        query: Clip, references: References, ids: Sequence[str], progress: Progress = no_progress
    ) -> dict[str, float]:
        progress(0.0, "comparing descriptors")
        asked, table = rows(tabulate([("", query)]), using), rows(references.table(), using, ids)
        if not asked.ids or not table.ids:
            return {}
        one, all_ = vectors(asked)[0], vectors(table)
        scores = all_ @ one if similarity is None else similarity(one, all_)
        return {video_id: float(score) for video_id, score in zip(table.ids, scores, strict=True)}

    return scorer


def by_descriptor(using: Using, scale: Scale) -> Scorer:
    """The cosine of pooled pictures, of scaled sound, or of both joined."""
    makers: dict[str, Callable[[Table], Floats]] = {
        "visual": lambda table: table.visual,
        "audio": lambda table: sound_vectors(table.sound, scale),
        "early": lambda table: early_vectors(table.visual, table.sound, scale),
    }
    return by_vectors(makers[using], using)


def by_nothing(
    query: Clip, references: References, ids: Sequence[str], progress: Progress = no_progress
) -> dict[str, float]:
    """For a sense that the model has not learned here: nothing is comparable."""
    return {}


def rows(table: Table, using: Using, ids: Sequence[str] | None = None) -> Table:
    """The rows that have what is to be compared, of these videos only when `ids` are given."""
    keep = table.rows_for(using)
    if ids is not None:
        wanted = set(ids)
        keep = keep & np.array([video_id in wanted for video_id in table.ids], bool)
    kept = tuple(video_id for video_id, is_kept in zip(table.ids, keep, strict=True) if is_kept)
    return Table(kept, table.visual[keep], table.sound[keep], table.has_pictures[keep], table.has_sound[keep])


def copies(order: Sequence[str], references: References, floor: float) -> NDArray[np.bool_]:
    """Which of the best `CONTENDERS` candidates show the same as each other: (M, M).

    `floor` is the cosine from which on frames are copies.
    """
    tracks: list[FeatureTrack | None] = []
    for video_id in order[:CONTENDERS]:
        try:
            clip = references.clip(video_id)
            tracks.append(clip.visual if clip.has_pictures else None)
        except NotFound:
            tracks.append(None)
    same = np.zeros((len(tracks), len(tracks)), bool)
    for row, one in enumerate(tracks):
        for column, other in enumerate(tracks[:row]):
            if one is not None and other is not None:
                same[row, column] = same[column, row] = containment(one, other) >= floor
    return same


def _mean(track: FeatureTrack) -> Floats:
    """The weighted mean of frames, length 1; 0 for frames without content. The same as `features.pooling`."""
    mean = track.weights.astype(np.float32) @ track.vectors if len(track) else np.zeros(track.vectors.shape[1])
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)


def _stack(found: list[Floats]) -> Floats:
    return np.stack(found).astype(np.float32) if found else np.zeros((0, 0), np.float32)
