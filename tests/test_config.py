"""Settings: the environment, what overrides it, and numbers that are none."""

from pathlib import Path

import pytest

from core.config import MB, Settings
from core.errors import StudioError


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_env({}) == Settings()


def test_the_environment_is_read() -> None:
    settings = Settings.from_env({"CLIPKIN_LIBRARY": "/films", "CLIPKIN_FPS": "2", "CLIPKIN_MAX_FILE_MB": "10"})
    assert (settings.library, settings.fps, settings.limits.file_bytes) == (Path("/films"), 2.0, 10 * MB)


def test_an_option_wins_over_the_environment_and_one_not_given_does_not() -> None:
    environment = {"CLIPKIN_LIBRARY": "/films", "CLIPKIN_ENCODER": "clip"}
    settings = Settings.from_env(environment, library=Path("/other"), encoder=None)
    assert (settings.library, settings.encoder) == (Path("/other"), "clip")


@pytest.mark.parametrize("text", ["soon", "-1", "0", "nan", "inf"])
def test_a_number_that_is_none_is_named(text: str) -> None:
    with pytest.raises(StudioError, match="CLIPKIN_FPS"):
        Settings.from_env({"CLIPKIN_FPS": text})
