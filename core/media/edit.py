"""Cutting, joining, drawing and laying clips side by side, with moviepy; and what a browser needs (see `preview`).

moviepy hands files to an ffmpeg program, so every input is first opened in the sandbox: what that refuses never gets
there. Results appear under their name only when they are whole.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config import Limits
from core.errors import MediaError
from core.media.preview import part_of
from core.media.sandbox import Sandbox
from core.records import MediaInfo, Progress, no_progress

SOUND_RATE = 44100
FASTEST = 60.0  # frames per second of a result


def cut(
    path: Path, start: float, end: float, target: Path, *, limits: Limits, progress: Progress = no_progress
) -> None:
    """The seconds from `start` to `end` of a video as a new MP4. MediaError when they lie outside it."""
    with ExitStack() as stack:
        info, clip = _open(path, limits, stack)
        last = min(end, info.duration, clip.duration)
        if not 0 <= start < last:
            raise MediaError(
                f"{path.name} has {info.duration:.1f} seconds; there is nothing from {start:.1f} to {end:.1f}."
            )
        _write(clip.subclipped(start, last), target, min(info.fps or 25.0, FASTEST), progress, "Cutting")


def check(path: Path, *, limits: Limits) -> None:
    """Raises MediaError when a file cannot be edited here, as one that the sandbox reads and moviepy does not."""
    with ExitStack() as stack:
        _open(path, limits, stack)


def join(paths: Sequence[Path], target: Path, *, limits: Limits, progress: Progress = no_progress) -> tuple[float, ...]:
    """Videos one after another as a new MP4 of the first one's size; others are fitted in, with black bars.

    A video without sound is silent for its time. Gives the seconds that each of them lasts in it. ValueError when
    `paths` is empty.
    """
    from moviepy import concatenate_videoclips

    if not paths:
        raise ValueError("nothing to join")
    with ExitStack() as stack:
        opened = [_open(path, limits, stack) for path in paths]
        size = _even(opened[0][1].size)
        any_sound = any(clip.audio is not None for _, clip in opened)
        fitted = [_fit(_with_sound(clip) if any_sound else clip, size) for _, clip in opened]
        rate = min(max(info.fps for info, _ in opened) or 25.0, FASTEST)
        _write(concatenate_videoclips(fitted, method="chain"), target, rate, progress, "Joining")
        return tuple(float(clip.duration) for clip in fitted)


def side_by_side(first: Path, second: Path, target: Path, *, limits: Limits, progress: Progress = no_progress) -> None:
    """Two videos next to each other as a new MP4, equally high, with the sound of the first (else of the second).

    It lasts as long as the longer one; the shorter one stops on its last picture.
    """
    from moviepy import CompositeVideoClip, vfx

    with ExitStack() as stack:
        (left_info, left), (right_info, right) = _open(first, limits, stack), _open(second, limits, stack)
        height = min(left.h, right.h) // 2 * 2
        sound = left.audio if left.audio is not None else right.audio
        duration = max(left.duration, right.duration)
        halves: list[Any] = []
        across = 0
        for clip in (left, right):
            width = max(2, round(clip.w * height / clip.h / 2) * 2)
            half = clip.without_audio().resized((width, height))
            if half.duration < duration:
                step = 1 / (clip.fps or 25.0)
                half = half.with_effects([vfx.Freeze(t=max(0.0, half.duration - step), total_duration=duration)])
            halves.append(half.with_position((across, 0)))
            across += width
        both = CompositeVideoClip(halves, size=(across, height)).with_duration(duration)
        if sound is not None:
            both = both.with_audio(sound)
        rate = min(max(left_info.fps, right_info.fps) or 25.0, FASTEST)
        _write(both, target, rate, progress, "Laying side by side")


def draw(
    picture: Callable[[float], NDArray[np.uint8]],
    seconds: float,
    target: Path,
    *,
    rate: float,
    progress: Progress = no_progress,
) -> None:
    """A new silent MP4 of `seconds` at `rate` frames per second; `picture` gives what a second shows: (H, W, 3)."""
    from moviepy import VideoClip

    _write(VideoClip(picture, duration=seconds), target, rate, progress, "Drawing")


def rework(
    path: Path,
    target: Path,
    *,
    limits: Limits,
    picture: Callable[[NDArray[np.uint8], float], NDArray[np.uint8]] | None = None,
    speed: float = 1.0,
    sound: Path | None = None,
    keeps_sound: bool = True,
    progress: Progress = no_progress,
) -> None:
    """A video as a new MP4 with changed pictures, at another speed, with the sound of another video or its own or none.

    `picture` gets each frame (H, W, 3) with its second before the change of speed; all it gives must be of one size.
    A shorter sound begins again; a video without any makes the result silent.
    """
    from moviepy import afx

    with ExitStack() as stack:
        info, clip = _open(path, limits, stack)
        if picture is not None:
            clip = clip.transform(lambda frame_at, time: picture(frame_at(time), time))
        if speed != 1.0:
            clip = clip.with_speed_scaled(speed)
        if sound is not None:
            heard = _open(sound, limits, stack)[1].audio
            looped = None if heard is None else heard.with_effects([afx.AudioLoop(duration=clip.duration)])
            clip = clip.with_audio(looped)
        elif not keeps_sound:
            clip = clip.without_audio()
        _write(clip, target, min(info.fps or 25.0, FASTEST), progress, "Reworking")


def _open(path: Path, limits: Limits, stack: ExitStack) -> tuple[MediaInfo, Any]:
    """The clip for moviepy, once the sandbox has found nothing wrong with the file. Closed with the stack."""
    from moviepy import VideoFileClip

    with Sandbox(path, limits) as sandbox:
        info = sandbox.probe()
    with _explained(f"{path.name} cannot be edited"):
        # ffmpeg fills a variable rate up to this one; by the mean, its default, moviepy would show the film too slowly
        return info, stack.enter_context(VideoFileClip(os.path.abspath(path), fps_source="tbr"))


def _with_sound(clip: Any) -> Any:
    """The clip with silence where it has no sound."""
    from moviepy import AudioClip

    if clip.audio is not None:
        return clip
    return clip.with_audio(
        AudioClip(lambda t: [0.0, 0.0] if _is_one(t) else [[0.0, 0.0]] * len(t), duration=clip.duration, fps=SOUND_RATE)
    )


def _is_one(t: Any) -> bool:
    return not hasattr(t, "__len__")


def _fit(clip: Any, size: tuple[int, int]) -> Any:
    """The clip scaled into a frame of this size, in the middle, on black."""
    from moviepy import CompositeVideoClip

    if tuple(clip.size) == size:
        return clip
    scale = min(size[0] / clip.w, size[1] / clip.h)
    width, height = (max(2, round(side * scale / 2) * 2) for side in clip.size)
    inner = clip.resized((min(width, size[0]), min(height, size[1]))).with_position("center")
    return CompositeVideoClip([inner], size=size, bg_color=(0, 0, 0)).with_duration(clip.duration)


def _even(size: Sequence[int]) -> tuple[int, int]:
    return max(2, size[0] // 2 * 2), max(2, size[1] // 2 * 2)


def _write(clip: Any, target: Path, rate: float, progress: Progress, text: str) -> None:
    """Encode into a file beside the target, then give it the target's name."""
    size = _even(clip.size)
    if tuple(clip.size) != size:
        clip = clip.cropped(x1=0, y1=0, width=size[0], height=size[1])
    partial, sound = part_of(target), part_of(target)
    listener = _listener(progress, text)
    try:
        with _explained(f"{target.name} could not be made"):
            if clip.audio is not None:
                clip.audio.write_audiofile(
                    str(sound), fps=SOUND_RATE, codec="aac", ffmpeg_params=["-f", "mp4"], logger=listener
                )
            clip.write_videofile(
                str(partial),
                fps=rate,
                codec="libx264",
                audio=str(sound) if clip.audio is not None else False,
                audio_codec="copy",
                preset="veryfast",
                ffmpeg_params=["-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f", "mp4"],
                threads=2,
                logger=listener,
            )
            os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
        sound.unlink(missing_ok=True)
    progress(1.0, text)


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """What moviepy raises, as a sentence."""
    try:
        yield
    except OSError as error:
        last = str(error).strip().splitlines()[-1:] or ["no reason given"]
        raise MediaError(f"{what}: {last[0].strip()}") from error


def _listener(progress: Progress, text: str) -> Any:
    """moviepy's progress as ours: its sound bar is the first fifth, its picture bar the rest."""
    from proglog import ProgressBarLogger  # type: ignore[import-untyped]

    class Listener(ProgressBarLogger):  # type: ignore[misc]
        def bars_callback(self, bar: str, attr: str, value: Any, old_value: Any = None) -> None:
            total = self.bars[bar].get("total") or 0
            if attr != "index" or total <= 0:
                return
            share = min(max(value, 0) / total, 1.0)
            progress(0.2 * share if bar == "chunk" else 0.2 + 0.8 * share, text)

    return Listener()
