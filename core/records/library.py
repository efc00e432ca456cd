"""The entries of a library."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.records.media import MediaInfo

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
