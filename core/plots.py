"""Records to Plotly figures, for both apps and for notebooks.

Knows the values of `records` and how they should look on warm paper and on near-black; knows no app, no file and no
model. Plotly is imported inside the functions, so importing this module costs nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.records import Comparison, Hit

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

FONT = "Inter, system-ui, -apple-system, 'Segoe UI', sans-serif"
TICK_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)  # seconds a person counts in
MOST_TICKS = 8  # per axis
MOST_CELLS = 600  # per side of a heat map: more than a screen shows, few enough for a browser to stay quick
FLOOR_PERCENTILE = 5.0  # of the similarities: what counts as "nothing alike" and takes the background colour
HIGHEST_FLOOR = 0.8  # two clips that are alike throughout still show as alike


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme. Ramps rise evenly in contrast with the ground, so they also read in grey."""

    ink: str
    muted: str
    line: str
    accent: str
    quiet: str
    ramp: tuple[str, ...]


LIGHT = Palette(
    ink="#1C1B19",
    muted="#6B665E",
    line="#DFDBD4",
    accent="#A84E08",
    quiet="#DCD5CA",
    ramp=("#FBFAF8", "#F5E3C8", "#EDB870", "#C9721C", "#7E3A06", "#2B1403"),
)
DARK = Palette(
    ink="#EDEBE6",
    muted="#A19C93",
    line="#2C2F35",
    accent="#F0A848",
    quiet="#3A3D44",
    ramp=("#101114", "#2B2118", "#683D13", "#B87223", "#F0A848", "#FFF3DC"),
)


def palette(is_dark: bool) -> Palette:
    """The colours for this theme."""
    return DARK if is_dark else LIGHT


def timecode(seconds: float) -> str:
    """Seconds as a person reads them on a player: 7.9 -> "0:07", 3661 -> "1:01:01". Fractions are cut, not rounded."""
    whole = max(0, int(seconds + 1e-6))
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def time_ticks(start: float, end: float) -> tuple[list[float], list[str]]:
    """Round moments between two times and their time codes, at most MOST_TICKS of them, at least the first."""
    step = next((step for step in TICK_STEPS if (end - start) / step < MOST_TICKS), TICK_STEPS[-1])
    while (end - start) / step >= MOST_TICKS:
        step *= 2
    first = int(np.ceil((start - 1e-6) / step))
    moments = [float(k * step) for k in range(first, int(np.floor((end + 1e-6) / step)) + 1)] or [start]
    return moments, [timecode(moment) for moment in moments]


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
    import plotly.graph_objects as go

    colours = palette(is_dark)
    cells, rows, columns = thinned(comparison.frame_matrix, comparison.query_times, comparison.reference_times)
    codes = np.array([[(timecode(row), timecode(column)) for column in columns] for row in rows], dtype=object)
    figure = go.Figure(
        go.Heatmap(
            z=cells,
            x=columns,
            y=rows,
            customdata=codes if codes.size else None,
            zmin=similarity_floor(comparison.frame_matrix),
            zmax=1.0,
            colorscale=[[k / (len(colours.ramp) - 1), colour] for k, colour in enumerate(colours.ramp)],
            colorbar={"title": {"text": "similarity", "side": "right"}, "thickness": 8, "outlinewidth": 0, "len": 0.9},
            hovertemplate="A %{customdata[0]} · B %{customdata[1]}<br>similarity %{z:.2f}<extra></extra>",
        )
    )
    for match in comparison.matches:
        figure.add_shape(
            type="line",
            x0=match.reference_start,
            y0=match.query_start,
            x1=max(match.reference_start, match.reference_end - _step(comparison.reference_times)),
            y1=max(match.query_start, match.query_end - _step(comparison.query_times)),
            line={"color": colours.ramp[0], "width": 2},
        )
    figure.update_xaxes(title_text=f"B · {_title(comparison.reference.title)}", **_time_axis(columns))
    figure.update_yaxes(title_text=f"A · {_title(comparison.query.title)}", autorange="reversed", **_time_axis(rows))
    return _dressed(figure, colours, height=460)


