"""Two videos side by side: the frame-to-frame matrix as a heat map, and matches as ribbons between two time lines."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.plots.theme import draw, dressed, palette, time_axis, time_ticks, title, with_alpha
from core.records import Comparison, clock

if TYPE_CHECKING:
    from core.plots.theme import Figure

MOST_CELLS = 600  # per side of a heat map: more than a screen shows, few enough for a browser to stay quick
FLOOR_PERCENTILE = 5.0  # of the similarities: what counts as "nothing alike" and takes the background colour
HIGHEST_FLOOR = 0.8  # two clips that are alike throughout still show as alike


def similarity_floor(matrix: NDArray[np.float32]) -> float:
    """The similarity that takes the background colour, so that what stands out is seen; 0.0 for an empty matrix."""
    if matrix.size == 0:
        return 0.0
    return float(np.clip(np.percentile(matrix, FLOOR_PERCENTILE), -1.0, HIGHEST_FLOOR))


def thinned(
    matrix: NDArray[np.float32], rows: NDArray[np.float64], columns: NDArray[np.float64], *, most: int = MOST_CELLS
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]:
    """A matrix of at most `most` cells a side with the times of its rows and columns.

    A block of cells becomes its highest similarity, so a short match between long videos does not fade away; the time
    of a block is that of its first frame.
    """
    row_starts = _block_starts(len(rows), most)
    column_starts = _block_starts(len(columns), most)
    if matrix.size == 0:
        return matrix, rows, columns
    blocks = np.maximum.reduceat(np.maximum.reduceat(matrix, row_starts, axis=0), column_starts, axis=1)
    return blocks, rows[row_starts], columns[column_starts]


def frame_matrix(comparison: Comparison, *, is_dark: bool = False) -> "Figure":
    """Frame-to-frame similarity as a heat map: A (the query) runs down, B (the reference) runs across, both in m:ss."""
    colours = palette(is_dark)
    cells, rows, columns = thinned(comparison.frame_matrix, comparison.query_times, comparison.reference_times)
    codes = np.array([[(clock(row), clock(column)) for column in columns] for row in rows], dtype=object)
    cells_trace = {
        "type": "heatmap",
        "z": cells,
        "x": columns,
        "y": rows,
        "customdata": codes if codes.size else None,
        "zmin": similarity_floor(comparison.frame_matrix),
        "zmax": 1.0,
        "colorscale": [[k / (len(colours.ramp) - 1), colour] for k, colour in enumerate(colours.ramp)],
        "colorbar": {"title": {"text": "similarity", "side": "right"}, "thickness": 8, "outlinewidth": 0, "len": 0.9},
        "hovertemplate": "A %{customdata[0]} · B %{customdata[1]}<br>similarity %{z:.2f}<extra></extra>",
    }
    figure = draw([cells_trace])
    for match in comparison.matches:
        figure.add_shape(
            type="line",
            x0=match.reference_start,
            y0=match.query_start,
            x1=max(match.reference_start, match.reference_end - _step(comparison.reference_times)),
            y1=max(match.query_start, match.query_end - _step(comparison.query_times)),
            line={"color": colours.ramp[0], "width": 2},
        )
    figure.update_xaxes(title_text=f"B · {title(comparison.reference.title)}", **time_axis(columns))
    figure.update_yaxes(title_text=f"A · {title(comparison.query.title)}", autorange="reversed", **time_axis(rows))
    return dressed(figure, colours, height=460)


def timeline(comparison: Comparison, *, is_dark: bool = False) -> "Figure":
    """Both videos as lanes on one time scale, A above B, and every match as a ribbon between what corresponds."""
    colours = palette(is_dark)
    figure = draw()
    lanes = ((1.0, comparison.query, "A"), (0.0, comparison.reference, "B"))
    for y, video, letter in lanes:
        figure.add_shape(
            type="rect",
            **_rectangle(0.0, video.info.duration, y),
            fillcolor=colours.quiet,
            line={"width": 0},
            layer="below",
        )
        figure.add_annotation(
            x=0, y=y, text=f"{letter} · {title(video.title)}", xanchor="left", yshift=20 if y else -20, showarrow=False
        )
    for number, match in enumerate(comparison.matches):
        spans = (
            f"A {clock(match.query_start)}–{clock(match.query_end)}",
            f"B {clock(match.reference_start)}–{clock(match.reference_end)}",
        )
        figure.add_trace(
            {
                "type": "scatter",
                "x": [
                    match.query_start,
                    match.query_end,
                    match.reference_end,
                    match.reference_start,
                    match.query_start,
                ],
                "y": [0.92, 0.92, 0.08, 0.08, 0.92],
                "fill": "toself",
                "mode": "lines",
                "line": {"width": 0},
                "fillcolor": with_alpha(colours.accent, 0.30 if number == 0 else 0.16),
                "hoveron": "fills",
                "name": " · ".join((*spans, f"similarity {match.score:.2f}")),
                "hoverinfo": "name",
                "hoverlabel": {"namelength": -1},
            }
        )
        for y, start, end in (
            (1.0, match.query_start, match.query_end),
            (0.0, match.reference_start, match.reference_end),
        ):
            figure.add_shape(type="rect", **_rectangle(start, end, y), fillcolor=colours.accent, line={"width": 0})
    longest = max(comparison.query.info.duration, comparison.reference.info.duration, 1.0)
    ticks, texts = time_ticks(0.0, longest)
    figure.update_xaxes(
        range=[-0.01 * longest, 1.01 * longest], tickvals=ticks, ticktext=texts, showgrid=False, zeroline=False
    )
    figure.update_yaxes(visible=False, range=[-0.5, 1.5])
    figure.update_layout(showlegend=False)
    return dressed(figure, colours, height=230)


def _block_starts(length: int, most: int) -> NDArray[np.intp]:
    """Where each of at most `most` even blocks of a row begins."""
    return np.unique(np.linspace(0, length, min(length, most), endpoint=False).astype(np.intp))


def _step(times: NDArray[np.float64]) -> float:
    """Seconds from one sampled frame to the next: a match ends where the next frame would begin."""
    return float(np.median(np.diff(times))) if len(times) > 1 else 0.0


def _rectangle(start: float, end: float, y: float) -> dict[str, float]:
    return {"x0": start, "x1": end, "y0": y - 0.08, "y1": y + 0.08}
