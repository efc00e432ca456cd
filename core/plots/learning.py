"""How a training went: its curves, and how a threshold trades one kind of error for the other."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from core.plots.theme import draw, dressed, palette, title
from core.records import Curve

if TYPE_CHECKING:
    from core.plots.theme import Figure


DASHES = ("solid", "dash", "dot")


def training_curves(curves: Sequence[Curve], *, is_dark: bool = False) -> "Figure":
    """Lines over epochs; those of validation are drawn in the accent, the others quietly. Empty without curves.

    Without validation each has a dash of its own, so that they can be told apart in grey too.
    """
    colours = palette(is_dark)
    is_judged = any("validation" in curve.name for curve in curves)
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers" if len(curve.steps) < 30 else "lines",
            "name": title(curve.name),
            "x": curve.steps,
            "y": curve.values,
            "line": {
                "width": 2,
                "color": colours.accent if "validation" in curve.name or not (is_judged or place) else colours.muted,
                "dash": "solid" if is_judged else DASHES[place % len(DASHES)],
            },
            "hovertemplate": "epoch %{x:g}<br>%{y:.4g}<extra></extra>",
        }
        for place, curve in enumerate(curves)
    ]
    figure = draw(traces)
    figure.update_xaxes(title_text="epoch", gridcolor=colours.line, zeroline=False)
    figure.update_yaxes(gridcolor=colours.line, zeroline=False)
    figure.update_layout(legend={"orientation": "h", "y": 1.14, "x": 0}, showlegend=True)
    return dressed(figure, colours, height=250)


def roc(points: Mapping[str, Sequence[float]], *, is_dark: bool = False) -> "Figure":
    """True over false "yes" for every threshold, with the chosen one as a point.

    `points`: "false" and "true", rates of the same length in 0–1, and "chosen", one rate of each.
    """
    colours = palette(is_dark)
    chosen = points["chosen"]
    figure = draw(
        [
            {
                "type": "scatter",
                "mode": "lines",
                "x": points["false"],
                "y": points["true"],
                "line": {"width": 2, "color": colours.muted},
                "hovertemplate": "%{y:.1%} of true pairs found<br>%{x:.1%} of false ones let through<extra></extra>",
            },
            {
                "type": "scatter",
                "mode": "markers",
                "x": chosen[:1],
                "y": chosen[1:],
                "marker": {"size": 11, "color": colours.accent},
                "hovertemplate": "the chosen threshold: %{y:.1%} found, %{x:.1%} let through<extra></extra>",
            },
        ]
    )
    figure.update_xaxes(title_text="different videos taken for one", range=[-0.02, 1], gridcolor=colours.line)
    figure.update_yaxes(title_text="same video found", range=[0, 1.03], gridcolor=colours.line)
    figure.update_layout(showlegend=False)
    return dressed(figure, colours, height=250)
