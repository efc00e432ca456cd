"""Stand-ins that come in through constructors: encoders whose answer the eye sees, and media made of solid colours."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from core.errors import MediaError
from core.records import Frames, Waveform

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def solid(colour: Sequence[int], height: int = 48, width: int = 64) -> NDArray[np.uint8]:
    """One picture of one colour: (H, W, 3)."""
    return np.full((height, width, 3), colour, np.uint8)


def striped(colour: Sequence[int], height: int = 48, width: int = 64) -> NDArray[np.uint8]:
    """A picture with content: black but for a band of that colour down the left half."""
    image = solid((0, 0, 0), height, width)
    image[:, : width // 2] = colour
    return image


class FakeImageEncoder:
    """The mean colour of a picture as a vector of length 1: red is the first axis, green the second, blue the third.

    A black picture has no colour and becomes the grey axis, so that every row has length 1.
    """

    dimension = 3

    def __init__(self, name: str = "colour", version: str = "1", short_side: int = 48) -> None:
        self.name = name
        self.version = version
        self.short_side = short_side
        self.batches: list[int] = []  # how many pictures each call brought

    def encode(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.batches.append(len(images))
        means = images.reshape(len(images), -1, 3).mean(axis=1) if len(images) else np.zeros((0, 3))
        means[~means.any(axis=1)] = 1.0
        return (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)


class FakeAudioEncoder:
    """Loudness and length of a sound track; nothing for silence."""

    dimension = 2

    def __init__(self, name: str = "loudness", version: str = "1", rate: int = 8000) -> None:
        self.name = name
        self.version = version
        self.rate = rate

    def encode(self, sound: Iterable[Waveform]) -> NDArray[np.float32]:
        samples = np.concatenate([np.zeros(0, np.float32), *(piece.samples for piece in sound)])
        if not samples.any():
            return np.zeros((0, 2), np.float32)
        return np.array([[np.sqrt(np.mean(samples**2)), len(samples) / self.rate]], np.float32)


class FakeMedia:
    """A reader over pictures given one per sampling step, in runs of `batch`, and sound given as samples.

    Remembers what was asked for, and whether its frames were closed before their end. `breaks_at` raises MediaError
    instead of that run; `sound_error` instead of the sound.
    """

    def __init__(
        self,
        images: Sequence[NDArray[np.uint8]] = (),
        samples: NDArray[np.float32] | None = None,
        *,
        batch: int = 4,
        breaks_at: int | None = None,
        sound_error: str | None = None,
    ) -> None:
        self.images = list(images)
        self.samples = np.zeros(0, np.float32) if samples is None else samples
        self.batch = batch
        self.breaks_at = breaks_at
        self.sound_error = sound_error
        self.decodes: list[tuple[float, int]] = []  # (fps, short_side) of every pass over the frames
        self.was_closed_early = False

    def frames(self, *, fps: float, short_side: int) -> Iterator[Frames]:
        self.decodes.append((fps, short_side))
        try:
            for run, start in enumerate(range(0, len(self.images), self.batch)):
                if run == self.breaks_at:
                    raise MediaError("The file is damaged.")
                images = np.stack(self.images[start : start + self.batch])
                yield Frames((start + np.arange(len(images))) / fps, images)
        except GeneratorExit:
            self.was_closed_early = True
            raise

    def audio(self, *, rate: int) -> Iterator[Waveform]:
        if self.sound_error:
            raise MediaError(self.sound_error)
        for start in range(0, len(self.samples), rate):
            yield Waveform(self.samples[start : start + rate], rate, start / rate)
