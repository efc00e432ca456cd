"""Answers that take a while: worked out once with a progress bar and a way to cancel, then kept in the session."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from app_streamlit import widgets
from core.records import Progress

T = TypeVar("T")


def kept(name: str, question: object, label: str, work: Callable[[Progress], T]) -> T | None:
    """The answer to `question`, from the session when it was asked last under this name; None when it was cancelled.

    While the work goes on there is a bar with a button to cancel; any other input interrupts it, and it begins again.
    """
    answer, stopped = f"{name}_answer", f"{name}_stopped"
    before = st.session_state.get(answer)
    if before and before[0] == question:
        return before[1]
    if st.session_state.get(stopped) == question:
        st.caption("Cancelled.")
        st.button("Start again", key=f"{name}_again", on_click=st.session_state.pop, args=(stopped, None))
        return None
    place, cancel = st.container(), st.empty()
    cancel.button("Cancel", key=f"{name}_cancel", on_click=st.session_state.__setitem__, args=(stopped, question))
    with place, widgets.progress(label) as report:
        found = work(report)
    cancel.empty()
    st.session_state[answer] = (question, found)
    return found
