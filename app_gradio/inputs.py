"""The upload slots: files go in and out as they are. Nothing decodes or converts them in this process.

Gradio's own image slot opens what a stranger sends with Pillow, and its video slot hands it to ffmpeg whenever it is
shown again, both without limits. Here only `core` opens files, in its sandbox.
"""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.data_classes import FileData, ImageData


class PictureSlot(gr.Image):
    """An image upload whose value is the path of the file as it came."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(type="filepath", image_mode=None, sources=["upload", "clipboard"], buttons=[], **settings)

    def get_block_name(self) -> str:
        return "image"

    def get_config(self, cls: type[Block] | None = None) -> dict[str, Any]:
        return super().get_config(cls or gr.Image)  # its settings are the ones the page knows

    def preprocess(self, payload: ImageData | None) -> str | None:
        return payload.path if payload else None

    def postprocess(self, value: str | Path | None) -> ImageData | None:  # type: ignore[override]
        return ImageData(path=str(value), orig_name=Path(value).name) if value else None


class ClipSlot(gr.Video):
    """A video upload whose value is the path of the file as it came."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(sources=["upload"], buttons=[], **settings)

    def get_block_name(self) -> str:
        return "video"

    def get_config(self, cls: type[Block] | None = None) -> dict[str, Any]:
        return super().get_config(cls or gr.Video)  # its settings are the ones the page knows

    def preprocess(self, payload: FileData | None) -> str | None:
        return payload.path if payload else None

    def postprocess(self, value: str | Path | None) -> FileData | None:
        return FileData(path=str(value), orig_name=Path(value).name) if value else None
