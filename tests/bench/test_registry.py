"""A run of the benchmarks: all of them in their order, and what cannot be measured is named, not passed over."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from core.bench import networks
from core.bench.registry import BENCHMARKS, run
from core.errors import StudioError
from core.records import BenchRow, Skipped

QUICK = {"decode": "core.bench.decode", "quick": "tests.bench.quick"}


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_has_a_file_that_measures(name: str) -> None:
    assert callable(import_module(BENCHMARKS[name]).run)


def test_what_cannot_be_measured_is_told_with_its_reason_and_the_rest_goes_on(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # so there is no ffmpeg program
    left_out, row, rival = run(benchmarks=QUICK)
    assert isinstance(left_out, Skipped)
    assert left_out.name == "decode"
    assert "ffmpeg" in left_out.reason
    assert isinstance(row, BenchRow)
    assert row.ratio == 3.0
    assert rival == Skipped("quick", "No abacus.")


def test_a_benchmark_that_was_asked_for_by_name_fails_with_its_reason(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StudioError, match="ffmpeg"):
        run(only="decode", benchmarks=QUICK)


def test_an_unknown_benchmark_names_the_known_ones() -> None:
    with pytest.raises(StudioError, match="map_rivals"):
        run(only="speed of light")


def test_a_row_of_networks_says_how_alike_both_sides_are() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), np.uint8)
    row = networks._row("pixels", lambda one: one.astype(np.float32), lambda one: -one.astype(np.float32), images, "us")
    assert "cosine at least -1.0000" in row.name
    assert row.ratio == pytest.approx(row.theirs / row.ours)
