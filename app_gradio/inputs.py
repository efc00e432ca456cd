"""The upload slots: files go in and out as they are. Nothing decodes or converts them in this process.

Gradio's own image slot opens what a stranger sends with Pillow, and its video slot hands it to ffmpeg whenever it is
shown again, both without limits. Here only `core` opens files, in its sandbox. The slots are Gradio's own components
with those two steps replaced. They are classes, because Gradio makes a slot anew for each visitor, as soon as something
about it was changed; and not in the ordinary way, in which it would write an interface file into the source folder.
"""

from abc import ABCMeta
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData, ImageData

from app_gradio.examples import component
from app_gradio.fetching import limit_fetching
from app_gradio.work import problem
from core.config import MB


def picture_slot(**settings: Any) -> Any:
    """An image upload whose value is the path of the file as it came."""
    kind = _as_it_is(gr.Image, ImageData)
    return kind(type="filepath", image_mode=None, sources=["upload", "clipboard"], buttons=[], **settings)


def clip_slot(**settings: Any) -> Any:
    """A video upload whose value is the path of the file as it came."""
    return _as_it_is(gr.Video, FileData)(sources=["upload"], buttons=[], **settings)


def guard(largest: int) -> gr.HTML:
    """An unseen part of the page that turns away files of more than so many bytes, and of another kind than a slot is
    for, before they travel. Gradio would do so, too, but in words for programmers, and with a mark on the slot."""

    def refuse(event: gr.EventData) -> None:
        raise problem(refusal(str(event.name), str(event.why), float(event.size), largest))

    unseen = component("uploads", value={"largest": largest}, template="<span></span>", elem_id="uploads")
    unseen.refused(refuse, None, None, api_visibility="private", show_progress="hidden")
    return unseen


def refusal(name: str, why: str, size: float, largest: int) -> str:
    """Why a file of so many bytes does not travel: its size, or that it is no video or no picture."""
    if why == "video":
        return f"{name} is no video. Two pictures are compared under Frames."
    if why == "picture":
        return f"{name} is no picture. For a video, see “Take frames from a video”."
    is_just = round(size / MB) <= round(largest / MB)
    told = "is just over that" if is_just else f"has {size / MB:,.0f} MB"
    return f"Files up to {largest / MB:,.0f} MB are taken here, and {name} {told}. Send a shorter or smaller copy."


@cache
def _as_it_is(kind: type[Any], data: type[FileData | ImageData]) -> type[Any]:
    """The same slot without opening what passes through. Gradio still checks that the file was uploaded here."""
    limit_fetching()

    def preprocess(_: Any, payload: FileData | ImageData | None) -> str | None:
        return payload.path if payload else None

    def postprocess(_: Any, value: str | Path | None) -> FileData | ImageData | None:
        return data(path=str(value), orig_name=Path(value).name) if value else None

    members = {"__module__": kind.__module__, "preprocess": preprocess, "postprocess": postprocess}
    return ABCMeta.__new__(type(kind), kind.__name__, (kind,), members)
