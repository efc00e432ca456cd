"""Tracing through a library on disk, on vectors whose answer the eye sees."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import Cancelled, MediaError
from core.media.mosaic import thumbnail
from core.pipelines.trace import trace
from core.records import FeatureTrack, MediaInfo, Trace, Video
from core.store.index import FrameIndex
from core.store.library import Library

ENCODER, D, RATE = "axes-1@1fps", 80, 3.0
FRAMES = 25  # of each video of the library, one a second
A, B, QUERY = "a" * 16, "b" * 16, "c" * 16


def info(seconds: float) -> MediaInfo:
    return MediaInfo(seconds, 64, 48, 25.0, "mov,mp4", "h264", "yuv420p", None, 0, 1)


def axes(first: int, count: int) -> NDArray[np.float32]:
    return np.eye(D, dtype=np.float32)[first : first + count]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library(tmp_path)
    for number, video_id in enumerate((A, B)):
        frames = FeatureTrack(video_id, ENCODER, np.arange(25.0), axes(number * FRAMES, FRAMES), np.ones(25, "f4"))
        library.save_track(frames)
        library.add(Video(video_id, f"Film {video_id[0]}", tmp_path / "x.mp4", info(25.0), "absent"))
    yield library
    library.close()


def asked(*frames: int, views: int = 1) -> FeatureTrack:
    """Three frames a second of these axes, each shown for a second."""
    rows = np.eye(D, dtype=np.float32)[np.repeat(frames, 3)]
    wide = np.zeros((len(rows), views, D), np.float32)
    wide[:, views - 1] = rows
    return FeatureTrack(
        QUERY, "fine", np.arange(len(rows)) / RATE, wide.reshape(len(rows), -1), np.ones(len(rows), "f4")
    )


def traced(library: Library, track: FeatureTrack, **options: object) -> Trace:
    video = Video(QUERY, "Stitched", Path("/clips/q.mp4"), info(len(track) / RATE), "absent", role="query")
    return trace(
        video, track, dimension=D, library=library, index=FrameIndex(library, ENCODER), encoder="axes",
        lowest=0.4, copy=0.6, **options,  # type: ignore[arg-type]
    )  # fmt: skip


STRANGER = [70] * 6


def test_segments_follow_one_another_with_their_sources_and_places(library: Library) -> None:
    answer = traced(library, asked(*range(3, 10), *STRANGER, *range(FRAMES + 12, FRAMES + 18)))
    assert [segment.video_id for segment in answer.segments] == [A, None, B]
    assert [segment.title for segment in answer.segments] == ["Film a", "", "Film b"]
    assert answer.segments[0].query_start == 0
    assert answer.segments[-1].query_end == pytest.approx(19)
    for before, after in zip(answer.segments, answer.segments[1:], strict=False):
        assert before.query_end == after.query_start
    assert [segment.query_end for segment in answer.segments] == pytest.approx([7, 13, 19], abs=0.34)
    assert answer.segments[0].reference_start == pytest.approx(3, abs=0.6)
    assert answer.segments[2].reference_time(14.0) == pytest.approx(13, abs=0.7)
    assert answer.segments[1].reference_time(9.0) is None


def test_the_strip_is_high_in_the_source_and_low_where_it_is_unknown(library: Library) -> None:
    answer = traced(library, asked(*range(3, 10), *STRANGER))
    assert answer.strip.shape == answer.times.shape == (39,)
    assert answer.strip[:21].min() > 0.9
    assert answer.strip[21:].max() < 0.1
    assert answer.rate == pytest.approx(RATE)
    assert answer.segments[0].confidence > 0.9
    assert answer.segments[1].confidence > 0.9


def test_a_source_in_a_pane_is_found_too(library: Library) -> None:
    track = asked(*range(3, 10), views=3)
    track.vectors[:, 79] = 1.0  # the whole picture shows a stranger
    assert [segment.video_id for segment in traced(library, track).segments] == [A]


def test_a_video_is_no_source_of_itself(library: Library) -> None:
    track = asked(*range(3, 10))
    own = FeatureTrack(A, "fine", track.times, track.vectors, track.weights)
    video = library.get(A)
    answer = trace(
        video, own, dimension=D, library=library, index=FrameIndex(library, ENCODER), encoder="axes",
        lowest=0.4, copy=0.6,
    )  # fmt: skip
    assert {segment.video_id for segment in answer.segments} == {None}


def test_the_published_memory_answers_in_the_same_form(library: Library) -> None:
    track = asked(*range(3, 10), *range(FRAMES + 12, FRAMES + 18))
    gates = np.ones(len(track), np.float32)
    gates[[0, 21]] = 0
    answer = traced(library, track, model="retrieval_memory", gates=gates)
    assert [segment.video_id for segment in answer.segments] == [A, B]
    assert answer.model == "retrieval_memory"


def test_an_empty_library_leaves_everything_unknown(tmp_path: Path) -> None:
    library = Library(tmp_path)
    for model in ("trace_decoder", "retrieval_memory"):
        answer = traced(library, asked(*range(3, 10)), model=model)
        assert [segment.video_id for segment in answer.segments] == [None]
        assert answer.segments[0].query_end == pytest.approx(7)
    library.close()


def test_a_query_without_frames_is_refused(library: Library) -> None:
    empty = FeatureTrack(QUERY, "fine", np.zeros(0), np.zeros((0, D), np.float32), np.zeros(0, np.float32))
    with pytest.raises(MediaError, match="no frame to trace"):
        traced(library, empty)


def test_progress_rises_to_the_end_and_can_stop_the_work(library: Library) -> None:
    heard: list[float] = []
    traced(library, asked(*range(3, 10)), progress=lambda done, text: heard.append(done))
    assert heard == sorted(heard)
    assert heard[-1] == 1.0

    def stop(done: float, text: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        traced(library, asked(*range(3, 10)), progress=stop)


def pictures_of(library: Library, video_id: str, times: NDArray[np.float64], scenes: list[int]) -> None:
    """Thumbnails of a video: at every second one of some scenes."""
    drawn = [np.random.default_rng(scene).integers(0, 256, (18, 32, 3), np.uint8) for scene in scenes]
    large = [image.repeat(10, axis=0).repeat(10, axis=1) for image in drawn]
    library.save_thumbnails(video_id, times.tolist(), [thumbnail(image, 320) for image in large], 0)


def test_small_pictures_of_the_library_tell_a_copy_from_what_only_resembles_it(library: Library) -> None:
    track = asked(*range(3, 10), *range(FRAMES + 12, FRAMES + 18))
    seconds = np.arange(13.0)
    library.save_track(FeatureTrack(QUERY, ENCODER, seconds, axes(0, 13), np.ones(13, "f4")))
    for scene, video_id in ((1, A), (2, B)):
        pictures_of(library, video_id, np.arange(25.0), [scene] * 25)
    pictures_of(library, QUERY, seconds, [*[1] * 7, *[3] * 6])
    answer = traced(library, track)
    assert [segment.video_id for segment in answer.segments] == [A, None]
    assert answer.segments[0].confidence > 0.9
    pictures_of(library, QUERY, seconds, [*[1] * 7, *[2] * 6])
    assert [segment.video_id for segment in traced(library, track).segments] == [A, B]
