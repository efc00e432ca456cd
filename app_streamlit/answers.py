"""Answers that take a while: worked out once with a progress bar and a way to cancel, then kept in the session."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import streamlit as st

from app_streamlit import widgets
from core.errors import Cancelled
from core.records import Progress

T = TypeVar("T")


def kept(name: str, question: object, label: str, work: Callable[[Progress], T]) -> T | None:
    """The answer to `question`, from the session when it was asked last under this name; None when it was cancelled.

    While the work goes on there is a bar with a button to cancel; any other input interrupts it, and it begins again.
    """
    answer = f"{name}_answer"
    before = st.session_state.get(answer)
    if before and before[0] == question:
        return before[1]
    try:
        with cancellable(name, question, label) as report:
            found = work(report)
    except Cancelled:
        st.caption("Cancelled.")
        return None
    st.session_state[answer] = (question, found)
    return found


@contextmanager
def cancellable(name: str, question: object, label: str) -> Iterator[Progress]:
    """A bar with a button to cancel, for work on `question`. Once it was cancelled it raises Cancelled, and offers to
    start again, until another question is asked."""
    stopped = f"{name}_stopped"
    if st.session_state.get(stopped) == question:
        st.button("Start again", key=f"{name}_again", on_click=st.session_state.pop, args=(stopped, None))
        raise Cancelled
    slot = st.empty()
    with slot.container():
        place = st.container()
        st.button("Cancel", key=f"{name}_cancel", on_click=st.session_state.__setitem__, args=(stopped, question))
    try:
        with place, widgets.progress(label) as report:
            yield report
    finally:
        slot.empty()
