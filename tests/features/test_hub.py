"""Fetching weights: the real client in its child process, against a hub on the loopback that answers or fails."""

import time
from pathlib import Path

import pytest

from core.errors import Cancelled, EncoderUnavailable
from core.features.hub import HubFile, fetch
from tests.features.hub_server import FakeHub, serve

FILE = HubFile("somebody/model", ("model.safetensors", "model.bin"))
MB = 1 << 20


def test_a_file_is_fetched_once_and_then_found_in_the_cache(hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytes(range(256)) * 4 * 1024 * 25  # 25 MiB: three pieces of the client's
    assert FILE.cached() is None
    said: list[tuple[float, str]] = []
    with serve(FakeHub({"somebody/model/model.safetensors": content})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        path = fetch(FILE, patience=20, progress=lambda fraction, text: said.append((fraction, text)))
    assert path.read_bytes() == content
    assert path.is_relative_to(hub_cache)
    cached = FILE.cached()
    assert cached is not None
    assert cached.samefile(path)
    fractions = [fraction for fraction, _ in said]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1.0)
    assert said[-1][1] == "Fetching weights: 26 of 26 MB"


def test_the_second_name_is_taken_where_the_first_is_missing(hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(FakeHub({"somebody/model/model.bin": b"weights"})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        assert fetch(FILE, patience=20).name == "model.bin"


def test_a_repository_without_the_file_is_named(hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(FakeHub()) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        with pytest.raises(EncoderUnavailable, match=r"somebody/model holds none of model\.safetensors, model\.bin"):
            fetch(FILE, patience=20)


def test_a_refused_connection_ends_at_once(hub_cache: Path) -> None:
    start = time.monotonic()
    with pytest.raises(EncoderUnavailable, match="hub cannot be reached"):
        fetch(FILE, patience=60)
    assert time.monotonic() - start < 20


def test_a_hub_that_never_answers_is_given_up_after_the_patience(
    hub_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(FakeHub({"somebody/model/model.bin": b"weights"}, answers_after=60)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        start = time.monotonic()
        with pytest.raises(EncoderUnavailable, match=r"could not be reached within 0\.5 s"):
            fetch(FILE, patience=0.5)
        assert time.monotonic() - start < 12  # the child's start included


def test_a_stalled_download_is_given_up_and_leaves_nothing_that_looks_whole(
    hub_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(FakeHub({"somebody/model/model.safetensors": bytes(25 * MB)}, sends=12 * MB)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        with pytest.raises(EncoderUnavailable, match="stalled: nothing came for 1 s"):
            fetch(FILE, patience=20, stall=1.0)
    assert FILE.cached() is None


def test_cancelling_ends_the_child_while_the_hub_is_silent(hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = time.monotonic()

    def stop(fraction: float, text: str) -> None:
        if time.monotonic() - started > 0.5:
            raise Cancelled

    with serve(FakeHub(answers_after=60)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        with pytest.raises(Cancelled):
            fetch(FILE, patience=60, progress=stop)
    assert time.monotonic() - started < 5


def test_offline_mode_is_obeyed_without_a_child(hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    start = time.monotonic()
    with pytest.raises(EncoderUnavailable, match="HF_HUB_OFFLINE"):
        fetch(FILE, patience=60)
    assert time.monotonic() - start < 0.5
