"""Cutting, joining and laying side by side."""

from pathlib import Path

import numpy as np
import pytest

from core.config import Limits
from core.errors import Cancelled, MediaError
from core.media import edit
from core.media.audio import iter_audio
from core.media.video import iter_frames, probe
from tests import clips

LIMITS = Limits()


def pictures(path: Path, fps: float = 2.0) -> np.ndarray:
    return np.concatenate([f.images for f in iter_frames(path, fps=fps, short_side=64, limits=LIMITS)])


def sound_seconds(path: Path) -> float:
    return sum(len(piece.samples) for piece in iter_audio(path, rate=8000, limits=LIMITS)) / 8000


def test_a_cut_holds_the_seconds_asked_for(tmp_path: Path) -> None:
    path = clips.numbered(tmp_path / "clip.mp4", seconds=5.0, sound="tone")
    target = tmp_path / "cut.mp4"
    seen: list[float] = []
    edit.cut(path, 1.0, 3.0, target, limits=LIMITS, progress=lambda fraction, text: seen.append(fraction))
    assert [clips.read_number(image) for image in pictures(target)] == [10, 15, 20, 25]
    assert probe(target, LIMITS).duration == pytest.approx(2.0, abs=0.11)
    assert sound_seconds(target) == pytest.approx(2.0, abs=0.1)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_whether_a_file_can_be_edited_is_known_before_it_is(tmp_path: Path) -> None:
    edit.check(clips.numbered(tmp_path / "clip.mp4"), limits=LIMITS)
    with pytest.raises(MediaError):
        edit.check(clips.text(tmp_path / "letter.mp4"), limits=LIMITS)


def test_a_cut_of_a_variable_rate_holds_the_seconds_asked_for(tmp_path: Path) -> None:
    """Ten frames a second for two seconds, two a second for four, and ten a second again: half a second off at most."""
    times = np.array([*np.arange(0, 2, 0.1), *np.arange(2, 6, 0.5), *np.arange(6, 8, 0.1), 8.0])
    path, target = clips.uneven(tmp_path / "clip.mp4", times[:-1].tolist()), tmp_path / "cut.mp4"
    edit.cut(path, 4.0, 7.0, target, limits=LIMITS)
    for second, image in zip(4.0 + np.arange(0, 2.8, 0.1), pictures(target, fps=10.0), strict=False):
        shown = clips.read_number(image)
        assert times[shown] - 0.5 <= second <= times[shown + 1] + 0.5


