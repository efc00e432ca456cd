"""Copies with their truth, and the table of methods, on made-up videos whose frames can be told apart."""

import numpy as np
import pytest

from core.training.alignment_table import measure, overlap
from core.training.passages import KINDS, draw_copy
from core.training.stitching import RATE, Footage


def footage(seed: int, seconds: int) -> Footage:
    """Pictures of 8 x 8 coarse tones that change every second; the first pixel tells the second."""
    random = np.random.default_rng(seed)
    tones = random.integers(0, 256, (seconds, 8, 8, 3), np.uint8)
    images = np.repeat(np.kron(tones, np.ones((1, 2, 2, 1), np.uint8)), RATE, axis=0)
    images[:, 0, 0, 0] = np.repeat(np.arange(seconds), RATE)
    return Footage(f"film {seed}", f"group {seed}", images)


def tones(images: np.ndarray) -> np.ndarray:
    """(N, H, W, 3) -> (N, 192), length 1: an 8 x 8 grid of pixels, centred; edits may change the size."""
    rows, columns = (np.linspace(0, size, 8, endpoint=False).astype(int) for size in images.shape[1:3])
    rows = images[:, rows][:, :, columns].reshape(len(images), -1).astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


@pytest.mark.parametrize("kind", ["none", "speed 0.5", "speed 2"])
def test_a_copy_shows_what_its_truth_says(kind: str) -> None:
    films = [footage(seed, 30) for seed in range(3)]
    for seed in range(6):
        copy = draw_copy(films, 0, kind, np.random.default_rng(seed))
        assert copy is not None
        images = np.concatenate(copy.images)
        assert len(images) == np.ceil(copy.seconds - 1e-9)
        assert copy.query[1] - copy.query[0] >= 5.0 - 1e-9
        speed = (copy.reference[1] - copy.reference[0]) / (copy.query[1] - copy.query[0])
        assert speed == pytest.approx(1.0 if kind == "none" else float(kind.split()[1]))
        for second in range(int(np.ceil(copy.query[0])), int(np.ceil(copy.query[1]))):
            shown = copy.reference[0] + speed * (second - copy.query[0])
            assert images[second, 0, 0, 0] in (int(shown - 1 / RATE), int(shown + 1e-6))


def test_a_source_that_is_too_short_gives_no_copy() -> None:
    assert draw_copy([footage(0, 4)], 0, "none", np.random.default_rng(0)) is None
    assert draw_copy([footage(0, 8)], 0, "speed 2", np.random.default_rng(0)) is None


def test_overlap_is_intersection_over_union() -> None:
    assert overlap((0, 4), (2, 6)) == pytest.approx(2 / 6)
    assert overlap((0, 1), (2, 3)) == 0.0


def test_every_method_finds_copies_of_videos_that_change_all_the_time() -> None:
    films = [footage(seed, 24) for seed in range(3)]
    table = measure(films, tones, floor=0.6, seed=5)
    assert table["copies"] == 3 * len(KINDS)
    for method, row in table["methods"].items():
        assert row["query_overlap_good"] >= 0.75, method
        assert row["unlike_pairs_given_a_match"] == 0.0
    assert table == measure(films, tones, floor=0.6, seed=5)
