"""What a browser can play, and how everything else becomes that: H.264 and AAC in an MP4 that starts at once.

The conversion runs in this process: untrusted files are given to `sandbox`, which calls this in a child.
"""

import errno
import os
import secrets
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.config import Limits
from core.errors import MediaError
from core.media.container import Source, decode, frame_from_array, media_failures, open_target, reformatter, resampler
from core.media.video import VideoFile
from core.records import MediaInfo, Progress, no_progress

if TYPE_CHECKING:
    from av import AudioFrame, VideoFrame

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
SHORT_SIDE = 720
FASTEST = 60.0  # frames per second that are kept
SOUND_RATE = 48000
TICKS = 90000  # of the preview's video clock

# What Chromium, Firefox and Safari of the last years agree on, for the suffix a server derives the type from.
PLAYABLE_VIDEO = {
    (".mp4", "h264"), (".m4v", "h264"), (".mp4", "av1"), (".webm", "vp8"), (".webm", "vp9"), (".webm", "av1"),
}  # fmt: skip
PLAYABLE_SOUND = {".mp4": {"aac", "mp3"}, ".m4v": {"aac", "mp3"}, ".webm": {"vorbis", "opus"}}
PLAYABLE_CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".webm": "webm"}
PLAYABLE_PIXELS = {"yuv420p", "yuvj420p"}


def is_browser_ready(info: MediaInfo, path: Path) -> bool:
    """Whether browsers play the file as it is: container and suffix agree, and the codecs are the common ones."""
    suffix = path.suffix.lower()
    return (
        (suffix, info.video_codec) in PLAYABLE_VIDEO
        and PLAYABLE_CONTAINERS[suffix] in info.container.split(",")
        and info.pixel_format in PLAYABLE_PIXELS
        and (info.audio_codec is None or info.audio_codec in PLAYABLE_SOUND[suffix])
    )


def part_of(target: Path) -> Path:
    """A name beside `target` for a file still being written, which no other thread or process uses."""
    return target.with_name(f"{target.name}.{os.getpid()}-{secrets.token_hex(4)}.part")


def make_preview(
    path: Path, target: Path, limits: Limits, progress: Progress = no_progress, *, part: Path | None = None
) -> None:
    """Write the whole video as MP4 to `target`: at most 720 pixels on the short side, turned upright, with its sound.

    The file appears under its name only when it is whole; until then it is `part`, by default a name of its own.
    MediaError when nothing decodes or the disk is full.
    """
    share = 0.0
    video = VideoFile(path, limits, lambda: progress(share, "Converting for the browser"))
    duration = max(video.info.duration, 1e-3)
    partial = part or part_of(target)
    try:
        with open_target(partial, "mp4", {"movflags": "+faststart"}) as out:
            pictures = _Pictures(out, video)
            sounds = _Sounds(out, path, limits, _first_time(video)) if video.info.has_audio else None
            out.start_encoding()
            for time in pictures.encode():
                if sounds is not None:
                    sounds.encode_until(time)
                share = min(time / duration, 1.0)
            if sounds is not None:
                sounds.encode_until(float("inf"))
        os.replace(partial, target)
    except media_failures() as error:
        raise _failed(path, error) from error
    except OSError as error:
        raise _failed(path, error) from error
    finally:
        partial.unlink(missing_ok=True)
    progress(1.0, "Converted for the browser")


def _failed(path: Path, error: Exception) -> MediaError:
    if getattr(error, "errno", None) in FULL:
        return MediaError(
            f"There is no room on the disk for a preview of {path.name}. Free some space, then try again."
        )
    return MediaError(f"{path.name} could not be converted for the browser ({error}).")


def _first_time(video: VideoFile) -> float:
    """Seconds on the file's own clock at which the first picture is shown."""
    schedule = video.survey.schedule
    return float(schedule.stamps[schedule.order[0]] * schedule.tick) if schedule.is_usable else 0.0


