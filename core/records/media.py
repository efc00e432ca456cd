"""What comes out of a file: facts, frames, sound."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What a file holds, as measured by the decoder rather than believed from its header."""

    duration: float  # seconds, from the time stamps of the packets
    width: int  # pixels as displayed, after rotation
    height: int
    fps: float  # frames per second on average; 0.0 for a single frame
    container: str  # "mov,mp4,m4a", "matroska,webm", …
    video_codec: str
    pixel_format: str
    audio_codec: str | None
    rotation: int  # degrees counter-clockwise already applied to width and height: 0, 90, 180, 270
    size_bytes: int

    @property
    def has_audio(self) -> bool:
        return self.audio_codec is not None


@dataclass(frozen=True, slots=True)
class Frames:
    """A run of decoded frames."""

    times: NDArray[np.float64]  # (T,) seconds after the first frame of the video, ascending
    images: NDArray[np.uint8]  # (T, H, W, 3) RGB

    def __len__(self) -> int:
        return len(self.times)


@dataclass(frozen=True, slots=True)
class Waveform:
    """A run of mono sound."""

    samples: NDArray[np.float32]  # (N,) in -1–1
    rate: int  # samples per second
    start: float = 0.0  # seconds after the start of the sound


def clock(seconds: float) -> str:
    """Seconds as a person reads them on a player: 7.9 -> "0:07", 3661 -> "1:01:01". Fractions are cut, not rounded."""
    whole = max(0, int(seconds + 1e-6))  # ten seconds may be stored as 9.999999999999998
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
