"""How untrusted files are opened: one limited child process per file, so that a hostile or broken one costs one error.

The child (`worker`) has bounds on memory, processor time, open files and what it may write; this side listens with
limited patience and ends the child's whole group when it falls silent, or when the answer is no longer wanted.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from core.config import MB, ROOT, Limits
from core.errors import MediaError
from core.media import wire
from core.media.preview import part_of
from core.records import Frames, MediaInfo, Progress, Waveform, no_progress

INHERITED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "SYSTEMROOT")
ANSWERS: dict[str, list[tuple[str, int]]] = {  # element kind and number of dimensions of the arrays that belong to each
    "info": [],
    "frames": [("float64", 1), ("uint8", 4)],
    "picture": [("uint8", 3)],
    "sound": [("float32", 1)],
    "progress": [],
}
PULSE_SECONDS = 0.25  # between two pulses while all seats are taken
MOST = 1e15  # no length, time or share that a child may tell is larger
REASONS = {
    signal.SIGXCPU: "it used more processor time than it may",
    signal.SIGKILL: "the system ended the decoder, most likely because memory ran short",
}


class Sandbox:
    """One media file behind a limited child process, which starts with the first question and serves many.

    A context manager for one thread. A generator must be finished or closed before the next question; closing one early
    ends the child, and the next question starts another. Every method raises MediaError with a sentence for the person.
    """

    def __init__(self, path: Path, limits: Limits, *, pulse: Callable[[], None] | None = None) -> None:
        """`pulse` is called a few times a second while the child works or is awaited; what it raises ends the child."""
        self.path, self.limits, self._pulse = Path(os.path.abspath(path)), limits, pulse
        self._child: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._is_busy = self._has_seat = False

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def process(self) -> int | None:
        """The number of the child process, while there is one."""
        return None if self._child is None else self._child.pid

    def probe(self) -> MediaInfo:
        """What the file holds, measured."""
        header, _ = self._ask_once("info", verb="probe")
        return MediaInfo(**header["info"])

    def frames(self, *, fps: float, short_side: int, start: float = 0.0, end: float | None = None) -> Iterator[Frames]:
        """See `video.iter_frames`."""
        request: dict[str, Any] = {"verb": "frames", "fps": fps, "short_side": short_side, "start": start, "end": end}
        with closing(self._ask("frames", **request)) as answers:
            for _, (times, images) in answers:
                yield Frames(times, images)

    def frame_at(self, time: float, *, short_side: int | None = None) -> NDArray[np.uint8]:
        """See `video.frame_at`."""
        return self._ask_once("picture", verb="frame_at", time=time, short_side=short_side)[1][0]

    def audio(self, *, rate: int) -> Iterator[Waveform]:
        """See `audio.iter_audio`."""
        with closing(self._ask("sound", verb="audio", rate=rate)) as answers:
            for header, (samples,) in answers:
                yield Waveform(samples, rate, float(header["start"]))

    def picture(self, *, max_side: int = 2048) -> NDArray[np.uint8]:
        """See `picture.read_picture`."""
        return self._ask_once("picture", verb="picture", max_side=max_side)[1][0]

    def preview(self, target: Path, progress: Progress = no_progress) -> None:
        """See `preview.make_preview`. Leaves nothing behind when it is stopped."""
        target = Path(os.path.abspath(target))
        part = part_of(target)
        request = {"verb": "preview", "target": str(target), "part": str(part)}
        try:
            with closing(self._ask("progress", progress=progress, **request)) as answers:
                deque(answers, maxlen=0)
        finally:
            part.unlink(missing_ok=True)

    def close(self) -> None:
        """End the child and everything it started."""
        child, self._child = self._child, None
        if child is not None:
            if child.poll() is None:
                _end_group(child)
            for pipe in (child.stdin, child.stdout, self._log):
                if pipe is not None:
                    pipe.close()
            self._log = None
        if self._has_seat:
            self._has_seat = False
            _seats(os.getpid()).leave()

    def _ask_once(self, expected: str, **request: Any) -> tuple[wire.Header, wire.Arrays]:
        answers = list(self._ask(expected, **request))
        if len(answers) != 1:
            raise RuntimeError(f"the decoder gave {len(answers)} answers to {request}")
        return answers[0]

    def _ask(
        self, expected: str, *, progress: Progress = no_progress, **request: Any
    ) -> Generator[tuple[wire.Header, wire.Arrays], None, None]:
        """Put one question and yield its answers of the expected kind."""
        if self._is_busy:
            raise RuntimeError(f"{self.path.name} is still answering; finish or close the earlier generator first")
        self._is_busy, is_finished = True, False
        try:
            child = self._child or self._start()
            assert child.stdin is not None
            assert child.stdout is not None
            wire.send(child.stdin.fileno(), request)
            while True:
                header, values = wire.receive(
                    child.stdout.fileno(), patience=self.limits.patience, largest=self.limits.memory_bytes
                )
                if not is_well_formed(header):
                    raise wire.Closed("an answer that lacks what belongs to it")
                match header["is"]:
                    case "alive":
                        if self._pulse is not None:
                            self._pulse()
                    case "progress":
                        progress(float(header["fraction"]), str(header["text"]))
                    case "done":
                        is_finished = True
                        return
                    case "refused":
                        is_finished = True
                        raise MediaError(str(header["text"]))
                    case "memory":
                        reason = f"it needs more than {self.limits.memory_bytes / MB:,.0f} MB of memory"
                        raise MediaError(self._text(reason, "Scale it down or convert it to H.264 first."))
                    case "bug":
                        raise RuntimeError(f"while reading {self.path}:\n{header['text']}")
                    case kind if kind == expected and [(str(v.dtype), v.ndim) for v in values] == ANSWERS[expected]:
                        yield header, values
                    case kind:
                        raise wire.Closed(f"an unexpected answer: {kind!r}")
        except wire.Silence as error:
            raise MediaError(
                self._text(f"the decoder gave no sign of life for {self.limits.patience:g} seconds")
            ) from error
        except (wire.Closed, BrokenPipeError) as error:
            raise self._ended() from error
        finally:
            self._is_busy = False
            if not is_finished:
                self.close()

    def _take_seat(self) -> None:
        until = time.monotonic() + self.limits.patience
        while not self._has_seat:
            left = until - time.monotonic()
            if left <= 0:
                raise MediaError(f"{self.limits.decoders} files are being read at this moment. Try again in a minute.")
            self._has_seat = _seats(os.getpid()).take(self.limits.decoders, min(left, PULSE_SECONDS))
            if not self._has_seat and self._pulse is not None:
                self._pulse()

    def _start(self) -> subprocess.Popen[bytes]:
        self._take_seat()
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        search = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        environment |= {
            "PYTHONPATH": os.pathsep.join(part for part in search if part),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LANG": "C.UTF-8",
            "OPENBLAS_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "2",
        }
        try:
            self._log = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the child)
        except OSError as error:
            raise MediaError(
                f"There is no place for temporary files ({error.strerror or error}). Free some space, or name a folder "
                "with room by TMPDIR, then try again."
            ) from error
        try:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "core.media.sandbox"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, bufsize=0,
                env=environment, cwd="/", start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise MediaError(f"The decoding process could not be started ({error.strerror}). Try again.") from error
        assert self._child.stdin is not None
        wire.send(self._child.stdin.fileno(), {"path": str(self.path), "limits": asdict(self.limits)})
        return self._child

    def _ended(self) -> Exception:
        """Why the child has gone, told from how it went."""
        assert self._child is not None
        assert self._log is not None
        try:
            code = self._child.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            return MediaError(self._text("the decoder lost its way"))
        if code >= 0:
            self._log.seek(0)
            return RuntimeError(
                f"the decoder of {self.path} left with {code}:\n{self._log.read()[-4000:].decode(errors='replace')}"
            )
        name = signal.Signals(-code).name
        return MediaError(self._text(REASONS.get(signal.Signals(-code), f"the decoder crashed ({name})")))

    def _text(self, reason: str, advice: str = "The file is probably damaged, or made to do harm.") -> str:
        return f"Reading {self.path.name} was stopped: {reason}. {advice}"


def is_well_formed(header: Any) -> bool:
    """Whether a message of the child has what belongs to its kind. A child that a file took over may say anything."""
    match header:
        case {"is": "alive" | "done" | "memory" | "frames" | "picture"}:
            return True
        case {"is": "progress", "fraction": number, "text": str()} | {"is": "sound", "start": number}:
            return _fits(number, float)
        case {"is": "refused" | "bug", "text": str()}:
            return True
        case {"is": "info", "info": {**info}}:
            kinds: dict[object, Any] = {field.name: field.type for field in fields(MediaInfo)}
            return info.keys() == kinds.keys() and all(_fits(value, kinds[name]) for name, value in info.items())
    return False


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value that came as JSON can stand in a field of that type."""
    if kind is float:
        return isinstance(value, (int, float)) and abs(value) < MOST
    return isinstance(value, kind)


class _Seats:
    """How many children this process has: each may take much memory, so only so many run at a time."""

    def __init__(self) -> None:
        self._freed = threading.Condition()
        self._taken = 0

    def take(self, most: int, seconds: float) -> bool:
        """Wait for a seat; False when none was free for so long."""
        with self._freed:
            is_free = self._freed.wait_for(lambda: self._taken < most, seconds)
            self._taken += is_free
            return is_free

    def leave(self) -> None:
        with self._freed:
            self._taken -= 1
            self._freed.notify()


@cache
def _seats(process: int) -> _Seats:
    """Those of this process; one that was forked has no children yet."""
    return _Seats()


def _end_group(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):  # it may have gone by itself just now
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


if __name__ == "__main__":
    from core.media.worker import serve

    serve()
