"""Frames out of a video file at a given rate, resized on the way, with as little decoding as will do.

A demux-only pass lists when each frame is shown; then only the packets that wanted frames depend on are decoded, and
only wanted frames are scaled. Where time stamps cannot be trusted or a planned frame does not come, the file is decoded
whole. Decoding happens in this process: untrusted files are given to `sandbox`, which calls this in a child.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.config import MB, Limits
from core.errors import MediaError
from core.media.container import decode, reformatter, try_decode
from core.media.geometry import Geometry
from core.media.schedule import LATEST, Clock
from core.media.survey import Survey, ask_for_memory, numbered_packets, open_stream, survey
from core.records import Frames, MediaInfo

if TYPE_CHECKING:
    from av import VideoFrame

BATCH_BYTES = 64 * MB
# Codecs whose frames stay the same when frames that nothing refers to are left out. Not so VP9: it learns from each.
EXACT_WITHOUT_OTHERS = {"h264", "hevc", "mpeg1video", "mpeg2video", "mpeg4"}


def no_pulse() -> None:
    """The sign of life of someone who is not watched."""


def probe(path: Path, limits: Limits) -> MediaInfo:
    """What the file holds, measured. MediaError where no frame can be decoded, or a limit is passed."""
    return VideoFile(path, limits).info


def iter_frames(
    path: Path,
    *,
    fps: float,
    short_side: int,
    limits: Limits,
    start: float = 0.0,
    end: float | None = None,
    batch: int = 32,
) -> Iterator[Frames]:
    """The picture on screen at start, start + 1/fps, … before `end`, in batches of ascending time.

    Times are seconds after the first frame; a frame that stays on screen comes again. All frames have one size: the
    short side is `short_side`, the aspect is that of the display, rotation is applied. At least one frame comes when
    start is 0; none when it lies past the end.
    """
    yield from VideoFile(path, limits).frames(fps=fps, short_side=short_side, start=start, end=end, batch=batch)


def frame_at(path: Path, time: float, *, short_side: int | None, limits: Limits) -> NDArray[np.uint8]:
    """The picture (H, W, 3) on screen at `time`, clipped to the video's length; short_side None: full size."""
    return VideoFile(path, limits).frame_at(time, short_side=short_side)


