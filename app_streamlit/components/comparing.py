"""The components of the pages that compare: the stage of two videos, which the other app shows too."""

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager

from app_streamlit.components import FOLDER, Json
from core.plots import palette, stage_parts

_renderers: dict[str, Callable[..., Any]] = {}


def comparison(data: Json, *, answer: str, key: str) -> None:
    """Two players over the matrix of their frames. While `answer` stays the same, so does what the person looks at."""
    ramp = palette(st.context.theme.type == "dark").ramp
    _stage()(key=key, data={"comparison": dict(data), "answer": answer, "ramp": list(ramp)})


def _stage() -> Callable[..., Any]:
    """The renderer of the stage, registered with the running server when it does not know it yet."""
    if get_bidi_component_manager().get("comparison") is None:
        html, css, script = stage_parts()
        _renderers["comparison"] = st.components.v2.component(
            "comparison",
            html=html,
            css=css + (FOLDER / "comparison.css").read_text("utf-8"),
            js=script + (FOLDER / "comparison.js").read_text("utf-8"),
        )
    return _renderers["comparison"]
