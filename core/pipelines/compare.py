"""Two videos side by side: how much of each is in the other, which seconds correspond, and a sentence that says so."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import MediaError
from core.models import alignment
from core.models.cosine import compare_frames, frame_matrix
from core.pipelines.commonness import shared
from core.pipelines.findings import shared_note, summary
from core.pipelines.passages import passages, thinned, thinning
from core.records import Comparison, FeatureTrack, Match, SimilarityMatrix, Video

Floats = NDArray[np.float32]
SHORTEST = 3  # blocks that a passage should last to be found for certain
LOOKED_AT = 3  # matches that are looked at again, to see whether they are mirrored


class Frames(Protocol):
    """Pairs of frames compared by their regions."""

    @property
    def symmetric(self) -> Floats: ...  # (P, Q), -1–1


class Learned(Protocol):
    """What a learned model such as ViSiL says of two videos."""

    output: Floats  # (P', Q') similarities, a cell for some frames of each
    query_in_reference: float
    reference_in_query: float

    @property
    def frames(self) -> Frames: ...

    @property
    def similarity(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two videos."""

    video: Video
    track: FeatureTrack
    elsewhere: NDArray[np.int64] | None = None  # (T,) other videos that show such a frame; None: nobody counted
    specificity: Floats | None = None  # (T,) 0–1, how much a frame says about its video

    @property
    def weights(self) -> Floats:
        """How much each frame counts: (T,) in 0–1. Frames that every video shows count as little as black ones."""
        if self.specificity is None:
            return self.track.weights
        weights = self.track.weights * self.specificity
        return weights if weights.any() else self.track.weights


def compare_videos(
    query: Side,
    reference: Side,
    *,
    encoder: str,
    floor: float,
    model: str = "cosine",
    learned: Learned | None = None,
    method: str = alignment.DEFAULT,
    is_mirrored: Callable[[Match], bool | None] | None = None,
    most: int = 5,
) -> Comparison:
    """The frame-to-frame matrix of two videos, how much of each is in the other, and the passages that correspond.

    Scores are Chamfer over frames, or those of a `learned` model, which then shows its own matrices; of very long
    videos the model and the matrices see thinned tracks (see `passages`). Passages are sought among pairs of frames
    around the cosine `floor`. Frames without content are kept in the matrix, for the eye, but neither count in the
    scores nor make a match; passages that many videos of the library share count little and come last. `is_mirrored`
    looks at a match again. Raises MediaError when one side has no frames.
    """
    for side in (query, reference):
        if len(side.track) == 0:
            raise MediaError(f"{side.video.title}: there is no frame to compare.")
    scores = learned or compare_frames(query.track.vectors, reference.track.vectors, query.weights, reference.weights)
    found = passages(query.track, reference.track, floor=floor, method=method, count=most)
    matches = _told(found, query, reference, is_mirrored)
    step = thinning(len(query.track), len(reference.track))
    shown = thinned(query.track, step), thinned(reference.track, step)
    return Comparison(
        query=query.video,
        reference=reference.video,
        query_times=shown[0].times,
        reference_times=shown[1].times,
        frame_matrix=learned.frames.symmetric if learned else frame_matrix(shown[0].vectors, shown[1].vectors),
        query_in_reference=scores.query_in_reference,
        reference_in_query=scores.reference_in_query,
        similarity=scores.similarity,
        matches=matches,
        encoder=encoder,
        model=model,
        notes=(*_notes(query, reference, matches), *_thinned_notes(step, query.track)),
        method=method,
        summary=summary(matches, query.video, reference.video),
        video_matrix=_over_time(learned.output, *shown) if learned else None,
    )


def _told(
    found: list[Match], query: Side, reference: Side, is_mirrored: Callable[[Match], bool | None] | None
) -> tuple[Match, ...]:
    """The matches within the bounds of the videos, with how common they are, what many videos share last."""
    seconds = query.video.info.duration, reference.video.info.duration
    matches = [_lasting(match.within(*seconds), query, reference) for match in found]
    matches = [
        replace(
            match,
            commonness=max(
                _commonness(query, match.query_start, match.query_end),
                _commonness(reference, match.reference_start, match.reference_end),
            ),
        )
        for match in matches
    ]
    matches.sort(key=lambda match: match.is_shared)  # stable: the order of the alignment stays
    if is_mirrored is not None:
        matches = [
            replace(match, is_mirrored=is_mirrored(match)) if rank < LOOKED_AT else match
            for rank, match in enumerate(matches)
        ]
    return tuple(matches)


def _lasting(match: Match, query: Side, reference: Side) -> Match:
    """The match of a video of a single frame, which shows it from beginning to end."""
    if len(query.track) == 1:
        match = replace(match, query_start=0.0, query_end=query.video.info.duration)
    if len(reference.track) == 1:
        match = replace(match, reference_start=0.0, reference_end=reference.video.info.duration)
    return match


def _commonness(side: Side, start: float, end: float) -> float:
    """The share of a passage's frames that many videos share, while the rest of its video is its own: 0–1."""
    inside = _inside(side.track, start, end)
    if side.elsewhere is None or not inside.any():
        return 0.0
    return float(shared(side.elsewhere, side.track.weights)[inside].mean())


def _inside(track: FeatureTrack, start: float, end: float) -> NDArray[np.bool_]:
    return (track.times >= start - 1e-6) & (track.times < end - 1e-6) & (track.weights > 0)


def _notes(query: Side, reference: Side, matches: tuple[Match, ...]) -> tuple[str, ...]:
    notes = [
        f"{side.video.title}: every frame is black, white or plain, so there is nothing to recognise."
        for side in (query, reference)
        if not side.track.weights.any()
    ]
    for match in matches:
        if match.is_shared:
            sides = (
                (query, match.query_start, match.query_end),
                (reference, match.reference_start, match.reference_end),
            )
            counts = [
                int(np.median(side.elsewhere[inside]))
                for side, start, end in sides
                if side.elsewhere is not None and (inside := _inside(side.track, start, end)).any()
            ]
            notes.append(shared_note(match, query.video, reference.video, max(counts)))
    return tuple(notes)


def _thinned_notes(step: int, track: FeatureTrack) -> tuple[str, ...]:
    if step == 1:
        return ()
    seconds = step * float(np.median(np.diff(track.times)))
    return (
        f"These videos are long, so {step} frames at a time were looked at together: a passage of less than about "
        f"{SHORTEST * seconds:.0f} seconds may be missing, and the picture shows one frame in {step}.",
    )


def _over_time(output: Floats, query: FeatureTrack, reference: FeatureTrack) -> SimilarityMatrix:
    """The output of a model with the second that each row and column begins at."""
    rows, columns = (
        track.times[np.linspace(0, len(track), count, endpoint=False).astype(np.intp)]
        for track, count in zip((query, reference), output.shape, strict=True)
    )
    return SimilarityMatrix(output, rows, columns)
