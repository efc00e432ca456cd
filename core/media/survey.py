"""What a video file holds, found by listing every packet of its picture stream and decoding until the first frame.

Chooses the stream, measures length and rate from time stamps (never from the header), and says in one true sentence why
a file shows nothing.
"""

from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.config import Limits
from core.errors import MediaError
from core.media.container import Source, codec_name, decode
from core.media.geometry import Geometry, Turn, usable_aspect
from core.media.schedule import UNKNOWN, Schedule, make_schedule
from core.records import MediaInfo, clock

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.video.stream import VideoStream

FAR = 300  # packets that are worth seeking over
FRAME_BYTES = 12  # what a decoder needs per pixel: several frames at once


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything that later reading of the file relies on."""

    path: Path
    stream_index: int
    schedule: Schedule
    geometry: Geometry
    info: MediaInfo

    @property
    def last_stamp(self) -> int | None:
        """The presentation time of the last frame, in ticks; None where stamps cannot be trusted."""
        return int(self.schedule.stamps[self.schedule.order[-1]]) if self.schedule.is_usable else None

    def stamp_of(self, frame: "VideoFrame") -> int | None:
        """The frame's presentation time; None where the decoder made it up for want of one in the file."""
        if self.schedule.is_usable or frame.pts in self.schedule.stamps:
            return frame.pts
        return None


def survey(path: Path, limits: Limits, pulse: Callable[[], None]) -> Survey:
    """Find the first stream of moving pictures that decodes. MediaError where there is none."""
    with Source(path, limits) as source:
        candidates = [stream.index for stream in source.videos()]
        if not candidates:
            held = "sound but no moving pictures" if source.sounds() else "neither moving pictures nor sound"
            raise MediaError(f"{path.name} holds {held}.")
    refusal: MediaError | None = None
    for index in candidates:
        try:
            return _survey_stream(path, limits, index, pulse)
        except MediaError as error:
            refusal = refusal or error
    assert refusal is not None
    raise refusal


@contextmanager
def open_stream(path: Path, limits: Limits, index: int, *, threads: int = 1) -> "Iterator[tuple[Source, VideoStream]]":
    """The file opened with the decoder of one stream ready, inside the limits."""
    with Source(path, limits) as source:
        stream: Any = source.container.streams[index]
        if not source.prepare(stream, threads=threads):
            raise MediaError(
                f"The pictures of {path.name} are in a format ({codec_name(stream)}) that is not decoded here."
                " Convert it to H.264 first."
            )
        width, height = stream.width, stream.height
        if width * height > limits.pixels:
            raise MediaError(
                f"The pictures of {path.name} are {width:,} × {height:,} pixels; at most {limits.pixels:,} pixels are"
                " decoded. Scale it down first."
            )
        yield source, stream


def numbered_packets(
    found: Survey, limits: Limits, first: int, *, threads: int = 1
) -> "Iterator[tuple[VideoStream, int, Packet]]":
    """The packets with their place in the schedule, from `first` or earlier on; the file is opened for it."""
    schedule = found.schedule
    with open_stream(found.path, limits, found.stream_index, threads=threads) as (source, stream):
        place = -1
        if first > FAR and source.seek(stream, int(schedule.stamps[first])):
            packets = source.packets(stream)
            landed = next(packets, None)
            if landed is not None and landed.pts is not None and landed.dts is not None:
                same = (schedule.stamps == landed.pts) & (schedule.decode_stamps == landed.dts)
                places = np.flatnonzero(same)
                place = int(places[0]) if len(places) == 1 else -1
            if landed is not None and 0 <= place <= first:
                for index, packet in enumerate(chain([landed], packets), start=place):
                    yield stream, index, packet
                return
    with open_stream(found.path, limits, found.stream_index, threads=threads) as (source, stream):
        for index, packet in enumerate(source.packets(stream)):
            yield stream, index, packet


