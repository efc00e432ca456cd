"""What a browser can play, and the conversion to it."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.config import Limits
from core.errors import MediaError
from core.media.audio import iter_audio
from core.media.preview import is_browser_ready, make_preview, part_of
from core.media.sandbox import Sandbox
from core.media.video import frame_at, iter_frames, probe
from tests import clips

LIMITS = Limits()


@pytest.mark.parametrize(
    ("name", "sound", "is_ready"),
    [
        ("clip.mp4", "tone", True),
        ("clip.webm", "tone", True),
        ("clip.mp4", None, True),
        ("clip.mkv", None, False),
        ("clip.avi", "tone", False),
        ("clip.ts", None, False),
        ("clip.gif", None, False),
    ],
)
def test_only_what_every_browser_plays_is_left_as_it_is(tmp_path: Path, name: str, sound, is_ready: bool) -> None:
    path = clips.colours(tmp_path / name, sound=sound)
    assert is_browser_ready(probe(path, LIMITS), path) is is_ready


def test_the_suffix_must_tell_the_truth_and_the_pixels_be_common(tmp_path: Path) -> None:
    path = clips.colours(tmp_path / "clip.mkv").rename(tmp_path / "clip.mp4")
    info = probe(path, LIMITS)
    assert not is_browser_ready(info, path)
    ready = replace(info, container="mov,mp4,m4a")
    assert is_browser_ready(ready, path)
    assert not is_browser_ready(replace(ready, pixel_format="yuv422p10le"), path)
    assert not is_browser_ready(replace(ready, video_codec="hevc"), path)
    assert not is_browser_ready(replace(ready, audio_codec="ac3"), path)


def test_a_preview_shows_the_same_at_the_same_time(tmp_path: Path) -> None:
    path = clips.uneven(tmp_path / "clip.mkv", [0, 0.1, 0.5, 1.2, 2.0, 3.3, 3.4], start=50.0, sound="tone")
    target = tmp_path / "preview.mp4"
    seen: list[float] = []
    make_preview(path, target, LIMITS, lambda fraction, text: seen.append(fraction))
    info = probe(target, LIMITS)
    assert is_browser_ready(info, target)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0

    def numbers(of: Path) -> list[int]:
        every = [f.images for f in iter_frames(of, fps=10.0, short_side=64, limits=LIMITS, end=3.4)]
        return [clips.read_number(image) for image in np.concatenate(every)]

    assert numbers(target) == numbers(path)
    samples = np.concatenate([piece.samples for piece in iter_audio(target, rate=8000, limits=LIMITS)])
    assert len(samples) / 8000 == pytest.approx(3.5, abs=0.1)
    assert not list(tmp_path.glob("*.part"))


def test_a_preview_starts_before_it_is_loaded_whole(tmp_path: Path) -> None:
    target = tmp_path / "preview.mp4"
    make_preview(clips.numbered(tmp_path / "clip.avi"), target, LIMITS)
    data = target.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_a_preview_is_upright_and_at_most_720_pixels_high(tmp_path: Path) -> None:
    target = tmp_path / "preview.mp4"
    make_preview(clips.halves(tmp_path / "turned.mp4", rotation=90), target, LIMITS)
    image = frame_at(target, 0.5, short_side=None, limits=LIMITS)
    assert image.shape == (96, 48, 3)
    assert image[90, 40, 0] > 150
    assert image[6, 40, 2] > 150
    make_preview(clips.colours(tmp_path / "large.avi", ["red"], size=(1602, 902), fps=4.0), target, LIMITS)
    info = probe(target, LIMITS)
    assert (info.width, info.height) == (1278, 720)


def test_a_preview_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no moving pictures"):
        make_preview(clips.sound_only(tmp_path / "song.mp3"), tmp_path / "preview.mp4", LIMITS)
    with pytest.raises(MediaError, match="could not be"):
        make_preview(clips.colours(tmp_path / "clip.avi"), tmp_path / "nowhere" / "preview.mp4", LIMITS)
    assert not list(tmp_path.glob("preview*"))


def test_two_processes_making_one_preview_at_once_leave_a_whole_one(tmp_path: Path) -> None:
    path = clips.numbered(tmp_path / "clip.avi", seconds=6.0)
    target = tmp_path / "previews" / "clip.mp4"
    target.parent.mkdir()
    problems: list[Exception] = []

    def make(sandbox: Sandbox) -> None:
        try:
            sandbox.preview(target)
        except Exception as error:
            problems.append(error)

    with Sandbox(path, LIMITS) as one, Sandbox(path, LIMITS) as other:
        threads = [threading.Thread(target=make, args=(sandbox,)) for sandbox in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert problems == []
    assert len(list(target.parent.iterdir())) == 1
    assert probe(target, LIMITS).duration == pytest.approx(6.0, abs=0.2)


def test_a_preview_leaves_the_part_of_another_process_alone(tmp_path: Path) -> None:
    path, target = clips.numbered(tmp_path / "clip.avi"), tmp_path / "preview.mp4"
    others = [tmp_path / "preview.mp4.part", part_of(target)]
    for other in others:
        other.write_bytes(b"still being written")
    make_preview(path, target, LIMITS)
    with Sandbox(path, LIMITS) as sandbox:
        sandbox.preview(target)
    assert [other.read_bytes() for other in others] == [b"still being written"] * 2
    assert probe(target, LIMITS).duration == pytest.approx(3.0, abs=0.2)
