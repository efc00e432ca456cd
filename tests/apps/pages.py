"""Drawing pages of the Streamlit app without a browser, and reading what they show."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from core.config import ROOT
from core.studio import Studio

MAIN = str(ROOT / "app_streamlit" / "main.py")
HOSTILE = "<img src=x onerror=alert(1)>"


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=30)
    for name, value in query.items():
        app.query_params[name] = value
    return drawn(app.run())


def drawn(app: AppTest) -> AppTest:
    assert not app.exception, app.exception
    return app


def data_of(app: AppTest, component: str) -> dict[str, Any]:
    """What a component of ours was given."""
    protos = [element.proto for element in app.get("bidi_component")]
    return next(json.loads(proto.json) for proto in protos if proto.component_name == component)


def titles(app: AppTest) -> list[str]:
    return [clip["title"] for clip in data_of(app, "clip_grid")["clips"]]


def text_of(app: AppTest) -> str:
    return "\n".join([*(e.value for e in app.markdown), *(e.value for e in app.caption), *(e.value for e in app.info)])


def ids_by_title(studio: Studio) -> dict[str, str]:
    return {video.title: video.id for video in studio.videos().videos}


def searching(**query: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.switch_page("views/search.py")
    for name, value in query.items():
        app.query_params[name] = value
    return drawn(app.run())
