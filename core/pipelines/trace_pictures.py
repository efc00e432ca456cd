"""The small pictures of a library, as the check of a trace wants them: grey squares by video and second."""

import io
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import NotFound
from core.models.picture_agreement import square
from core.models.trace_check import Pictures
from core.store.library import Library

KEPT = 1024  # squares of one query that are remembered, 16 kB each


def library_pictures(library: Library, query_id: str, ids: Sequence[str], track: str) -> Pictures | None:
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

    return Pictures(times, lambda time: picture(query_id, time), lambda source, time: picture(ids[source], time))
