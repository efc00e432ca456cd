"""The bar that floats over a page while clips are selected: what can be done with all of them."""

import streamlit as st

from app_streamlit import dialogs, selection, widgets
from core.studio import Studio


def show(studio: Studio, *, groups: bool = True) -> None:
    """Draw it, if anything is selected. `groups` offers the page that shows how the selected clips hang together."""
    ids = selection.chosen()
    if not ids:
        return
    with st.container(key="selected", horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{len(ids)} selected**")
        if len(ids) == 2 and st.button("Compare", key="compare_selected"):
            st.switch_page("views/compare.py", query_params={"a": ids[0], "b": ids[1]})
        if groups and len(ids) > 2 and st.button("Groups", key="group_selected", help="Which of them are copies?"):
            st.switch_page("views/groups.py", query_params={"of": "selected"})
        st.button("Tag", key="tag_selected", on_click=dialogs.ask, args=("tag", ids))
        if st.button("Re-extract", key="extract_selected"):
            with widgets.guard():
                studio.start_extraction(ids=ids)
                selection.choose([])
                st.rerun()
        st.button("Remove", key="remove_selected", on_click=dialogs.ask, args=("remove", ids))
        st.button("Clear", key="clear_selected", type="tertiary", on_click=selection.choose, args=([],))
