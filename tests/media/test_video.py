"""Frames at a rate, on made clips whose answers the eye can see."""

import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from core.config import Limits
from core.errors import MediaError
from core.media.video import VideoFile, frame_at, iter_frames, probe
from tests import clips

LIMITS = Limits()


def numbers(path: Path, *, fps: float = 1.0, start: float = 0.0, end: float | None = None) -> dict[float, int]:
    """Which numbered frame is seen at which second."""
    seen = iter_frames(path, fps=fps, short_side=64, limits=LIMITS, start=start, end=end)
    return {
        round(float(time), 6): clips.read_number(image)
        for frames in seen
        for time, image in zip(frames.times, frames.images, strict=True)
    }


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm", ".avi", ".ts", ".gif"])
def test_each_second_shows_its_colour_in_every_container(tmp_path: Path, suffix: str) -> None:
    path = clips.colours(tmp_path / f"clip{suffix}", ("red", "green", "blue"))
    (frames,) = iter_frames(path, fps=1.0, short_side=48, limits=LIMITS)
    assert frames.times.tolist() == [0, 1, 2]
    assert frames.images.shape == (3, 48, 64, 3)
    means = frames.images.mean(axis=(1, 2))
    expected = np.array([clips.COLOURS[name] for name in ("red", "green", "blue")])
    assert np.abs(means - expected).max() < 35


@pytest.mark.parametrize("fps", [0.5, 1.0, 3.0, 10.0, 25.0])
def test_any_rate_gives_the_frame_on_screen(tmp_path: Path, fps: float) -> None:
    path = clips.numbered(tmp_path / "clip.mp4", seconds=4.0, fps=10.0, group=250)
    expected = {round(k / fps, 6): min(39, int(k / fps * 10 + 1e-6)) for k in range(int(np.ceil(4 * fps)))}
    assert numbers(path, fps=fps) == expected


def test_a_window_counts_from_its_own_start(tmp_path: Path) -> None:
    path = clips.numbered(tmp_path / "clip.mp4", seconds=6.0)
    assert numbers(path, fps=2.0, start=2.3, end=4.0) == {2.3: 23, 2.8: 28, 3.3: 33, 3.8: 38}
    assert numbers(path, start=6.5) == {}


def test_a_far_window_is_reached_by_seeking(tmp_path: Path) -> None:
    path = clips.numbered(tmp_path / "clip.mp4", seconds=60.0, group=20)
    assert numbers(path, start=55.0) == {55.0 + k: 550 + 10 * k for k in range(5)}


@pytest.mark.parametrize(("suffix", "start"), [(".mp4", 10.0), (".mkv", 100.0), (".ts", 4900.0)])
def test_time_is_counted_from_the_first_frame(tmp_path: Path, suffix: str, start: float) -> None:
    path = clips.numbered(tmp_path / f"late{suffix}", start=start)
    assert numbers(path) == {0: 0, 1: 10, 2: 20}
    assert probe(path, LIMITS).duration == pytest.approx(3.0, abs=0.01)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_variable_rate_shows_each_frame_as_long_as_it_lasts(tmp_path: Path, suffix: str) -> None:
    path = clips.uneven(tmp_path / f"uneven{suffix}", [0, 0.1, 0.15, 1.2, 3.0, 3.05, 7.2])
    first_seconds = {time: number for time, number in numbers(path).items() if time < 7.1}
    assert first_seconds == {0: 0, 1: 2, 2: 3, 3: 4, 4: 5, 5: 5, 6: 5, 7: 5}


def test_a_pause_of_hours_neither_fills_memory_nor_time(tmp_path: Path) -> None:
    path = clips.uneven(tmp_path / "pause.mkv", [0, 1, 2, 20_000, 20_001])
    assert numbers(path) == {0: 0, 1: 1, 2: 2, 3: 3, 4: 4}


def test_a_slide_of_ten_minutes_stays_on_screen(tmp_path: Path) -> None:
    path = clips.uneven(tmp_path / "slides.mkv", [0, 1, 2, 602, 603])
    seen = numbers(path)
    assert (seen[300], seen[601], seen[602], len(seen)) == (2, 2, 3, 604)


