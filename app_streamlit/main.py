"""The app from above: pages, look, sidebar, running work. Streamlit runs this file for every visit and every click."""

import streamlit as st

from app_streamlit import dialogs, frame, widgets
from core.studio import open_studio

PAGES = ("library", "search", "trace", "frame_map", "groups", "models", "compare")
TITLES = {"frame_map": "Map"}  # of pages whose file is called otherwise
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
    frame.configure(page.title)
    with widgets.guard():
        studio = open_studio()
        frame.sidebar(studio)
        frame.activity(studio)
        dialogs.show(studio, page.url_path)
        page.run()


if __name__ == "__main__":
    main()
