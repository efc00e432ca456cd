"""The server: Streamlit's pages and our own media routes in one process.

Started with `python -m streamlit run app_streamlit/app.py` from the root of the repository.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st

from app_streamlit.routes import create_routes
from core.studio import open_studio


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Close the library in an orderly way when the server stops."""
    yield
    if open_studio.cache_info().currsize:
        open_studio().close()


app = st.App(Path(__file__).parent / "main.py", routes=create_routes(), lifespan=lifespan)
