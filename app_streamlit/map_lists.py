"""What stands below the map: the frames inside the outline, and the paths of videos, both as film."""

import csv
import io
from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from app_streamlit import map_state, selection, widgets
from app_streamlit.components import Json, film_strips
from core.errors import StudioError
from core.records import FrameMap, VideoPath, cell, clock
from core.studio import Studio

IN_ROW, IN_COLUMN = 8, 9  # frames of a video in a row and in a column
ROWS = 12  # videos listed, those with most frames first
ROWS_KEY, COLUMNS_KEY = "map_rows", "map_columns"
FOUND = "map_found_paths"  # what the drawn paths are the answer to, as a sentence


def selection_list(studio: Studio, current: FrameMap, chosen: Sequence[tuple[str, float]]) -> None:
    """The frames inside the outline: how many, of which videos, and what can be done with them."""
    if not chosen:
        with st.container(key="map_selected", horizontal=True, vertical_alignment="center"):
            st.markdown("**No frame lies inside the outline.**", width="stretch")
            st.button("Clear", key="map_clear", on_click=map_state.clear_lasso)
        return
    times: dict[str, list[float]] = {}
    for video_id, time in chosen:
        times.setdefault(video_id, []).append(time)
    ids = sorted(times, key=lambda video_id: -len(times[video_id]))  # those with most frames first
    titles = _titles(studio, current, ids)
    with st.container(key="map_selected", horizontal=True, vertical_alignment="center"):
        told = f"{widgets.count(len(chosen), 'frame')} of {widgets.count(len(ids), 'clip')}"
        st.subheader(told, width="stretch", anchor=False)
        st.button(
            "Search with it",
            key="map_search",
            help="Find clips like the one that has most frames inside the outline.",
            on_click=map_state.go_to_search,
            args=(ids[0],),
        )
        with st.popover("Save as a collection"):
            _collect(studio, ids)
        table = _table(titles, chosen)
        st.download_button(
            "Export CSV", table, file_name="frames.csv", mime="text/csv", key="map_csv", on_click="ignore"
        )
        st.button("Clear", key="map_clear", type="tertiary", on_click=map_state.clear_lasso)
    rows = [_row(video_id, titles[video_id], sorted(times[video_id])) for video_id in ids[:ROWS]]
    film_strips(rows, key=ROWS_KEY, is_upright=False, on_pick=map_state.play)
    if len(ids) > ROWS:
        st.caption(f"And {widgets.count(len(ids) - ROWS, 'clip')} more, all in the export.")


def _collect(studio: Studio, ids: Sequence[str]) -> None:
    """A collection is a tag: it is found again in the library."""
    clips = widgets.count(len(ids), "clip")
    with st.form("map_collection", border=False):
        tag = st.text_input("Tag for these clips", key="map_tag", max_chars=60, placeholder="Sea and sails") or ""
        if not st.form_submit_button(f"Tag {clips}", type="primary") or not tag.strip():
            return
    for video in selection.existing(studio, ids):
        studio.set_tags(video.id, [*video.tags, tag.strip()])
    st.success(f"{clips} tagged {widgets.plain(tag.strip())}.")


def _table(titles: Mapping[str, str], chosen: Sequence[tuple[str, float]]) -> str:
    """The frames as CSV; no title begins like a formula, which a spreadsheet would run."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["video_id", "title", "seconds"])
    for video_id, time in chosen:
        writer.writerow([video_id, cell(titles[video_id]), f"{time:.3f}"])
    return out.getvalue()


def _row(video_id: str, title: str, times: Sequence[float]) -> Json:
    """Frames of one video as film, evenly spread over those given."""
    span = clock(times[0]) + (f"–{clock(times[-1])}" if times[-1] >= times[0] + 1 else "")
    return _film(video_id, title, f"{widgets.count(len(times), 'frame')}, {span}", None, spread(times, IN_ROW))


def spread(times: Sequence[float], most: int) -> list[float]:
    """At most so many of these times, from the first to the last at even steps."""
    if len(times) <= most:
        return [float(time) for time in times]
    return [float(times[round(k * (len(times) - 1) / (most - 1))]) for k in range(most)]


def _film(video_id: str, title: str, words: str, hue: int | None, times: Sequence[float]) -> Json:
    frames = [{"time": time, "clock": clock(time), "picture": f"/clip/thumb/{video_id}?t={time:.2f}"} for time in times]
    return {"id": video_id, "title": title, "words": words, "hue": hue, "frames": frames}


def path_columns(studio: Studio, current: FrameMap, within: Sequence[str]) -> None:
    """Paths through the plane with their frames as columns: those that are least alike, or most like one of them."""
    known = set(current.ids)
    chosen = [video_id for video_id in map_state.paths() if video_id in known]
    titles = _titles(studio, current, chosen)
    with st.container(key="map_paths", horizontal=True, vertical_alignment="bottom"):
        st.subheader("Paths", width="stretch", anchor=False)
        st.button(
            "Nine least alike",
            key="map_dissimilar",
            help="Videos whose ways over the map differ most, of those inside the outline if there is one.",
            on_click=_draw_dissimilar,
            args=(studio, current.version, tuple(within)),
        )
        if chosen:
            args = (studio, current.version, chosen[0], titles[chosen[0]])
            st.button("Most like the first", key="map_similar", on_click=_draw_similar, args=args)
            clear = partial(_draw, (), "")
            st.button("Clear paths", key="map_clear_paths", type="tertiary", on_click=clear)
    answer, sentence = st.session_state.get(FOUND, ((), ""))
    if sentence and list(answer) == chosen:
        st.caption(widgets.plain(sentence))
    if not chosen:
        st.caption(
            "The way of a clip over the map is its fingerprint. Play a frame and draw its path, or let the map choose."
        )
        return
    rows = []
    for hue, video_id in enumerate(chosen):
        times = sorted(studio.video_path(video_id, current.version).times)
        rows.append(_film(video_id, titles[video_id], "", hue, spread(times, IN_COLUMN)))
    film_strips(rows, key=COLUMNS_KEY, is_upright=True, on_pick=map_state.play)


def _draw_dissimilar(studio: Studio, version: str, within: Sequence[str]) -> None:
    try:
        found = studio.dissimilar_videos(within or None, version=version)
    except StudioError as error:
        _draw((), str(error))
        return
    _draw(found, "The videos whose paths are least alike" + (", of those inside the outline." if within else "."))


def _draw_similar(studio: Studio, version: str, video_id: str, title: str) -> None:
    try:
        found = studio.similar_paths(video_id, version=version)
    except StudioError as error:
        _draw((), str(error))
        return
    _draw(found, f"“{title}”, and the videos whose paths are most like its path.")


def _draw(found: Sequence[VideoPath], sentence: str) -> None:
    ids = [path.video_id for path in found]
    map_state.draw_paths(ids)
    st.session_state[FOUND] = (ids, sentence)


def _titles(studio: Studio, current: FrameMap, ids: Sequence[str]) -> dict[str, str]:
    """What these videos are called now; as the map knew them when they were removed since."""
    now = {video.id: video.title for video in selection.existing(studio, ids)}
    known = dict(zip(current.ids, current.titles, strict=True))
    return {video_id: now.get(video_id, known[video_id]) for video_id in ids}
