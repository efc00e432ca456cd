"""How the map is laid out, which earlier layouts are kept to compare with, and how it is printed."""

import html
import math
import re
import time
from pathlib import Path
from urllib.parse import quote

import streamlit as st

from app_streamlit import dialogs, widgets
from app_streamlit.map_routes import PRINTS
from core.records import FrameMap, MapChoices, MapView
from core.studio import Studio

STDS = (0.3, 0.6)
POSTERS = {  # columns and rows of pictures
    "Small, 6 × 10": (6, 10),
    "As published, 11 × 18": (11, 18),
    "Large, 24 × 40": (24, 40),
    "Wall, 40 × 66": (40, 66),
}
TILES = {"Small": (240, 135), "As published": (534, 300), "High": (960, 540), "Full": (1920, 1080)}  # pixels
WINDOWS = ("Whole map", "What is in view")
LISTED = 5  # prints offered


def invite(studio: Studio) -> None:
    """What the page says before there is a map."""
    st.title("Map")
    with st.container(key="map_welcome"):
        st.markdown("**See your whole library from above.**")
        st.markdown(
            "Every frame becomes a point, next to what looks like it. Look around, zoom in until the points turn into "
            "pictures, draw around what you like, follow a clip on its way, and print the whole as a poster."
        )
        if any(job.kind == "map" and job.is_active for job in studio.jobs()):
            st.caption("The map is being drawn.")
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button("Draw the map", type="primary", key="map_fit_first"):
                with widgets.guard():
                    studio.start_frame_map()
                    st.rerun()
            with st.popover("Choose how", type="tertiary"):
                _fit(studio, MapChoices(), "first")


def controls(studio: Studio, current: FrameMap) -> str | None:
    """The quiet buttons in the head of the page. Gives the version of the map to compare with, if any."""
    if current.needs_refit and st.button("Lay out anew", key="map_refit", type="primary"):
        with widgets.guard():
            studio.start_frame_map(
                current.projection,
                std=current.std,
                seed=current.seed,
                rotation=current.rotation,
                encoder=current.encoder,
            )
            st.rerun()
    with st.popover("Layout"):
        used = MapChoices(current.projection, current.encoder, current.std, current.seed, current.rotation)
        _fit(studio, used, "again")
    with st.popover("Compare"):
        other = _compare(studio, current)
    with st.popover("Print"):
        _print(studio, current)
    return other


def _fit(studio: Studio, used: MapChoices, place: str) -> None:
    """Every choice of a layout, and the button to make it."""
    choices = {projection.name: projection for projection in studio.projections()}
    name = st.radio(
        "Projection",
        list(choices),
        index=list(choices).index(used.projection) if used.projection in choices else 0,
        format_func=lambda name: choices[name].label,
        captions=[widgets.plain(choice.explanation) for choice in choices.values()],
        key=f"map_projection_{place}",
    )
    std = used.std
    if choices[name].has_std:
        std = st.segmented_control(
            "Spread",
            STDS,
            default=used.std if used.std in STDS else STDS[0],
            required=True,
            format_func=lambda value: f"{value} ({'calm' if value == STDS[0] else 'to the margins'})",
            key=f"map_std_{place}",
        )
    encoders = {choice.name: choice.label for choice in studio.readiness() if choice.is_ready}
    encoder = None
    if len(encoders) > 1:
        now = used.encoder or studio.encoder()
        encoder = st.selectbox(
            "Frames as seen by",
            list(encoders),
            index=list(encoders).index(now) if now in encoders else 0,
            format_func=encoders.__getitem__,
            key=f"map_encoder_{place}",
        )
    left, right = st.columns(2)
    with left:
        seed = st.number_input(
            "Seed", 0, 9999, used.seed, key=f"map_seed_{place}", help="Another seed, another picture."
        )
    with right:
        rotation = st.number_input("Rotation (°)", -180.0, 180.0, used.rotation, 15.0, key=f"map_rotation_{place}")
    if oldest := studio.frame_map_to_go():
        labels = {projection.name: projection.label for projection in choices.values()}
        told = widgets.plain(_named(oldest, labels))
        st.caption(f"There is no room for another layout: the oldest one that is kept ({told}) goes for it.")
    if st.button("Draw the map", type="primary", key=f"map_fit_{place}_choice"):
        with widgets.guard():
            studio.start_frame_map(
                name, std=float(std or STDS[0]), seed=int(seed), rotation=float(rotation), encoder=encoder
            )
            st.rerun()


