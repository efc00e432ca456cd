"""The Map page over a made-up map of 100,000 frames, served as the app serves it, by `streamlit run`.

The folder of its empty library, the number of frames and the film that plays come from the environment.
"""

import os
from functools import lru_cache
from pathlib import Path

import streamlit as st

from app_streamlit.map_routes import create_map_routes
from app_streamlit.routes import create_routes
from core.config import Settings
from tests.fake_map import FakeMapStudio, fake_map


@lru_cache
def studio() -> FakeMapStudio:
    """The one studio of this process: pages and routes share it."""
    settings = Settings(library=Path(os.environ["CLIPKIN_LIBRARY"]), encoder="embedded")
    frames = int(os.environ.get("MAP_FRAMES", "100000"))
    clip = Path(os.environ.get("MAP_CLIP", "clip.mp4"))
    return FakeMapStudio(settings, fake_map(frames), fake_map(frames, seed=1), clip)


app = st.App(
    Path(__file__).with_name("map_main.py"),
    routes=[*create_routes(studio), *create_map_routes(studio)],
)
