"""Videos as paths through the frame map, each beside a column of its frames: the article's figures 4 to 8."""

from base64 import b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.plots.theme import Palette, draw, dressed, palette, timecode, title, with_alpha
from core.records import FrameColumn, FrameMap

if TYPE_CHECKING:
    from core.plots.theme import Figure

COLOURS = ("#3E5BB5", "#3F86C4", "#3BA7A9", "#5DB37A", "#98BA4F", "#D0B53B", "#E79A38", "#D96A3F", "#B5447A")
MOST_POINTS = 4000  # of the ground: enough to see the shape of the map, few enough for a browser to stay quick
SPLIT, GAP = 0.48, 0.03  # where the plane ends and how far from it the columns begin, as shares of the width
HEIGHT = 520


def paths(frame_map: FrameMap, columns: Sequence[FrameColumn], *, is_dark: bool = False) -> "Figure":
    """The plane with a path for each video on the left; on the right its frames from its start down, in its colour.

    Colours run from blue to violet in the order of the columns. Hovering tells a path's title, its seconds and, where
    it is an answer, how far it is from the query's; hovering a column's number tells its title.
    """
    colours = palette(is_dark)
    lines = [_line(column, number) for number, column in enumerate(columns)]
    figure = draw([_ground(frame_map, colours), *lines])
    dressed(figure, colours, height=HEIGHT)
    hidden: dict[str, Any] = {"showgrid": False, "zeroline": False, "showticklabels": False, "ticks": ""}
    figure.update_layout(
        showlegend=False,
        margin={"t": 28},
        xaxis={**hidden, "range": [-0.02, 1.02], "domain": [0, SPLIT], "fixedrange": True},
        yaxis={**hidden, "range": [-0.02, 1.02], "fixedrange": True},
    )
    figure.add_shape(
        type="rect", x0=-0.02, y0=-0.02, x1=1.02, y1=1.02, line={"color": colours.line, "width": 1}, layer="below"
    )
    for number, column in enumerate(columns):
        _column(figure, column, number, len(columns), colours)
    return figure


def colour(number: int) -> str:
    """The colour of the path so and so many, the first 0."""
    return COLOURS[number % len(COLOURS)]


def _ground(frame_map: FrameMap, colours: Palette) -> dict[str, Any]:
    step = max(1, -(-len(frame_map) // MOST_POINTS))
    x, y = frame_map.positions[::step].T
    marker = {"size": 3, "color": with_alpha(colours.muted, 0.35)}
    return {"type": "scattergl", "x": x, "y": y, "mode": "markers", "marker": marker, "hoverinfo": "skip"}


def _line(column: FrameColumn, number: int) -> dict[str, Any]:
    path, shade = column.path, colour(number)
    x, y = path.positions.T if len(path.positions) else np.zeros((2, 0))
    text = [timecode(second) for second in path.times]
    name = f"{number + 1} · {title(path.title)}"
    away = f" · {path.distance:.3f} away" if path.distance else ""
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "lines+markers",
        "line": {"color": shade, "width": 2},
        "marker": {"color": shade, "size": 5},
        "text": text,
        "hovertemplate": f"{name}<br>%{{text}}{away}<extra></extra>",
    }


def _column(figure: "Figure", column: FrameColumn, number: int, count: int, colours: Palette) -> None:
    """One video's frames from the top down, below a bar of its colour and its number."""
    left = SPLIT + GAP
    width = (1 - left) / max(count, 1)
    start = left + number * width
    rows = max(len(column.pictures), 1)
    paper = {"xref": "paper", "yref": "paper"}
    figure.add_shape(
        type="rect", x0=start + 0.06 * width, x1=start + 0.94 * width, y0=0.965, y1=0.985, **paper,
        fillcolor=colour(number), line={"width": 0},
    )  # fmt: skip
    figure.add_annotation(
        x=start + width / 2, y=1.0, text=str(number + 1), hovertext=title(column.path.title),
        showarrow=False, font={"size": 12, "color": colours.muted}, yanchor="bottom", **paper,
    )  # fmt: skip
    for row, picture in enumerate(column.pictures):
        figure.add_layout_image(
            source=f"data:image/webp;base64,{b64encode(picture).decode()}",
            x=start + 0.03 * width, y=0.95 - row * 0.95 / rows, sizex=0.94 * width, sizey=0.93 / rows,
            xanchor="left", yanchor="top", sizing="contain", **paper,
        )  # fmt: skip
