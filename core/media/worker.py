"""The limited child process: opens one untrusted file and answers what `sandbox` asks, within its limits.

Imports numpy and PyAV (and Pillow for pictures) and nothing else of weight. It takes its own limits before it opens
anything, and raises its allowance of processor time only while it can say that work goes on.
"""

import math
import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.config import MB, Limits
from core.errors import MediaError
from core.media import wire

HEARTBEAT = 0.3  # seconds between two signs of life
LOG_BYTES = 1 * MB  # what may be written to files, which is the error log, while no preview is made


def serve() -> None:
    """Answer requests from standard input until it closes."""
    requests, answers = os.dup(0), os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not reach the messages
    try:
        header, _ = wire.receive(requests)
        limits = Limits(**header["limits"])
        worker = _Worker(Path(header["path"]), limits, answers)
        while True:
            header, _ = wire.receive(requests)
            worker.answer(header)
    except (wire.Closed, BrokenPipeError):
        return


class _Worker:
    def __init__(self, path: Path, limits: Limits, answers: int) -> None:
        import av  # noqa: F401  (before the memory limit counts)

        from core.media.video import VideoFile

        self.path, self.limits, self.answers = path, limits, answers
        self.last_sign = self.last_report = -math.inf
        _take_limits(limits)
        self.video = VideoFile(path, limits, self.pulse)
        self.verbs: dict[str, Callable[..., None]] = {
            "probe": self.probe, "frames": self.frames, "frame_at": self.frame_at,
            "audio": self.audio, "picture": self.picture, "preview": self.preview,
        }  # fmt: skip

    def answer(self, request: dict[str, Any]) -> None:
        """Do one thing; every way it can end becomes a message."""
        try:
            self.pulse()
            self.verbs[request.pop("verb")](**request)
            wire.send(self.answers, {"is": "done"})
        except MediaError as error:
            wire.send(self.answers, {"is": "refused", "text": str(error)})
        except MemoryError:
            wire.send(self.answers, {"is": "memory"})
        except BrokenPipeError:
            raise
        except Exception:
            wire.send(self.answers, {"is": "bug", "text": traceback.format_exc()})

    def pulse(self) -> None:
        """Say that work goes on, not too often, and allow the processor time for the next stretch."""
        now = time.monotonic()
        if now - self.last_sign >= HEARTBEAT:
            self.last_sign = now
            _allow_processor_time(self.limits.patience)
            wire.send(self.answers, {"is": "alive"})

    def report(self, fraction: float, text: str) -> None:
        """Say how far the work is, not too often either; the beginning and the end always."""
        now = time.monotonic()
        if fraction >= 1.0 or now - self.last_report >= HEARTBEAT:
            self.last_report = now
            _allow_processor_time(self.limits.patience)
            wire.send(self.answers, {"is": "progress", "fraction": fraction, "text": text})

    def probe(self) -> None:
        wire.send(self.answers, {"is": "info", "info": asdict(self.video.info)})

    def frames(self, *, fps: float, short_side: int, start: float, end: float | None) -> None:
        for frames in self.video.frames(fps=fps, short_side=short_side, start=start, end=end):
            wire.send(self.answers, {"is": "frames"}, frames.times, frames.images)

    def frame_at(self, *, time: float, short_side: int | None) -> None:
        wire.send(self.answers, {"is": "picture"}, self.video.frame_at(time, short_side=short_side))

    def audio(self, *, rate: int) -> None:
        from core.media.audio import iter_audio

        for piece in iter_audio(self.path, rate=rate, limits=self.limits, pulse=self.pulse):
            wire.send(self.answers, {"is": "sound", "start": piece.start}, piece.samples)

    def picture(self, *, max_side: int) -> None:
        from core.media.picture import read_picture

        wire.send(self.answers, {"is": "picture"}, read_picture(self.path, self.limits, max_side))

    def preview(self, *, target: str, part: str) -> None:
        from core.media.preview import make_preview

        _allow_files(self.limits.file_bytes)
        try:
            make_preview(self.path, Path(target), self.limits, self.report, part=Path(part))
        finally:
            _allow_files(LOG_BYTES)


def _take_limits(limits: Limits) -> None:
    """Bound memory, files and core dumps of this process for good, as far as the system can."""
    import resource

    size = _address_space()
    wanted = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 64)]
    if size is not None:
        wanted.append((resource.RLIMIT_AS, size + limits.memory_bytes))
    for kind, value in wanted:
        _limit(kind, value, is_final=True)
    _limit(resource.RLIMIT_FSIZE, limits.file_bytes, is_final=True)
    _allow_files(LOG_BYTES)
    _allow_processor_time(limits.patience)


def _allow_files(size: int) -> None:
    import resource

    _limit(resource.RLIMIT_FSIZE, size)


def _allow_processor_time(patience: float) -> None:
    """Processor seconds until the next sign of life; decoder threads may use several processors at once."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + patience * (os.cpu_count() or 1)) + 1)


def _limit(kind: int, value: int, *, is_final: bool = False) -> None:
    """Set a limit where the system knows it; macOS refuses some, and the parent's patience holds there."""
    import resource

    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    try:
        resource.setrlimit(kind, (value, value if is_final else hard))
    except (ValueError, OSError) as error:
        print(f"no limit {kind} here: {error}", file=sys.stderr)  # noqa: T201


def _address_space() -> int | None:
    """Bytes of address space this process has now; None where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
