"""The clips that are selected in the library, kept in the session over pages and page switches."""

from collections.abc import Iterable, Sequence

import streamlit as st

from core.errors import NotFound
from core.records import Video
from core.studio import Studio

KEY, EPOCH = "selected", "selected_epoch"


def chosen() -> tuple[str, ...]:
    """The ids that are selected."""
    return tuple(st.session_state.get(KEY, ()))


def epoch() -> int:
    """A number that changes when the selection was changed from this side and the grid has to take it over."""
    return int(st.session_state.get(EPOCH, 0))


def note(ids: Sequence[str]) -> None:
    """The person changed the selection in the grid."""
    st.session_state[KEY] = tuple(ids)


def choose(ids: Iterable[str]) -> None:
    """Select these and no others."""
    st.session_state[KEY] = tuple(dict.fromkeys(ids))
    st.session_state[EPOCH] = epoch() + 1


def drop(ids: Iterable[str]) -> None:
    """Take these out of the selection."""
    gone = set(ids)
    choose(video_id for video_id in chosen() if video_id not in gone)


def existing(studio: Studio, ids: Iterable[str]) -> list[Video]:
    """The videos of these ids, without those that were removed meanwhile in another window."""
    found = []
    for video_id in ids:
        try:
            found.append(studio.video(video_id))
        except NotFound:
            continue
    return found
