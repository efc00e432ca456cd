"""The questions and details that open over a page. Which one is open is kept in the session, so that a rerun, for
example when a clip has arrived, leaves it open.
"""

import html
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from app_streamlit import keys, selection, widgets
from app_streamlit.components import clip_player
from core.records import Trainable, Video
from core.studio import Studio

KEY = "dialog"
PLACE = "dialog_place"  # the page that the open dialog was first shown on: it does not follow to another one
CLIP = "clip"  # the query parameter of the clip whose details are open
SHOWN = "clip_shown"  # what of it was written to the address or read from it, and when: the Back button takes it away
DOWNLOADS = {"clip": " (about 600 MB)"}  # what an encoder fetches when it is first chosen
ON_ITS_WAY = 0.5  # seconds until a browser that asks for a rerun must have seen the address it was given


def ask(name: str, *values: Any) -> None:
    """Open a dialog at the next rerun, in place of the one that is open."""
    st.session_state[KEY] = (name, values)
    st.session_state.pop(PLACE, None)


def close() -> None:
    """Leave no dialog open."""
    _forget()
    st.query_params.pop(CLIP, None)


def _forget() -> None:
    for key in (KEY, PLACE, SHOWN):
        st.session_state.pop(key, None)


def show(studio: Studio, page: str) -> None:
    """The dialog that is open on this page, if any. A link with `?clip=` opens the details of that clip. The browser's
    Back button closes details, and what was asked on another page."""
    if st.session_state.get(PLACE, page) != page:
        _forget()
    opened = st.query_params.get(CLIP)
    shown, since = st.session_state.get(SHOWN, (None, 0.0))
    if shown and opened != shown and time.monotonic() - since > ON_ITS_WAY and _is_open("details", shown):
        _forget()
    if KEY not in st.session_state and opened:
        ask("details", opened)
    if KEY not in st.session_state:
        return
    st.session_state[PLACE] = page
    name, values = st.session_state[KEY]
    DIALOGS[name](studio, *values)


def _is_open(name: str, *values: Any) -> bool:
    return st.session_state.get(KEY) == (name, values)


def _details(studio: Studio, video_id: str) -> None:
    if not selection.existing(studio, [video_id]):
        close()
        st.toast("This clip is no longer in the library.")
        return
    if st.query_params.get(CLIP) != video_id:
        st.query_params[CLIP] = video_id
        st.session_state[SHOWN] = (video_id, time.monotonic())
    st.session_state.setdefault(SHOWN, (video_id, time.monotonic()))
    st.dialog("Clip", width="large", on_dismiss=close)(_details_body)(studio, video_id)


def _details_body(studio: Studio, video_id: str) -> None:
    found = selection.existing(studio, [video_id])  # anew each time: a dialog reruns by itself
    if not found:
        st.info("This clip was removed in another window.")
        return
    video = found[0]
    watch, about = st.columns([1.7, 1], gap="medium")
    with watch:
        clip_player(widgets.clip(studio, video), key=f"player_{video.id}")
    with about, widgets.guard():
        title = st.text_input("Title", video.title, key=f"title_{video.id}", max_chars=200)
        if title and title.strip() and title != video.title:
            studio.rename(video.id, title)
        known = sorted({*studio.tags(), *video.tags})
        tags = st.multiselect(
            "Tags",
            known,
            default=list(video.tags),
            key=f"tags_{video.id}",
            accept_new_options=True,
            placeholder="Type a tag and press Enter",
        )
        if set(tags) != set(video.tags):
            studio.set_tags(video.id, tags)
        st.html(_facts(studio, video))
    with st.container(horizontal=True, key="details_acts"):
        if st.button("Search with this clip", type="primary"):
            close()
            st.switch_page("views/search.py", query_params={"query": video.id})
        if st.button("Re-extract", help="Decode the clip again and make its vectors anew."):
            with widgets.guard():
                studio.start_extraction(ids=[video.id])
                close()
                st.rerun()
        if st.button("Remove"):
            close()
            ask("remove", (video.id,))
            st.rerun()


def _facts(studio: Studio, video: Video) -> str:
    info = video.info
    codec = info.video_codec + (f", {info.fps:.4g} frames per second" if info.fps else "")
    facts = {
        "Length": "picture" if widgets.is_still(video) else widgets.duration(info.duration),
        "Size": f"{info.width} × {info.height}" + (f", turned {info.rotation}°" if info.rotation else ""),
        "Picture": codec,
        "Sound": widgets.SOUNDS[video.sound] + (f", {info.audio_codec}" if info.audio_codec else ""),
        "File": f"{video.path.suffix[1:].upper() or info.container}, {widgets.size(info.size_bytes)}",
        "Lies in": "the library's own folder" if video.is_owned else str(video.path),
        "Looked at": _looked_at(studio, video),
        "Id": video.id,
    }
    rows = (f"<dt>{name}</dt><dd>{html.escape(text)}</dd>" for name, text in facts.items())
    return f'<dl class="facts">{"".join(rows)}</dl>'


