"""The one file that imports PyAV: how a media file is opened within limits, and why one could not be.

A file is opened by absolute path through the `file:` protocol only, as one of the containers in `allowed`, so a
playlist never reaches another file or the network. Everyone else in this room gets streams, packets and frames here.
"""

import os
import stat
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.config import MB, Limits
from core.errors import MediaError
from core.media.allowed import AUDIO_DECODERS, CONTAINERS, VIDEO_DECODERS

if TYPE_CHECKING:
    from av import AudioResampler, Packet, VideoFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.video.reformatter import VideoReformatter
    from av.video.stream import VideoStream

PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"BM", b"II*\0", b"MM\0*")  # how JPEG, PNG, BMP and TIFF begin


def check_file(path: Path, limits: Limits) -> int:
    """The size in bytes of a plain, readable, not too large file; MediaError otherwise."""
    name = path.name
    try:
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):
            raise MediaError(f"{name} is a folder, not a file. Choose a file inside it.")
        if not stat.S_ISREG(found.st_mode):
            raise MediaError(f"{name} is not a plain file. Copy its content into a file first.")
        with open(path, "rb"):
            pass
    except FileNotFoundError as error:
        raise MediaError(f"There is no file {path}. It may have been moved or renamed.") from error
    except OSError as error:
        raise MediaError(f"{name} cannot be opened: {error.strerror or error}. Check who may read it.") from error
    if found.st_size == 0:
        raise MediaError(f"{name} is empty: it holds 0 bytes. Copy or download it again.")
    if found.st_size > limits.file_bytes:
        raise MediaError(
            f"{name} is {found.st_size / MB:,.0f} MB; files over {limits.file_bytes / MB:,.0f} MB are not opened."
            " Cut it into parts, or raise CLIPKIN_MAX_FILE_MB."
        )
    return found.st_size


class Source:
    """An open media file of which at most one stream is read. Use it as a context manager."""

    def __init__(self, path: Path, limits: Limits) -> None:
        import av

        self.path, self.limits = Path(os.path.abspath(path)), limits
        self.size_bytes = check_file(self.path, limits)
        try:
            self.container: InputContainer = av.open(
                f"file:{self.path}",
                options={
                    "protocol_whitelist": "file",
                    "format_whitelist": CONTAINERS,
                    "codec_whitelist": f"{VIDEO_DECODERS},{AUDIO_DECODERS}",
                    "max_pixels": str(limits.pixels),
                },
                metadata_errors="replace",
            )
        except MemoryError:
            raise
        except av.FFmpegError as error:
            raise MediaError(_why_not_opened(self.path)) from error

    def __enter__(self) -> "Source":
        return self

    def __exit__(self, *_: object) -> None:
        self.container.close()

    def videos(self) -> "list[VideoStream]":
        """The streams of moving pictures in file order, whether or not they can be decoded; cover art left out."""
        from av.stream import Disposition

        stills = Disposition.attached_pic | Disposition.timed_thumbnails
        return [stream for stream in self.container.streams.video if not stream.disposition & stills]

    def sounds(self) -> "list[AudioStream]":
        return list(self.container.streams.audio)

    def packets(self, stream: "VideoStream | AudioStream") -> "Iterator[Packet]":
        """The packets of one stream that hold data. The other streams are dropped by the demuxer.

        A container that breaks off ends the packets, as far as it goes; more than `limits.frames` is a MediaError.
        """
        import av
        from av.stream import Discard

        for other in self.container.streams:
            other.discard = Discard.default if other.index == stream.index else Discard.all
        demuxed, count = self.container.demux(stream), 0
        while True:
            try:
                packet = next(demuxed, None)
            except MemoryError:
                raise
            except av.FFmpegError:
                return
            if packet is None:
                return
            if packet.size == 0:  # to a decoder an empty packet means the end
                continue
            count += 1
            if count > self.limits.frames:
                raise MediaError(
                    f"{self.path.name} holds more than {self.limits.frames:,} packets in one stream;"
                    " that is the limit. Cut it into parts first."
                )
            yield packet

    def prepare(self, stream: "VideoStream | AudioStream", *, threads: int = 1) -> bool:
        """Make the decoder of this stream ready, inside the limits; False where there is none that may be used."""
        context: Any = stream.codec_context
        allowed = VIDEO_DECODERS if stream.type == "video" else AUDIO_DECODERS
        if context is None or context.name not in allowed.split(","):
            return False
        context.options = {"codec_whitelist": allowed, "max_pixels": str(self.limits.pixels)}
        context.thread_type = "AUTO"
        context.thread_count = threads
        return True

    def seek(self, stream: "VideoStream", stamp: int) -> bool:
        """Move to the key frame at or before this presentation time; False where the container cannot."""
        import av

        try:
            self.container.seek(stamp, stream=stream)
        except (av.FFmpegError, OSError):
            return False
        return True


