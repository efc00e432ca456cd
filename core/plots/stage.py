"""A comparison of two videos as the stage in assets/stage draws it in either app: plain numbers, the matrices as bytes.

The stage is a canvas with two players beside it, which no Plotly figure can be. Nothing in the
payload is markup: the scripts write titles as text.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config import ROOT
from core.plots.compare import similarity_floor, thinned
from core.records import Comparison, Match, Video

FOLDER = ROOT / "assets" / "stage"
CERTAIN = 0.8  # of the similarity of a match: frames below are not yet in it
LEAST_RANGE = 0.05  # of similarity from the lightest to the darkest cell
OTHER_SPEED = 0.03  # difference from 1 at which a speed is worth a word
SCRIPTS = ("clock.js", "players.js", "matrix.js", "moments.js", "stage.js")  # joined in this order


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page needs to show one of the two videos."""

    url: str  # of a file that a browser can play
    stills: Mapping[str, Any] | None = None  # a sheet of tiles, or the address of thumbnails; None: there are none
    poster: str = ""  # address of a picture to show before the clip plays
    is_ready: bool = True  # false while a preview has yet to be made


def stage_parts() -> tuple[str, str, str]:
    """HTML, style sheet and script of the stage; `createStage(section)` in the script gives an object with `show`."""
    html, css = ((FOLDER / f"stage.{kind}").read_text("utf-8") for kind in ("html", "css"))
    return html, css, "".join((FOLDER / name).read_text("utf-8") for name in SCRIPTS)


def stage_data(comparison: Comparison, a: Shown, b: Shown) -> dict[str, Any]:
    """All that the stage shows of a comparison, as plain JSON."""
    spans = segments(comparison)
    return {
        "sentence": comparison.summary,
        "notes": list(comparison.notes),
        "a": _side(comparison.query, a, comparison.query_times, comparison.query_in_reference, spans[0]),
        "b": _side(comparison.reference, b, comparison.reference_times, comparison.reference_in_query, spans[1]),
        "views": _views(comparison),
        "similarity": comparison.similarity,
        "matches": [_match(comparison, match) for match in comparison.matches],
        "model": comparison.model,
        "encoder": comparison.encoder,
    }


def shown_moments(comparison: Comparison) -> tuple[list[float], list[float]]:
    """The seconds of the query and of the reference that the list of moments shows, one of each for every match."""
    best = [closest_frames(comparison, match) for match in comparison.matches]
    return [query for query, _ in best], [reference for _, reference in best]


def _views(comparison: Comparison) -> list[dict[str, Any]]:
    """The matrix of frames, and what a learned model made of it when there is one, in the range that it uses."""
    matrix, after = comparison.frame_matrix, comparison.video_matrix
    floor = similarity_floor(matrix)
    views = [_view("Frame by frame", matrix, comparison.query_times, comparison.reference_times, (floor, 1.0))]
    if after is not None and after.cells.size:
        used = float(after.cells.min()), float(after.cells.max())
        views.append(_view("After the network", after.cells, after.query_times, after.reference_times, used))
    return views


def _view(
    label: str,
    matrix: NDArray[np.float32],
    rows: NDArray[np.float64],
    columns: NDArray[np.float64],
    bounds: tuple[float, float],
) -> dict[str, Any]:
    """A matrix cut to at most 600 cells a side, 8 bits each, from one similarity to another."""
    cells, shown_rows, shown_columns = thinned(matrix, rows, columns)
    floor, ceiling = bounds[0], max(bounds[1], bounds[0] + LEAST_RANGE)
    levels = np.clip((cells - floor) / (ceiling - floor), 0.0, 1.0)
    return {
        "label": label,
        "levels": base64.b64encode((levels * 255).round().astype(np.uint8).tobytes()).decode("ascii"),
        "floor": floor,
        "ceiling": ceiling,
        "rows": shown_rows.tolist(),
        "columns": shown_columns.tolist(),
    }


