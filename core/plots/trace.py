"""A trace as a picture: the query as one lane of coloured segments, and under it how alike every moment is."""

from typing import TYPE_CHECKING

import numpy as np

from core.plots.theme import draw, dressed, palette, time_ticks, title, with_alpha
from core.records import Trace, TraceSegment, clock

if TYPE_CHECKING:
    from core.plots.theme import Figure

# Apart for every kind of colour sight: CIE 1976 differences of 19 and more as seen without red or green cones, 10
# without blue ones (Machado, Oliveira and Fernandes 2009, severity 1). Contrast with the page is 4.6 and more.
LIGHT_SOURCES = ("#A8550F", "#1170D6", "#19806F", "#AD4C9F", "#383E03", "#0C3C60", "#672637")
DARK_SOURCES = ("#F2A649", "#7390F2", "#3BE0C0", "#DE6FB8", "#B58480", "#3FC3EE", "#B5CA88")


def source_colours(trace: Trace, *, is_dark: bool = False) -> dict[str, str]:
    """A colour for every source by its id, in order of first appearance; from the eighth on they come again."""
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
                "customdata": [clock(float(time)) for time in trace.times[inside]],
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
    span = f"{clock(segment.query_start)}–{clock(segment.query_end)}"
    if segment.reference_start is None or segment.reference_end is None:
        return f"{span}<br>source unknown"
    place = f"{clock(segment.reference_start)}–{clock(segment.reference_end)}"
    return f"{span}<br>{title(segment.title)}<br>{place} · {segment.confidence:.0%} sure"


def _end(trace: Trace) -> float:
    return max((segment.query_end for segment in trace.segments), default=1.0)