def test_joined_clips_follow_in_order_in_the_size_of_the_first(tmp_path: Path) -> None:
    first = clips.colours(tmp_path / "a.mp4", ["red"], sound="tone")
    second = clips.colours(tmp_path / "b.mp4", ["blue"], size=(48, 96))
    target = tmp_path / "joined.mp4"
    edit.join([first, second], target, limits=LIMITS)
    info = probe(target, LIMITS)
    assert (info.width, info.height) == (64, 48)
    assert info.duration == pytest.approx(2.0, abs=0.2)
    assert sound_seconds(target) == pytest.approx(2.0, abs=0.2)
    images = pictures(target)
    middle = images[:, images.shape[1] // 2, images.shape[2] // 2]
    assert middle[0, 0] > 150
    assert middle[-1, 2] > 150
    assert images[-1, images.shape[1] // 2, 2].max() < 40, "black bars beside the narrow one"


def test_a_reworked_clip_has_changed_pictures_another_speed_and_another_sound(tmp_path: Path) -> None:
    path = clips.numbered(tmp_path / "clip.mp4", seconds=4.0)
    loud = clips.colours(tmp_path / "b.mp4", ["blue"], sound="tone")
    target, seconds = tmp_path / "reworked.mp4", []

    def upside_down(image: np.ndarray, time: float) -> np.ndarray:
        seconds.append(time)
        return np.concatenate([image[::-1], np.zeros_like(image[:16])])

    edit.rework(path, target, limits=LIMITS, picture=upside_down, speed=2.0, sound=loud)
    info = probe(target, LIMITS)
    assert info.duration == pytest.approx(2.0, abs=0.15)
    assert (info.width, info.height) == (64, 80)
    assert [clips.read_number(image[:64][::-1]) for image in pictures(target)] == [0, 10, 20, 30]
    assert max(seconds) == pytest.approx(3.8, abs=0.3)
    assert sound_seconds(target) == pytest.approx(2.0, abs=0.2), "a second of sound, twice"


def test_a_reworked_clip_keeps_its_sound_unless_it_is_not_to(tmp_path: Path) -> None:
    path = clips.colours(tmp_path / "a.mp4", ["red"], sound="tone")
    silent = clips.colours(tmp_path / "b.mp4", ["red"])
    for name, options, has_sound in (
        ("same", {}, True),
        ("none", {"keeps_sound": False}, False),
        ("silent", {"sound": silent}, False),
    ):
        edit.rework(path, tmp_path / f"{name}.mp4", limits=LIMITS, **options)
        assert probe(tmp_path / f"{name}.mp4", LIMITS).has_audio is has_sound


def test_side_by_side_shows_both_and_lasts_as_long_as_the_longer(tmp_path: Path) -> None:
    left = clips.colours(tmp_path / "a.mp4", ["red", "green", "green"])
    right = clips.colours(tmp_path / "b.mp4", ["blue"], size=(128, 96), sound="tone")
    target = tmp_path / "both.mp4"
    edit.side_by_side(left, right, target, limits=LIMITS)
    info = probe(target, LIMITS)
    assert (info.width, info.height) == (128, 48)
    assert info.duration == pytest.approx(3.0, abs=0.2)
    assert info.has_audio
    images = pictures(target)
    quarter = images.shape[2] // 4
    assert images[0, 32, quarter, 0] > 150
    assert images[-1, 32, quarter, 1] > 130
    assert images[-1, 32, 3 * quarter, 2] > 150, "the shorter one stops on its last picture"


def test_an_edit_outside_the_video_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="nothing from 9"):
        edit.cut(clips.numbered(tmp_path / "clip.mp4"), 9.0, 12.0, tmp_path / "cut.mp4", limits=LIMITS)


def test_a_playlist_is_refused_before_any_program_sees_it(tmp_path: Path) -> None:
    clips.colours(tmp_path / "part.ts")
    path = clips.text(tmp_path / "list.mp4", "#EXTM3U\n#EXTINF:3,\npart.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(MediaError, match="playlist"):
        edit.cut(path, 0.0, 1.0, tmp_path / "cut.mp4", limits=LIMITS)


def test_a_stopped_edit_leaves_nothing_behind(tmp_path: Path) -> None:
    path = clips.numbered(tmp_path / "clip.mp4", seconds=5.0)

    def stop(fraction: float, text: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        edit.cut(path, 0.0, 4.0, tmp_path / "cut.mp4", limits=LIMITS, progress=stop)
    assert [entry.name for entry in tmp_path.iterdir()] == ["clip.mp4"]


def test_an_edit_leaves_the_parts_of_another_process_alone_and_its_own_are_known_by_their_ending(
    tmp_path: Path,
) -> None:
    path, target = clips.numbered(tmp_path / "clip.mp4", sound="tone"), tmp_path / "cut.mp4"
    others = [tmp_path / ".cut.mp4.part.mp4", tmp_path / ".cut.mp4.part.m4a", tmp_path / "cut.mp4.1-00000000.part"]
    for other in others:
        other.write_bytes(b"still being written")
    seen: set[str] = set()

    def look(fraction: float, text: str) -> None:
        seen.update(entry.name for entry in tmp_path.iterdir())

    edit.cut(path, 0.0, 2.0, target, limits=LIMITS, progress=look)
    assert [other.read_bytes() for other in others] == [b"still being written"] * 3
    own = seen - {other.name for other in others} - {"clip.mp4", "cut.mp4"}
    assert len(own) == 2, "one for the pictures, one for the sound"
    assert all(name.endswith(".part") for name in own)
    assert sound_seconds(target) == pytest.approx(2.0, abs=0.1)
