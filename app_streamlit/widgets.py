"""What the pages share: errors as sentences, progress for calls that block, and records as text or component data."""

import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import streamlit as st

from app_streamlit.components import Json
from core.config import MB
from core.errors import Cancelled, StudioError
from core.records import Hit, LibraryStatus, Progress, Readiness, Sound, Video, clock
from core.studio import Studio

PAINT_SECONDS = 0.1  # between two repaints of a progress bar
JOINER = "\N{WORD JOINER}"
MADE_UP = re.compile(r"(?i)https?:|www|@|:(?=material/|streamlit:)|[<>~](?==)|<(?=-)|-(?=>)")
STATUS = "library_status"  # the numbers of the library, counted once in each run by the frame
SOUNDS: dict[Sound, str] = {
    "present": "with sound",
    "silent": "silent",
    "absent": "no sound",
    "unreadable": "sound cannot be read",
}


@contextmanager
def guard(names: Mapping[str, str] | None = None) -> Iterator[None]:
    """Show an expected error as its sentence and a cancelled task as a quiet note. Bugs stay loud.

    `names` are what a person calls the files that an error may name.
    """
    try:
        yield
    except StudioError as error:
        text = str(error)
        for ours, theirs in (names or {}).items():
            text = text.replace(ours, theirs)
        st.error(plain(text))
    except Cancelled:
        st.caption("Cancelled.")


@contextmanager
def progress(label: str) -> Iterator[Progress]:
    """A progress bar for a call that blocks; gone when the call is over.

    Any other input of the person stops the call at its next report, because Streamlit leaves through the repaint.
    """
    slot = st.empty()
    slot.progress(0.0, text=plain(label))
    painted = time.monotonic()

    def report(fraction: float, text: str) -> None:
        nonlocal painted
        now = time.monotonic()
        if now - painted < PAINT_SECONDS:
            return
        painted = now
        share = min(1.0, max(0.0, fraction)) if math.isfinite(fraction) else 0.0
        slot.progress(share, text=plain(f"{label}: {text}" if text else label))

    try:
        yield report
    finally:
        slot.empty()


def offer_extraction(studio: Studio, key: str) -> None:
    """A button to extract the clips that the encoder in use has not seen, when there are any and nothing runs yet."""
    status: LibraryStatus | None = st.session_state.get(STATUS)
    waiting = status.videos - status.extracted if status else 0
    if not waiting or any(job.is_active for job in studio.jobs()):
        return
    if st.button(f"Extract {count(waiting, 'clip')} now", key=key):
        with guard():
            studio.start_extraction()
            st.rerun()


def first_clips(studio: Studio, text: str) -> None:
    """What a page says that has nothing to work on yet, and the ways on: to the library, or with the demo clips."""
    with st.container(key="first_clips"):
        st.markdown(text)
        if any(job.is_active and job.kind == "ingest" for job in studio.jobs()):
            st.caption("Clips are being added now. This page goes on with them by itself.")
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link("views/library.py", label="Add clips to the library")
            offer_demo(studio)


def offer_demo(studio: Studio) -> None:
    """A button that fills an empty library with the demo clips."""
    if studio.videos(limit=1).total:
        return
    if st.button("Load the demo clips", key="demo"):
        with guard():
            studio.start_demo()
            st.rerun()


def method(methods: Sequence[Readiness], *, key: str, first: str = "", bound: bool = True) -> str | None:
    """A list to choose among the methods that are ready, `first` unless chosen otherwise; None when there is none.

    The choice is kept while other pages are open; `bound` keeps it in the address, too.
    """
    ready = {one.name: one.label for one in methods if one.is_ready}
    if not ready:
        return None
    chosen: str = st.selectbox(
        "Method",
        list(ready),
        index=list(ready).index(first) if first in ready else 0,
        format_func=ready.__getitem__,
        key=key,
        bind="query-params" if bound else None,
        persist_state="session",
        label_visibility="collapsed",
        width=240,
    )
    return chosen


def not_ready(methods: Sequence[Readiness]) -> None:
    """Why the others cannot be chosen."""
    for one in methods:
        if not one.is_ready:
            st.caption(f"{plain(one.label)} cannot be chosen: {plain(one.reason)}")


def plain(text: str) -> str:
    """Text for a place that reads Markdown, so that it comes out as it is: titles and errors are not ours to trust.

    Streamlit makes links, icons and arrows of text that no backslash disarms; a joiner that takes no room does.
    """
    apart = MADE_UP.sub(lambda found: found.group() + JOINER, " ".join(text.split()))
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|:$~&])", r"\\\1", apart)


def first_sentence(text: str) -> str:
    """As much as there is room for in the margin."""
    return re.split(r"(?<=[.!?])\s", text.strip(), maxsplit=1)[0]


def duration(seconds: float) -> str:
    """How long a clip is: as a clock, or "0.6 s" when that would say nothing."""
    if seconds >= 1:
        return clock(seconds)
    return f"{seconds:.1f} s" if seconds >= 0.1 else "< 0.1 s"


def length(seconds: float) -> str:
    """A long time for a person: "42 seconds", "3 minutes", "1.5 hours"."""
    if seconds < 90:
        return count(round(seconds), "second")
    if seconds < 5400:
        return count(round(seconds / 60), "minute")
    return f"{seconds / 3600:,.1f} hours"


def size(amount: int) -> str:
    """Bytes for a person."""
    if amount < MB:
        return f"{max(amount, 0) / 1024:,.0f} kB"
    return f"{amount / MB:,.1f} MB" if amount < 1024 * MB else f"{amount / 1024 / MB:,.1f} GB"


def count(number: int, noun: str) -> str:
    """3, "clip" -> "3 clips"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def encoder_label(studio: Studio, name: str) -> str:
    """An encoder as a person knows it, wherever it is named: "embedded" -> "Built-in descriptor"."""
    return next((ready.label for ready in studio.readiness() if ready.name == name), name)


def percent(probability: float) -> str:
    """A probability: "83 %"; "< 0.1 %" where that would be nothing at all."""
    if probability < 0.001:
        return "< 0.1 %"
    return f"{100 * probability:.0f} %" if probability >= 0.0995 else f"{100 * probability:.1f} %"


def is_still(video: Video) -> bool:
    """Whether it is a picture: it has no frame rate and nothing to play."""
    return video.info.container == "picture"


def clip(studio: Studio, video: Video) -> dict[str, Any]:
    """A video as the components show it."""
    still = is_still(video)
    return {
        "id": video.id,
        "title": video.title,
        "length": "Picture" if still else duration(video.info.duration),
        "sound": SOUNDS[video.sound],
        "sounds": video.sound == "present",
        "still": still,
        "tall": video.info.width < 1.25 * video.info.height,
        "tags": " · ".join(video.tags),
        "thumb": f"/clip/thumb/{video.id}",
        "media": f"/clip/media/{video.id}",
        "plays": not still and studio.is_playable_now(video.id),
    }


def hit_clip(studio: Studio, hit: Hit, *, heard: bool = False) -> Json:
    """A hit as the pair of players shows it; `heard` when it was found by its sound alone, so at no moment."""
    return clip(studio, studio.video(hit.video_id)) | {
        "similarity": hit.similarity,
        "probability": hit.probability,
        "kin": hit.is_kin,
        "heard": heard,
        "visual": hit.visual,
        "audio": hit.audio,
        "query_time": hit.query_time,
        "time": hit.reference_time,
        "moment_thumb": f"/clip/thumb/{hit.video_id}?t={hit.reference_time:.2f}",
    }
