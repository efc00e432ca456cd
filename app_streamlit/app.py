"""The server: Streamlit's pages and our own media routes in one process.

Started with `python -m streamlit run app_streamlit/app.py` from the root of the repository.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from app_streamlit.map_routes import create_map_routes
from app_streamlit.routes import create_routes
from core.studio import close_studios

LOOPBACK = ("127.0.0.1", "localhost")


def own_hosts() -> list[Middleware]:
    """Bound to loopback, answer under its own names only, so that no other site's name can be pointed at this machine
    and read the library. `server.allowedHosts` adds the names of a proxy."""
    if st.get_option("server.address") not in LOOPBACK:
        return []
    names = [*LOOPBACK, *(st.get_option("server.allowedHosts") or ())]
    return [Middleware(TrustedHostMiddleware, allowed_hosts=names, www_redirect=False)]


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Close the library in an orderly way when the server stops."""
    yield
    close_studios()


routes = [*create_routes(), *create_map_routes()]
app = st.App(Path(__file__).parent / "main.py", routes=routes, lifespan=lifespan, middleware=own_hosts())