def test_two_recordings_glued_together_follow_one_another(tmp_path: Path) -> None:
    once = clips.numbered(tmp_path / "once.ts").read_bytes()
    twice = tmp_path / "twice.ts"
    twice.write_bytes(once + once)
    assert numbers(twice) == {0: 0, 1: 10, 2: 20, 3: 0, 4: 10, 5: 20}
    assert probe(twice, LIMITS).duration == pytest.approx(6.0, abs=0.2)


def test_a_single_frame_is_a_video_of_one_picture(tmp_path: Path) -> None:
    path = clips.one_frame(tmp_path / "one.mp4")
    (frames,) = iter_frames(path, fps=1.0, short_side=32, limits=LIMITS)
    assert len(frames) == 1
    assert probe(path, LIMITS).fps == 0.0


def test_the_length_is_measured_and_not_believed(tmp_path: Path) -> None:
    info = probe(clips.wrong_duration(tmp_path / "clip.mp4", 90_000.0), LIMITS)
    assert info.duration == pytest.approx(3.0)
    assert info.fps == pytest.approx(10.0)


def test_probing_tells_what_is_there(tmp_path: Path) -> None:
    path = clips.colours(tmp_path / "clip.mp4", sound="tone")
    info = probe(path, LIMITS)
    assert (info.width, info.height, info.video_codec, info.audio_codec) == (64, 48, "h264", "aac")
    assert (info.pixel_format, info.rotation, info.has_audio) == ("yuv420p", 0, True)
    assert info.size_bytes == path.stat().st_size
    assert "mp4" in info.container


@pytest.mark.parametrize(
    ("rotation", "is_mirrored", "corner"),
    [
        (0, False, (0, 0)),
        (90, False, (1, 0)),
        (180, False, (1, 1)),
        (270, False, (0, 1)),
        (0, True, (0, 1)),
        (180, True, (1, 0)),
    ],
)
def test_rotation_and_mirror_are_applied(
    tmp_path: Path, rotation: int, is_mirrored: bool, corner: tuple[int, int]
) -> None:
    path = clips.halves(tmp_path / "turned.mp4", rotation=rotation, is_mirrored=is_mirrored)
    image = frame_at(path, 0.5, short_side=None, limits=LIMITS)
    height, width = image.shape[:2]
    assert (width, height) == ((96, 48) if rotation % 180 == 0 else (48, 96))
    corners = {(down, across): image[-4 if down else 4, -4 if across else 4] for down in (0, 1) for across in (0, 1)}
    assert max(corners, key=lambda place: int(corners[place].min())) == corner
    info = probe(path, LIMITS)
    assert (info.width, info.height) == (width, height)


def test_oblong_pixels_are_shown_square(tmp_path: Path) -> None:
    path = clips.numbered(tmp_path / "wide.mp4", aspect=Fraction(2, 1))
    (frames,) = iter_frames(path, fps=1.0, short_side=64, limits=LIMITS)
    assert frames.images.shape[1:3] == (64, 128)
    assert (probe(path, LIMITS).width, probe(path, LIMITS).height) == (128, 64)


def test_pictures_of_another_size_midway_are_given_the_size_of_the_first(tmp_path: Path) -> None:
    small, large = clips.colours(tmp_path / "a.ts", ["red"]), clips.colours(tmp_path / "b.ts", ["blue"], size=(128, 96))
    both = tmp_path / "both.ts"
    both.write_bytes(small.read_bytes() + large.read_bytes())
    images = np.concatenate([f.images for f in iter_frames(both, fps=2.0, short_side=48, limits=LIMITS)])
    assert images.shape[1:] == (48, 64, 3)
    assert images[0, 24, 32, 0] > 150
    assert images[-1, 24, 32, 2] > 150


def test_planned_frames_equal_those_of_decoding_everything(tmp_path: Path) -> None:
    path = clips.numbered(tmp_path / "clip.mp4", seconds=12.0, group=30)
    video = VideoFile(path, LIMITS)
    every = [clips.read_number(frame.to_ndarray(format="rgb24")) for _, frame in video.timed()]
    assert every == list(range(120))
    (frames,) = video.frames(fps=1.0, short_side=64)
    assert [clips.read_number(image) for image in frames.images] == every[::10]


