"""A trace as a picture: the query as one lane of coloured segments, and under it how alike every moment is."""

from typing import TYPE_CHECKING

import numpy as np

from core.plots.theme import draw, dressed, palette, time_ticks, timecode, title, with_alpha
from core.records import Trace, TraceSegment

if TYPE_CHECKING:
    from core.plots.theme import Figure

LIGHT_SOURCES = ("#A84E08", "#2F6F8F", "#6B7A1E", "#8A3F6B", "#4B5AA8", "#9A6A00", "#2E7D5B", "#A03D3D")
DARK_SOURCES = ("#F0A848", "#7FBAD6", "#B9C95A", "#D98BB8", "#9AA7F0", "#E5C15A", "#73C79F", "#EE8E84")


def source_colours(trace: Trace, *, is_dark: bool = False) -> dict[str, str]:
    """A colour for every source by its id, in order of first appearance; from the ninth on they come again."""
    colours = DARK_SOURCES if is_dark else LIGHT_SOURCES
    ids = dict.fromkeys(segment.video_id for segment in trace.segments if segment.video_id is not None)
    return {video_id: colours[place % len(colours)] for place, video_id in enumerate(ids)}


def trace_timeline(trace: Trace, *, is_dark: bool = False, selected: int | None = None) -> "Figure":
    """Segments as blocks on the query's time line, unknown ones hatched; the chosen one has a rim. Clicking gives its
    place in `trace.segments` as `customdata`."""
    colours, sources = palette(is_dark), source_colours(trace, is_dark=is_dark)
    traces = []
    for place, segment in enumerate(trace.segments):
        is_known = segment.video_id is not None
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "x": [segment.duration],
                "base": [segment.query_start],
                "y": [0],
                "width": 0.9,
                "customdata": [place],
                "marker": {
                    "color": sources[segment.video_id] if segment.video_id is not None else colours.quiet,
                    "opacity": 0.55 + 0.45 * segment.confidence if is_known else 1.0,
                    "pattern": {"shape": "" if is_known else "/", "fgcolor": colours.muted, "size": 6},
                    "line": {
                        "width": 3 if place == selected else 1,
                        "color": colours.ink if place == selected else colours.ramp[0],
                    },
                },
                "hovertemplate": f"{_spoken(segment)}<extra></extra>",
            }
        )
    figure = draw(traces)
    ticks, texts = time_ticks(0.0, _end(trace))
    figure.update_xaxes(range=[0, _end(trace)], tickvals=ticks, ticktext=texts, showgrid=False, zeroline=False)
    figure.update_yaxes(visible=False, range=[-0.5, 0.5])
    figure.update_layout(barmode="overlay", showlegend=False, bargap=0)
    return dressed(figure, colours, height=120)


def similarity_strip(trace: Trace, *, is_dark: bool = False) -> "Figure":
    """How alike every moment is to its source, in the source's colour; where that is unknown, to the closest video."""
    colours, sources = palette(is_dark), source_colours(trace, is_dark=is_dark)
    traces = []
    for segment in trace.segments:
        inside = np.flatnonzero((trace.times >= segment.query_start) & (trace.times < segment.query_end))
        colour = sources[segment.video_id] if segment.video_id is not None else colours.muted
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": trace.times[inside],
                "y": trace.strip[inside],
                "fill": "tozeroy",
                "fillcolor": with_alpha(colour, 0.25),
                "line": {"color": colour, "width": 1.5, "dash": "solid" if segment.is_known else "dot"},
                "customdata": [timecode(float(time)) for time in trace.times[inside]],
                "hovertemplate": "%{customdata} · similarity %{y:.2f}<extra></extra>",
            }
        )
    figure = draw(traces)
    ticks, texts = time_ticks(0.0, _end(trace))
    figure.update_xaxes(range=[0, _end(trace)], tickvals=ticks, ticktext=texts, showgrid=False, zeroline=False)
    figure.update_yaxes(range=[0, 1], tickvals=[0, 0.5, 1], showgrid=True, gridcolor=colours.line, zeroline=False)
    figure.update_layout(showlegend=False)
    return dressed(figure, colours, height=130)


def _spoken(segment: TraceSegment) -> str:
    span = f"{timecode(segment.query_start)}–{timecode(segment.query_end)}"
    if segment.reference_start is None or segment.reference_end is None:
        return f"{span}<br>source unknown"
    place = f"{timecode(segment.reference_start)}–{timecode(segment.reference_end)}"
    return f"{span}<br>{title(segment.title)}<br>{place} · {segment.confidence:.0%} sure"


def _end(trace: Trace) -> float:
    return max((segment.query_end for segment in trace.segments), default=1.0)
