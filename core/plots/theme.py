"""The look that all figures share: palettes for paper and for near-black, time axes, titles made harmless.

The one file that imports Plotly, inside the function, so importing this costs nothing. The other files
of this room describe traces as plain dictionaries and hand them to `draw`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.records import clock

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as Figure

FONT = "Inter, system-ui, -apple-system, 'Segoe UI', sans-serif"
TICK_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)  # seconds a person counts in
MOST_TICKS = 8  # per axis


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


def time_ticks(start: float, end: float) -> tuple[list[float], list[str]]:
    """Round moments between two times and their time codes, at most MOST_TICKS of them, at least the first."""
    step = next((step for step in TICK_STEPS if (end - start) / step < MOST_TICKS), TICK_STEPS[-1])
    while (end - start) / step >= MOST_TICKS:
        step *= 2
    first = int(np.ceil((start - 1e-6) / step))
    moments = [float(k * step) for k in range(first, int(np.floor((end + 1e-6) / step)) + 1)] or [start]
    return moments, [clock(moment) for moment in moments]


def time_axis(times: NDArray[np.float64]) -> dict[str, Any]:
    """Tick settings for an axis of these moments."""
    values, texts = time_ticks(float(times[0]), float(times[-1])) if len(times) else ([], [])
    return {"tickvals": values, "ticktext": texts, "showgrid": False, "zeroline": False}


def title(text: str, *, most: int = 48) -> str:
    """A title as Plotly may show it: its markup disarmed, cut where it would not fit."""
    shown = text if len(text) <= most else text[: most - 1].rstrip() + "…"
    return escape(shown).replace("%{", "%\N{WORD JOINER}{")  # which a template would fill in


def with_alpha(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def draw(traces: Sequence[Mapping[str, Any]] = ()) -> "Figure":
    """A figure of these traces, each a dictionary with its `type` ("heatmap", "bar", "scatter", …)."""
    import plotly.graph_objects as go

    return go.Figure(data=[dict(trace) for trace in traces])


def dressed(figure: "Figure", colours: Palette, *, height: int) -> "Figure":
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
    figure.update_xaxes(
        title_font={"size": 13}, tickfont={"color": colours.muted}, automargin=True, linecolor=colours.line
    )
    figure.update_yaxes(
        title_font={"size": 13}, tickfont={"color": colours.muted}, automargin=True, linecolor=colours.line
    )
    return figure
