"""The answer to a trace: the timeline of its parts with players, and the files that others can load."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from app_streamlit import selection, widgets
from app_streamlit.components import Json, trace_timeline
from core import plots
from core.records import Source, Trace, TraceExport, TraceSegment
from core.studio import Studio

MOST_MOMENTS = 2400  # of the strip of similarities: more than a screen has columns
FILES: dict[TraceExport, tuple[str, str, str]] = {
    "csv": ("CSV", "text/csv", "A table, one row for each part."),
    "json": ("JSON", "application/json", "All of it, for programs."),
    "edl": ("EDL", "text/plain", "An edit decision list (CMX 3600) that video editors load."),
}


def show(studio: Studio, answer: Trace, *, on_compare: Callable[[str], None]) -> None:
    """The timeline, what a person should know to read it, and the files."""
    for note in answer.notes:
        st.info(widgets.plain(note))
    widgets.offer_extraction(studio, key="extract_for_trace")
    is_dark = st.context.theme.type == "dark"
    trace_timeline(
        timeline_data(studio, answer, is_dark=is_dark),
        answer="-".join([answer.query.id, answer.model, answer.encoder, str(len(answer.segments))]),
        key="trace_timeline",
        on_compare=on_compare,
    )
    _files(studio, answer)


def timeline_data(studio: Studio, answer: Trace, *, is_dark: bool) -> Json:
    """What the component shows: the query, a list of segments with colours, the sources that are still there by id,
    and the strip of similarities (0–1)."""
    colours = plots.source_colours(answer, is_dark=is_dark)
    mentioned = dict.fromkeys(
        video_id
        for segment in answer.segments
        for video_id in (segment.video_id, *(source.video_id for source in segment.alternatives))
        if video_id is not None
    )
    there = selection.existing(studio, mentioned)
    rows = np.unique(np.linspace(0, max(0, len(answer.times) - 1), MOST_MOMENTS).astype(int))[: len(answer.times)]
    return {
        "query": widgets.clip(studio, answer.query),
        "sources": {video.id: widgets.clip(studio, video) for video in there},
        "segments": [_segment(segment, colours) for segment in answer.segments],
        "end": max(segment.query_end for segment in answer.segments),
        "times": [round(float(time), 3) for time in answer.times[rows]],
        "values": [round(float(value), 3) for value in answer.strip[rows].clip(0, 1)],
        "sentence": summary(answer),
    }


def summary(answer: Trace) -> str:
    """What was found: "5 parts from 4 videos, and 0:06 of 0:41 that no video of your library shows."."""
    known = [segment for segment in answer.segments if segment.is_known]
    total = sum(segment.duration for segment in answer.segments)
    missing = sum(segment.duration for segment in answer.segments if not segment.is_known)
    if not known:
        return f"None of these {widgets.length(total)} come from your library"
    sources = len({segment.video_id for segment in known})
    found = f"{widgets.count(len(known), 'part')} from {widgets.count(sources, 'video')} of your library"
    if not missing:
        return found
    return f"{found}, and {widgets.length(missing)} of {widgets.length(total)} from elsewhere"


def _segment(segment: TraceSegment, colours: dict[str, str]) -> dict[str, Any]:
    return {
        "start": segment.query_start,
        "end": segment.query_end,
        "id": segment.video_id,
        "title": segment.title,
        "from": segment.reference_start,
        "to": segment.reference_end,
        "speed": segment.speed,
        "score": segment.score,
        "confidence": segment.confidence,
        "colour": colours.get(segment.video_id or ""),
        "others": [_other(source) for source in segment.alternatives],
    }


def _other(source: Source) -> dict[str, Any]:
    return {
        "id": source.video_id,
        "title": source.title,
        "from": source.reference_start,
        "to": source.reference_end,
        "score": source.score,
    }


def _files(studio: Studio, answer: Trace) -> None:
    with st.container(key="trace_files", horizontal=True, vertical_alignment="center"):
        st.caption("Save this timeline as", width="content")
        for kind, (label, mime, about) in FILES.items():
            st.download_button(
                label,
                studio.export_trace(answer, kind),
                file_name=f"{file_stem(answer.query.title)}.{kind}",
                mime=mime,
                help=about,
                on_click="ignore",
                key=f"trace_{kind}",
            )


def file_stem(title: str) -> str:
    """A title as the name of a file, without what file systems refuse."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]+', " ", title).strip(" .")[:80] or "trace"
