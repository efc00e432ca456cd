"""Our own components: a drop zone that streams, a grid of clips, a player, a pair of players, film strips, a
timeline of parts, and a map.

Each is a few lines of HTML, CSS and JavaScript beside this file, without a build step. Titles and tags travel as data
and are set as text on the other side, never as markup.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager

from app_streamlit.components import told

Json = Mapping[str, Any]
FOLDER = Path(__file__).parent
MAP_PARTS = (
    *(
        "camera",
        "link",
        "palette",
        "points",
        "plain_points",
        "picking",
        "lasso",
        "pictures",
        "minimap",
        "overlay",
        "card",
    ),
    *("hands", "regions", "map", "acts", "start"),
)
PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # name: scripts and style sheets, joined in this order
    "drop_zone": (("drop_zone.js",), ("shared.css", "drop_zone.css")),
    "clip_grid": (("clip_grid.js",), ("shared.css", "clip_grid.css")),
    "clip_player": (("player.js", "clip_player.js"), ("shared.css", "player.css")),
    "pair": (("player.js", "pair.js"), ("shared.css", "player.css", "pair.css")),
    "frame_map": (
        tuple(f"frame_map/{part}.js" for part in MAP_PARTS),
        ("shared.css", "frame_map.css"),
    ),
    "trace_timeline": (
        ("player.js", "trace_players.js", "trace_timeline.js"),
        ("shared.css", "player.css", "trace_timeline.css"),
    ),
    "theme_watch": (("theme_watch.js",), ()),
    "film_strips": (("frame_map/palette.js", "film_strips.js"), ("shared.css", "film_strips.css")),
}


def drop_zone(
    purpose: str,
    *,
    title: str,
    hint: str,
    url: str,
    limit: int,
    many: bool,
    large: bool = False,
    pictures: bool = False,
    on_server_folder: Callable[[], None] | None = None,
) -> list[Json]:
    """A place to drop files on, anywhere in the window. Gives the upload route's answers that came since last time.

    `purpose` goes to the route with each upload; `limit` is in bytes; `many` also offers folders, and
    `on_server_folder` a button for a folder that is on the server already.
    """
    data = {
        "purpose": purpose,
        "title": title,
        "hint": hint,
        "url": url,
        "limit": limit,
        "many": many,
        "large": large,
        "pictures": pictures,
        "server": on_server_folder is not None,
    }
    state = _component("drop_zone")(
        key=f"drop_zone_{purpose}",
        data=data,
        on_received_change=_nothing,
        on_server_change=on_server_folder or _nothing,
    )
    return list(told.answers(state.received))


def clip_grid(
    clips: Sequence[Json],
    *,
    key: str,
    selected: Sequence[str],
    epoch: int,
    on_open: Callable[[str], None],
    on_select: Callable[[list[str]], None],
) -> None:
    """A grid of clips. The selection is the grid's own until `epoch` changes, which makes it take over `selected`.

    `on_open` is called with the id of a clip, `on_select` with all selected ids, also of clips on other pages.
    """
    _component("clip_grid")(
        key=key,
        data={"clips": list(clips), "selected": list(selected), "epoch": epoch},
        on_opened_change=told.tell(key, "opened", told.video_id, on_open),
        on_selected_change=told.tell(key, "selected", told.video_ids, on_select),
    )


def clip_player(clip: Json, *, key: str) -> None:
    """One clip with sound and controls."""
    _component("clip_player")(key=key, data=dict(clip))


def pair(
    query: Json | None,
    hits: Sequence[Json],
    *,
    answer: str,
    none: float | None = None,
    key: str,
    on_open: Callable[[str], None],
    on_compare: Callable[[str], None],
) -> None:
    """The query, where it is something to see, beside one of its hits, with all hits below; `none` is the probability
    that none of them is kin. `on_open` is called with a hit to show in the library,
    `on_compare` with one to compare with the query second by second.

    `answer` names this result: while it stays, the chosen hit and the players stay too.
    """
    _component("pair")(
        key=key,
        data={"query": dict(query) if query else None, "hits": list(hits), "answer": answer, "none": none},
        on_opened_change=told.tell(key, "opened", told.video_id, on_open),
        on_compared_change=told.tell(key, "compared", told.video_id, on_compare),
    )


def frame_map(
    url: str,
    version: str,
    *,
    key: str,
    name: str,
    lasso: str = "",
    paths: Sequence[str] = (),
    sought: str = "",
    epoch: int = 0,
    lit: tuple[str, str] | None = None,
    play: tuple[str, float, int] | None = None,
    keeps: str = "",
    small: bool = False,
    on_lasso: Callable[[str], None],
    on_paths: Callable[[list[str]], None] | None = None,
    on_sought: Callable[[str], None] | None = None,
    on_open: Callable[[str], None] | None = None,
    on_ask: Callable[[str], None] | None = None,
) -> None:
    """A map of frames. Outline, paths and sought words are the map's own until `epoch` changes, as in the grid.

    `lit` is a name and the frames that light up, one bit each in base64; `play` a video, a second and a number that
    tells this wish from the one before; `keeps` the name under which the view goes on in the address and the session.
    `on_lasso` is called with the outline as text, see `map_routes.outline`.
    """
    data = {
        "url": url,
        "version": version,
        "name": name,
        "lasso": lasso,
        "paths": list(paths),
        "sought": sought,
        "epoch": epoch,
        "lit": lit[1] if lit else None,
        "litName": lit[0] if lit else "",
        "play": list(play) if play else None,
        "keeps": keeps,
        "small": small,
    }
    acts: dict[str, tuple[told.Fitting, Callable[..., None] | None]] = {
        "lasso": (told.text, on_lasso),
        "paths": (told.video_ids, on_paths),
        "sought": (told.text, on_sought),
        "opened": (told.video_id, on_open),
        "asked": (told.video_id, on_ask),
    }
    callbacks = {f"on_{what}_change": told.tell(key, what, *act) for what, act in acts.items()}
    _component("frame_map")(key=key, data=data, **callbacks)


def film_strips(rows: Sequence[Json], *, key: str, is_upright: bool, on_pick: Callable[[str, float], None]) -> None:
    """Frames of several videos, a video to a row, or to a column when upright. `on_pick` gets a video and a second."""
    picked = told.tell(key, "picked", told.moment, lambda moment: on_pick(*moment))
    _component("film_strips")(key=key, data={"rows": list(rows), "upright": is_upright}, on_picked_change=picked)


def trace_timeline(data: Json, *, answer: str, key: str, on_compare: Callable[[str], None]) -> None:
    """A clip as the parts it was stitched from, with players: see `traced.timeline_data`. While `answer` stays the
    same, so does what the person looks at. `on_compare` is called with the id of a source."""
    _component("trace_timeline")(
        key=key,
        data=dict(data) | {"answer": answer},
        on_compared_change=told.tell(key, "compared", told.video_id, on_compare),
    )


def theme_watch() -> None:
    """Nothing to see: has the page drawn anew when the system goes from light to dark or back."""
    _component("theme_watch")(key="theme_watch", data={}, on_turned_change=_nothing)


def _component(name: str) -> Callable[..., Any]:
    """The renderer of a component, registered with the running server when it does not know it yet."""
    if get_bidi_component_manager().get(name) is None:
        return _register(name)
    return _renderers()[name]


def _register(name: str) -> Callable[..., Any]:
    scripts, styles = PARTS[name]
    renderer: Callable[..., Any] = st.components.v2.component(
        name,
        html=(FOLDER / f"{name}.html").read_text("utf-8"),
        css="".join((FOLDER / style).read_text("utf-8") for style in styles),
        js="".join((FOLDER / script).read_text("utf-8") for script in scripts),
    )
    _renderers()[name] = renderer
    return renderer


@cache
def _renderers() -> dict[str, Callable[..., Any]]:
    return {}


def _nothing() -> None:
    """Makes Streamlit keep the value that belongs to this callback."""
