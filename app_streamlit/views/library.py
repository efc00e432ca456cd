"""The Library page: add clips, find them, look at them, work on many at once."""

from functools import partial
from typing import Literal

import streamlit as st

from app_streamlit import dialogs, selection, selection_bar, widgets
from app_streamlit.components import clip_grid, drop_zone
from app_streamlit.routes import UPLOADS
from core.records import Failure, Page
from core.studio import Studio, open_studio

PER_PAGE = 24
ORDERS: dict[Literal["added", "title", "duration"], str] = {
    "added": "Newest first",
    "title": "By title",
    "duration": "Longest first",
}
GRID = "grid"


def render(studio: Studio) -> None:
    """Draw the page."""
    is_empty = studio.videos(limit=1).total == 0
    st.title("Library")
    if is_empty:
        _welcome(studio)
    else:
        _add(studio, large=False)
    _failures(studio)
    if not is_empty:
        _browse(studio)
        selection_bar.show(studio)


def _welcome(studio: Studio) -> None:
    """What a new library says."""
    _add(studio, large=True)
    if any(job.is_active for job in studio.jobs()):
        return
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center", key="welcome"):
        st.caption("Nothing at hand?", width="content")
        widgets.offer_demo(studio)


def _add(studio: Studio, *, large: bool) -> None:
    upload = partial(
        drop_zone,
        "library",
        url=UPLOADS,
        limit=studio.settings.limits.file_bytes,
        many=True,
        large=large,
        on_server_folder=partial(dialogs.ask, "folder"),
    )
    if large:
        arrived = upload(
            title="Drop clips here to start your library",
            hint="Clipkin looks at one frame per second of every clip, so that you can ask which clips are kin. "
            "Everything stays on this machine.",
        )
    else:
        arrived = upload(title="Add clips", hint="Drop files or folders anywhere on this page")
    if arrived:
        st.rerun()  # the work on the new arrivals has begun: show it and keep watching


def _failures(studio: Studio) -> None:
    failures = studio.failures()
    if not failures:
        return
    title = f"{widgets.count(len(failures), 'file')} could not be added"
    with st.expander(title, key="failures"):
        for failure in failures[:PER_PAGE]:
            _failure(studio, failure)
        with st.container(horizontal=True):
            if len(failures) > PER_PAGE:
                st.caption(f"And {len(failures) - PER_PAGE} more.")
            st.button("Dismiss all", key="dismiss_failures", on_click=studio.dismiss_failures)


def _failure(studio: Studio, failure: Failure) -> None:
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, key=f"failure_{failure.id}"):
        st.markdown(f"**{widgets.plain(failure.path)}**  \n{widgets.plain(failure.error)}", width="stretch")
        dismiss = partial(studio.dismiss_failures, [failure.id])
        st.button("Dismiss", key=f"dismiss_failure_{failure.id}", type="tertiary", on_click=dismiss)


def _browse(studio: Studio) -> None:
    """Filters, the grid and its pages. All of it is in the address, so a view can be kept as a link."""
    tags = studio.tags()
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Find by title",
            key="text",
            type="search",
            placeholder="Find by title",
            label_visibility="collapsed",
            live=True,
            bind="query-params",
            on_change=_first_page,
        )
        chosen: list[str] = []
        if tags:
            chosen = st.multiselect(
                "Tags",
                sorted(tags),
                key="tag",
                format_func=lambda tag: f"{tag} ({tags.get(tag, 0)})",
                placeholder="Any tag",
                label_visibility="collapsed",
                bind="query-params",
                on_change=_first_page,
            )
        order = st.selectbox(
            "Sort",
            ORDERS,
            key="sort",
            format_func=lambda order: ORDERS[order],
            label_visibility="collapsed",
            bind="query-params",
            on_change=_first_page,
            width=190,
        )
    total = studio.videos(text=text or "", tags=chosen, limit=1).total
    if not total:
        _nothing_found()
        return
    place, below = st.container(), st.container(key="below", horizontal=True, vertical_alignment="center")
    with below:
        number = _page_number(total)
    page = studio.videos(text=text or "", tags=chosen, order=order, offset=(number - 1) * PER_PAGE, limit=PER_PAGE)
    with place:
        _grid(studio, page)
    ids = [video.id for video in page.videos]
    with below:
        first = (number - 1) * PER_PAGE + 1
        shown = f"{first}–{first + len(ids) - 1} of {total:,}" if total > PER_PAGE else widgets.count(total, "clip")
        st.caption(shown, width="content")
        st.button("Select all on this page", key="select_page", type="tertiary", on_click=_select_also, args=(ids,))


def _page_number(total: int) -> int:
    """Which page is shown, from 1 on; the buttons to choose it when there are several."""
    pages = -(-total // PER_PAGE)
    if pages == 1:
        return 1
    if int(st.session_state.get("page", 1)) > pages:
        st.session_state["page"] = pages
    return st.pagination(pages, key="page", bind="query-params", width=320)


def _nothing_found() -> None:
    with st.container(key="nothing"):
        st.markdown("**No clip matches.**")
        st.button("Clear the filters", key="clear_filters", on_click=_clear_filters)


def _clear_filters() -> None:
    st.session_state["text"] = ""
    st.session_state["tag"] = []
    _first_page()


def _first_page() -> None:
    if "page" in st.session_state:
        st.session_state["page"] = 1


def _grid(studio: Studio, page: Page) -> None:
    clip_grid(
        [widgets.clip(studio, video) for video in page.videos],
        key=GRID,
        selected=selection.chosen(),
        epoch=selection.epoch(),
        on_open=_opened,
        on_select=_selected,
    )


def _opened(video_id: str) -> None:
    dialogs.ask("details", video_id)


def _selected(ids: list[str]) -> None:
    selection.note(ids)


def _select_also(ids: list[str]) -> None:
    selection.choose([*selection.chosen(), *ids])


if __name__ == "__main__":
    render(open_studio())
