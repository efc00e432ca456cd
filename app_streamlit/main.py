"""The app from above: pages, look, sidebar, running work. Streamlit runs this file for every visit and every click."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app_streamlit import dialogs, frame, widgets
from core.studio import open_studio

PAGES = ("library", "search", "trace", "frame_map", "groups", "models", "compare")
TITLES = {"frame_map": "Map"}  # of pages whose file is called otherwise
PAGE = "page_drawn"  # in the session: the path of the page that was drawn last
HIDDEN = ("compare",)  # opened from other pages, so that the list of pages stays short


def main() -> None:
    """Draw the frame, then the page that was asked for."""
    pages = [
        st.Page(
            f"views/{name}.py",
            title=TITLES.get(name, name.capitalize()),
            url_path=TITLES.get(name, name).lower(),
            default=name == PAGES[0],
            visibility="hidden" if name in HIDDEN else "visible",
        )
        for name in PAGES
    ]
    page = st.navigation(pages)
    _arrive(page.url_path)
    frame.configure(page.title)
    with widgets.guard():
        studio = open_studio()
        frame.sidebar(studio)
        frame.activity(studio)
        dialogs.show(studio, page.url_path)
        page.run()


def _arrive(path: str) -> None:
    """Keep what was chosen on a page when the browser's Back button leads to it.

    Streamlit takes the choices of a page out of the address before it leaves it, so the button leads to a bare one. In
    the run that answers the button the address counts, and all would be as at first; in any other the session puts the
    choices back.
    """
    run = get_script_run_ctx()
    if run is not None and st.session_state.get(PAGE) != path and not st.query_params:
        run.is_history_navigation = False
    st.session_state[PAGE] = path


if __name__ == "__main__":
    main()
