"""The Search page: a clip, a picture, a video of the library or words, and the clips most like it."""

from functools import partial

import streamlit as st

from app_streamlit import answers, dialogs, found, tuning, widgets
from app_streamlit.asking import QUERY, Asking
from core.records import LibraryStatus, Video
from core.studio import Studio, open_studio

OPEN = "search_open"  # a hit to be shown in the library
COMPARED = "search_compared"  # the query and a hit, to be shown on the page that compares
TEXT = "text"  # the query parameter of a search in words
HITS, SENSES, SPACE = "Hits", "Sense by sense", "Latent space"
VIEWS = (HITS, SENSES, SPACE)
ASKING = Asking("search", forgets=(found.KEPT, TEXT))


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
    video = ASKING.query(studio)
    if ASKING.upload is not None:
        st.title("Search")
        ASKING.look(studio, ASKING.upload)
        _ask(studio)
        return
    if video is None:
        st.title("Search")
        _ask(studio)
        return
    _head(studio, video)
    _answer(studio, video)


def _ask(studio: Studio) -> None:
    """Drop something, take a video of the library, or write a few words."""
    ASKING.drop(
        studio,
        title="Drop a clip or a picture",
        hint="Clipkin finds the clips of your library that are most like it, and the seconds where they agree best.",
        pictures=True,
    )
    with st.container(key="pick"):
        if ASKING.pick(studio, empty="Your library is empty, so there is nothing to find yet."):
            _words(studio)


def _head(studio: Studio, video: Video | None) -> None:
    """What can be done with the query."""
    with st.container(key="search_head", horizontal=True, vertical_alignment="center"):
        st.title("Search", width="content")
        st.space("stretch")
        about = "Which second of which video each part was taken from."
        is_film = video is not None and not widgets.is_still(video)
        if video and is_film and st.button("Trace its parts", key="trace_this", help=about):
            st.switch_page("views/trace.py", query_params={QUERY: video.id})
        if video and video.role == "query" and st.button("Add this clip to the library", key="promote"):
            with widgets.guard():
                studio.promote(video.id)
                st.rerun()
        st.button("New search", key="new_search", type="primary", on_click=ASKING.forget)


def _answer(studio: Studio, video: Video) -> None:
    if studio.videos(limit=2).total == (1 if video.role == "library" else 0):
        widgets.first_clips(studio, "There is no other clip in your library yet, so there is nothing to find.")
        return
    with st.container(key="tuning", horizontal=True, vertical_alignment="center"):
        view = st.segmented_control(
            "View",
            VIEWS,
            default=VIEWS[0],
            required=True,
            key="view",
            bind="query-params",
            label_visibility="collapsed",
        )
        question = tuning.choose(studio)
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
    status: LibraryStatus | None = st.session_state.get(widgets.STATUS)
    question = (text, status and (status.encoder, status.videos, status.extracted))
    with widgets.guard():
        result = answers.kept(
            "words",
            question,
            "Searching",
            lambda report: studio.search_text(text, top=tuning.TOPS[-1], progress=report),
        )
        if result is not None:
            found.show(studio, result, on_open=_open, on_compare=_nothing)


def _nothing(video_id: str) -> None:
    """Words cannot be compared second by second."""


def _compare(query: str, hit: str) -> None:
    st.session_state[COMPARED] = (query, hit)


def _open(video_id: str) -> None:
    st.session_state[OPEN] = video_id


if __name__ == "__main__":
    render(open_studio())
