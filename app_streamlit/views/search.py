"""The Search page: a clip, a picture, a video of the library or words, and the clips most like it."""

from functools import partial
from pathlib import Path

import streamlit as st

from app_streamlit import dialogs, found, tuning, widgets
from app_streamlit.components import drop_zone
from app_streamlit.routes import UPLOADS
from app_streamlit.uploads import Upload, inbox
from core.errors import NotFound
from core.records import Video
from core.studio import Studio, open_studio

QUERY = "query"  # the query parameter, and what the session remembers of it over page switches
PENDING, OPEN, GONE = "search_pending", "search_open", "search_gone"
COMPARED = "search_compared"  # the query and a hit, to be shown on the page that compares
TEXT = "text"  # the query parameter of a search in words
HITS, SENSES, SPACE = "Hits", "Sense by sense", "Latent space"
VIEWS = (HITS, SENSES, SPACE)
CHOICES = 200  # videos offered in the list to pick from; more are found by typing their title in the library


def render(studio: Studio) -> None:
    """Draw the page."""
    if COMPARED in st.session_state:
        a, b = st.session_state.pop(COMPARED)
        st.switch_page("views/compare.py", query_params={"a": a, "b": b})
    if OPEN in st.session_state:
        st.switch_page("views/library.py", query_params={dialogs.CLIP: st.session_state.pop(OPEN)})
    if TEXT in st.query_params:
        _found_in_words(studio, st.query_params[TEXT])
        return
    video = _query(studio)
    if video is None and PENDING not in st.session_state:
        st.title("Search")
        _ask(studio)
        return
    if PENDING in st.session_state:
        st.title("Search")
        _take_in(studio, st.session_state[PENDING])
        return
    assert video is not None
    _head(studio, video)
    _answer(studio, video)


def _query(studio: Studio) -> Video | None:
    """The query of the address, else the one this session had when it left the page."""
    video_id = st.query_params.get(QUERY) or st.session_state.get(QUERY)
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
    st.session_state[QUERY] = video.id
    if st.query_params.get(QUERY) != video.id:
        st.query_params[QUERY] = video.id


def _forget() -> None:
    st.session_state.pop(QUERY, None)
    st.session_state.pop(found.KEPT, None)
    for name in (QUERY, TEXT):
        st.query_params.pop(name, None)


def _ask(studio: Studio) -> None:
    """Drop something, or take a video of the library."""
    if st.session_state.pop(GONE, False):
        st.warning("The query of this address is no longer there. Drop the clip again.")
    arrived = drop_zone(
        "search",
        title="Drop a clip or a picture",
        hint="Clipkin finds the clips of your library that are most like it, and the seconds where they agree best.",
        url=UPLOADS,
        limit=studio.settings.limits.file_bytes,
        many=False,
        large=True,
        pictures=True,
    )
    for answer in arrived:
        upload = inbox.take(str(answer.get("token")))
        if upload:
            st.session_state[PENDING] = upload
            st.rerun()
    page = studio.videos(order="title", limit=CHOICES)
    with st.container(key="pick"):
        if not page.videos:
            st.markdown("Your library is empty, so there is nothing to find yet.")
            st.page_link("views/library.py", label="Add clips to the library")
            return
        titles = {video.id: video.title for video in page.videos}
        picked = st.selectbox(
            "Or take a clip of the library",
            list(titles),
            index=None,
            format_func=lambda video_id: titles[video_id],
            placeholder="Choose a clip",
            key="search_pick",
        )
        if picked:
            st.query_params[QUERY] = picked
            st.rerun()
        _words(studio)


def _take_in(studio: Studio, upload: Upload) -> None:
    """Look at what was dropped. It goes on where it was when another input interrupts it."""
    st.markdown(f"**{widgets.plain(upload.title)}**")
    place = st.container()
    cancel = st.empty()
    cancel.button("Cancel", key="search_cancel", on_click=_cancel, args=(upload,))
    with widgets.guard({upload.path.name: upload.title}):
        with place, widgets.progress("Looking at the clip") as report:
            video = studio.query(upload.path, Path(upload.title).stem, owned=True, progress=report)
        st.session_state.pop(PENDING)
        _remember(video)
        st.rerun()
    _cancel(upload)
    cancel.empty()
    _ask(studio)


def _cancel(upload: Upload) -> None:
    st.session_state.pop(PENDING, None)
    upload.path.unlink(missing_ok=True)


def _head(studio: Studio, video: Video | None) -> None:
    """What can be done with the query."""
    with st.container(key="search_head", horizontal=True, vertical_alignment="center"):
        st.title("Search", width="content")
        st.space("stretch")
        is_film = video is not None and not widgets.is_still(video)
        if video and is_film and st.button("Trace where its parts come from", key="trace_this", type="tertiary"):
            st.switch_page("views/trace.py", query_params={QUERY: video.id})
        if video and video.role == "query" and st.button("Add this clip to the library", key="promote"):
            with widgets.guard():
                studio.promote(video.id)
                st.rerun()
        st.button("New search", key="new_search", type="primary", on_click=_forget)


def _answer(studio: Studio, video: Video) -> None:
    if studio.videos(limit=2).total == (1 if video.role == "library" else 0):
        st.info("There is no other clip in your library yet. Add some, then search again.")
        st.page_link("views/library.py", label="Add clips to the library")
        return
    question = tuning.choose(studio)
    view = st.segmented_control(
        "View",
        VIEWS,
        default=VIEWS[0],
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
    )
    with widgets.guard():
        if view == SENSES:
            found.show_senses(studio, video, question)
        elif view == SPACE:
            found.show_space(studio, video, is_dark=st.context.theme.type == "dark")
        else:
            result = found.ask(studio, video, question)
            found.show(studio, result, on_open=_open, on_compare=partial(_compare, video.id))


def _words(studio: Studio) -> None:
    """Ask in words, where the encoder knows any."""
    ready = studio.text_search()
    typed = st.text_input(
        "Or describe what you look for",
        placeholder="a red balloon over water",
        disabled=not ready.is_ready,
        key="search_words",
    )
    if not ready.is_ready:
        st.caption(widgets.plain(ready.reason))
    elif typed.strip():
        st.query_params[TEXT] = typed.strip()
        st.rerun()


def _found_in_words(studio: Studio, text: str) -> None:
    _head(studio, None)
    st.markdown(f"**“{widgets.plain(text)}”**")
    with widgets.guard():
        with widgets.progress("Searching") as report:
            result = studio.search_text(text, top=tuning.TOPS[-1], progress=report)
        found.show(studio, result, on_open=_open, on_compare=_nothing)


def _nothing(video_id: str) -> None:
    """Words cannot be compared second by second."""


def _compare(query: str, hit: str) -> None:
    st.session_state[COMPARED] = (query, hit)


def _open(video_id: str) -> None:
    st.session_state[OPEN] = video_id


if __name__ == "__main__":
    render(open_studio())
