"""The Map page: every frame of the library on one plane, to look around in, to choose from, to compare and to print.

The map itself is a component; what is chosen on it comes back as an outline, never as a list of frames, and everything
below the map is drawn from that. All of it is one fragment, so the map stays as it is while the rest is drawn again.
"""

import base64
import zlib
from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app_streamlit import map_layout, map_lists, map_state, widgets
from app_streamlit.components import frame_map
from app_streamlit.map_routes import BASE, outline
from core.errors import StudioError
from core.records import FrameMap, MapMatches
from core.studio import Studio, open_studio

MATCHES = "map_matches"  # the last answer of a search, with its question


def render(studio: Studio) -> None:
    """Draw the page."""
    map_state.leave()
    if studio.videos(limit=1).total == 0:
        _welcome(studio)
        return
    with widgets.guard():
        current = studio.frame_map()
        if current is None or not len(current):
            map_layout.invite(studio)
            return
        st.fragment(_map)(studio, current)


def _welcome(studio: Studio) -> None:
    st.title("Map")
    widgets.first_clips(
        studio,
        "**Your library is empty, so there is nothing to see from above yet.**  \n"
        "Add clips, and every one of their frames finds its place here, next to what looks like it.",
    )


def _map(studio: Studio, current: FrameMap) -> None:
    """The head, the map, and what follows from what is chosen on it."""
    map_state.leave()
    map_state.settle(current)
    with st.container(key="map_head", horizontal=True, vertical_alignment="center"):
        st.title("Map", width="content")
        st.caption(_told(studio, current), width="stretch")
        other = map_layout.controls(studio, current)
    for note in current.notes:
        st.caption(widgets.plain(note))
    with widgets.guard():
        lit, how = _lit(studio, current)
        polygon = outline(map_state.lasso())
        chosen = studio.frames_in(current.version, polygon) if len(polygon) else []
        left, right = st.columns(2) if other else (st.container(), None)
        with left:
            _draw(current, lit)
        if right and other:
            with right:
                _draw_other(studio, other, chosen)
        if how:
            st.caption(widgets.plain(how))
        if len(polygon):
            map_lists.selection_list(studio, current, chosen)
        map_lists.path_columns(studio, current, list(dict.fromkeys(video_id for video_id, _ in chosen)))


def _told(studio: Studio, current: FrameMap) -> str:
    labels = {projection.name: projection.label for projection in studio.projections()}
    how = labels.get(current.projection, current.projection)
    return widgets.plain(f"{how}, from what the encoder sees ({widgets.encoder_label(studio, current.encoder)})") + (
        f", {current.projected:,} newer frames projected" if current.projected else ""
    )


def _draw(current: FrameMap, lit: tuple[str, str] | None) -> None:
    frame_map(
        BASE + current.version,
        current.version,
        key="frame_map",
        name="Frame map",
        lasso=map_state.lasso(),
        paths=map_state.paths(),
        sought=map_state.sought(),
        epoch=map_state.epoch(),
        lit=lit,
        play=map_state.wish(),
        keeps="clipkin-map",
        on_lasso=map_state.note_lasso,
        on_paths=map_state.note_paths,
        on_sought=map_state.note_sought,
        on_open=map_state.go_to_library,
        on_ask=map_state.go_to_search,
    )


def _draw_other(studio: Studio, version: str, chosen: Sequence[tuple[str, float]]) -> None:
    """Another view of the same frames, with what is outlined on the first lit up on it."""
    other = studio.frame_map(version)
    if other is None:
        st.info("This view is no longer kept.")
        return
    lit = None
    if chosen:
        inside = {(video_id, round(time, 3)) for video_id, time in chosen}
        moments = zip(other.video, other.times, strict=True)
        bits = np.array([(other.ids[video], round(float(time), 3)) in inside for video, time in moments], bool)
        lit = _bits(f"{other.version}", bits)
    frame_map(
        BASE + other.version,
        other.version,
        key="frame_map_other",
        name="The view to compare with",
        lit=lit,
        small=True,
        on_lasso=lambda _: None,
    )


def _lit(studio: Studio, current: FrameMap) -> tuple[tuple[str, str] | None, str]:
    """The frames that what is written in the search box lights up, and one sentence on how they were found."""
    words = map_state.sought()
    if not words:
        return None, ""
    question = (current.version, words)
    kept: tuple[tuple[str, str], MapMatches] | None = st.session_state.get(MATCHES)
    if kept is None or kept[0] != question:
        try:
            kept = (question, studio.map_matches(words, current.version))
        except StudioError as error:  # the map stays, with what the titles say
            return None, str(error)
        st.session_state[MATCHES] = kept
    matches = kept[1]
    if not matches.is_match.any():
        return _bits(f"{question}", matches.is_match), f"No frame matches “{words}”. {matches.how}"
    return _bits(f"{question}", matches.is_match), matches.how


def _bits(name: str, frames: NDArray[np.bool_]) -> tuple[str, str]:
    """A set of frames for the component: a name that changes with it, and one bit a frame in base64."""
    packed = np.packbits(frames).tobytes()
    return f"{zlib.crc32(name.encode() + packed):08x}", base64.b64encode(packed).decode("ascii")


if __name__ == "__main__":
    render(open_studio())
