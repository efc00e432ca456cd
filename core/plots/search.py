"""The answer to a search as a picture, and the latent space it may have been found in."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from core.plots.theme import draw, dressed, palette, title
from core.records import Hit, LatentSpace, clock

if TYPE_CHECKING:
    from core.plots.theme import Figure


def probabilities(hits: Sequence[Hit], *, is_dark: bool = False) -> "Figure":
    """The hits of a search as bars, best on top: the softmax probability as length, the similarity beside it."""
    colours = palette(is_dark)
    labels = [f"{rank}  {title(hit.title, most=34)}" for rank, hit in enumerate(hits, 1)]
    bars = {
        "type": "bar",
        "x": [hit.probability for hit in hits],
        "y": labels,
        "orientation": "h",
        "marker": {
            "color": [colours.accent if rank == 0 else colours.quiet for rank in range(len(hits))],
            "line": {"width": 0},
        },
        "text": [f"{hit.probability:.0%}" for hit in hits],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [
            (hit.similarity, clock(hit.reference_time), clock(hit.query_time), escape(hit.title)) for hit in hits
        ],
        "hovertemplate": (
            "%{customdata[3]}<br>probability %{x:.1%} · similarity %{customdata[0]:.3f}"
            "<br>best at %{customdata[1]}, query at %{customdata[2]}<extra></extra>"
        ),
    }
    figure = draw([bars])
    figure.update_xaxes(range=[0, max([hit.probability for hit in hits], default=1.0) * 1.15], visible=False)
    figure.update_yaxes(autorange="reversed", ticks="", showgrid=False)
    figure.update_layout(bargap=0.45)
    return dressed(figure, colours, height=70 + 44 * max(1, len(hits)))


def latent_space(space: LatentSpace, *, is_dark: bool = False) -> "Figure":
    """The library as points of the two-dimensional latent space, and the query among them where it has a place."""
    colours = palette(is_dark)
    traces: list[dict[str, object]] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "library",
            "x": space.points[:, 0],
            "y": space.points[:, 1],
            "marker": {"size": 9, "color": colours.muted, "opacity": 0.75},
            "text": [title(name) for name in space.titles],
            "hovertemplate": "%{text}<extra></extra>",
        }
    ]
    if space.query is not None:
        traces.append(
            {
                "type": "scatter",
                "mode": "markers+text",
                "name": "query",
                "x": [space.query[0]],
                "y": [space.query[1]],
                "marker": {"size": 17, "color": colours.accent, "symbol": "star"},
                "text": ["query"],
                "textposition": "top center",
                "textfont": {"color": colours.accent},
                "hovertemplate": "the query<extra></extra>",
            }
        )
    figure = draw(traces)
    grid = {"gridcolor": colours.line, "zerolinecolor": colours.line, "showticklabels": False}
    figure.update_xaxes(title_text="first dimension", **grid)
    figure.update_yaxes(title_text="second dimension", **grid)
    figure.update_layout(showlegend=False)
    return dressed(figure, colours, height=480)