def _compare(studio: Studio, current: FrameMap) -> str | None:
    others = {view.version: view for view in studio.frame_maps() if view.version != current.view}
    if not others:
        st.markdown("Every layout you make is kept for a while. Make another one, and compare them here.")
        return None
    labels = {projection.name: projection.label for projection in studio.projections()}
    st.markdown("What you draw around on one lights up on the other.")
    chosen = st.selectbox(
        "Compare with",
        list(others),
        index=None,
        format_func=lambda version: _named(others[version], labels),
        placeholder="Choose a layout",
        key="map_compare",
    )
    if chosen:
        with st.container(horizontal=True), widgets.guard():
            if st.button("Use this one", key="map_use"):
                studio.use_frame_map(chosen)
                st.rerun()
            if st.button("Forget it", key="map_forget", type="tertiary"):
                dialogs.ask("forget_map", chosen, _named(others[chosen], labels))
                st.rerun()
    return chosen


def _named(view: MapView, labels: dict[str, str]) -> str:
    choices = view.choices
    parts = [labels.get(choices.projection, choices.projection), choices.encoder, f"seed {choices.seed}"]
    if choices.projection == "published":
        parts.append(f"spread {choices.std}")
    if choices.rotation:
        parts.append(f"turned {choices.rotation:g}°")
    return ", ".join(part for part in parts if part)


def _print(studio: Studio, current: FrameMap) -> None:
    """A poster of the map or of what is in view: how many pictures, how large, and as what. Below it, those made."""
    window = st.segmented_control("Window", WINDOWS, default=WINDOWS[0], required=True, key="map_window")
    name = st.selectbox("Pictures", list(POSTERS), index=1, key="map_poster")
    size = st.select_slider("Size of each", list(TILES), "As published", key="map_tile_size")
    kind = st.segmented_control("File", ("JPEG", "PNG"), default="JPEG", required=True, key="map_kind")
    columns, rows = POSTERS[name]
    width, height = TILES[size]
    st.caption(f"{columns * width:,} × {rows * height:,} pixels. Every frame is sought again in its original file.")
    if st.button("Make the poster", type="primary", key="map_print"):
        centre, share = in_view() if window == WINDOWS[1] else ((0.5, 0.5), 1.0)
        with widgets.guard():
            studio.start_print(
                current.version,
                centre=centre,
                width=share,
                count=(columns, rows),
                tile=(width, height),
                suffix=".png" if kind == "PNG" else ".jpg",
            )
            st.rerun()
    for path in studio.prints()[:LISTED]:
        with st.container(horizontal=True, vertical_alignment="center", key=f"print_{path.name}"):
            st.html(
                f'<a class="print" href="{PRINTS}{quote(path.name)}" download>{html.escape(_told_print(path))}</a>',
                width="stretch",
            )
            if st.button("Remove", key=f"remove_{path.name}", type="tertiary"):
                dialogs.ask("remove_print", path.name, _told_print(path))
                st.rerun()


def in_view() -> tuple[tuple[float, float], float]:
    """The middle and the width of what the map shows, as the address of the page tells it; all of it without one."""
    try:
        x, y, z = (float(st.query_params.get(name, default)) for name, default in (("x", 0.5), ("y", 0.5), ("z", 0)))
    except ValueError:
        return (0.5, 0.5), 1.0
    if not all(map(math.isfinite, (x, y, z))):
        return (0.5, 0.5), 1.0
    share = 2.0 ** -min(max(z, 0.0), 12.0)
    x, y = (min(1 - share / 2, max(share / 2, value)) for value in (x, 1 - y))
    return (x, y), share


def _told_print(path: Path) -> str:
    """A print as a person tells it: its grid, its size on disk and when it was made."""
    grid = re.search(r"(\d+)x(\d+)-(\d+)x(\d+)", path.name)
    columns, rows = grid.groups()[:2] if grid else ("?", "?")
    facts = path.stat()
    made = time.strftime("%d %b, %H:%M", time.localtime(facts.st_mtime))
    return f"{columns} × {rows} pictures, {path.suffix[1:].upper()}, {widgets.size(facts.st_size)}, {made}"