def decode(stream: "VideoStream | AudioStream", packet: "Packet | None") -> "list[Any]":
    """The frames that come out when this packet goes in; none when it is damaged. None drains the decoder."""
    return try_decode(stream, packet) or []


def try_decode(stream: "VideoStream | AudioStream", packet: "Packet | None") -> "list[Any] | None":
    """As `decode`, but None when the packet is damaged."""
    import av

    try:
        return list(stream.codec_context.decode(packet))  # type: ignore[union-attr]
    except MemoryError:
        raise
    except (av.FFmpegError, EOFError):
        return None


def codec_name(stream: "VideoStream | AudioStream") -> str:
    """What the codec is commonly called: "av1", not the name of the library that decodes it."""
    context: Any = stream.codec_context
    if context is None:
        return "unknown"
    return str(getattr(context.codec, "canonical_name", None) or context.name)


def reformatter() -> "VideoReformatter":
    """A scaler that keeps its tables from frame to frame."""
    from av.video.reformatter import VideoReformatter

    return VideoReformatter()


def resampler(rate: int, *, layout: str = "mono", form: str = "flt") -> "AudioResampler":
    from av import AudioResampler

    return AudioResampler(format=form, layout=layout, rate=rate)


def frame_from_array(image: Any, form: str = "rgb24") -> "VideoFrame":
    from av import VideoFrame

    return VideoFrame.from_ndarray(image, format=form)


def open_target(path: Path, form: str, options: dict[str, str]) -> "OutputContainer":
    """A new media file to write to."""
    import av

    return av.open(f"file:{os.path.abspath(path)}", "w", format=form, container_options=options)


def media_failures() -> tuple[type[Exception], ...]:
    """What PyAV raises when a file, and not this program, is to blame: for an `except` clause."""
    import av

    return (av.FFmpegError,)


def seconds(ticks: int, base: Fraction | None) -> float:
    return float(ticks * base) if base else 0.0


def _why_not_opened(path: Path) -> str:
    """The likeliest true reason, from the first bytes, for a file that no demuxer took."""
    with open(path, "rb") as file:
        head = file.read(4096)
    name = path.name
    if head.startswith(b"version https://git-lfs"):
        return f"{name} is a Git LFS pointer, not the video itself. Fetch it with `git lfs pull`."
    if head.lstrip()[:7] in (b"#EXTM3U", b"ffconca") or b"<MPD" in head or head.startswith(b"v=0"):
        return f"{name} is a playlist that names other files, not a video. Add the files it names."
    if b"\0" not in head and all(byte >= 32 or byte in b"\t\n\r\f" for byte in head):
        return f"{name} is a text file, whatever its name says."
    if head.startswith(PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return f"{name} is a still picture, not a video."
    if head[4:8] in (b"ftyp", b"moov", b"moof", b"styp", b"sidx", b"mdat", b"wide", b"free", b"skip"):
        return (
            f"{name} is an MP4 or MOV without its index: the recording or download was cut short, or it is one fragment"
            " of a stream. Get the whole file again."
        )
    if head.startswith(b"\x1aE\xdf\xa3"):
        return f"{name} is a Matroska or WebM file that breaks off in its header. Get the whole file again."
    return f"{name} is not a video: no known kind of media file begins like this. It may be damaged or something else."
