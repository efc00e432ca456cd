"""The questions and details that open over a page. Whoever wants one asks for it by its name here."""

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from app_streamlit import keys
from app_streamlit.dialogs import choices, details, losses
from app_streamlit.dialogs.opening import CLIP, KEY, PLACE, SHOWN, ask, close, forget
from core.studio import Studio

__all__ = ["CLIP", "ask", "show"]

ON_ITS_WAY = 0.5  # seconds until a browser that asks for a rerun must have seen the address it was given


def show(studio: Studio, page: str) -> None:
    """The dialog that is open on this page, if any. A link with `?clip=` opens the details of that clip. The browser's
    Back button closes details, and what was asked on another page."""
    if st.session_state.get(PLACE, page) != page:
        forget()
    opened = st.query_params.get(CLIP)
    shown, since = st.session_state.get(SHOWN, (None, 0.0))
    if shown and opened != shown and time.monotonic() - since > ON_ITS_WAY and _is_open("details", shown):
        forget()
    if KEY not in st.session_state and opened:
        ask("details", opened)
    if KEY not in st.session_state:
        return
    st.session_state[PLACE] = page
    name, values = st.session_state[KEY]
    DIALOGS[name](studio, *values)


def _is_open(name: str, *values: Any) -> bool:
    return st.session_state.get(KEY) == (name, values)


def _keys(_: Studio) -> None:
    st.dialog("What the keyboard does", width="medium", on_dismiss=close)(keys.body)()


DIALOGS: dict[str, Callable[..., None]] = {
    "details": details.details,
    "remove": losses.remove,
    "forget_training": losses.forget_training,
    "forget_map": losses.forget_map,
    "remove_print": losses.remove_print,
    "tag": choices.tag,
    "encoder": choices.encoder,
    "folder": choices.folder,
    "keys": _keys,
}
