"""The dialogs in which something is chosen: tags, the encoder, a folder of this machine."""

from pathlib import Path

import streamlit as st

from app_streamlit import selection, widgets
from app_streamlit.dialogs.opening import cancel, close
from core.records import Video
from core.studio import Studio

DOWNLOADS = {"clip": " (about 600 MB)"}  # what an encoder fetches when it is first chosen


def tag(studio: Studio, ids: tuple[str, ...]) -> None:
    """Add tags to some clips or take them away."""
    videos = selection.existing(studio, ids)
    st.dialog(f"Tag {widgets.count(len(videos), 'clip')}", on_dismiss=close)(_tag_body)(studio, videos)


def _tag_body(studio: Studio, videos: list[Video]) -> None:
    known = studio.tags()
    shared = sorted({tag for video in videos for tag in video.tags})
    more = st.multiselect(
        "Add", sorted(known), key="tag_add", accept_new_options=True, placeholder="Type a tag and press Enter"
    )
    fewer = st.multiselect("Take away", shared, key="tag_take", placeholder="Choose tags") if shared else []
    with st.container(horizontal=True), widgets.guard():
        if st.button("Apply", type="primary", key="tag_yes", disabled=not (more or fewer)):
            for video in videos:
                kept = [tag for tag in video.tags if tag not in fewer]
                studio.set_tags(video.id, [*kept, *(tag for tag in more if tag not in kept)])
            close()
            st.rerun()
        cancel()


def encoder(studio: Studio) -> None:
    """Choose the encoder of the library."""
    st.dialog("Switch encoder", width="medium", on_dismiss=close)(_encoder_body)(studio)


def _encoder_body(studio: Studio) -> None:
    current = studio.encoder()
    choices = {choice.name: choice for choice in studio.readiness()}
    st.markdown(
        "An encoder turns frames into the vectors that are compared. Vectors of different encoders are never mixed, so "
        "switching extracts every clip again. You can go on working meanwhile; the library changes over at the end."
    )
    name = st.radio(
        "Encoder",
        list(choices),
        index=list(choices).index(current) if current in choices else None,
        format_func=lambda name: widgets.plain(choices[name].label) + ("  (in use)" if name == current else ""),
        captions=[widgets.plain(choice.reason) for choice in choices.values()],
        key="encoder_choice",
        label_visibility="collapsed",
    )
    if studio.settings.encoder != "auto":
        st.info("CLIPKIN_ENCODER is set on this machine and overrules the choice. Start Clipkin without it to switch.")
        cancel("Close")
        return
    with st.container(horizontal=True), widgets.guard():
        if name is not None and name != current:
            label = widgets.plain(choices[name].label)
            act = f"Switch to {label}" if choices[name].is_ready else f"Try to fetch {label}" + DOWNLOADS.get(name, "")
            if st.button(act, type="primary", key="encoder_yes"):
                studio.start_extraction(name)
                close()
                st.rerun()
            cancel()
            return
        cancel("Close")


def folder(studio: Studio) -> None:
    """Add what lies in a folder of this machine."""
    st.dialog("Add from a folder on this machine", width="medium", on_dismiss=close)(_folder_body)(studio)


def _folder_body(studio: Studio) -> None:
    st.markdown("The files stay where they are; the library keeps thumbnails and vectors of them.")
    with st.form("folder_form", border=False):
        text = st.text_input("Folder", key="folder_path", placeholder="/home/you/films") or ""
        st.form_submit_button("Look inside")
    if not text.strip():
        return
    with widgets.guard():
        files = studio.folder_media(Path(text.strip()))
        if not files:
            st.info("There are no video files in this folder or below it.")
            return
        st.markdown(f"**{widgets.count(len(files), 'video file')}** found in this folder and below it.")
        with st.container(horizontal=True):
            if st.button(f"Add {widgets.count(len(files), 'file')}", type="primary", key="folder_yes"):
                studio.start_ingest(files)
                close()
                st.rerun()
            cancel()
