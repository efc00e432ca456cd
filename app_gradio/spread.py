"""Where a cosine falls among those of known pairs, as a drawing in HTML: two hills over one scale."""

from html import escape
from itertools import pairwise

from app_gradio.wording import number, reason
from core.records import FramePair, ScoreSpread

LOWEST = -0.4  # where the scale begins when known pairs score below 0; lower cosines stand at its end
END = 95.0  # per cent of the line from where on a number stands beside its mark, so that it stays on the page
HEIGHT = 40.0  # of the drawing's own units


def scale(pair: FramePair) -> str:
    """The cosine and the threshold on a line up to 1, under the hills of known pairs where these were measured."""
    low = LOWEST if pair.spread is not None else 0.0
    here, line = _place(pair.cosine, low), _place(pair.threshold, low)
    zero = f'<em style="left:{_place(0.0, low):.2f}%">0</em>' if low < 0 else ""
    ends = f"<em>{low:g}</em><em>1</em>".replace("-", "\u2212")
    return f"""{_hills(pair.spread, low) if pair.spread is not None else ""}
  <div class="ck-scale" role="img" aria-label="{escape(reason(pair), quote=True)}, on a scale from {low:g} to 1">
    <i style="left:{line:.2f}%;right:0"></i>
    <s style="left:{line:.2f}%"><span>threshold {number(pair.threshold)}</span></s>
    <b style="left:{here:.2f}%"><span{' class="ck-end"' if here > END else ""}>{number(pair.cosine)}</span></b>
    {ends}{zero}
  </div>"""


def _place(cosine: float, low: float) -> float:
    return 100 * (min(max(cosine, low), 1.0) - low) / (1 - low)


def _hills(spread: ScoreSpread, low: float) -> str:
    """Both kinds of pairs as areas over the same scale, the higher one filling the height."""
    top = max(*spread.same, *spread.different, 1e-9)
    areas = "".join(
        f'<path class="{name}" d="{_area(spread.edges, shares, top, low)}"/>'
        for name, shares in (("ck-different", spread.different), ("ck-same", spread.same))
    )
    return f"""
  <figure class="ck-spread">
    <figcaption><span class="ck-different">Known pairs from different videos</span>
    <span class="ck-same">Known pairs from one video</span></figcaption>
    <svg viewBox="0 0 100 {HEIGHT:g}" preserveAspectRatio="none" aria-hidden="true">{areas}</svg>
  </figure>"""


def _area(edges: tuple[float, ...], shares: tuple[float, ...], top: float, low: float) -> str:
    middles = [(first + last) / 2 for first, last in pairwise(edges)]
    points = [
        (_place(middle, low), HEIGHT * (1 - share / top))
        for middle, share in zip(middles, shares, strict=True)
        if middle >= low
    ]
    outline = " ".join(f"L{x:.2f} {y:.2f}" for x, y in points)
    return f"M{points[0][0]:.2f} {HEIGHT:g} {outline} L{points[-1][0]:.2f} {HEIGHT:g} Z"
