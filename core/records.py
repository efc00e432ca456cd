"""Every value that crosses a border between rooms: frozen, with the unit, shape and direction beside each field.

Knows numpy and the standard library only. Times are float seconds, images are RGB uint8 with channels last, a
similarity is higher when closer, a distance lower when closer, and a probability lies in 0–1 and has been through a
softmax, a sigmoid or a calibration.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Progress = Callable[[float, str], None]
"""Called with the fraction done in 0–1 and a short text. It may raise `errors.Cancelled`, which stops the work."""


def no_progress(fraction: float, text: str) -> None:
    """The callback of someone who does not watch."""


# ---------------------------------------------------------------------------------------------------- media


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


# ------------------------------------------------------------------------------------------------- features


@dataclass(frozen=True, slots=True)
class FeatureTrack:
    """Everything an encoder says about one video: a time-stamped sequence of vectors, sound included."""

    video_id: str
    encoder: str  # the encoder's track name, which holds all that changes the numbers: "embedded-1@1fps"
    times: NDArray[np.float64]  # (T,) seconds, ascending; T may be 0: a silent clip has an empty sound track
    vectors: NDArray[np.float32]  # (T, D); rows of visual encoders have length 1
    weights: NDArray[np.float32]  # (T,) in 0–1: how much there is to recognise; 0 for a black, white or faded frame

    def __len__(self) -> int:
        return len(self.times)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether an encoder, model or device can be used now, and if not, why and what to do."""

    name: str  # registry key
    label: str  # for people
    is_ready: bool
    reason: str  # one sentence, also when ready ("weights found in the local cache")


# -------------------------------------------------------------------------------------------------- library

Sound = Literal["present", "silent", "absent", "unreadable"]
Role = Literal["library", "query"]
Order = Literal["added", "title", "duration"]


@dataclass(frozen=True, slots=True)
class Video:
    """One entry of the catalogue."""

    id: str  # first 16 hex digits of the SHA-256 of the file
    title: str
    path: Path  # the original, in the library's own folder or wherever the person keeps it
    info: MediaInfo
    sound: Sound
    tags: tuple[str, ...] = ()
    added: float = 0.0  # Unix seconds
    role: Role = "library"  # a query is kept for a while without being part of the library
    is_owned: bool = False  # the file lies in the library's folder and goes when the entry goes


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of a listing."""

    videos: tuple[Video, ...]
    total: int  # entries that match, over all pages


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be added, kept until the person dismisses it."""

    id: int
    path: str  # as it was given
    error: str  # the sentence of the StudioError
    at: float  # Unix seconds


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of every file that was offered."""

    added: tuple[Video, ...] = ()
    skipped: tuple[Video, ...] = ()  # already there, by content
    failed: tuple[Failure, ...] = ()

    def __str__(self) -> str:
        counts = {"added": self.added, "already there": self.skipped, "could not be read": self.failed}
        return ", ".join(f"{len(rows)} {what}" for what, rows in counts.items() if rows) or "nothing to add"


JobState = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]


@dataclass(frozen=True, slots=True)
class Job:
    """Long work that outlives the page it was started from."""

    id: str
    kind: str  # "ingest", "extract", …
    title: str  # "Adding 12 files"
    state: JobState
    progress: float  # 0–1
    message: str  # what is happening now, how it ended, or the error's sentence
    created: float  # Unix seconds
    updated: float

    @property
    def is_active(self) -> bool:
        return self.state in ("queued", "running")


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """The library in numbers."""

    root: Path
    videos: int
    seconds: float  # of video
    bytes_on_disk: int  # what the library's folder takes, originals kept elsewhere not counted
    encoder: str  # the encoder this library remembers, by registry key
    encoder_reason: str  # why that one, as a sentence
    extracted: int  # videos with a track of that encoder; the rest is waiting for extraction


# -------------------------------------------------------------------------------------------------- answers


@dataclass(frozen=True, slots=True)
class Candidate:
    """A frame of the library near a frame of the query, worth scoring."""

    query_time: float
    video_id: str
    time: float
    similarity: float  # cosine, -1–1


@dataclass(frozen=True, slots=True)
class Hit:
    """One row of an answer."""

    video_id: str
    title: str
    similarity: float  # -1–1
    distance: float  # 1 - similarity
    probability: float  # softmax over the hits of this answer
    query_time: float  # the second of the query that matches best …
    reference_time: float  # … and the second of this video it matches


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to one query."""

    query: Video
    hits: tuple[Hit, ...]  # best first
    encoder: str  # registry key
    model: str  # registry key
    notes: tuple[str, ...] = ()  # what a person should know to read the numbers ("the clip is black throughout")


@dataclass(frozen=True, slots=True)
class FramePair:
    """Do two frames come from the same video?"""

    cosine: float  # -1–1
    threshold: float  # the cosine from which on the answer is yes
    threshold_source: str  # where that number comes from
    is_same: bool
    encoder: str
    probability: float | None = None  # that they do, where a calibrated model is at hand


@dataclass(frozen=True, slots=True)
class Match:
    """Two time segments that correspond."""

    query_start: float
    query_end: float
    reference_start: float
    reference_end: float
    score: float  # mean similarity along the alignment, -1–1


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two videos correspond."""

    query: Video
    reference: Video
    query_times: NDArray[np.float64] = field(repr=False)  # (P,) seconds
    reference_times: NDArray[np.float64] = field(repr=False)  # (Q,) seconds
    frame_matrix: NDArray[np.float32] = field(repr=False)  # (P, Q) frame-to-frame similarity, -1–1
    query_in_reference: float  # Chamfer: how much of the query is found in the reference, -1–1
    reference_in_query: float  # Chamfer the other way round
    similarity: float  # the mean of both
    matches: tuple[Match, ...]  # best first
    encoder: str
    model: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BenchRow:
    """One speed claim, ours and theirs measured in the same run."""

    name: str
    ours: float
    theirs: float
    ratio: float  # theirs / ours for times, ours / theirs for rates: above 1 is faster
    unit: str
    against: str  # what "theirs" is