class _Pictures:
    """The video half of a preview."""

    def __init__(self, out: Any, video: VideoFile) -> None:
        self.out, self.video = out, video
        self.turn = video.survey.geometry.turn
        self.size = _even(video)
        self.stream = out.add_stream(
            "libx264",
            rate=Fraction(min(max(video.info.fps, 1.0), FASTEST)).limit_denominator(1001),
            options={"preset": "veryfast", "crf": "23"},
        )
        width, height = self.size
        self.stream.width, self.stream.height = (height, width) if self.turn.is_transposed else (width, height)
        self.stream.pix_fmt = "yuv420p"
        self.stream.codec_context.time_base = Fraction(1, TICKS)
        self.stream.codec_context.thread_count = 2

    def encode(self) -> Iterator[float]:
        """Encode every frame, and say how far we are."""
        scaler = reformatter()
        is_upright = self.turn == type(self.turn)()
        last = -1.0
        for time, frame in self.video.timed():
            if time - last < 0.5 / FASTEST:
                continue
            last = time
            if is_upright:
                picture = scaler.reformat(frame, *self.size, "yuv420p", interpolation="BICUBIC", threads=1)
            else:
                stored = scaler.reformat(frame, *self.size, "rgb24", interpolation="BICUBIC", threads=1)
                pixels: Any = stored.to_ndarray()
                picture = frame_from_array(self.turn.apply(pixels))
            self._write(picture, time)
            yield time
        self.out.mux(self.stream.encode(None))

    def _write(self, picture: "VideoFrame", time: float) -> None:
        picture.time_base, picture.pts, picture.pict_type = Fraction(1, TICKS), round(time * TICKS), 0
        self.out.mux(self.stream.encode(picture))


class _Sounds:
    """The audio half of a preview: samples are counted from where the sound begins relative to the first picture."""

    def __init__(self, out: Any, path: Path, limits: Limits, first_picture: float) -> None:
        self.out, self.first_picture = out, first_picture
        self.stream = out.add_stream("aac", rate=SOUND_RATE, layout="stereo")
        self.stream.bit_rate = 128_000
        self.frames = _sound_frames(path, limits)
        self.resampler: Any = None
        self.form: tuple[str, str, int] | None = None
        self.next: int | None = None  # sample at which the next piece goes
        self.is_done = False

    def encode_until(self, time: float) -> None:
        """Encode the sound that belongs before `time`."""
        while not self.is_done and (self.next is None or self.next < time * SOUND_RATE):
            frame = next(self.frames, None)
            if frame is None:
                self._resample(None)
                self.out.mux(self.stream.encode(None))
                self.is_done = True
                return
            if self.next is None:
                begins = frame.time - self.first_picture if frame.time is not None else 0.0
                self.next = round(begins * SOUND_RATE) if abs(begins) < 60 else 0
            form = (frame.format.name, frame.layout.name, frame.sample_rate)
            if form != self.form:
                self._resample(None)
                self.form, self.resampler = form, resampler(SOUND_RATE, layout="stereo", form="fltp")
            frame.pts = None
            self._resample(frame)

    def _resample(self, frame: "AudioFrame | None") -> None:
        if self.resampler is None:
            return
        for piece in self.resampler.resample(frame):
            assert self.next is not None
            begins, self.next = self.next, self.next + piece.samples
            if begins < 0:  # before the first picture: left out, to the nearest piece
                continue
            piece.pts, piece.time_base, piece.sample_rate = begins, Fraction(1, SOUND_RATE), SOUND_RATE
            self.out.mux(self.stream.encode(piece))


def _sound_frames(path: Path, limits: Limits) -> "Iterator[AudioFrame]":
    with Source(path, limits) as source:
        stream = next((track for track in source.sounds() if source.prepare(track)), None)
        if stream is None:
            return
        for packet in source.packets(stream):
            yield from (frame for frame in decode(stream, packet) if frame.sample_rate > 0)
        yield from decode(stream, None)


def _even(video: VideoFile) -> tuple[int, int]:
    """Width and height before turning, both even, the short side at most 720."""
    width, height = video.survey.geometry.stored_size
    scale = min(1.0, SHORT_SIDE / min(width, height), 4 * SHORT_SIDE / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)
