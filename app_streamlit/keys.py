"""What the keyboard does on each page, as a person is told it."""

import streamlit as st

KEYS = {
    "Everywhere": {
        "Tab, Shift + Tab": "from one thing to the next, and back",
        "Enter": "opens or presses it",
        "Esc": "closes what is open",
    },
    "Library and groups": {
        "Arrow keys": "from clip to clip",
        "Enter": "the details of a clip",
        "Space": "selects it",
    },
    "Search": {"Arrow keys": "from hit to hit; both players follow"},
    "Trace": {
        "Arrow keys": "from part to part",
        "Shift + arrow key": "a second on or back",
        "Enter": "plays the part",
        "Space": "plays and pauses both",
        "Home, End": "the first and the last part",
    },
    "Compare, in the matrix": {
        "Arrow keys": "both players, a frame on or back; with Shift, five",
        "Space, Enter": "plays and pauses both",
    },
    "Map": {
        "Arrow keys": "move; with Shift, farther",
        "+, −": "zoom in and out",
        "0": "the whole map",
        "Enter": "plays the frame in the middle",
        "L": "begins an outline, or ends it",
    },
}


def body() -> None:
    """The list, page by page."""
    for place, keys in KEYS.items():
        rows = "".join(f"<dt>{key}</dt><dd>{does}</dd>" for key, does in keys.items())
        st.html(f'<h3 class="keys">{place}</h3><dl class="facts">{rows}</dl>')
