"""The stage: two players, the frame-to-frame matrix and the best-matching moments, as one component of the page.

Python turns a `Comparison` into a plain payload (`payload`); `components/stage.js` draws it and keeps the players
together. Nothing in the payload is markup: the script writes titles as text.
"""

import base64
import io
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from app_gradio.serving import address
from app_gradio.wording import finding, is_picture, seconds_matched, segments, share_matched
from core.plots import similarity_floor, thinned
from core.records import Comparison, Match, Video

COMPONENTS = Path(__file__).parent / "components"
MOST_STILLS = 200  # thumbnails per video that travel to the page
SPRITE_COLUMNS = 10
TILE = (160, 90)  # pixels of one still in the sprite

Thumbnail = Callable[[str, float | None], bytes | None]


def stage() -> gr.HTML:
    """The component. Its value is a payload, or None while there is nothing to show."""
    return gr.HTML(
        value=None,
        html_template=_text("stage.html"),
        css_template=_text("stage.css"),
        js_on_load=_text("stage.js"),
        apply_default_css=False,
        padding=False,
        elem_id="stage",
    )


def payload(comparison: Comparison, *, files: tuple[Path, Path], thumbnail: Thumbnail) -> dict[str, Any]:
    """All that the page needs to show this comparison: numbers as they are, the matrix as bytes, files by address.

    `files` are what the players show. The matrix is cut to at most 600 cells a side, 8 bits each, from the floor to 1.
    """
    cells, rows, columns = thinned(comparison.frame_matrix, comparison.query_times, comparison.reference_times)
    floor = similarity_floor(comparison.frame_matrix)
    levels = np.clip((cells - floor) / max(1.0 - floor, 1e-6), 0.0, 1.0)
    closest = [closest_frames(comparison, match) for match in comparison.matches]
    a = _side(
        comparison.query,
        files[0],
        rows,
        chamfer=comparison.query_in_reference,
        spans=segments(comparison)[0],
        stills=_stills(comparison.query, rows, [query for query, _ in closest], thumbnail),
    )
    b = _side(
        comparison.reference,
        files[1],
        columns,
        chamfer=comparison.reference_in_query,
        spans=segments(comparison)[1],
        stills=_stills(comparison.reference, columns, [reference for _, reference in closest], thumbnail),
    )
    return {
        "sentence": finding(comparison),
        "notes": list(comparison.notes),
        "a": a,
        "b": b,
        "levels": base64.b64encode((levels * 255).round().astype(np.uint8).tobytes()).decode("ascii"),
        "floor": floor,
        "similarity": comparison.similarity,
        "matches": [
            {**asdict(match), "query_best": query, "reference_best": reference}
            for match, (query, reference) in zip(comparison.matches, closest, strict=True)
        ],
        "model": comparison.model,
        "encoder": comparison.encoder,
    }


def summary(comparison: Comparison) -> dict[str, Any]:
    """The answer for scripts: plain numbers and sentences, times in seconds, the matrix cut as on the stage."""
    cells, rows, columns = thinned(comparison.frame_matrix, comparison.query_times, comparison.reference_times)
    return {
        "finding": finding(comparison),
        "similarity": comparison.similarity,
        "query_in_reference": comparison.query_in_reference,
        "reference_in_query": comparison.reference_in_query,
        "query_share_matched": share_matched(segments(comparison)[0], comparison.query.info.duration),
        "reference_share_matched": share_matched(segments(comparison)[1], comparison.reference.info.duration),
        "matches": [asdict(match) for match in comparison.matches],
        "query_times": rows.tolist(),
        "reference_times": columns.tolist(),
        "frame_matrix": np.round(cells.astype(float), 4).tolist(),
        "encoder": comparison.encoder,
        "model": comparison.model,
        "notes": list(comparison.notes),
    }


def _side(
    video: Video,
    file: Path,
    times: NDArray[np.float64],
    *,
    chamfer: float,
    spans: list[tuple[float, float]],
    stills: dict[str, Any] | None,
) -> dict[str, Any]:
    """One of the two videos."""
    return {
        "title": video.title,
        "duration": video.info.duration,
        "is_picture": is_picture(video.info.duration),
        "width": video.info.width,
        "height": video.info.height,
        "url": address(file),
        "times": times.tolist(),
        "chamfer": chamfer,
        "matched": seconds_matched(spans, video.info.duration),
        "share": share_matched(spans, video.info.duration),
        "stills": stills,
    }


def closest_frames(comparison: Comparison, match: Match) -> tuple[float, float]:
    """The seconds of the query and of the reference where a match is most alike, along its diagonal."""
    times = comparison.query_times
    rows = np.flatnonzero((times >= match.query_start - 1e-6) & (times < match.query_end - 1e-6))
    if len(rows) == 0:
        return match.query_start, match.reference_start
    slope = (match.reference_end - match.reference_start) / (match.query_end - match.query_start)
    wanted = match.reference_start + (times[rows] - match.query_start) * slope
    columns = np.abs(comparison.reference_times[None, :] - wanted[:, None]).argmin(axis=1)
    best = int(comparison.frame_matrix[rows, columns].argmax())
    return float(times[rows[best]]), float(comparison.reference_times[columns[best]])


def _stills(
    video: Video, times: NDArray[np.float64], wanted: list[float], thumbnail: Thumbnail
) -> dict[str, Any] | None:
    """Thumbnails from all over a video, the wanted seconds among them, as one picture of tiles in reading order, with
    the second that each one shows. None when the library has none."""
    from PIL import Image, ImageOps

    spread = times[np.linspace(0, len(times) - 1, min(len(times), MOST_STILLS)).round().astype(int)]
    chosen = np.unique([*spread, *wanted])
    pictures = [thumbnail(video.id, float(time)) for time in chosen]
    if not pictures or any(picture is None for picture in pictures):
        return None
    columns = min(SPRITE_COLUMNS, len(pictures))
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * TILE[0], rows * TILE[1]))
    for k, picture in enumerate(pictures):
        with Image.open(io.BytesIO(picture or b"")) as opened:  # made by the library, not by a stranger
            tile = ImageOps.pad(opened.convert("RGB"), TILE)
        sheet.paste(tile, (k % columns * TILE[0], k // columns * TILE[1]))
    data = io.BytesIO()
    sheet.save(data, "WEBP", quality=72)
    return {
        "data": "data:image/webp;base64," + base64.b64encode(data.getvalue()).decode("ascii"),
        "columns": columns,
        "rows": rows,
        "times": [float(time) for time in chosen],
    }


def _text(name: str) -> str:
    return (COMPONENTS / name).read_text(encoding="utf-8")
