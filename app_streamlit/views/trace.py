"""The Trace page: a stitched clip, and which second of which video of the library each of its parts was taken from."""

from functools import partial

import streamlit as st

from app_streamlit import answers, traced, widgets
from app_streamlit.asking import QUERY, Asking
from core.records import LibraryStatus, Progress, Trace, Video
from core.studio import Studio, open_studio

DEMO = "trace_demo"  # set while the demo is wanted
COMPARED = "trace_compared"  # the query and a source, to be shown on the page that compares
ASKING = Asking("trace", forgets=("trace_answer", "trace_stopped", DEMO))


def render(studio: Studio) -> None:
    """Draw the page."""
    if COMPARED in st.session_state:
        a, b = st.session_state.pop(COMPARED)
        st.switch_page("views/compare.py", query_params={"a": a, "b": b})
    video = ASKING.query(studio)
    if ASKING.upload is not None:
        st.title("Trace")
        ASKING.look(studio, ASKING.upload)
        _ask(studio)
    elif DEMO in st.session_state:
        st.title("Trace")
        ASKING.make("A stitched demo", "Stitching demo clips", partial(_stitched, studio), _forget_demo)
        _ask(studio)
    elif video is None:
        st.title("Trace")
        _ask(studio)
    else:
        _answer(studio, video, _head(studio, video))


def _ask(studio: Studio) -> None:
    """Drop a compilation, take a video of the library, or try it with a stitched demo."""
    ASKING.drop(
        studio,
        title="Drop a stitched video",
        hint="A compilation, a supercut, a reaction: Clipkin names the video of your library and the seconds that each "
        "part was taken from.",
    )
    with st.container(key="pick"):
        if studio.can_stitch_demo():
            st.button(
                "Try it with a stitched demo",
                key="trace_demo_go",
                help="Five demo clips cut together, and between them a scene that is in no library.",
                on_click=st.session_state.__setitem__,
                args=(DEMO, True),
                width="stretch",
            )
        ASKING.pick(studio, empty="Your library is empty, so no part of anything can be traced to it yet.")


def _stitched(studio: Studio, report: Progress) -> Video:
    video = studio.stitch_demo(report)
    _forget_demo()
    return video


def _forget_demo() -> None:
    st.session_state.pop(DEMO, None)


def _head(studio: Studio, video: Video) -> str | None:
    """What can be asked differently. Gives the method, None when none is ready."""
    methods = studio.models("trace")
    with st.container(key="trace_head", horizontal=True, vertical_alignment="center"):
        st.title("Trace", width="content")
        st.space("stretch")
        model = widgets.method(methods, key="trace_method", first="trace_decoder")
        if video.role == "query" and st.button("Add this clip to the library", key="trace_promote"):
            with widgets.guard():
                studio.promote(video.id)
                st.rerun()
        st.button("New trace", key="new_trace", type="primary", on_click=ASKING.forget)
    widgets.not_ready(methods)
    return model


def _answer(studio: Studio, video: Video, model: str | None) -> None:
    if widgets.is_still(video):
        st.info("A picture has no parts to trace. Search tells which clips it may come from.")
        if st.button("Search with this picture", key="trace_search"):
            st.switch_page("views/search.py", query_params={QUERY: video.id})
        return
    if studio.videos(limit=2).total == (1 if video.role == "library" else 0):
        widgets.first_clips(studio, "There is no other clip in your library yet, so no source can be named.")
        return
    if model is None:
        st.info("No method is ready yet.")
        return
    with widgets.guard():
        answer = _traced(studio, video, model)
        if answer is not None:
            traced.show(studio, answer, on_compare=partial(_compare, video.id))


def _traced(studio: Studio, video: Video, model: str) -> Trace | None:
    """The answer, kept in the session while question and library stay the same; None when it was cancelled."""
    status: LibraryStatus | None = st.session_state.get(widgets.STATUS)
    question = (video.id, model, status and (status.encoder, status.videos, status.extracted))
    return answers.kept("trace", question, "Tracing", lambda report: studio.trace(video, model=model, progress=report))


def _compare(query: str, source: str) -> None:
    st.session_state[COMPARED] = (query, source)


if __name__ == "__main__":
    render(open_studio())
