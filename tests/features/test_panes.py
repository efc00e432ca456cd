"""Panes of composed pictures: found where they are, left alone where there are none."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.features.panes import PANES, PaneEncoder, find_panes
from tests.fakes import FakeImageEncoder


def moving(count: int, height: int, width: int, seed: int, level: int = 0) -> NDArray[np.uint8]:
    """A smooth picture that moves, its brightness around `level`."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / 40.0
    phases = rng.uniform(0, 6, 3)
    frames = [[np.sin(x + y + phase + 0.3 * step) for phase in phases] for step in range(count)]
    return np.clip(np.stack(frames).transpose(0, 2, 3, 1) * 25 + level, 0, 255).astype(np.uint8)


def test_a_whole_picture_has_no_panes() -> None:
    assert all(box is None for boxes in find_panes(moving(6, 90, 160, 0, 120)) for box in boxes)


def test_two_halves_are_found_beside_and_above_each_other() -> None:
    first, second = moving(6, 90, 80, 0, 70), moving(6, 90, 80, 1, 190)
    beside = find_panes(np.concatenate([first, second], axis=2))[3]
    assert beside[1] == pytest.approx((0, 90, 0, 79), abs=2)
    assert beside[2] == pytest.approx((0, 90, 81, 160), abs=2)
    upright = np.concatenate([first, second], axis=2).transpose(0, 2, 1, 3)
    above = find_panes(np.ascontiguousarray(upright))[3]
    assert above[3] == pytest.approx((0, 79, 0, 90), abs=2)


def test_the_inside_of_a_border_in_any_colour_is_found() -> None:
    framed = np.full((6, 120, 200, 3), (200, 30, 90), np.uint8)
    framed[:, 15:105, 20:180] = moving(6, 90, 160, 2, 190)
    inside = find_panes(framed)[2][0]
    assert inside == pytest.approx((15, 105, 20, 180), abs=3)


def test_four_quarters_are_found() -> None:
    levels = [[60, 200], [200, 60]]
    rows = [np.concatenate([moving(6, 60, 80, 3 + level, level) for level in pair], axis=2) for pair in levels]
    boxes = find_panes(np.concatenate(rows, axis=1))[3]
    assert all(box is not None for box in boxes[5:9])
    assert boxes[8] == pytest.approx((61, 120, 81, 160), abs=3)


def test_an_edge_that_is_there_for_one_frame_only_is_none() -> None:
    frames = moving(9, 90, 160, 0, 120)
    frames[4, :, 80:] = 250
    assert find_panes(frames)[4][1] is None


def test_the_encoder_describes_the_whole_and_each_pane_and_leaves_plain_ones_out() -> None:
    red, green = np.zeros((2, 6, 90, 80, 3), np.uint8)
    red[:, ::2, :, 0] = 250
    red[:, 1::2, :, 0] = 120
    red[:, :45, :, 0] = 60
    green[..., 1] = 200  # plain: nothing to recognise
    encoder = PaneEncoder(FakeImageEncoder())
    rows = encoder.encode(np.concatenate([red, green], axis=2)).reshape(6, 1 + PANES, 3)
    np.testing.assert_allclose(np.linalg.norm(rows[:, 0], axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(rows[3, 2], [1, 0, 0], atol=0.02)
    assert not rows[3, 3].any()
    assert encoder.dimension == 30
    assert encoder.version == "1+panes1"
    assert encoder.encode(np.zeros((0, 9, 9, 3), np.uint8)).shape == (0, 30)
