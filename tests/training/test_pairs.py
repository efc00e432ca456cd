"""Pairs and folds: balanced, 2 s apart, and no group on both sides."""

import numpy as np
import pytest

from core.training.pairs import FOLDS, GAP, PER_GROUP, draw_pairs, judge, similarities


def world(groups: int = 20, frames: int = 30) -> tuple[list[np.ndarray], list[str]]:
    return [np.arange(frames, dtype=float) for _ in range(groups)], [f"group {i:02d}" for i in range(groups)]


def test_true_and_false_pairs_are_as_many_and_share_their_first_frame() -> None:
    times, groups = world()
    pairs = draw_pairs(times, groups, seed=0)
    assert len(pairs.is_same) == 2 * 20 * PER_GROUP
    assert (pairs.is_same[::2]).all()
    assert not pairs.is_same[1::2].any()
    assert (pairs.first[::2] == pairs.first[1::2]).all()


def test_true_pairs_are_two_seconds_apart_in_one_video() -> None:
    times, groups = world()
    pairs = draw_pairs(times, groups, seed=1)
    true = pairs.is_same
    assert (pairs.first[true, 0] == pairs.second[true, 0]).all()
    assert (pairs.second[true, 1] - pairs.first[true, 1] == GAP).all()


def test_both_frames_of_a_pair_lie_in_groups_of_its_fold() -> None:
    times, groups = world()
    pairs = draw_pairs(times, groups, seed=2)
    fold_of = {groups[video]: fold for (video, _), fold in zip(pairs.first, pairs.fold, strict=True)}
    for (video, _), fold in zip(pairs.second, pairs.fold, strict=True):
        assert fold_of[groups[video]] == fold
    assert set(pairs.fold) == set(range(FOLDS))


def test_false_pairs_never_join_files_of_one_group() -> None:
    times, _ = world(10)
    groups = [f"group {i // 2}" for i in range(10)]
    pairs = draw_pairs([*times, *times], [*groups, *[f"other {i}" for i in range(10)]], seed=0)
    named = np.array([*groups, *[f"other {i}" for i in range(10)]])
    false = ~pairs.is_same
    assert (named[pairs.first[false, 0]] != named[pairs.second[false, 0]]).all()


def test_a_short_video_makes_no_true_pair() -> None:
    times, groups = world(10)
    pairs = draw_pairs([*times, np.array([0.0, 1.0])], [*groups, "short"], seed=0)
    assert "short" not in pairs.group


def test_the_same_seed_draws_the_same_pairs() -> None:
    times, groups = world()
    first, again, other = (draw_pairs(times, groups, seed=seed) for seed in (5, 5, 6))
    assert (first.second == again.second).all()
    assert not np.array_equal(first.second, other.second)


@pytest.mark.parametrize(("vectors", "right"), [("telling", 1.0), ("silent", 0.5)])
def test_judging_finds_telling_vectors_right_and_silent_ones_no_better_than_a_coin(vectors: str, right: float) -> None:
    times, groups = world()
    axes = np.eye(20, dtype=np.float32)
    tracks = [np.repeat(axes[i if vectors == "telling" else 0][None], 30, axis=0) for i in range(20)]
    pairs = draw_pairs(times, groups, seed=0)
    judged = judge(pairs, similarities(pairs, tracks))
    assert judged.is_right.mean() == pytest.approx(right)
    assert judged.area_under_curve == pytest.approx(right)
