"""The Trace page: a stitched clip, and which second of which video of the library each of its parts was taken from."""

from functools import partial
from pathlib import Path

import streamlit as st

from app_streamlit import answers, traced, widgets
from app_streamlit.components import drop_zone
from app_streamlit.routes import UPLOADS
from app_streamlit.uploads import Upload, inbox
from core.errors import NotFound
from core.records import LibraryStatus, Progress, Trace, Video
from core.studio import Studio, open_studio

QUERY = "query"  # the query parameter
KEPT = "trace_query"  # what the session remembers of it over page switches
PENDING, DEMO, GONE = "trace_pending", "trace_demo", "trace_gone"
COMPARED = "trace_compared"  # the query and a source, to be shown on the page that compares
CHOICES = 200  # videos offered in the list


def render(studio: Studio) -> None:
    """Draw the page."""
    if COMPARED in st.session_state:
        a, b = st.session_state.pop(COMPARED)
        st.switch_page("views/compare.py", query_params={"a": a, "b": b})
    video = _query(studio)
    if PENDING in st.session_state or DEMO in st.session_state:
        st.title("Trace")
        _take_in(studio)
    elif video is None:
        st.title("Trace")
        _ask(studio)
    else:
        _answer(studio, video, _head(studio, video))


def _query(studio: Studio) -> Video | None:
    """The query of the address, else the one this session had when it left the page."""
    video_id = st.query_params.get(QUERY) or st.session_state.get(KEPT)
    if video_id is None:
        return None
    try:
        video = studio.video(video_id)
    except NotFound:
        _forget()
        st.session_state[GONE] = True
        return None
    _remember(video)
    return video


def _remember(video: Video) -> None:
    st.session_state[KEPT] = video.id
    if st.query_params.get(QUERY) != video.id:
        st.query_params[QUERY] = video.id


def _forget() -> None:
    for name in (KEPT, "trace_answer", "trace_stopped"):
        st.session_state.pop(name, None)
    st.query_params.pop(QUERY, None)


def _ask(studio: Studio) -> None:
    """Drop a compilation, take a video of the library, or try it with a stitched demo."""
    if st.session_state.pop(GONE, False):
        st.warning("The clip of this address is no longer there. Drop it again.")
    page = studio.videos(order="title", limit=CHOICES)
    arrived = drop_zone(
        "search",
        title="Drop a stitched video",
        hint="A compilation, a supercut, a reaction: Clipkin names the video of your library and the seconds that each "
        "part was taken from.",
        url=UPLOADS,
        limit=studio.settings.limits.file_bytes,
        many=False,
        large=True,
    )
    for answer in arrived:
        upload = inbox.take(str(answer.get("token")))
        if upload:
            st.session_state[PENDING] = upload
            st.rerun()
    with st.container(key="pick"):
        if not page.videos:
            st.markdown("Your library is empty, so no part of anything can be traced to it yet.")
            st.page_link("views/library.py", label="Add clips to the library")
            return
        if studio.can_stitch_demo():
            st.button(
                "Try it with a stitched demo",
                key="trace_demo_go",
                help="Five demo clips cut together, and between them a scene that is in no library.",
                on_click=st.session_state.__setitem__,
                args=(DEMO, True),
                width="stretch",
            )
        titles = {video.id: video.title for video in page.videos}
        picked = st.selectbox(
            "Or take a clip of the library",
            list(titles),
            index=None,
            format_func=lambda video_id: titles[video_id],
            placeholder="Choose a clip",
            key="trace_pick",
        )
        if picked:
            st.query_params[QUERY] = picked
            st.rerun()


def _take_in(studio: Studio) -> None:
    """Look at what was dropped, or stitch the demo. It goes on where it was when another input interrupts it."""
    upload: Upload | None = st.session_state.get(PENDING)
    title = upload.title if upload else "A stitched demo"
    with st.container():
        st.markdown(f"**{widgets.plain(title)}**")
        place, cancel = st.container(), st.empty()
        cancel.button("Cancel", key="trace_take_cancel", on_click=_cancel)
    st.empty()  # takes the place of what was asked, which would stay in view while the work goes on
    with widgets.guard({upload.path.name: upload.title} if upload else None):
        with place, widgets.progress("Looking at the clip" if upload else "Stitching demo clips") as report:
            video = _taken(studio, upload, report)
        st.session_state.pop(PENDING, None)
        st.session_state.pop(DEMO, None)
        _remember(video)
        st.rerun()
    _cancel()
    cancel.empty()
    _ask(studio)


def _taken(studio: Studio, upload: Upload | None, report: Progress) -> Video:
    if upload is None:
        return studio.stitch_demo(report)
    return studio.query(upload.path, Path(upload.title).stem, owned=True, progress=report)


def _cancel() -> None:
    st.session_state.pop(DEMO, None)
    upload: Upload | None = st.session_state.pop(PENDING, None)
    if upload:
        upload.path.unlink(missing_ok=True)


def _head(studio: Studio, video: Video) -> str | None:
    """What can be asked differently. Gives the method, None when none is ready."""
    methods = studio.models("trace")
    ready = {method.name: method.label for method in methods if method.is_ready}
    with st.container(key="trace_head", horizontal=True, vertical_alignment="center"):
        st.title("Trace", width="content")
        st.space("stretch")
        model = None
        if ready:
            model = st.selectbox(
                "Method",
                list(ready),
                index=list(ready).index("trace_decoder") if "trace_decoder" in ready else 0,
                format_func=ready.__getitem__,
                key="trace_method",
                bind="query-params",
                label_visibility="collapsed",
                width=240,
            )
        if video.role == "query" and st.button("Add this clip to the library", key="trace_promote"):
            with widgets.guard():
                studio.promote(video.id)
                st.rerun()
        st.button("New trace", key="new_trace", type="primary", on_click=_forget)
    for method in methods:
        if not method.is_ready:
            st.caption(f"{widgets.plain(method.label)} cannot be chosen: {widgets.plain(method.reason)}")
    return model


def _answer(studio: Studio, video: Video, model: str | None) -> None:
    if widgets.is_still(video):
        st.info("A picture has no parts to trace. Search tells which clips it may come from.")
        if st.button("Search with this picture", key="trace_search"):
            st.switch_page("views/search.py", query_params={QUERY: video.id})
        return
    if studio.videos(limit=2).total == (1 if video.role == "library" else 0):
        st.info("There is no other clip in your library yet, so no source can be named. Add some, then trace again.")
        st.page_link("views/library.py", label="Add clips to the library")
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
