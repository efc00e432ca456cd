"""The dataset of pairs: from index and seed alone, balanced, in the right ratio, and no source on two sides."""

import numpy as np
import pytest
from torch.utils.data import DataLoader

from core.errors import StudioError
from core.records import FeatureTrack
from core.training.frame_pairs import PARTS, Footage, FramePairs, frames_apart, split_groups, split_sizes, turns_of


def track(number: int, frames: int, step: float = 1.0) -> FeatureTrack:
    """Frame k of video n is the vector (n, k)."""
    vectors = np.stack([np.full(frames, number), np.arange(frames)], axis=1).astype(np.float32)
    return FeatureTrack(f"{number:016x}", "made", np.arange(frames) * step, vectors, np.ones(frames, np.float32))


def footage(videos: int = 40, frames: int = 12) -> Footage:
    return Footage([track(n, frames) for n in range(videos)], [f"{n // 2:02d}" for n in range(videos)])


def test_the_published_sizes() -> None:
    assert split_sizes(10_000) == (7000, 1500, 1500)
    assert [len(FramePairs(footage(), part=part)) for part in PARTS] == [7000, 1500, 1500]


def test_a_sample_follows_from_its_index_and_the_seed_whatever_was_asked_before() -> None:
    first, again, other = (FramePairs(footage(), seed=seed) for seed in (3, 3, 4))
    backwards = [again.pair(index) for index in reversed(range(50))][::-1]
    assert [first.pair(index) for index in range(50)] == backwards
    assert [other.pair(index) for index in range(50)] != backwards


def test_true_pairs_are_the_interval_apart_and_false_ones_of_two_sources() -> None:
    made = footage()
    pairs = FramePairs(made, interval=3.0, number=2000)
    for pair in pairs.pairs():
        if pair.is_same:
            assert pair.first[0] == pair.second[0]
            assert pair.second[1] - pair.first[1] == 3
        else:
            assert made.groups[pair.first[0]] != made.groups[pair.second[0]]


@pytest.mark.parametrize("ratio", [0.2, 0.5, 0.9])
def test_as_many_pairs_are_true_as_was_asked_for(ratio: float) -> None:
    pairs = FramePairs(footage(), ratio=ratio, number=4000).pairs()
    assert np.mean([pair.is_same for pair in pairs]) == pytest.approx(ratio, abs=0.03)


def test_no_source_is_on_two_sides_and_over_all_turns_each_is_in_the_test() -> None:
    names = [f"{n:02d}" for n in range(23)]
    tested = set()
    for turn in range(turns_of(len(names))):
        parts = split_groups(names, seed=5, turn=turn)
        assert sorted(name for part in parts.values() for name in part) == names
        tested |= set(parts["test"])
    assert tested == set(names)


def test_every_frame_and_video_of_a_part_is_drawn_sooner_or_later() -> None:
    made = FramePairs(footage(), number=6000)
    seen = {pair.first[0] for pair in made.pairs()}
    assert seen == {n for n, group in enumerate(footage().groups) if group in made.groups}


def test_videos_too_short_for_the_interval_are_left_out_and_counted() -> None:
    made = footage()
    short = Footage([*made.tracks, track(90, 2), track(91, 0)], [*made.groups, "short", "empty"])
    pairs = FramePairs(short, number=3000)
    assert pairs.too_short == 2
    assert all("short" not in FramePairs(short, part=part).groups for part in PARTS)


def test_frames_that_miss_the_interval_by_more_than_the_slack_make_no_pair() -> None:
    starts, ends = frames_apart(np.array([0.0, 1.02, 2.03, 3.5]), 2.0)
    assert list(zip(starts.tolist(), ends.tolist(), strict=True)) == [(0, 2)]


def test_too_few_videos_are_refused_with_how_many_it_takes() -> None:
    with pytest.raises(StudioError, match="at least 10"):
        FramePairs(footage(videos=8))


def test_a_loader_batches_vectors_and_labels() -> None:
    pairs = FramePairs(footage(), number=200, part="test")
    a, b, label = next(iter(DataLoader(pairs, batch_size=16)))
    assert (a.shape, b.shape, label.shape) == ((16, 2), (16, 2), (16,))
    assert ((a[:, 0] == b[:, 0]) == label.bool()).all()
    assert len(list(pairs)) == len(pairs)
