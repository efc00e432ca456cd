"""Traces made by hand."""

from pathlib import Path

import numpy as np

from core.records import MediaInfo, Trace, TraceSegment, Video


def trace_of(*segments: TraceSegment, title: str = "Compilation") -> Trace:
    """A trace of these segments, three moments a second, each as alike as its segment's score."""
    end = segments[-1].query_end if segments else 0.0
    times = np.arange(0, end, 1 / 3)
    strip = np.zeros(len(times), np.float32)
    for segment in segments:
        strip[(times >= segment.query_start) & (times < segment.query_end)] = segment.score
    info = MediaInfo(end, 640, 360, 25.0, "mov,mp4", "h264", "yuv420p", None, 0, 1)
    query = Video("c" * 16, title, Path("/clips/compilation.mp4"), info, "absent", role="query")
    return Trace(query, segments, times, strip, 3.0, "embedded", "trace_decoder")
