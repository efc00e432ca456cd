"""Real clips, odd ones among them: what decodes, what is refused and why, and whether ffmpeg sees the same frames."""

import csv
import shutil
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.config import Limits
from core.errors import MediaError
from core.media.sandbox import Sandbox
from core.media.video import VideoFile

pytestmark = pytest.mark.corpus

LIMITS = Limits()
HOPELESS = ("no-frames-decode", "unreadable", "0-byte", "no-video-stream")
# Marked as hopeless with an older FFmpeg, which has no VVC decoder and drops both frames that the second file shows.
DECODED_BY_NOW = {"odd/sample_vvc.mp4", "odd/whatdoesitdo.mp4"}
GIGABYTES_2 = 2_000_000  # kB
SHARE = 3  # every third clip is compared with ffmpeg, which takes its time


def rows(corpus: Path) -> list[dict[str, str]]:
    with open(corpus / "manifest.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def look(path: Path) -> tuple[int, str, int]:
    """Frames seen, the refusal, and the child's largest size in kB."""
    with Sandbox(path, LIMITS) as sandbox:
        count, refusal = 0, ""
        try:
            info = sandbox.probe()
            for frames in sandbox.frames(fps=1.0, short_side=224):
                assert min(frames.images.shape[1:3]) == 224
                assert (np.diff(frames.times) > 0).all()
                assert frames.times[-1] <= info.duration + 1e-6
                count += len(frames)
            for piece in sandbox.audio(rate=44100):
                assert np.isfinite(piece.samples).all()
        except MediaError as error:
            refusal = str(error)
        status = Path(f"/proc/{sandbox.process}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        size = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
        return count, refusal, size


def test_every_clip_gives_frames_or_a_reason(corpus: Path) -> None:
    entries = rows(corpus)
    with ThreadPoolExecutor(4) as pool:
        seen = dict(zip([row["file"] for row in entries], pool.map(look, paths(corpus, entries)), strict=True))
    hopeless = {row["file"] for row in entries if any(flag in row["flags"] for flag in HOPELESS)} - DECODED_BY_NOW
    refused = {name for name, (_, refusal, _) in seen.items() if refusal}
    assert refused == hopeless
    assert all(count > 0 for name, (count, _, _) in seen.items() if name not in hopeless)
    assert all(Path(name).name in seen[name][1] and seen[name][1].endswith((".", "`.")) for name in refused)
    assert max(size for _, _, size in seen.values()) < GIGABYTES_2


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="there is no ffmpeg program to compare with")
def test_undamaged_clips_show_what_ffmpeg_shows(corpus: Path) -> None:
    """Against `ffmpeg -vf fps=1`, which shows the same when told to round up: within half a step is not even needed."""
    entries = [row for row in rows(corpus) if "errors" not in row["flags"] and row["kind"] != "audio"]
    entries = [row for row in entries if not any(flag in row["flags"] for flag in HOPELESS)][::SHARE]
    with ThreadPoolExecutor(4) as pool:
        apart = dict(zip([row["file"] for row in entries], pool.map(difference, paths(corpus, entries)), strict=True))
    assert len(apart) > 150 // SHARE
    assert {name: value for name, value in apart.items() if not value < 4.0} == {}


def paths(corpus: Path, entries: Iterable[dict[str, str]]) -> list[Path]:
    return [corpus / row["file"] for row in entries]


def difference(path: Path) -> float:
    """The largest mean difference (of 255) between a frame of ours and ffmpeg's of the same second."""
    video = VideoFile(path, LIMITS)
    ours = np.concatenate([frames.images for frames in video.frames(fps=1.0, short_side=64)])
    count, height, width = ours.shape[:3]
    filters = f"setpts=PTS-STARTPTS,fps=1:round=up,scale={width}:{height}:flags=bicubic"
    command = [
        "ffmpeg", "-v", "quiet", "-nostdin", "-threads", "1", "-i", str(path),
        "-map", f"0:{video.survey.stream_index}", "-vf", filters, "-fps_mode", "passthrough",
        "-pix_fmt", "rgb24", "-f", "rawvideo", "-",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, check=False)
    theirs = np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 3)
    assert abs(len(theirs) - count) <= 1, path
    both = min(len(theirs), count)
    return float(np.abs(ours[:both].astype(np.int16) - theirs[:both]).mean(axis=(1, 2, 3)).max())
