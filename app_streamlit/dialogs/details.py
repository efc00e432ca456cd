"""One clip: playing, its title and tags, and the facts."""

import html
import time

import streamlit as st

from app_streamlit import selection, widgets
from app_streamlit.components import clip_player
from app_streamlit.dialogs.opening import CLIP, SHOWN, ask, close
from core.records import Video
from core.studio import Studio


def details(studio: Studio, video_id: str) -> None:
    """Everything about one clip, with what can be done with it."""
    if not selection.existing(studio, [video_id]):
        close()
        st.toast("This clip is no longer in the library.")
        return
    if st.query_params.get(CLIP) != video_id:
        st.query_params[CLIP] = video_id
        st.session_state[SHOWN] = (video_id, time.monotonic())
    st.session_state.setdefault(SHOWN, (video_id, time.monotonic()))
    st.dialog("Clip", width="large", on_dismiss=close)(_body)(studio, video_id)


def _body(studio: Studio, video_id: str) -> None:
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
