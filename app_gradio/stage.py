"""The stage as a component of the page: two players, the matrices, the matches, drawn by the scripts in assets/stage.

Here a comparison gets the files and thumbnails that this page may fetch; all else about it comes from `core.plots`.
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
from core.plots import Shown, segments, share_matched, shown_moments, stage_data, stage_parts, thinned
from core.records import Comparison, Video

HOST = Path(__file__).parent / "components" / "stage.js"
MOST_STILLS = 200  # thumbnails per video that travel to the page
SPRITE_COLUMNS = 10
TILE = (160, 90)  # pixels of one still in the sprite

Thumbnail = Callable[[str, float | None], bytes | None]


def stage() -> gr.HTML:
    """The component. Its value is a payload, or None while there is nothing to show."""
    html, css, script = stage_parts()
    return gr.HTML(
        value=None,
        html_template=html,
        css_template=css,
        js_on_load=script + HOST.read_text(encoding="utf-8"),
        apply_default_css=False,
        padding=False,
        elem_id="stage",
    )


def payload(comparison: Comparison, *, files: tuple[Path, Path], thumbnail: Thumbnail) -> dict[str, Any]:
    """All that the page needs to show this comparison. `files` are what the players show."""
    moments = shown_moments(comparison)
    a = _stills(comparison.query, comparison.query_times, moments[0], thumbnail)
    b = _stills(comparison.reference, comparison.reference_times, moments[1], thumbnail)
    return stage_data(comparison, Shown(address(files[0]), a), Shown(address(files[1]), b))


def summary(comparison: Comparison, *, matrix: bool = True) -> dict[str, Any]:
    """The answer for scripts: plain numbers and sentences, times in seconds, the matrix cut as on the stage."""
    told = {
        "finding": comparison.summary,
        "similarity": comparison.similarity,
        "query_in_reference": comparison.query_in_reference,
        "reference_in_query": comparison.reference_in_query,
        "query_share_matched": share_matched(segments(comparison)[0], comparison.query.info.duration),
        "reference_share_matched": share_matched(segments(comparison)[1], comparison.reference.info.duration),
        "matches": [asdict(match) for match in comparison.matches],
        "encoder": comparison.encoder,
        "model": comparison.model,
        "notes": list(comparison.notes),
    }
    if not matrix:
        return told
    cells, rows, columns = thinned(comparison.frame_matrix, comparison.query_times, comparison.reference_times)
    after = comparison.video_matrix
    return told | {
        "query_times": rows.tolist(),
        "reference_times": columns.tolist(),
        "frame_matrix": np.round(cells.astype(float), 4).tolist(),
        "video_matrix": after
        and {
            "query_times": after.query_times.tolist(),
            "reference_times": after.reference_times.tolist(),
            "cells": np.round(after.cells.astype(float), 4).tolist(),
        },
    }


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
