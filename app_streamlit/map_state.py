"""What is chosen on the Map page, kept in the session over page switches; what makes a link is in the address too.

The map component is the master of its outline, paths and search box; the epoch changes when they were changed from this
side and the map has to take them over.
"""

from collections.abc import Sequence

import streamlit as st

from app_streamlit import dialogs
from core.records import FrameMap

LASSO, PATHS, SOUGHT, EPOCH = "map_lasso", "map_paths", "map_sought", "map_epoch"
VERSION, WISH, GOING = "map_version", "map_wish", "map_going"
SELECTION, FIND = "sel", "find"  # query parameters; the map itself writes them, with those of the view


def settle(current: FrameMap) -> None:
    """Take outline and words from a link when the session begins; drop the outline when the map was laid out anew."""
    known = st.session_state.get(VERSION)
    if known is None:
        st.session_state[LASSO] = st.query_params.get(SELECTION, "")
        st.session_state[SOUGHT] = st.query_params.get(FIND, "")
    elif known != current.version and lasso():
        st.session_state[LASSO] = ""
        _renew()
    st.session_state[VERSION] = current.version


def lasso() -> str:
    """The outline as the map writes it; empty when there is none."""
    return str(st.session_state.get(LASSO, ""))


def paths() -> tuple[str, ...]:
    """The ids of the videos whose paths are drawn."""
    return tuple(st.session_state.get(PATHS, ()))


def sought() -> str:
    """What is written in the search box."""
    return str(st.session_state.get(SOUGHT, ""))


def epoch() -> int:
    return int(st.session_state.get(EPOCH, 0))


def wish() -> tuple[str, float, int] | None:
    """The moment that was asked to be played: a video, a second, and the number of the wish."""
    found: tuple[str, float, int] | None = st.session_state.get(WISH)
    return found


def note_lasso(text: str) -> None:
    st.session_state[LASSO] = text


def note_paths(ids: list[str]) -> None:
    st.session_state[PATHS] = tuple(ids)


def note_sought(text: str) -> None:
    st.session_state[SOUGHT] = text


def clear_lasso() -> None:
    st.session_state[LASSO] = ""
    _renew()


def draw_paths(ids: Sequence[str]) -> None:
    """Draw these paths and no others."""
    st.session_state[PATHS] = tuple(ids)
    _renew()


def play(video_id: str, time: float) -> None:
    """Have the map play a moment."""
    before = wish()
    st.session_state[WISH] = (video_id, time, before[2] + 1 if before else 1)


def go_to_library(video_id: str) -> None:
    st.session_state[GOING] = ("views/library.py", {dialogs.CLIP: video_id})


def go_to_search(video_id: str) -> None:
    st.session_state[GOING] = ("views/search.py", {"query": video_id})


def leave() -> None:
    """Go to the page that was asked for, if any. A callback cannot switch pages itself."""
    if GOING in st.session_state:
        page, query = st.session_state.pop(GOING)
        st.session_state.pop(WISH, None)
        st.switch_page(page, query_params=query)


def _renew() -> None:
    st.session_state[EPOCH] = epoch() + 1
