"""The Compare page: how two clips correspond, which seconds are in which, playing together. Opened from any hit of a
search, from two clips selected in the library, from a group of kin, or by its address `?a=…&b=…`."""

import streamlit as st

from app_streamlit import answers, selection, widgets
from app_streamlit.components.comparing import comparison as show_comparison
from core.plots import Shown, stage_data
from core.records import Comparison, LibraryStatus, Video
from core.studio import Studio, open_studio

A, B = "a", "b"  # the query parameters
PAIR = "compare_pair"  # the two that were compared last, for the way back from another page
CHOICES = 200  # videos offered in each list; any two can be selected in the library


def render(studio: Studio) -> None:
    """Draw the page."""
    wanted = [st.query_params.get(name) for name in (A, B)]
    if not any(wanted) and PAIR in st.session_state:  # back from another page
        wanted = list(st.session_state[PAIR])
    found = selection.existing(studio, [video_id for video_id in wanted if video_id])
    if len(found) < 2:
        st.title("Compare")
        if all(wanted):
            st.warning("One of the two clips of this address is no longer there. Choose again.")
        _choose(studio)
        return
    a, b = found
    st.session_state[PAIR] = (a.id, b.id)
    st.query_params.update({A: a.id, B: b.id})
    model = _head(studio)
    with widgets.guard():
        answer = _compare(studio, a, b, model)
        if answer is not None:
            _show(studio, answer)


def _choose(studio: Studio) -> None:
    page = studio.videos(order="title", limit=CHOICES)
    if len(page.videos) < 2:
        widgets.first_clips(studio, "There are not two clips in your library yet.")
        return
    titles = {video.id: video.title for video in page.videos}
    st.markdown("Take two clips: which seconds of one are in the other?")
    with st.container(key="choose", horizontal=True, vertical_alignment="bottom"):
        picked = [
            st.selectbox(
                f"Clip {letter}",
                list(titles),
                index=None,
                format_func=lambda video_id: titles[video_id],
                placeholder="Choose a clip",
                key=f"compare_pick_{letter}",
            )
            for letter in ("A", "B")
        ]
        if st.button("Compare", key="compare_go", type="primary", disabled=not all(picked)):
            st.query_params.update({A: str(picked[0]), B: str(picked[1])})
            st.rerun()


def _head(studio: Studio) -> str | None:
    """What can be asked differently. Gives the method, None when none is ready."""
    methods = studio.models("videos")
    with st.container(key="compare_head", horizontal=True, vertical_alignment="center"):
        st.title("Compare", width="content")
        st.space("stretch")
        model = widgets.method(methods, key="method")
        st.button("Swap A and B", key="compare_swap", on_click=_swap)
        st.button("Other clips", key="compare_other", on_click=_forget)
    widgets.not_ready(methods)
    return model


def _swap() -> None:
    a, b = st.session_state[PAIR]
    st.query_params.update({A: b, B: a})


def _forget() -> None:
    st.session_state.pop(PAIR, None)
    for name in (A, B):
        st.query_params.pop(name, None)


def _compare(studio: Studio, a: Video, b: Video, model: str | None) -> Comparison | None:
    """The answer, kept in the session while question and library stay the same; None when it was cancelled."""
    if model is None:
        st.info("No method is ready yet.")
        return None
    status: LibraryStatus | None = st.session_state.get(widgets.STATUS)
    question = (a.id, b.id, model, status and (status.encoder, status.videos))
    return answers.kept(
        "compare", question, "Comparing", lambda report: studio.compare_videos(a, b, model=model, progress=report)
    )


def _show(studio: Studio, answer: Comparison) -> None:
    data = stage_data(answer, _shown(studio, answer.query), _shown(studio, answer.reference))
    name = "-".join([answer.query.id, answer.reference.id, answer.model, answer.encoder])
    show_comparison(data, answer=name, key="comparison")


def _shown(studio: Studio, video: Video) -> Shown:
    thumb = f"/clip/thumb/{video.id}"
    is_ready = widgets.is_still(video) or studio.is_playable_now(video.id)
    return Shown(f"/clip/media/{video.id}", {"address": f"{thumb}?t="}, thumb, is_ready)


if __name__ == "__main__":
    render(open_studio())
