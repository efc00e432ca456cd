"""Sound out of a media file as mono samples at a given rate, piece by piece.

Decoding happens in this process: untrusted files are given to `sandbox`, which calls this in a child.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.config import Limits
from core.errors import MediaError
from core.media.container import Source, decode, media_failures, resampler
from core.records import Waveform

if TYPE_CHECKING:
    from av import AudioFrame, AudioResampler


def iter_audio(
    path: Path, *, rate: int, limits: Limits, seconds: float = 60.0, pulse: Callable[[], None] | None = None
) -> Iterator[Waveform]:
    """The first sound track that can be decoded, mixed to mono, in pieces of `seconds`; the last may be shorter.

    Yields nothing when the file has no sound, and nothing when it announces sound of which not one packet decodes.
    Damaged packets are left out. MediaError when the file cannot be opened or its sound runs over `limits.seconds`.
    """
    with Source(path, limits) as source:
        stream = next((track for track in source.sounds() if source.prepare(track)), None)
        if stream is None:
            return
        mixer = _Mixer(rate)
        whole = int(seconds * rate)
        waiting: list[NDArray[np.float32]] = []
        held = done = 0
        for packet in chain_none(source.packets(stream)):
            if pulse is not None:
                pulse()
            frames: list[AudioFrame | None] = [*decode(stream, packet)]
            for frame in [*frames, None] if packet is None else frames:
                for samples in mixer.mix(frame):
                    waiting.append(samples)
                    held += len(samples)
            if (done + held) > limits.seconds * rate:
                raise MediaError(
                    f"The sound of {path.name} runs for more than {limits.seconds / 3600:g} hours, which is the limit."
                    " Cut the file into parts first."
                )
            while held >= whole:
                joined = np.concatenate(waiting)
                yield Waveform(joined[:whole], rate, done / rate)
                waiting = [joined[whole:]]
                held, done = held - whole, done + whole
        if held:
            yield Waveform(np.concatenate(waiting), rate, done / rate)


def chain_none(packets: Iterator[Any]) -> Iterator[Any]:
    """The packets, and None at the end, which drains the decoder."""
    yield from packets
    yield None


class _Mixer:
    """Frames of any rate and layout into mono float samples; begins anew when the sound changes its form midway."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.form: tuple[str, str, int] | None = None
        self.resampler: AudioResampler | None = None

    def mix(self, frame: "AudioFrame | None") -> Iterator[NDArray[np.float32]]:
        """The samples that are ready after this frame; None hands out what is left."""
        if frame is None:
            yield from self._pass(None)
            return
        if frame.sample_rate <= 0:
            return
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if form != self.form:
            yield from self._pass(None)
            self.form, self.resampler = form, resampler(self.rate)
        frame.pts = None  # samples are counted, so that broken time stamps cannot stretch the sound
        yield from self._pass(frame)

    def _pass(self, frame: "AudioFrame | None") -> Iterator[NDArray[np.float32]]:
        if self.resampler is None:
            return
        try:
            mixed = self.resampler.resample(frame)
        except MemoryError:
            raise
        except media_failures():  # a frame of a form that cannot be mixed, from a damaged packet
            self.form = self.resampler = None
            return
        for piece in mixed:
            samples: NDArray[np.float32] = np.asarray(piece.to_ndarray(), dtype=np.float32).reshape(-1)
            if len(samples):
                yield np.clip(np.nan_to_num(samples), -1.0, 1.0)
