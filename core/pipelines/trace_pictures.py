"""Pictures as a trace wants them, small grey squares: those a library keeps by video and second, and a query's between
two seconds of it, decoded once more."""

import io
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import NotFound
from core.media.sandbox import Sandbox
from core.models.picture_agreement import SIDE, square
from core.models.trace_check import Pictures
from core.models.trace_cuts import Look
from core.store.library import Library

CLOSELY = 60.0  # pictures of a query a second where a cut is sought: each of its frames, or nearly
KEPT = 1024  # squares of one query that are remembered, 16 kB each


def library_pictures(
    library: Library, query_id: str, ids: Sequence[str], track: str, *, look: Look | None = None
) -> Pictures | None:
    """Of a query and of sources that are numbered as in `ids`; None when the query has no track of this name.

    Thumbnails are kept for the moments of the frames that were looked at when a video came in.
    """
    try:
        times = library.load_track(query_id, track).times
    except NotFound:
        return None

    @lru_cache(KEPT)
    def picture(video_id: str, time: float) -> NDArray[np.float32] | None:
        data = library.thumbnail(video_id, time)
        if data is None:
            return None
        with Image.open(io.BytesIO(data)) as image:
            return square(np.asarray(image.convert("RGB")))

    return Pictures(times, lambda time: picture(query_id, time), lambda source, time: picture(ids[source], time), look)


def look_into(media: Sandbox) -> Look:
    """The pictures of a file between two seconds of it; MediaError when it cannot be read."""

    def look(first: float, second: float) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        runs = list(media.frames(fps=CLOSELY, short_side=SIDE, start=first, end=second + 1.0 / CLOSELY))
        squares = [square(image) for run in runs for image in run.images]
        times = [run.times for run in runs]
        return np.concatenate(times), np.stack(squares)

    return look
