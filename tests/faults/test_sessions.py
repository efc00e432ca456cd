"""Visitors who come and never say that they have left: what the Gradio app remembers of them is bounded."""

import os
from pathlib import Path

import pytest

import app_gradio.app
from app_gradio.app import build_app, launch_settings
from core.config import Settings
from core.studio import Studio
from tests.gradio_page import pattern_picture
from tests.load.gradio_visitor import Page


def test_only_the_latest_visitors_are_remembered_and_the_first_is_still_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_gradio.app, "SESSIONS", 4)
    monkeypatch.setitem(os.environ, "GRADIO_TEMP_DIR", str(tmp_path / "temp"))
    pictures = [pattern_picture(tmp_path / f"{number}.png", number) for number in (1, 2)]
    studio = Studio(Settings(library=tmp_path / "library", encoder="embedded"))
    app = build_app(studio).app
    _, address, _ = app.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_settings(studio))
    try:
        visitors = [Page(address) for _ in range(9)]
        for visitor in [*visitors, visitors[0]]:
            answer = visitor.press("frames-go", *map(visitor.upload, pictures))
            assert "ck-verdict" in answer[0]
        assert len(app.app.state_holder.session_data) <= 4
    finally:
        for visitor in visitors:
            visitor.close()
        app.close()
        studio.close()
