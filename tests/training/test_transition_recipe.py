"""Metric learning and the transition network learn on made-up vectors: a stated accuracy, the same weights again."""

import numpy as np
import pytest

from core.training import metric_learning, transition
from core.training.evaluate_metric_learning import measure
from core.training.variants import Variants, described

D = 8


def worlds(count: int, seed: int) -> list[Variants]:
    """Videos as points that wander a little; copies of them are moved along three axes, which so mean nothing."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        walk = rng.standard_normal(D) + 0.1 * rng.standard_normal((6, D)).cumsum(axis=0)
        moved = np.zeros((4, 1, D))
        moved[1:, :, -3:] = 1.5 * rng.standard_normal((3, 1, 3))
        rows = walk[None] + moved
        rows = rows / np.linalg.norm(rows, axis=2, keepdims=True)
        made.append(Variants(f"{seed}-{number}", rows.astype(np.float32), ("a", "b", "c"), cut=2))
    return made


@pytest.fixture(scope="module")
def learned() -> tuple[metric_learning.MetricLearning, list[float]]:
    return metric_learning.train(worlds(400, 0), layers=2, seed=1, epochs=2)


def test_copies_come_closer_than_strangers(learned: tuple[metric_learning.MetricLearning, list[float]]) -> None:
    network, losses = learned
    assert losses[-1] < losses[0]
    figures = metric_learning.figures_of(worlds(30, 7), network)
    assert figures["learned"] > figures["plain"] + 0.1


def test_the_same_seed_gives_the_same_weights(learned: tuple[metric_learning.MetricLearning, list[float]]) -> None:
    again, _ = metric_learning.train(worlds(400, 0), layers=2, seed=1, epochs=2)
    rows = worlds(3, 5)[0].frames[0]
    np.testing.assert_array_equal(learned[0].embed(rows), again.embed(rows))


def test_transitions_are_told_from_a_video_that_goes_on(
    learned: tuple[metric_learning.MetricLearning, list[float]],
) -> None:
    network, _ = transition.train(worlds(400, 0), learned[0], pairs=3000, seed=2, epochs=6)
    figures = transition.figures_of(transition.draw(worlds(30, 9), 200, seed=3), network)
    assert figures["accuracy"]["0.0"] > 0.75
    assert figures["accuracy"]["1.0"] > 0.75
    again, _ = transition.train(worlds(400, 0), learned[0], pairs=3000, seed=2, epochs=6)
    np.testing.assert_array_equal(network.gates(worlds(1, 4)[0].frames[0]), again.gates(worlds(1, 4)[0].frames[0]))


def test_pairs_are_neighbours_of_one_version_or_frames_of_two_videos() -> None:
    videos = worlds(5, 0)
    pairs = transition.draw(videos, 50, seed=0)
    rows = {
        row.tobytes(): (v.group, k, t) for v in videos for k, ver in enumerate(v.frames) for t, row in enumerate(ver)
    }
    for before, after, is_change in zip(pairs.before, pairs.after, pairs.is_change, strict=True):
        first, second = rows[before.tobytes()], rows[after.tobytes()]
        if is_change:
            assert first[0] != second[0]
        else:
            assert second == (first[0], first[1], first[2] + 1)
    assert pairs.is_change.sum() == 50


def test_accuracy_at_a_share_is_between_that_of_both_kinds() -> None:
    class Judge:
        def score(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
            return np.array([0.9, 0.2, 0.6, 0.7, 0.1], np.float32)

    pairs = transition.Pairs(np.zeros((5, 1), "f4"), np.zeros((5, 1), "f4"), np.array([1, 1, 0, 0, 0], bool))
    figures = transition.figures_of(pairs, Judge())  # type: ignore[arg-type]
    assert figures["accuracy"] == {
        "0.0": 0.3333, "0.2": 0.3667, "0.4": 0.4, "0.6": 0.4333, "0.8": 0.4667, "1.0": 0.5,
    }  # fmt: skip
    assert figures["precision_at_recalls"][0] == (0.0, 1.0)
    assert figures["precision_at_recalls"][-1] == (1.0, 0.5)


def test_mean_average_precision_is_that_of_a_ranking_by_hand() -> None:
    rows = np.array([[1, 0], [0.8, 0.6], [0, 1]], np.float32)
    precision, curve = metric_learning.mean_average_precision(rows, np.array([0, 1, 0]))
    # the first and the third look for each other and meet the second before: 1/2; the second has no kin
    assert precision == pytest.approx(0.5)
    assert len(curve) == metric_learning.RECALLS


def test_the_table_has_both_protocols_and_the_published_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metric_learning, "STEPS", 2)
    table = measure(worlds(8, 0), epochs=1)
    for protocol in ("trained_and_tested_on_the_same", "tested_on_groups_not_trained_on"):
        assert list(table[protocol]) == ["plain", "2 layers", "3 layers", "4 layers"]
    assert table["published"]["3 layers"] == 99.99
    assert (table["videos"], table["versions"]) == (8, 32)
    assert len(described(worlds(2, 0))) == 2
