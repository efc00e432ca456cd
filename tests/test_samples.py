"""The demo library: what the repository ships is what the programme says, and the generator can make it again."""

import csv
from collections import Counter
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest

from assets.samples import programme, sound
from assets.samples.generate import _world, make, render, soundtrack
from assets.samples.rework import BROADCASTS, rework

SAMPLES = Path(programme.__file__).parent
SCENES = list(dict.fromkeys(clip.scene for clip in programme.CLIPS))
MEGABYTES = 8


@cache
def _decode(file: str) -> tuple[int, float, np.ndarray, np.ndarray]:
    """Frames, frame rate, one small picture a second (T, 9, 16, 3) in [0, 1], and the sound (2, N)."""
    with av.open(str(SAMPLES / file)) as container:
        rate = float(container.streams.video[0].average_rate)
        container.streams.video[0].thread_type = "AUTO"
        pictures, count = [], 0
        for frame in container.decode(video=0):
            if count % round(rate) == 0:
                small = frame.reformat(width=64, height=36, format="rgb24").to_ndarray()
                pictures.append(small.reshape(9, 4, 16, 4, 3).mean(axis=(1, 3)) / 255)
            count += 1
    with av.open(str(SAMPLES / file)) as container:
        waves = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return count, rate, np.stack(pictures), np.concatenate(waves, axis=1)


def _likeness(a: str, b: str) -> float:
    """Mean over a's seconds of the best cosine with any of b's, on colour and gradient of small pictures."""

    def describe(file: str) -> np.ndarray:
        pictures = _decode(file)[2]
        colour = pictures - pictures.mean(axis=(1, 2), keepdims=True) * 0.7
        edges = [np.diff(pictures, axis=axis).reshape(len(pictures), -1) for axis in (1, 2)]
        vectors = np.concatenate([colour.reshape(len(pictures), -1), *edges], axis=1)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    return float((describe(a) @ describe(b).T).max(axis=1).mean())


def test_there_are_five_clips_of_each_of_five_scenes() -> None:
    assert Counter(clip.scene for clip in programme.CLIPS) == dict.fromkeys(SCENES, 5)
    assert len(SCENES) == 5
    assert Counter(clip.kind for clip in programme.CLIPS) == dict.fromkeys(programme.KINDS, 5)
    assert len({clip.title for clip in programme.CLIPS}) == 25


def test_the_folder_holds_the_programme_and_no_other_clip() -> None:
    assert {path.name for path in SAMPLES.glob("*.mp4")} == {clip.file for clip in programme.CLIPS}


def test_the_whole_library_is_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.glob("*.mp4")) < MEGABYTES * 1e6


def test_the_table_says_what_the_programme_says(tmp_path: Path) -> None:
    programme.write_table(tmp_path / "samples.csv")
    assert (SAMPLES / "samples.csv").read_text("utf-8") == (tmp_path / "samples.csv").read_text("utf-8")


def test_the_table_names_the_shared_seconds_of_duplicates_only() -> None:
    with (SAMPLES / "samples.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            is_shared = row["kind"] in ("anchor", "near_duplicate", "duplicate_scene")
            assert bool(row["anchor_start"]) == is_shared, row["file"]
            assert bool(row["anchor_end"]) == is_shared, row["file"]


@pytest.mark.parametrize("clip", programme.CLIPS, ids=lambda clip: clip.file)
def test_a_clip_decodes_whole_and_is_heard(clip: programme.Clip) -> None:
    frames, rate, pictures, wave = _decode(clip.file)
    seconds = sum(take.end - take.start for take in clip.takes)
    assert rate == programme.RATE
    assert 8 <= seconds <= 12
    assert frames == round(seconds * rate)
    assert wave.shape[1] / sound.RATE == pytest.approx(seconds, abs=0.1)
    assert np.sqrt((wave**2).mean()) > 0.03
    assert np.abs(wave).max() < 0.999
    assert pictures.std(axis=(1, 2, 3)).min() > 0.02


@pytest.mark.parametrize("scene", SCENES)
def test_duplicates_are_closer_to_their_anchor_than_any_other_scene(scene: str) -> None:
    anchor = f"{scene}-anchor.mp4"
    others = max(_likeness(anchor, clip.file) for clip in programme.CLIPS if clip.scene != scene)
    assert _likeness(anchor, f"{scene}-near_duplicate.mp4") > others
    assert _likeness(anchor, f"{scene}-duplicate_scene.mp4") > others


@pytest.mark.parametrize("scene", SCENES)
def test_the_shared_seconds_are_the_anchors_own_frames(scene: str) -> None:
    clip = next(c for c in programme.CLIPS if c.scene == scene and c.kind == "duplicate_scene")
    offset = 0.0
    for take in clip.takes:
        if take.shot == "anchor":
            break
        offset += take.end - take.start
    mine = _decode(clip.file)[2][int(np.ceil(offset)) + 1]
    moment = take.start + (np.ceil(offset) + 1 - offset)
    anchor = _decode(f"{scene}-anchor.mp4")[2]
    distances = np.abs(anchor - mine).mean(axis=(1, 2, 3))
    assert distances.min() < 0.02
    assert abs(int(distances.argmin()) - moment) <= 1


@pytest.mark.parametrize("scene", SCENES)
def test_the_generator_draws_the_same_frame_twice(scene: str) -> None:
    frame = (scene, "anchor", 4.0)
    first = render(frame, size=(128, 72), oversample=1.0)
    _world.cache_clear()
    second = render(frame, size=(128, 72), oversample=1.0)
    assert first.shape == (72, 128, 3)
    assert first.std() > 8
    np.testing.assert_array_equal(first, second)


def test_the_generator_writes_a_clip_that_plays(tmp_path: Path) -> None:
    takes = (programme.Take("incident", 44.0, 44.125), programme.Take("anchor", 3.0, 3.125))
    clip = programme.Clip("aurora", "duplicate_scene", "Six frames", "A test.", takes, 30.0)
    make([clip], tmp_path, workers=1)
    with av.open(str(tmp_path / clip.file)) as container:
        assert container.metadata["title"] == "Six frames"
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 6
    assert frames[0].shape == (360, 640, 3)
    assert np.abs(frames[0].astype(int) - frames[-1]).mean() > 20


def test_a_near_duplicate_is_cropped_and_lettered() -> None:
    grey = np.full((360, 640, 3), 90, np.uint8)
    for broadcast in BROADCASTS.values():
        quiet, lettered = rework(grey, broadcast, 0.0), rework(grey, broadcast, 3.0)
        assert quiet.shape == (broadcast.size[1], broadcast.size[0], 3)
        assert (quiet[:60, -160:].astype(int).std()) > 5
        assert np.abs(lettered.astype(int) - quiet)[-90:, :260].max() > 80


def test_a_soundtrack_is_as_long_as_its_footage_and_fades_at_both_ends() -> None:
    clip = next(c for c in programme.CLIPS if c.file == "aurora-duplicate_scene.mp4")
    track = soundtrack(clip)
    assert len(track) / sound.RATE == pytest.approx(9.0, abs=0.001)
    assert np.abs(track[:200]).max() < 0.01
    assert np.abs(track[-200:]).max() < 0.01
    assert np.abs(track).max() <= 0.89