def probabilities(hits: Sequence[Hit], *, is_dark: bool = False) -> "Figure":
    """The hits of a search as bars, best on top: the softmax probability as length, the similarity beside it."""
    import plotly.graph_objects as go

    colours = palette(is_dark)
    labels = [f"{rank}  {_title(hit.title, most=34)}" for rank, hit in enumerate(hits, 1)]
    figure = go.Figure(
        go.Bar(
            x=[hit.probability for hit in hits],
            y=labels,
            orientation="h",
            marker={
                "color": [colours.accent if rank == 0 else colours.quiet for rank in range(len(hits))],
                "line": {"width": 0},
            },
            text=[f"{hit.probability:.0%}" for hit in hits],
            textposition="outside",
            cliponaxis=False,
            customdata=[
                (hit.similarity, timecode(hit.reference_time), timecode(hit.query_time), escape(hit.title))
                for hit in hits
            ],
            hovertemplate=(
                "%{customdata[3]}<br>probability %{x:.1%} · similarity %{customdata[0]:.3f}"
                "<br>best at %{customdata[1]}, query at %{customdata[2]}<extra></extra>"
            ),
        )
    )
    figure.update_xaxes(range=[0, max([hit.probability for hit in hits], default=1.0) * 1.15], visible=False)
    figure.update_yaxes(autorange="reversed", ticks="", showgrid=False)
    figure.update_layout(bargap=0.45)
    return _dressed(figure, colours, height=70 + 44 * max(1, len(hits)))


def timeline(comparison: Comparison, *, is_dark: bool = False) -> "Figure":
    """Both videos as lanes on one time scale, A above B, and every match as a ribbon between what corresponds."""
    import plotly.graph_objects as go

    colours = palette(is_dark)
    figure = go.Figure()
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
            x=0, y=y, text=f"{letter} · {_title(video.title)}", xanchor="left", yshift=20 if y else -20, showarrow=False
        )
    for number, match in enumerate(comparison.matches):
        spans = (
            f"A {timecode(match.query_start)}–{timecode(match.query_end)}",
            f"B {timecode(match.reference_start)}–{timecode(match.reference_end)}",
        )
        figure.add_trace(
            go.Scatter(
                x=[match.query_start, match.query_end, match.reference_end, match.reference_start, match.query_start],
                y=[0.92, 0.92, 0.08, 0.08, 0.92],
                fill="toself",
                mode="lines",
                line={"width": 0},
                fillcolor=_with_alpha(colours.accent, 0.30 if number == 0 else 0.16),
                hoveron="fills",
                name=" · ".join((*spans, f"similarity {match.score:.2f}")),
                hoverinfo="name",
                hoverlabel={"namelength": -1},
            )
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
    return _dressed(figure, colours, height=230)


def _block_starts(length: int, most: int) -> NDArray[np.intp]:
    """Where each of at most `most` even blocks of a row begins."""
    return np.unique(np.linspace(0, length, min(length, most), endpoint=False).astype(np.intp))


def _step(times: NDArray[np.float64]) -> float:
    """Seconds from one sampled frame to the next: a match ends where the next frame would begin."""
    return float(np.median(np.diff(times))) if len(times) > 1 else 0.0


def _time_axis(times: NDArray[np.float64]) -> dict[str, Any]:
    """Tick settings for an axis of these moments."""
    values, texts = time_ticks(float(times[0]), float(times[-1])) if len(times) else ([], [])
    return {"tickvals": values, "ticktext": texts, "showgrid": False, "zeroline": False}


def _rectangle(start: float, end: float, y: float) -> dict[str, float]:
    return {"x0": start, "x1": end, "y0": y - 0.08, "y1": y + 0.08}


def _title(text: str, *, most: int = 48) -> str:
    """A title as Plotly may show it: its markup disarmed, cut where it would not fit."""
    return escape(text if len(text) <= most else text[: most - 1].rstrip() + "…")


def _with_alpha(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def _dressed(figure: "Figure", colours: Palette, *, height: int) -> "Figure":
    """The look that all figures share: the page's font and ink, no ground of their own, no frame."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 12, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 13, "color": colours.ink},
        hoverlabel={
            "bgcolor": colours.ink,
            "font": {"family": FONT, "color": colours.ramp[0]},
            "bordercolor": "rgba(0,0,0,0)",
        },
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": colours.muted, "activecolor": colours.accent},
    )
    figure.update_xaxes(tickfont={"color": colours.muted}, automargin=True, linecolor=colours.line)
    figure.update_yaxes(tickfont={"color": colours.muted}, automargin=True, linecolor=colours.line)
    return figure
