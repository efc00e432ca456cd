"""How the map is laid out, which earlier layouts are kept to compare with, and how it is printed."""

import streamlit as st

from app_streamlit import widgets
from core.records import FrameMap, MapChoices, MapView
from core.studio import Studio

STDS = (0.3, 0.6)


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
        studio.start_frame_map(
            current.projection, std=current.std, seed=current.seed, rotation=current.rotation, encoder=current.encoder
        )
        st.rerun()
    with st.popover("Layout"):
        used = MapChoices(current.projection, current.encoder, current.std, current.seed, current.rotation)
        _fit(studio, used, "again")
    with st.popover("Compare"):
        other = _compare(studio, current)
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
    left, right = st.columns(2)
    with left:
        seed = st.number_input(
            "Seed", 0, 9999, used.seed, key=f"map_seed_{place}", help="Another seed, another picture."
        )
    with right:
        rotation = st.number_input("Rotation (°)", -180.0, 180.0, used.rotation, 15.0, key=f"map_rotation_{place}")
    if st.button("Draw the map", type="primary", key=f"map_fit_{place}"):
        with widgets.guard():
            studio.start_frame_map(name, std=float(std or 0.3), seed=int(seed), rotation=float(rotation))
            st.rerun()


def _compare(studio: Studio, current: FrameMap) -> str | None:
    others = {view.version: view for view in studio.frame_maps() if view.version != current.view}
    if not others:
        st.markdown("Every layout you make is kept for a while. Make another one, and compare them here.")
        return None
    labels = {projection.name: projection.label for projection in studio.projections()}
    st.markdown("What you draw around on one lights up on the other.")
    return st.selectbox(
        "Compare with",
        list(others),
        index=None,
        format_func=lambda version: _named(others[version], labels),
        placeholder="Choose a layout",
        key="map_compare",
    )


def _named(view: MapView, labels: dict[str, str]) -> str:
    choices = view.choices
    parts = [labels.get(choices.projection, choices.projection), choices.encoder, f"seed {choices.seed}"]
    if choices.projection == "published":
        parts.append(f"spread {choices.std}")
    if choices.rotation:
        parts.append(f"turned {choices.rotation:g}°")
    return ", ".join(part for part in parts if part)
