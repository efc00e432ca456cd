"""The upload slots: files go in and out as they are. Nothing decodes or converts them in this process.

Gradio's own image slot opens what a stranger sends with Pillow, and its video slot hands it to ffmpeg whenever it is
shown again, both without limits. Here only `core` opens files, in its sandbox. The slots are Gradio's own components
with those two steps replaced, one object at a time: a subclass would make Gradio write an interface file into the
source folder.
"""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData, ImageData

from app_gradio.examples import component
from app_gradio.fetching import limit_fetching
from app_gradio.work import problem
from core.config import MB


def picture_slot(**settings: Any) -> gr.Image:
    """An image upload whose value is the path of the file as it came."""
    slot = gr.Image(type="filepath", image_mode=None, sources=["upload", "clipboard"], buttons=[], **settings)
    return _as_it_is(slot, ImageData)


def clip_slot(**settings: Any) -> gr.Video:
    """A video upload whose value is the path of the file as it came."""
    return _as_it_is(gr.Video(sources=["upload"], buttons=[], **settings), FileData)


def size_guard(largest: int) -> gr.HTML:
    """An unseen part of the page that turns away files of more than so many bytes before they travel. Gradio would do
    so, too, but leave its own mark of an error on the slot."""

    def refuse(event: gr.EventData) -> None:
        size, most = float(event.size) / MB, largest / MB
        told = f"{size:,.0f} MB" if round(size) > round(most) else "a little too much"
        raise problem(
            f"{event.name} has {told}; at most {most:,.0f} MB are taken here. Send a shorter or smaller copy."
        )

    guard = component("uploads", value={"largest": largest}, template="<span></span>", elem_id="uploads")
    guard.refused(refuse, None, None, api_visibility="private", show_progress="hidden")
    return guard


def _as_it_is(slot: Any, data: type[FileData | ImageData]) -> Any:
    """The same slot without opening what passes through. Gradio still checks that the file was uploaded here."""
    limit_fetching()

    def preprocess(payload: FileData | ImageData | None) -> str | None:
        return payload.path if payload else None

    def postprocess(value: str | Path | None) -> FileData | ImageData | None:
        return data(path=str(value), orig_name=Path(value).name) if value else None

    slot.preprocess = preprocess
    slot.postprocess = postprocess
    return slot