def _looked_at(studio: Studio, video: Video) -> str:
    """What is kept of a clip to compare it by: "pictures, 1 a second (Built-in descriptor); sound"."""
    labels = {ready.name: ready.label for ready in studio.readiness()}
    kept: dict[str, None] = {}  # in the order of the tracks, each once
    for track in studio.extracted_with(video.id):
        name, rate = track.partition("-")[0], track.rpartition("@")[2].removesuffix("fps")
        often = "" if widgets.is_still(video) else f", {rate} a second"
        if name in labels:
            kept[f"pictures{often} ({labels[name]})"] = None
        else:
            kept[f"pictures, region by region{often}" if "region" in name else "sound"] = None
    return "; ".join(kept) or "nothing yet"


def _remove(studio: Studio, ids: tuple[str, ...]) -> None:
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
    sentences = []
    if copies:
        copy = "1 copy" if copies == 1 else f"{copies} copies"
        sentences.append(f"{copy} in the library's folder will be deleted.")
    if kept:
        own = "Your own file stays where it is." if kept == 1 else f"{kept} files of your own stay where they are."
        sentences.append(own)
    st.markdown(" ".join([*sentences, "Thumbnails and vectors go. This cannot be undone."]))
    with st.container(horizontal=True), widgets.guard():
        if st.button("Remove", type="primary", key="remove_yes"):
            studio.remove([video.id for video in videos])
            selection.drop([video.id for video in videos])
            close()
            st.rerun()
        _cancel()


def _named(videos: list[Video], limit: int = 4) -> str:
    """The first titles and how many there are beyond."""
    names = "\n".join(f"- {widgets.plain(video.title)}" for video in videos[:limit])
    return names + (f"\n- and {len(videos) - limit} more" if len(videos) > limit else "")


def _tag(studio: Studio, ids: tuple[str, ...]) -> None:
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
        _cancel()


def _encoder(studio: Studio) -> None:
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
        _cancel("Close")
        return
    with st.container(horizontal=True), widgets.guard():
        if name is not None and name != current:
            label = widgets.plain(choices[name].label)
            act = f"Switch to {label}" if choices[name].is_ready else f"Try to fetch {label}" + DOWNLOADS.get(name, "")
            if st.button(act, type="primary", key="encoder_yes"):
                studio.start_extraction(name)
                close()
                st.rerun()
            _cancel()
            return
        _cancel("Close")


def _folder(studio: Studio) -> None:
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
            _cancel()


def _forget_training(studio: Studio, name: str) -> None:
    model = studio.trainable(name)
    question = "Go back to what shipped?" if model.has_shipped else "Forget what was learned?"
    st.dialog(question, on_dismiss=close)(_forget_training_body)(studio, model)


def _forget_training_body(studio: Studio, model: Trainable) -> None:
    label = widgets.plain(model.label)
    st.markdown(
        f"What **{label}** learned from this library is deleted. "
        + ("The weights that came with Clipkin are used again." if model.has_shipped else "It can be trained again.")
    )
    with st.container(horizontal=True), widgets.guard():
        if st.button("Go back" if model.has_shipped else "Forget it", type="primary", key="forget_yes"):
            studio.forget_training(model.name)
            close()
            st.rerun()
        _cancel()


def _forget_map(studio: Studio, version: str, name: str) -> None:
    st.dialog("Forget this layout?", on_dismiss=close)(_sure)(
        f"**{widgets.plain(name)}** is deleted. The same choices draw it again, which takes as long as before.",
        "Forget it",
        partial(studio.forget_frame_map, version),
    )


def _remove_print(studio: Studio, name: str, told: str) -> None:
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
        _cancel()


def _keys(_: Studio) -> None:
    st.dialog("What the keyboard does", width="medium", on_dismiss=close)(keys.body)()


def _cancel(label: str = "Cancel") -> None:
    if st.button(label, key="dialog_cancel"):
        close()
        st.rerun()


DIALOGS: dict[str, Callable[..., None]] = {
    "details": _details,
    "remove": _remove,
    "tag": _tag,
    "encoder": _encoder,
    "folder": _folder,
    "forget_training": _forget_training,
    "forget_map": _forget_map,
    "remove_print": _remove_print,
    "keys": _keys,
}
