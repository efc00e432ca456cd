"""The processor time of looking at a video once a second, against ffmpeg's own `fps=1` pipeline on the same file."""

import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.config import Limits
from core.errors import MediaError, StudioError
from core.media.container import frame_from_array, open_target
from core.media.video import VideoFile
from core.records import BenchRow

SECONDS = 60
RATE = 30
SIZE = (1280, 720)
PAIRS = 3  # timed one after the other; medians count
SHORT_SIDE = 224
TOO_SHORT = 5.0  # seconds; of shorter clips starting a program would be measured


def run(videos: Path | None) -> list[BenchRow]:
    """A row for a generated 720p H.264 video, and one for the H.264 clips below `videos` when a folder is given.

    CPU seconds of all threads; ffmpeg runs with one, which is cheapest for it. StudioError without an ffmpeg program.
    """
    if shutil.which("ffmpeg") is None:
        raise StudioError("There is no ffmpeg program to compare with. Install ffmpeg, then run this again.")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made.mp4"
        _make_video(made)
        rows = [_row(f"one frame a second of {SECONDS} s 720p H.264", [made], PAIRS)]
    found = _h264_clips(videos) if videos is not None else []
    if found:
        rows.append(_row(f"one frame a second of {len(found)} H.264 clips", found, 1))
    return rows


def _row(name: str, paths: list[Path], pairs: int) -> BenchRow:
    ours, theirs = [], []
    for _ in range(pairs):
        ours.append(sum(_our_seconds(path) for path in paths))
        theirs.append(sum(_their_seconds(path) for path in paths))
    mine, other = float(np.median(ours)), float(np.median(theirs))
    return BenchRow(name, mine, other, other / mine, "CPU seconds", "ffmpeg -vf fps=1,scale")


def _our_seconds(path: Path) -> float:
    start = time.process_time()
    for _ in VideoFile(path, Limits()).frames(fps=1.0, short_side=SHORT_SIDE):
        pass
    return time.process_time() - start


def _their_seconds(path: Path) -> float:
    command = [
        "ffmpeg", "-v", "quiet", "-nostdin", "-threads", "1", "-i", str(path), "-map", "0:v:0",
        "-vf", f"fps=1,scale=-2:{SHORT_SIDE}:flags=bicubic", "-pix_fmt", "rgb24", "-f", "rawvideo", "-",
    ]  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _h264_clips(folder: Path) -> list[Path]:
    """The clips below the folder that hold H.264 and last long enough to be measured."""
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        try:
            info = VideoFile(path, Limits()).info
        except MediaError:
            continue
        if info.video_codec == "h264" and info.duration >= TOO_SHORT:
            found.append(path)
    return found


def _make_video(target: Path) -> None:
    """A minute of moving texture with cuts, in H.264 as libx264 makes it by default."""
    with open_target(target, "mp4", {}) as out:
        stream = out.add_stream("libx264", rate=RATE)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for number, picture in enumerate(_pictures()):
            frame = frame_from_array(picture)
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _pictures() -> Iterator[NDArray[np.uint8]]:
    """Scenes of a few seconds: a camera pans over a textured ground while something passes the other way."""
    rng = np.random.default_rng(0)
    width, height = SIZE
    for _ in range(SECONDS // 6):
        ground = _texture(rng, 2 * width, height + 200)
        thing = _texture(rng, 240, 240)
        for step in range(6 * RATE):
            left, top = 3 * step % width, int(100 + 90 * np.sin(step / 20))
            picture = ground[top : top + height, left : left + width].copy()
            at = (width - 240) - (5 * step) % (width - 240)
            picture[240:480, at : at + 240] = thing
            yield picture


def _texture(rng: np.random.Generator, width: int, height: int) -> NDArray[np.uint8]:
    """Coloured noise with detail at every scale, as nature has it."""
    picture = np.zeros((height, width, 3))
    for scale in (4, 16, 64, 256):
        grid = rng.standard_normal((height // scale + 2, width // scale + 2, 3))
        rows, columns = np.arange(height) // scale, np.arange(width) // scale
        picture += grid[rows][:, columns] * scale**0.5
    picture -= picture.min()
    return (picture * (255 / picture.max())).astype(np.uint8)
