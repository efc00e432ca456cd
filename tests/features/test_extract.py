"""Extraction from fake media by fake encoders: one decode, whole tracks, progress and cancel."""

import numpy as np
import pytest

from core.errors import Cancelled, MediaError
from core.features.extract import extract
from core.records import Frames
from tests.fakes import BLUE, GREEN, RED, FakeAudioEncoder, FakeImageEncoder, FakeMedia, solid, striped

TEN = [striped(colour) for colour in (RED, GREEN, BLUE) * 3] + [solid((0, 0, 0))]


def test_a_track_has_one_row_per_frame_at_its_time() -> None:
    tracks = extract(FakeMedia(TEN), "v1", 5.0, visual=[FakeImageEncoder()], fps=2.0)
    track = tracks["colour"]
    assert (track.video_id, track.encoder) == ("v1", "colour-1@2fps")
    np.testing.assert_allclose(track.times, np.arange(10) / 2)
    np.testing.assert_allclose(track.vectors[:3], np.eye(3), atol=1e-6)
    assert track.vectors.dtype == np.float32


def test_frames_are_weighed_and_a_black_one_weighs_nothing() -> None:
    weights = extract(FakeMedia(TEN), "v1", 10.0, visual=[FakeImageEncoder()], fps=1.0)["colour"].weights
    assert weights[0] == pytest.approx(1.0)
    assert weights[-1] == 0.0
    assert weights.dtype == np.float32


def test_several_encoders_and_the_thumbnails_share_one_decode_at_the_largest_side() -> None:
    media = FakeMedia(TEN)
    seen: list[Frames] = []
    encoders = [FakeImageEncoder("small", short_side=32), FakeImageEncoder("large", short_side=224)]
    tracks = extract(media, "v1", 10.0, visual=encoders, fps=1.0, on_frames=seen.append)
    assert media.decodes == [(1.0, 224)]
    assert set(tracks) == {"small", "large"}
    np.testing.assert_array_equal(tracks["small"].vectors, tracks["large"].vectors)
    np.testing.assert_array_equal(np.concatenate([run.times for run in seen]), np.arange(10))


@pytest.mark.parametrize(("at_once", "batches"), [(6, [8, 2]), (100, [10])])
def test_an_encoder_that_is_costly_to_reach_is_given_many_frames_in_one_call(at_once: int, batches: list[int]) -> None:
    plain, costly = FakeImageEncoder("plain"), FakeImageEncoder("costly")
    costly.at_once = at_once  # type: ignore[attr-defined]
    seen: list[float] = []
    tracks = extract(
        FakeMedia(TEN), "v1", 10.0, visual=[costly, plain], fps=1.0, progress=lambda done, text: seen.append(done)
    )
    assert costly.batches == batches
    np.testing.assert_array_equal(tracks["costly"].vectors, tracks["plain"].vectors)
    assert len(tracks["costly"].vectors) == len(tracks["costly"].times) == 10
    assert len(seen) > 3  # it can be cancelled while frames are only gathered


def test_sound_becomes_one_row_beside_the_pictures() -> None:
    media = FakeMedia(TEN, np.full(16_000, 0.5, np.float32))
    tracks = extract(media, "v1", 10.0, visual=[FakeImageEncoder()], audio=[FakeAudioEncoder()], fps=1.0)
    np.testing.assert_allclose(tracks["loudness"].vectors, [[0.5, 2.0]])
    np.testing.assert_array_equal(tracks["loudness"].times, [0.0])
    np.testing.assert_array_equal(tracks["loudness"].weights, [1.0])
    assert tracks["loudness"].encoder == "loudness-1@1fps"


@pytest.mark.parametrize("samples", [None, np.zeros(8000, np.float32)], ids=["no sound", "silence"])
def test_missing_or_silent_sound_gives_an_empty_track(samples: np.ndarray | None) -> None:
    tracks = extract(FakeMedia(TEN, samples), "v1", 10.0, visual=[], audio=[FakeAudioEncoder()], fps=1.0)
    assert len(tracks["loudness"]) == 0
    assert tracks["loudness"].vectors.shape == (0, 2)


@pytest.mark.parametrize(("samples", "heard"), [(None, 0), (np.zeros(12_000, np.float32), 12_000)])
def test_a_listener_can_tell_silence_from_no_sound_at_all(samples: np.ndarray | None, heard: int) -> None:
    lengths: list[int] = []
    extract(
        FakeMedia(TEN, samples),
        "v1",
        10.0,
        visual=[],
        audio=[FakeAudioEncoder()],
        fps=1.0,
        on_sound=lambda piece: lengths.append(len(piece.samples)),
    )
    assert sum(lengths) == heard


def test_a_picture_is_a_video_of_one_frame_at_time_zero() -> None:
    said: list[float] = []
    tracks = extract(
        FakeMedia([striped(RED)]),
        "p",
        0.0,
        visual=[FakeImageEncoder()],
        fps=1.0,
        progress=lambda fraction, text: said.append(fraction),
    )
    np.testing.assert_array_equal(tracks["colour"].times, [0.0])
    assert all(0.0 <= fraction <= 1.0 for fraction in said)


def test_a_video_without_frames_gives_an_empty_track() -> None:
    track = extract(FakeMedia([]), "v1", 0.0, visual=[FakeImageEncoder()], fps=1.0)["colour"]
    assert (len(track), track.vectors.shape, track.weights.shape) == (0, (0, 3), (0,))


def test_progress_rises_from_nothing_to_all_over_pictures_and_sound() -> None:
    said: list[tuple[float, str]] = []
    media = FakeMedia(TEN, np.full(80_000, 0.5, np.float32))
    extract(
        media,
        "v1",
        10.0,
        visual=[FakeImageEncoder()],
        audio=[FakeAudioEncoder()],
        fps=1.0,
        progress=lambda fraction, text: said.append((fraction, text)),
    )
    fractions = [fraction for fraction, _ in said]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0
    assert fractions[-1] == pytest.approx(1.0)
    assert {text.split(",")[0] for _, text in said} == {"looking", "listening"}


def test_cancelling_ends_the_decoding_and_goes_on_as_cancelled() -> None:
    media = FakeMedia(TEN)

    def stop(fraction: float, text: str) -> None:
        if fraction > 0:
            raise Cancelled

    with pytest.raises(Cancelled):
        extract(media, "v1", 10.0, visual=[FakeImageEncoder()], fps=1.0, progress=stop)
    assert media.was_closed_early


def test_a_file_that_breaks_midway_is_a_media_error() -> None:
    with pytest.raises(MediaError, match="damaged"):
        extract(FakeMedia(TEN, breaks_at=1), "v1", 10.0, visual=[FakeImageEncoder()], fps=1.0)


def test_unreadable_sound_costs_the_sound_only_when_somebody_takes_the_error() -> None:
    media = FakeMedia(TEN, sound_error="The sound is damaged.")
    encoders = {"visual": [FakeImageEncoder()], "audio": [FakeAudioEncoder()]}
    with pytest.raises(MediaError, match="sound is damaged"):
        extract(media, "v1", 10.0, **encoders, fps=1.0)
    errors: list[MediaError] = []
    tracks = extract(media, "v1", 10.0, **encoders, fps=1.0, on_sound_error=errors.append)
    assert len(tracks["colour"]) == 10
    assert len(tracks["loudness"]) == 0
    assert str(errors[0]) == "The sound is damaged."
