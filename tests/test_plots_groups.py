"""The heat map of a selection: cells as given, a frame around what belongs together, names as data."""

import numpy as np
import pytest

from core import plots
from core.records import Pairwise


def an_answer(count: int, groups: tuple[tuple[int, ...], ...] = ()) -> Pairwise:
    table = np.eye(count, dtype=np.float32)
    names = tuple(f"clip <b>{k}</b>" for k in range(count))
    return Pairwise(tuple(f"{k:016x}" for k in range(count)), names, table, groups, 0.75, "cosine")


@pytest.mark.parametrize("is_dark", [False, True])
def test_every_pair_is_a_cell_and_every_group_has_a_frame(is_dark: bool) -> None:
    figure = plots.pairwise(an_answer(5, ((0, 1), (3, 4))), is_dark=is_dark)
    assert np.array_equal(figure.data[0].z, np.eye(5))
    assert [(shape.x0, shape.x1) for shape in figure.layout.shapes] == [(-0.5, 1.5), (2.5, 4.5)]


def test_titles_are_no_markup() -> None:
    figure = plots.pairwise(an_answer(2))
    assert figure.layout.xaxis.ticktext[0] == "clip &lt;b&gt;0&lt;/b&gt;"


def test_members_that_lie_apart_are_framed_where_they_touch() -> None:
    figure = plots.pairwise(an_answer(6, ((0, 1, 4),)))
    assert [(shape.x0, shape.x1) for shape in figure.layout.shapes] == [(-0.5, 1.5)]


def test_a_large_selection_has_no_names_on_its_axes_and_stays_on_the_screen() -> None:
    figure = plots.pairwise(an_answer(150))
    assert figure.layout.xaxis.showticklabels is False
    assert figure.layout.height <= 900
