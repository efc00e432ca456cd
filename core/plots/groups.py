"""A selection compared with itself as a heat map, like beside like."""

from typing import TYPE_CHECKING

import numpy as np

from core.plots.theme import draw, dressed, palette, title
from core.records import Pairwise

if TYPE_CHECKING:
    from core.plots.theme import Figure

MOST_NAMED = 60  # videos that get a name on the axes; more would write over each other
CELL = 18  # pixels of a row, within the limits of the height
SHORTEST, TALLEST = 260, 900  # pixels


def pairwise(answer: Pairwise, *, is_dark: bool = False) -> "Figure":
    """How much of each row's video is in each column's, with a frame around every group of near-duplicates."""
    colours = palette(is_dark)
    count = len(answer.ids)
    names = [title(name, most=28) for name in answer.titles]
    pairs = np.array([[(row, column) for column in names] for row in names], dtype=object)
    cells = {
        "type": "heatmap",
        "z": answer.similarities,
        "customdata": pairs if pairs.size else None,
        "zmin": 0.0,
        "zmax": 1.0,
        "colorscale": [[k / (len(colours.ramp) - 1), colour] for k, colour in enumerate(colours.ramp)],
        "colorbar": {"title": {"text": "similarity", "side": "right"}, "thickness": 8, "outlinewidth": 0, "len": 0.9},
        "hovertemplate": "%{z:.2f} of %{customdata[0]}<br>is in %{customdata[1]}<extra></extra>",
    }
    figure = draw([cells])
    for group in answer.groups:
        for first, last in _runs(group):
            figure.add_shape(
                type="rect",
                x0=first - 0.5,
                x1=last + 0.5,
                y0=first - 0.5,
                y1=last + 0.5,
                line={"color": colours.accent, "width": 2},
            )
    is_named = count <= MOST_NAMED
    ticks = {"tickvals": list(range(count)), "ticktext": names, "showgrid": False, "zeroline": False}
    hidden = {"showticklabels": False, "showgrid": False, "zeroline": False, "ticks": ""}
    figure.update_xaxes(**(ticks | {"tickangle": -60} if is_named else hidden))
    figure.update_yaxes(autorange="reversed", **(ticks if is_named else hidden))
    return dressed(figure, colours, height=int(np.clip(160 + CELL * count, SHORTEST, TALLEST)))


def _runs(places: tuple[int, ...]) -> list[tuple[int, int]]:
    """First and last of each run of neighbouring places, single ones left out."""
    ordered = np.sort(np.array(places))
    parts = np.split(ordered, np.flatnonzero(np.diff(ordered) > 1) + 1)
    return [(int(part[0]), int(part[-1])) for part in parts if len(part) > 1]