class VideoFile:
    """One video file, surveyed once and read as often as wanted. `pulse` is called while work goes on."""

    def __init__(self, path: Path, limits: Limits, pulse: Callable[[], None] = no_pulse) -> None:
        self.path, self.limits, self.pulse = path, limits, pulse
        self._survey: Survey | None = None

    @property
    def survey(self) -> Survey:
        if self._survey is None:
            self._survey = survey(self.path, self.limits, self.pulse)
        return self._survey

    @property
    def info(self) -> MediaInfo:
        return self.survey.info

    def frames(
        self, *, fps: float, short_side: int, start: float = 0.0, end: float | None = None, batch: int = 32
    ) -> Iterator[Frames]:
        """See `iter_frames`."""
        if not fps > 0 or short_side < 1 or start < 0 or batch < 1:
            raise ValueError(f"frames({fps=}, {short_side=}, {start=}, {batch=})")
        duration = self.info.duration
        stop = duration if end is None else min(end, duration)
        count = int(np.ceil(max(0.0, stop - start - 1e-3) * fps))
        if start == 0 and (end is None or end > 0):
            count = max(count, 1)
        if count > self.limits.frames:
            raise MediaError(f"{self.path.name} would give {count:,} frames; the limit is {self.limits.frames:,}.")
        size = self.survey.geometry.scaled_size(short_side)
        batch = max(1, min(batch, BATCH_BYTES // (size[0] * size[1] * 3)))
        targets = start + np.arange(count) / fps
        images: list[NDArray[np.uint8]] = []
        first = 0
        for image in self._pictures(targets, size):
            images.append(image)
            if len(images) == batch:
                yield Frames(targets[first : first + batch], np.stack(images))
                first, images = first + batch, []
        if images:
            yield Frames(targets[first : first + len(images)], np.stack(images))

    def frame_at(self, time: float, *, short_side: int | None = None) -> NDArray[np.uint8]:
        """See the function of the same name."""
        geometry = self.survey.geometry
        size = geometry.stored_size if short_side is None else geometry.scaled_size(short_side)
        last = max(0.0, self.info.duration - 1e-3)
        return next(self._pictures(np.array([min(max(time, 0.0), last)]), size))

    def _pictures(self, targets: NDArray[np.float64], size: tuple[int, int]) -> Iterator[NDArray[np.uint8]]:
        """One picture per target, planned as long as that works, then by decoding everything."""
        if len(targets) == 0:
            return
        done = 0
        draw = _Painter(self.survey.geometry, size)
        if self.survey.schedule.is_usable:
            rows = self.survey.schedule.rows_at(targets)
            wanted, counts = np.unique(rows, return_counts=True)
            for frame, count in zip(self._planned(wanted), counts, strict=False):
                image = draw(frame)
                for _ in range(int(count)):
                    yield image
                done += int(count)
        if done < len(targets):
            yield from self._whole(targets[done:], draw, needs_one=done == 0)

    def _planned(self, rows: NDArray[np.int64]) -> Iterator["VideoFrame"]:
        """The frames of these rows of the schedule in order; ends early where one does not come as planned."""
        schedule = self.survey.schedule
        packets = schedule.order[rows]
        wanted = {int(index) for index in packets}
        stamps = [int(stamp) for stamp in schedule.stamps[packets]]
        runs = schedule.runs(packets)
        can_skip = self.info.video_codec in EXACT_WITHOUT_OTHERS
        at = came = 0  # the run being fed, and the wanted frames handed out
        for stream, index, packet in numbered_packets(self.survey, self.limits, runs[0].first):
            self.pulse()
            if index < runs[at].first:
                continue
            context: Any = stream.codec_context
            if can_skip:
                context.skip_frame = "DEFAULT" if index in wanted else "NONREF"
            shown = try_decode(stream, packet)
            if shown is None:
                return
            if index == runs[at].last:
                shown += decode(stream, None)
                context.flush_buffers()
                at += 1
            for frame in shown:
                if frame.is_corrupt:
                    return
                if came < len(stamps) and frame.pts == stamps[came]:
                    came += 1
                    yield frame
                elif came < len(stamps) and frame.pts is not None and frame.pts > stamps[came]:
                    return
            if at == len(runs):
                return

    def _whole(self, targets: NDArray[np.float64], draw: "_Painter", *, needs_one: bool) -> Iterator[NDArray[np.uint8]]:
        """The pictures at the targets from decoding every packet; the last frame stays until the end of the video."""
        held: VideoFrame | None = None
        done = 0
        end = 0.0
        for time, frame in self.timed():
            while held is not None and done < len(targets) and targets[done] < time - LATEST:
                image = draw(held)
                while done < len(targets) and targets[done] < time - LATEST:
                    yield image
                    done, needs_one = done + 1, False
            if done == len(targets):
                return
            held, end = frame, time + self.survey.schedule.step
        if held is None:
            ask_for_memory(self.info.width * self.info.height)
            raise MediaError(f"No frame of {self.path.name} can be decoded a second time. The file may be changing.")
        image = draw(held)
        if self.survey.last_stamp == held.pts:
            end = max(end, self.info.duration)
        for target in targets[done:]:
            if target < end or needs_one:
                yield image
                needs_one = False

    def timed(self) -> Iterator[tuple[float, "VideoFrame"]]:
        """Every frame that decodes with its time in seconds after the first."""
        schedule = self.survey.schedule
        clock = Clock(schedule.tick, schedule.step)
        with open_stream(self.path, self.limits, self.survey.stream_index) as (source, stream):
            for packet in source.packets(stream):
                self.pulse()
                for frame in decode(stream, packet):
                    yield clock.read(self.survey.stamp_of(frame)), frame
            for frame in decode(stream, None):
                yield clock.read(self.survey.stamp_of(frame)), frame


class _Painter:
    """Scales frames to one size in RGB and turns them the way they are shown."""

    def __init__(self, geometry: Geometry, size: tuple[int, int]) -> None:
        self.turn, self.size = geometry.turn, size
        self.scaler = reformatter()

    def __call__(self, frame: "VideoFrame") -> NDArray[np.uint8]:
        width, height = self.size
        small = self.scaler.reformat(frame, width, height, "rgb24", interpolation="BICUBIC", threads=1)
        pixels: Any = small.to_ndarray()
        return self.turn.apply(pixels)