def _survey_stream(path: Path, limits: Limits, index: int, pulse: Callable[[], None]) -> Survey:
    with open_stream(path, limits, index) as (source, stream):
        stamps, decode_stamps = array("q"), array("q")
        is_key, is_shown = array("b"), array("b")
        frame: VideoFrame | None = None
        length = 0
        latest = UNKNOWN
        is_locked = False
        for packet in source.packets(stream):
            pulse()
            stamps.append(UNKNOWN if packet.pts is None else packet.pts)
            decode_stamps.append(UNKNOWN if packet.dts is None else packet.dts)
            is_key.append(packet.is_keyframe)
            is_shown.append(not packet.is_discard)
            if not packet.is_discard and stamps[-1] >= latest:
                latest, length = stamps[-1], packet.duration or 0
            if frame is None:
                is_locked = packet.has_sidedata("encryption_info")
                frame = next(iter(decode(stream, packet)), None)
        if frame is None:
            frame = next(iter(decode(stream, None)), None)
        if frame is None:
            ask_for_memory(stream.width * stream.height)
            raise MediaError(_why_nothing_shows(path, stream, len(stamps), is_locked, limits))
        base = stream.time_base
        known = np.frombuffer(stamps, np.int64)
        schedule = make_schedule(
            known,
            np.frombuffer(decode_stamps, np.int64),
            np.frombuffer(is_key, np.int8).astype(bool),
            np.frombuffer(is_shown, np.int8).astype(bool),
            tick=float(base) if base else 1.0,
            last_length=length * float(base) if base else 0.0,
            rate=float(stream.average_rate or stream.base_rate or 0.0),
            first_shown=frame.pts if frame.pts is not None and frame.pts in known else None,
        )
        if schedule.duration > limits.seconds:
            raise MediaError(
                f"{path.name} runs for {clock(schedule.duration)}; videos over {clock(limits.seconds)} are not read."
                " Cut it into parts first."
            )
        geometry = Geometry(frame.width, frame.height, usable_aspect(stream.sample_aspect_ratio), _turn(frame))
        sounds = source.sounds()
        width, height = geometry.display_size
        info = MediaInfo(
            duration=schedule.duration,
            width=width,
            height=height,
            fps=schedule.fps,
            container=source.container.format.name,
            video_codec=codec_name(stream),
            pixel_format=frame.format.name,
            audio_codec=codec_name(sounds[0]) if sounds else None,
            rotation=geometry.turn.rotation,
            size_bytes=source.size_bytes,
        )
    return Survey(path, index, schedule, geometry, info)


def _turn(frame: "VideoFrame") -> Turn:
    """How the player is to turn the picture: by the display matrix where it can be read, by its angle otherwise."""
    try:
        return Turn.from_matrix(np.frombuffer(bytes(frame.side_data["DISPLAYMATRIX"]), np.int32))  # type: ignore[typeddict-item]
    except (KeyError, ValueError):  # there is none, or PyAV does not know another kind of side data beside it
        return Turn.from_angle(frame.rotation)


def ask_for_memory(pixels: int) -> None:
    """Raises MemoryError when a decoder lacks room for its frames: it may call the data invalid instead."""
    np.empty(pixels * FRAME_BYTES, np.uint8)


def _why_nothing_shows(path: Path, stream: "VideoStream", packets: int, is_locked: bool, limits: Limits) -> str:
    name, codec = path.name, codec_name(stream)
    if packets == 0:
        return (
            f"{name} announces {codec} pictures but holds none: it is the first part of a stream without the rest, or"
            " it was cut short."
        )
    if is_locked:
        return f"The pictures of {name} are encrypted, so none can be shown."
    if not stream.width * stream.height:  # a decoder forgets a size that it may not take
        return f"The pictures of {name} are larger than the {limits.pixels:,} pixels that are decoded, or damaged."
    return (
        f"No picture of {name} can be decoded: all {packets:,} packets of {codec} are damaged, encrypted or incomplete."
    )
