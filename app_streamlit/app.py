"""The server: Streamlit's pages and our own media routes in one process.

Started with `python -m streamlit run app_streamlit/app.py` from the root of the repository.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from app_streamlit.map_routes import create_map_routes
from app_streamlit.routes import UPLOADS, create_routes
from core.config import Settings
from core.gate import Gate
from core.studio import close_studios

ANYWHERE = "0.0.0.0"


def gate() -> Middleware:
    """Who may talk to this server, and how much they may bring. `server.allowedHosts` adds to CLIPKIN_HOSTS."""
    settings = Settings.from_env()
    names = [*settings.hosts, *(st.get_option("server.allowedHosts") or ())]
    address = st.get_option("server.address") or ANYWHERE
    limits = settings.limits
    return Middleware(
        Gate,
        address=address,
        names=names,
        largest=lambda path: limits.file_bytes if UPLOADS in path else limits.request_bytes,
    )


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Close the library in an orderly way when the server stops."""
    yield
    close_studios()


routes = [*create_routes(), *create_map_routes()]
app = st.App(Path(__file__).parent / "main.py", routes=routes, lifespan=lifespan, middleware=[gate()])
