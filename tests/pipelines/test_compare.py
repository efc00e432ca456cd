"""Two videos of made-up frames: how much of each is in the other, which seconds correspond, and the sentence on it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import MediaError
from core.pipelines.compare import Side, compare_videos
from core.records import Comparison, FeatureTrack, Match, MediaInfo, Video

AXES = np.eye(40, dtype=np.float32)
BLACK = 39


def side(name: str, axes: list[int], **facts: np.ndarray) -> Side:
    """A video of one frame a second, each a picture of its own by number; BLACK is a frame without content."""
    info = MediaInfo(float(len(axes)), 64, 48, 10.0, "mp4", "h264", "yuv420p", None, 0, 1000)
    video = Video(name * 16, f"clip {name}", Path("/nowhere"), info, "absent")
    weights = np.array([axis != BLACK for axis in axes], np.float32)
    track = FeatureTrack(video.id, "numbers-1@1fps", np.arange(float(len(axes))), AXES[axes], weights)
    return Side(video, track, **facts)


def compared(a: Side, b: Side, **options: object) -> Comparison:
    return compare_videos(a, b, encoder="numbers", floor=0.5, **options)  # type: ignore[arg-type]


def times(match: Match) -> tuple[float, float, float, float]:
    return match.query_start, match.query_end, match.reference_start, match.reference_end


def test_an_excerpt_is_wholly_in_the_film_and_the_film_partly_in_the_excerpt() -> None:
    answer = compared(side("a", [2, 3]), side("b", [0, 1, 2, 3]))
    assert (answer.query_in_reference, answer.reference_in_query) == (1.0, 0.5)
    (match,) = answer.matches
    assert times(match) == (0.0, 2.0, 2.0, 4.0)
    assert answer.frame_matrix.shape == (2, 4)
    assert answer.summary == "All of A is in B, at 0:02–0:04."


def test_black_leaders_are_no_match() -> None:
    answer = compared(side("a", [BLACK, 0, 1, 2]), side("b", [BLACK, 3, 4, 5]))
    assert answer.matches == ()
    assert answer.similarity == 0.0
    assert answer.summary == "No passage of A corresponds to one of B."


def test_a_video_without_frames_is_refused_by_name() -> None:
    with pytest.raises(MediaError, match="clip b"):
        compared(side("a", [0]), side("b", []))


def test_the_same_video_corresponds_from_beginning_to_end() -> None:
    answer = compared(side("a", [*range(8)]), side("b", [*range(8)]))
    assert answer.summary == "A and B correspond from beginning to end."


def test_two_passages_are_both_told_of_the_longer_one_first() -> None:
    answer = compared(
        side("a", [20, 0, 1, 2, 3, 4, 21, 10, 11, 12, 22]), side("b", [10, 11, 12, 30, 0, 1, 2, 3, 4, 31])
    )
    assert [times(match) for match in answer.matches] == [(0.5, 5.5, 3.5, 8.5), (7.0, 9.5, 0.0, 2.5)]
    assert answer.summary == "0:03–0:08 of B is in A, at 0:00–0:05; 1 more passage corresponds."


def test_all_of_a_video_of_a_single_frame_is_in_the_film_that_shows_it() -> None:
    answer = compared(side("a", [2]), side("b", [0, 1, 2, 3]))
    assert times(answer.matches[0]) == (0.0, 1.0, 2.0, 3.0)
    assert answer.summary == "All of A is in B, at 0:02–0:03."
    assert times(compared(side("b", [0, 1, 2, 3]), side("a", [2])).matches[0]) == (2.0, 3.0, 0.0, 1.0)


def test_double_speed_is_told() -> None:
    answer = compared(side("a", [*range(0, 20, 2)]), side("b", [*range(20)]))
    assert answer.matches[0].speed == pytest.approx(2.0, abs=0.05)
    assert answer.summary == "A and B correspond from beginning to end, 2 times as fast in A."


def test_a_mirrored_passage_is_told_when_it_was_looked_at() -> None:
    looked: list[Match] = []
    answer = compared(
        side("a", [0, 1, 2]), side("b", [9, 0, 1, 2]), is_mirrored=lambda match: looked.append(match) or True
    )
    assert answer.matches[0].is_mirrored
    assert "mirrored" in answer.summary
    assert len(looked) == 1


def test_an_intro_that_many_videos_share_counts_little_comes_last_and_is_said_to_be_one() -> None:
    counts = np.array([6, 6, 6, 6, 0, 0, 0, 0, 0, 0, 0], np.int64)
    specific = np.array([0.1] * 4 + [1.0] * 7, np.float32)
    facts = {"elsewhere": counts, "specificity": specific}
    a, b = [0, 1, 2, 3, *range(10, 17)], [0, 1, 2, 3, *range(20, 25), 15, 16]
    plain, answer = compared(side("a", a), side("b", b)), compared(side("a", a, **facts), side("b", b, **facts))
    assert answer.similarity < plain.similarity
    assert [match.is_shared for match in answer.matches] == [False, True]
    assert answer.matches[1].commonness == 1.0
    assert answer.notes == ("0:00–0:03 of A is an intro that 6 more videos show, so it counts little.",)
    assert "1 more passage" not in answer.summary


def test_a_copy_of_a_video_that_has_many_copies_is_no_shared_intro() -> None:
    facts = {"elsewhere": np.full(8, 9), "specificity": np.full(8, 0.3, np.float32)}
    answer = compared(side("a", [*range(8)], **facts), side("b", [*range(8)], **facts))
    assert not answer.matches[0].is_shared
    assert (answer.similarity, answer.notes) == (1.0, ())


def test_a_match_ends_with_the_video_and_not_with_the_last_sampled_second() -> None:
    short = side("a", [5, 6, 7])
    short = replace(short, video=replace(short.video, info=replace(short.video.info, duration=2.4)))
    (match,) = compared(short, side("b", [*range(10)])).matches
    assert times(match) == pytest.approx((0.0, 2.4, 5.0, 7.4))


def test_a_black_clip_is_said_to_be_one() -> None:
    answer = compared(side("a", [BLACK, BLACK]), side("b", [0, 1]))
    assert answer.notes == ("clip a: every frame is black, white or plain, so there is nothing to recognise.",)


def test_a_learned_model_brings_its_scores_and_its_matrices() -> None:
    class Seen:
        symmetric = np.full((8, 12), 0.25, np.float32)

    class Learned:
        output = np.full((2, 3), 0.75, np.float32)
        query_in_reference, reference_in_query, similarity = 0.9, 0.7, 0.8
        frames = Seen()

    answer = compared(side("a", [*range(8)]), side("b", [*range(12)]), model="visil", learned=Learned())
    assert (answer.query_in_reference, answer.reference_in_query, answer.similarity) == (0.9, 0.7, 0.8)
    assert answer.frame_matrix[0, 0] == 0.25
    assert answer.video_matrix is not None
    assert answer.video_matrix.query_times.tolist() == [0.0, 4.0]
    assert answer.video_matrix.reference_times.tolist() == [0.0, 4.0, 8.0]
    assert len(answer.matches) == 1
