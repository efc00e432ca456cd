"""What every test gets: no settings from outside, no network, and the real clips when they lie beside the checkout."""

import os

# Tests run side by side, one to a processor; threads of NumPy and PyTorch would only wait for one another. Before both.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ["HF_HUB_OFFLINE"] = "1"

import socket  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from pathlib import Path  # noqa: E402

import pytest  # noqa: E402

from core.config import ROOT  # noqa: E402

CORPUS = ROOT.parent / "shared" / "corpus"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("CLIPKIN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CLIPKIN_LIBRARY", str(tmp_path / "library"))


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else "localhost"
        if host not in ("localhost", "127.0.0.1", "::1"):
            raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)  # type: ignore[arg-type]

    socket.socket.connect = guarded  # type: ignore[method-assign]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real clips with its manifest.csv."""
    if not (CORPUS / "manifest.csv").exists():
        pytest.skip("the shared corpus of real clips is not beside this checkout")
    return CORPUS