def _side(
    video: Video, shown: Shown, times: NDArray[np.float64], chamfer: float, spans: Sequence[tuple[float, float]]
) -> dict[str, Any]:
    """One of the two videos."""
    return {
        **asdict(shown),
        "title": video.title,
        "duration": video.info.duration,
        "is_picture": is_picture(video.info.duration),
        "width": video.info.width,
        "height": video.info.height,
        "times": times.tolist(),
        "reading": f"similarity {chamfer:.3f}",
        "matched": seconds_matched(spans, video.info.duration),
        "share": share_matched(spans, video.info.duration),
    }


def _match(comparison: Comparison, match: Match) -> dict[str, Any]:
    """A match with the corners of its path as pairs of seconds, its most telling frames, and what is special of it."""
    query, reference = closest_frames(comparison, match)
    path = [(match.query_start, match.reference_start), (match.query_end, match.reference_end)]
    return {
        **asdict(match),
        "path": path,
        "begin": _first_frames(comparison, match),
        "query_best": query,
        "reference_best": reference,
        "is_shared": match.is_shared,
        "marks": _marks(match),
    }


def _first_frames(comparison: Comparison, match: Match) -> tuple[float, float]:
    """The seconds to go to when a match is to be watched: where frames of both first lie in it and are about
    as alike as all of it, for its ends are less certain than its middle; where they are most alike if none do."""
    times = comparison.query_times
    for row in np.flatnonzero((times >= match.query_start - 1e-6) & (times < match.query_end - 1e-6)):
        second = match.reference_start + (times[row] - match.query_start) * match.speed
        column = int(np.abs(comparison.reference_times - second).argmin())
        is_inside = comparison.reference_times[column] >= match.reference_start - 1e-6
        if is_inside and comparison.frame_matrix[row, column] >= CERTAIN * match.score:
            return float(times[row]), float(second)
    return closest_frames(comparison, match)


def _marks(match: Match) -> list[str]:
    """What is special about a match, in words."""
    marks = ["shared by many videos"] if match.is_shared else []
    if match.is_mirrored:
        marks.append("mirrored")
    if abs(match.speed - 1.0) >= OTHER_SPEED:
        where, times = ("A", match.speed) if match.speed > 1.0 else ("B", 1.0 / match.speed)
        marks.append(f"{times:.2f} times as fast in {where}")
    return marks


def closest_frames(comparison: Comparison, match: Match) -> tuple[float, float]:
    """The seconds of the query and of the reference where a match is most alike, along its diagonal."""
    times = comparison.query_times
    rows = np.flatnonzero((times >= match.query_start - 1e-6) & (times < match.query_end - 1e-6))
    if len(rows) == 0:
        return match.query_start, match.reference_start
    wanted = match.reference_start + (times[rows] - match.query_start) * match.speed
    columns = np.abs(comparison.reference_times[None, :] - wanted[:, None]).argmin(axis=1)
    best = int(comparison.frame_matrix[rows, columns].argmax())
    return float(times[rows[best]]), float(comparison.reference_times[columns[best]])


def is_picture(duration: float) -> bool:
    """Whether a video of this many seconds is a still picture."""
    return duration <= 0.0


def segments(comparison: Comparison) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Start and end of every match, in the query and in the reference; what many videos share is left out."""
    own = [match for match in comparison.matches if not match.is_shared]
    return (
        [(match.query_start, match.query_end) for match in own],
        [(match.reference_start, match.reference_end) for match in own],
    )


def share_matched(spans: Sequence[tuple[float, float]], duration: float) -> float:
    """The part of a video that is found in the other one, 0–1: its matched seconds; all or nothing for a picture."""
    if is_picture(duration):
        return float(bool(spans))
    return seconds_matched(spans, duration) / duration


def seconds_matched(spans: Sequence[tuple[float, float]], duration: float) -> float:
    """How many seconds the spans cover together, overlaps counted once, never more than the duration."""
    total, reached = 0.0, 0.0
    for start, end in sorted(spans):
        total += max(0.0, min(end, duration) - max(start, reached))
        reached = max(reached, min(end, duration))
    return total
