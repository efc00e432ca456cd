"""When frames are shown, and which packets have to be decoded for it: numbers only."""

import numpy as np
import pytest

from core.media.schedule import LONGEST_STILL, UNKNOWN, Clock, Run, Schedule, make_schedule


def schedule(stamps: list[int], keys: list[int], *, hidden: tuple[int, ...] = (), **options) -> Schedule:
    """A stream with a tick of a tenth of a second, decoded in the order given."""
    count = len(stamps)
    return make_schedule(
        np.array(stamps, np.int64),
        np.arange(count, dtype=np.int64) * 10,
        np.isin(np.arange(count), keys),
        ~np.isin(np.arange(count), hidden),
        tick=0.1,
        **options,
    )


def test_frames_are_ordered_by_the_time_they_are_shown() -> None:
    plan = schedule([0, 30, 10, 20], [0])
    assert plan.is_usable
    assert plan.order.tolist() == [0, 2, 3, 1]
    assert plan.seconds.tolist() == pytest.approx([0, 1, 2, 3])
    assert plan.duration == pytest.approx(4.0)
    assert plan.fps == pytest.approx(1.0)


def test_the_first_frame_is_at_zero_wherever_the_clock_starts() -> None:
    assert schedule([-20, 0, 20], [0]).seconds.tolist() == pytest.approx([0, 2, 4])


def test_the_frame_on_screen_is_the_last_one_shown_at_or_before() -> None:
    plan = schedule([0, 10, 30], [0])
    assert plan.rows_at(np.array([0.0, 0.9, 1.0, 2.9, 3.0, 99.0])).tolist() == [0, 0, 1, 1, 2, 2]


def test_only_what_a_wanted_frame_depends_on_is_fed() -> None:
    plan = schedule([n * 10 for n in range(100)], [0, 20, 40, 60, 80])
    assert plan.runs([3, 45, 47]) == [Run(0, 3), Run(40, 47)]


def test_stretches_that_nearly_touch_are_fed_in_one() -> None:
    plan = schedule([n * 10 for n in range(40)], [0, 20])
    assert plan.runs([15, 21]) == [Run(0, 21)]


def test_a_frame_shown_before_the_key_frame_it_follows_needs_the_key_frame_before() -> None:
    plan = schedule([0, 10, 20, 50, 30, 40, 60], [0, 3])
    assert plan.runs([4]) == [Run(0, 4)]
    assert plan.runs([6]) == [Run(3, 6)]


def test_hidden_frames_are_not_counted() -> None:
    plan = schedule([0, 10, 20, 30], [0], hidden=(0, 1))
    assert plan.seconds.tolist() == pytest.approx([0, 1])


def test_frames_before_the_first_that_decodes_are_not_counted() -> None:
    assert schedule([0, 10, 20, 30], [0], first_shown=20).seconds.tolist() == pytest.approx([0, 1])


@pytest.mark.parametrize(
    "stamps",
    [[0, UNKNOWN, 20], [0, 10, 10, 20], [*range(0, 400, 10), *range(1, 400, 10)]],
    ids=["missing", "doubled", "set back"],
)
def test_stamps_that_cannot_tell_frames_apart_are_not_used(stamps: list[int]) -> None:
    plan = make_schedule(
        np.array(stamps, np.int64),
        np.array(stamps, np.int64),
        np.ones(len(stamps), bool),
        np.ones(len(stamps), bool),
        tick=1.0,
    )
    assert not plan.is_usable


def test_two_recordings_in_one_file_last_as_long_as_both() -> None:
    stamps = np.array([0, 10, 20, 0, 10, 20], np.int64)
    plan = make_schedule(stamps, stamps, np.ones(6, bool), np.ones(6, bool), tick=0.1)
    assert plan.duration == pytest.approx(6.0)


def test_a_stamp_far_from_its_decoding_time_is_taken_for_broken() -> None:
    plan = make_schedule(
        np.array([49_000, 1, 2, 3], np.int64), np.arange(4), np.ones(4, bool), np.ones(4, bool), tick=1.0
    )
    assert not plan.is_usable
    assert plan.duration == pytest.approx(4.0)


def test_a_pause_of_hours_is_closed() -> None:
    far = round(10 * LONGEST_STILL)
    stamps = np.array([0, 1, 2, far, far + 1], np.int64)
    plan = make_schedule(stamps, stamps, np.ones(5, bool), np.ones(5, bool), tick=1.0)
    assert plan.seconds.tolist() == [0, 1, 2, 3, 4]


def test_a_last_frame_of_hours_is_as_long_as_the_others() -> None:
    assert schedule([0, 10, 20], [0], last_length=143_166.0).duration == pytest.approx(3.0)


def test_a_single_frame_has_no_rate() -> None:
    plan = schedule([70], [0])
    assert (plan.fps, plan.duration) == (0.0, 0.0)


def test_the_clock_reads_stamps_as_seconds_after_the_first() -> None:
    clock = Clock(0.1, 1.0)
    assert [clock.read(stamp) for stamp in (500, 505, 520)] == pytest.approx([0, 0.5, 2.0])


def test_the_clock_steps_over_missing_stamps_and_jumps() -> None:
    clock = Clock(1.0, 1.0)
    assert [clock.read(stamp) for stamp in (7, None, 9, 3, 4, 90_000, 90_001)] == pytest.approx([0, 1, 2, 3, 4, 5, 6])


def test_the_clock_does_not_drift_when_frames_come_out_of_order() -> None:
    clock = Clock(0.1, 0.1)
    times = [clock.read(stamp) for stamp in (0, 2, 1, 4, 3, 6)]
    assert times == sorted(times)
    assert times[-1] == pytest.approx(0.6)
