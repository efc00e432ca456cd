"""The components of the pages that compare: the stage of two videos, which the other app shows too, and for many
videos the groups they fall into and the heat map of all pairs."""

import base64
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager

from app_streamlit.components import FOLDER, Json, told
from core.plots import palette, stage_parts

_renderers: dict[str, Callable[..., Any]] = {}


def comparison(data: Json, *, answer: str, key: str) -> None:
    """Two players over the matrix of their frames. While `answer` stays the same, so does what the person looks at."""
    _stage()(key=key, data={"comparison": dict(data), "answer": answer, "ramp": _ramp()})


def kin_groups(
    groups: Sequence[Json],
    *,
    answer: str,
    key: str,
    selected: Sequence[str],
    epoch: int,
    on_open: Callable[[str], None],
    on_select: Callable[[list[str]], None],
    on_compare: Callable[[list[str]], None],
) -> None:
    """Groups of clips, each with `members`, the `edges` that hold them (one for each member, null for the first), the
    ids to `spare` and what is `said` of it. The selection works as in the grid of clips."""
    _own("kin_groups")(
        key=key,
        data={"groups": list(groups), "answer": answer, "selected": list(selected), "epoch": epoch},
        on_opened_change=told.tell(key, "opened", told.video_id, on_open),
        on_selected_change=told.tell(key, "selected", told.video_ids, on_select),
        on_compared_change=told.tell(key, "compared", told.two_ids, on_compare),
    )


def kin_map(
    clips: Sequence[Json],
    matrix: NDArray[np.float32],
    groups: Sequence[tuple[int, int]],
    *,
    answer: str,
    key: str,
    on_compare: Callable[[list[str]], None],
) -> None:
    """How alike every two clips are, as a heat map: `matrix` (N, N) in the order of `clips`, from 0 to 1; what is below
    0 shows as 0. `groups` are runs of clips to be framed: the first one's place and how many."""
    levels = (np.clip(np.nan_to_num(matrix), 0.0, 1.0) * 255).round().astype(np.uint8)
    data = {
        "clips": list(clips),
        "levels": base64.b64encode(levels.tobytes()).decode("ascii"),
        "groups": [list(run) for run in groups],
        "answer": answer,
        "ramp": _ramp(),
    }
    _own("kin_map")(key=key, data=data, on_compared_change=told.tell(key, "compared", told.two_ids, on_compare))


def _ramp() -> list[str]:
    return list(palette(st.context.theme.type == "dark").ramp)


def _stage() -> Callable[..., Any]:
    html, css, script = stage_parts()
    own_css, own_script = ((FOLDER / f"comparison.{kind}").read_text("utf-8") for kind in ("css", "js"))
    return _component("comparison", html, css + own_css, script + own_script)


def _own(name: str) -> Callable[..., Any]:
    html, css, script = ((FOLDER / f"{name}.{kind}").read_text("utf-8") for kind in ("html", "css", "js"))
    return _component(name, html, (FOLDER / "shared.css").read_text("utf-8") + css, script)


def _component(name: str, html: str, css: str, script: str) -> Callable[..., Any]:
    """The renderer of a component, registered with the running server when it does not know it yet."""
    if get_bidi_component_manager().get(name) is None:
        _renderers[name] = st.components.v2.component(name, html=html, css=css, js=script)
    return _renderers[name]
