"""Settings: the environment, what overrides it, and numbers that are none."""

from pathlib import Path

import pytest

from core.config import MB, Hosting, Settings
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


def test_limits_and_what_strangers_may_do_are_read_with_their_units() -> None:
    settings = Settings.from_env(
        {"CLIPKIN_MAX_MINUTES": "10", "CLIPKIN_PER_VISITOR": "1", "CLIPKIN_KEEP_MB": "0.5", "CLIPKIN_KEEP_HOURS": "0.5"}
    )
    assert settings.limits.seconds == 600
    assert (settings.hosting.per_visitor, settings.hosting.waiting) == (1, Hosting().waiting)
    assert (settings.hosting.keep_bytes, settings.hosting.keep_hours) == (MB // 2, 0.5)


def test_what_is_0_unless_said_otherwise_can_be_said_to_be_0() -> None:
    assert Settings.from_env({"CLIPKIN_PROXIES": "0"}).hosting == Hosting()
    assert Settings.from_env({"CLIPKIN_PROXIES": "2"}).hosting.proxies == 2
    for text in ("-1", "nan"):
        with pytest.raises(StudioError, match="CLIPKIN_PROXIES"):
            Settings.from_env({"CLIPKIN_PROXIES": text})
    with pytest.raises(StudioError, match="CLIPKIN_AT_ONCE"):
        Settings.from_env({"CLIPKIN_AT_ONCE": "0"})
