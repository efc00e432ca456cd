"""Errors, amounts and clock times, as the pages of the Streamlit app write them."""

import pytest
from streamlit.testing.v1 import AppTest

from app_streamlit import widgets
from core.errors import Cancelled, StudioError
from core.records import clock


def guarded(error: BaseException) -> AppTest:
    def page() -> None:
        import streamlit as st

        from app_streamlit import widgets

        with widgets.guard():
            raise st.session_state["error"]

    app = AppTest.from_function(page)
    app.session_state["error"] = error
    return app.run()


def test_an_expected_error_is_shown_as_its_sentence() -> None:
    app = guarded(StudioError("Free some *room* and try again."))
    assert app.error[0].value == "Free some \\*room\\* and try again\\."
    assert not app.exception


def test_a_cancelled_task_is_a_quiet_note() -> None:
    app = guarded(Cancelled())
    assert app.caption[0].value == "Cancelled."
    assert not app.error


def test_a_bug_stays_loud() -> None:
    assert len(guarded(KeyError("bug")).exception) == 1


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "0:00"), (75.9, "1:15"), (3600.0, "1:00:00"), (36061.0, "10:01:01")]
)
def test_a_clock_reads_like_a_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.02, "< 0.1 s"), (0.6, "0.6 s"), (1.0, "0:01"), (75.9, "1:15")])
def test_a_clip_under_a_second_has_a_length_too(seconds: float, text: str) -> None:
    assert widgets.duration(seconds) == text


def test_amounts_read_like_amounts() -> None:
    assert widgets.size(100) == "0 kB"
    assert widgets.size(3 * 1024**3) == "3.0 GB"
    assert widgets.length(61.0) == "61 seconds"
    assert widgets.length(7200.0) == "2.0 hours"
    assert widgets.count(1, "clip") == "1 clip"


def test_work_that_fails_leaves_its_error_and_nothing_to_cancel() -> None:
    def page() -> None:
        from app_streamlit import answers, widgets
        from core.errors import StudioError

        def work(report: object) -> None:
            raise StudioError("The disk is full.")

        with widgets.guard():
            answers.kept("any", "question", "Working", work)

    app = AppTest.from_function(page).run()
    assert [error.value for error in app.error] == [r"The disk is full\."]
    assert not app.button
