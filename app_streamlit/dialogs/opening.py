"""Which dialog is open: kept in the session, so that a rerun, for example when a clip has arrived, leaves it open."""

from typing import Any

import streamlit as st

KEY = "dialog"
PLACE = "dialog_place"  # the page that the open dialog was first shown on: it does not follow to another one
CLIP = "clip"  # the query parameter of the clip whose details are open
SHOWN = "clip_shown"  # what of it was written to the address or read from it, and when: the Back button takes it away


def ask(name: str, *values: Any) -> None:
    """Open a dialog at the next rerun, in place of the one that is open."""
    st.session_state[KEY] = (name, values)
    st.session_state.pop(PLACE, None)


def close() -> None:
    """Leave no dialog open."""
    forget()
    st.query_params.pop(CLIP, None)


def forget() -> None:
    """Leave no dialog open, and the address as it is."""
    for key in (KEY, PLACE, SHOWN):
        st.session_state.pop(key, None)


def cancel(label: str = "Cancel") -> None:
    """The button to leave a dialog with nothing done."""
    if st.button(label, key="dialog_cancel"):
        close()
        st.rerun()
