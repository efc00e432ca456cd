"""The pages of `map_app`: the map, and another one to switch to."""

import streamlit as st

from app_streamlit import frame
from app_streamlit.views import frame_map
from tests.browser.map_app import studio


def _map() -> None:
    frame_map.render(studio())


def _elsewhere() -> None:
    st.title("Elsewhere")


page = st.navigation(
    [
        st.Page(_map, title="Map", url_path="map", default=True),
        st.Page(_elsewhere, title="Elsewhere", url_path="elsewhere"),
    ]
)
frame.configure(page.title)
frame.activity(studio())
page.run()