def test_damage_costs_only_what_is_damaged(tmp_path: Path) -> None:
    seen = numbers(clips.damaged(tmp_path / "hurt.mp4"))
    assert list(seen) == [0, 1, 2, 3, 4, 5]
    assert seen[0] == 0


def test_batches_are_as_large_as_asked(tmp_path: Path) -> None:
    path = clips.numbered(tmp_path / "clip.mp4", seconds=5.0)
    sizes = [len(f) for f in iter_frames(path, fps=2.0, short_side=64, limits=LIMITS, batch=4)]
    assert sizes == [4, 4, 2]


def test_a_frame_is_found_at_any_time_and_clipped_to_the_video(tmp_path: Path) -> None:
    path = clips.numbered(tmp_path / "clip.mp4")
    seen = [clips.read_number(frame_at(path, time, short_side=64, limits=LIMITS)) for time in (-1.0, 1.25, 99.0)]
    assert seen == [0, 12, 29]


def _refusal(path: Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(MediaError) as caught:
        list(iter_frames(path, fps=1.0, short_side=32, limits=limits))
    return str(caught.value)


def test_each_refusal_says_what_is_the_matter(tmp_path: Path) -> None:
    assert "0 bytes" in _refusal(clips.empty(tmp_path / "empty.mp4"))
    assert "text file" in _refusal(clips.text(tmp_path / "letter.mp4"))
    assert "Git LFS pointer" in _refusal(clips.text(tmp_path / "p.mp4", "version https://git-lfs.github.com/spec/v1\n"))
    assert "without its index" in _refusal(clips.truncated(tmp_path / "half.mp4"))
    assert "sound but no moving pictures" in _refusal(clips.sound_only(tmp_path / "song.mp3"))
    assert "still picture" in _refusal(clips.picture(tmp_path / "still.jpg"))
    assert "still picture" in _refusal(clips.picture(tmp_path / "still.webp"))
    assert "There is no file" in _refusal(tmp_path / "nowhere.mp4")
    assert "is a folder" in _refusal(tmp_path)
    noise = tmp_path / "noise.mp4"
    noise.write_bytes(np.random.default_rng(0).bytes(5000))
    assert "is not a video" in _refusal(noise)


def test_each_limit_is_named(tmp_path: Path) -> None:
    path = clips.colours(tmp_path / "clip.mp4")
    assert "MB are not opened" in _refusal(path, Limits(file_bytes=1000))
    assert "at most 1,000 pixels" in _refusal(path, Limits(pixels=1000))
    assert "more than 20 packets" in _refusal(path, Limits(frames=20))
    assert "runs for 0:03" in _refusal(path, Limits(seconds=2.0))


def test_a_playlist_never_opens_the_files_it_names(tmp_path: Path) -> None:
    clips.colours(tmp_path / "part.ts")
    lists = {
        "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\npart.ts\n#EXT-X-ENDLIST\n",
        "list.mp4": "ffconcat version 1.0\nfile part.ts\n",
        "list.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
        "list.mpd": '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>\n',
    }
    for name, content in lists.items():
        assert "playlist" in _refusal(clips.text(tmp_path / name, content))


def test_a_name_that_looks_like_a_protocol_is_a_plain_file(tmp_path: Path) -> None:
    for name in ("concat:a|b.mp4", "pipe:0.mp4", "100% [x] 'y'.mp4"):
        path = clips.colours(tmp_path / "clip.mp4").rename(tmp_path / name)
        assert probe(path, LIMITS).duration == pytest.approx(3.0)


def test_frames_are_made_as_they_are_asked_for(tmp_path: Path) -> None:
    path = clips.numbered(tmp_path / "clip.mp4", seconds=100.0)
    first = next(itertools.islice(iter_frames(path, fps=1.0, short_side=64, limits=LIMITS, batch=2), 1))
    assert first.times.tolist() == [0, 1]
