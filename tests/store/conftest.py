"""An empty library for each test of the store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.store.library import Library


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library(tmp_path / "library")
    yield library
    library.close()
