"""The questions before something is deleted: each says exactly what goes and what stays."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from app_streamlit import selection, widgets
from app_streamlit.dialogs.opening import cancel, close
from core.records import Trainable, Video
from core.studio import Studio


def remove(studio: Studio, ids: tuple[str, ...]) -> None:
    """Take clips out of the library."""
    videos = selection.existing(studio, ids)
    if not videos:
        close()
        return
    question = f"Remove {widgets.count(len(videos), 'clip')}?"
    st.dialog(question, on_dismiss=close)(_remove_body)(studio, videos)


def _remove_body(studio: Studio, videos: list[Video]) -> None:
    st.markdown(_named(videos))
    copies = sum(video.is_owned for video in videos)
    kept = len(videos) - copies
    goes = [f"{'title' if len(videos) == 1 else 'titles'}, tags, thumbnails and vectors"]
    stays = ["what models have learned", "the layout of the map"]
    if copies:
        goes.insert(0, "1 copy in the library's folder" if copies == 1 else f"{copies} copies in the library's folder")
    with widgets.guard():
        if prints := studio.prints_showing([video.id for video in videos]):
            them = "it" if len(videos) == 1 else "them"
            goes.append(f"{widgets.count(len(prints), 'poster')} of the map with pictures of {them}")
    if kept:
        own = "your own file" if kept == 1 else f"{kept} files of your own"
        stays.insert(0, f"{own}, which can be added again")
    st.markdown(f"**Deleted:** {_listed(goes)}. This cannot be undone.\n\n**Stays:** {_listed(stays)}.")
    with st.container(horizontal=True), widgets.guard():
        if st.button("Remove", type="primary", key="remove_yes"):
            studio.remove([video.id for video in videos])
            selection.drop([video.id for video in videos])
            close()
            st.rerun()
        cancel()


def _listed(parts: list[str]) -> str:
    """As a person lists them: "a; b; and c"."""
    return "; ".join(parts[:-1]) + f"; and {parts[-1]}" if len(parts) > 1 else parts[0]


def _named(videos: list[Video], limit: int = 4) -> str:
    """The first titles and how many there are beyond."""
    names = "\n".join(f"- {widgets.plain(video.title)}" for video in videos[:limit])
    return names + (f"\n- and {len(videos) - limit} more" if len(videos) > limit else "")


def forget_training(studio: Studio, name: str) -> None:
    """Delete what a model learned here."""
    model = studio.trainable(name)
    question = "Go back to what shipped?" if model.has_shipped else "Forget what was learned?"
    st.dialog(question, on_dismiss=close)(_forget_training_body)(studio, model)


def _forget_training_body(studio: Studio, model: Trainable) -> None:
    label = widgets.plain(model.label)
    st.markdown(
        f"What **{label}** learned from this library is deleted; clips stay. "
        + ("The weights that came with Clipkin are used again." if model.has_shipped else "It can be trained again.")
    )
    with st.container(horizontal=True), widgets.guard():
        if st.button("Go back" if model.has_shipped else "Forget it", type="primary", key="forget_yes"):
            studio.forget_training(model.name)
            close()
            st.rerun()
        cancel()


def forget_map(studio: Studio, version: str, name: str) -> None:
    """Delete a layout of the map."""
    st.dialog("Forget this layout?", on_dismiss=close)(_sure)(
        f"**{widgets.plain(name)}** is deleted; clips and other layouts stay. The same choices draw it "
        "again from the library as it is then, which takes as long as before.",
        "Forget it",
        partial(studio.forget_frame_map, version),
    )


def remove_print(studio: Studio, name: str, told: str) -> None:
    """Delete a poster of the map."""
    st.dialog("Remove this poster?", on_dismiss=close)(_sure)(
        f"**{widgets.plain(told)}** is deleted from the library's folder. It can be made again.",
        "Remove",
        partial(studio.remove_print, name),
    )


def _sure(text: str, act: str, work: Callable[[], None]) -> None:
    st.markdown(text)
    with st.container(horizontal=True), widgets.guard():
        if st.button(act, type="primary", key="sure_yes"):
            work()
            close()
            st.rerun()
        cancel()
