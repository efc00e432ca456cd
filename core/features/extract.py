"""From media to feature tracks: one decode serves every encoder, and whoever wants thumbnails."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.errors import MediaError
from core.features.base import AudioEncoder, VisualEncoder, row_shape, track_name, wanted_at_once
from core.features.pooling import frame_weights
from core.records import FeatureTrack, Frames, Progress, Waveform, no_progress, part_of

LOOKING = 0.85  # the share of the work that goes into pictures when there is sound to listen to as well

T = TypeVar("T")


class MediaReader(Protocol):
    """Whoever decodes: the sandbox for files, a still for pictures, a fake in tests."""

    def frames(self, *, fps: float, short_side: int) -> Iterator[Frames]:
        """Runs of frames at that rate, in order of time, their shorter side that many pixels where that is smaller."""
        ...

    def audio(self, *, rate: int) -> Iterator[Waveform]:
        """The sound in consecutive mono pieces; nothing when there is none."""
        ...


def extract(
    media: MediaReader,
    video_id: str,
    duration: float,
    *,
    visual: Sequence[VisualEncoder],
    audio: Sequence[AudioEncoder] = (),
    fps: float,
    progress: Progress = no_progress,
    on_frames: Callable[[Frames], None] | None = None,
    on_sound: Callable[[Waveform], None] | None = None,
    on_sound_error: Callable[[MediaError], None] | None = None,
) -> dict[str, FeatureTrack]:
    """One track per encoder, keyed by the encoder's name. A picture is a reader that gives one frame at time 0.

    Frames are decoded once, at the largest short side that any visual encoder asks for (every encoder takes any size),
    and handed to `on_frames` as they come; sound once per audio encoder, and to `on_sound`. A sound track of silence,
    or none at all, gives an empty track; whoever listens on `on_sound` can tell the two apart. Cancelling is `progress`
    raising: the decoder is closed and the exception goes on. Sound that cannot be read raises MediaError, unless
    `on_sound_error` takes it; the track is then empty.
    """
    looking = LOOKING if audio and visual else 1.0 if visual else 0.0
    tracks = _look(media, video_id, duration, visual, fps, part_of(progress, 0.0, looking), on_frames)
    for number, encoder in enumerate(audio):
        step = (1.0 - looking) / len(audio)
        watch = part_of(progress, looking + number * step, looking + (number + 1) * step)
        try:
            with _closing(media.audio(rate=encoder.rate)) as pieces:
                vectors = encoder.encode(_watched(pieces, duration, watch, on_sound))
        except MediaError as error:
            if on_sound_error is None:
                raise
            on_sound_error(error)
            vectors = np.zeros((0, encoder.dimension), np.float32)
        count = len(vectors)
        tracks[encoder.name] = FeatureTrack(
            video_id, track_name(encoder, fps), np.zeros(count), vectors, np.ones(count, np.float32)
        )
    return tracks


def _look(
    media: MediaReader,
    video_id: str,
    duration: float,
    visual: Sequence[VisualEncoder],
    fps: float,
    progress: Progress,
    on_frames: Callable[[Frames], None] | None,
) -> dict[str, FeatureTrack]:
    if not visual:
        return {}
    times: list[NDArray[np.float64]] = [np.zeros(0)]
    weights: list[NDArray[np.float32]] = [np.zeros(0, np.float32)]
    vectors = {encoder.name: [np.zeros((0, *row_shape(encoder)), np.float32)] for encoder in visual}
    held: list[NDArray[np.uint8]] = []  # frames that no encoder has seen yet

    def encode() -> None:
        if held:
            images = np.concatenate(held) if len(held) > 1 else held[0]
            held.clear()
            for encoder in visual:
                vectors[encoder.name].append(encoder.encode(images))

    progress(0.0, "looking")
    with _closing(media.frames(fps=fps, short_side=max(encoder.short_side for encoder in visual))) as runs:
        for run in runs:
            if len(run) == 0:
                continue
            times.append(run.times)
            weights.append(frame_weights(run.images))
            held.append(run.images)
            if sum(map(len, held)) >= max(wanted_at_once(encoder) for encoder in visual):
                encode()
            if on_frames is not None:
                on_frames(run)
            progress(_fraction(float(run.times[-1]), duration), f"looking, {sum(map(len, times))} frames")
    encode()
    return {
        encoder.name: FeatureTrack(
            video_id,
            track_name(encoder, fps),
            np.concatenate(times),
            np.concatenate(vectors[encoder.name]),
            np.concatenate(weights),
        )
        for encoder in visual
    }


def _watched(
    pieces: Iterable[Waveform], duration: float, progress: Progress, on_sound: Callable[[Waveform], None] | None
) -> Iterator[Waveform]:
    for piece in pieces:
        progress(_fraction(piece.start, duration), "listening")
        if on_sound is not None:
            on_sound(piece)
        yield piece
    progress(1.0, "listening")


def _fraction(time: float, duration: float) -> float:
    return min(max(time / duration, 0.0), 1.0) if duration > 0 else 0.0


@contextmanager
def _closing(items: Iterator[T]) -> Iterator[Iterator[T]]:
    """Close a generator however the block is left; other iterators hold nothing open."""
    try:
        yield items
    finally:
        if isinstance(items, Generator):
            items.close()
