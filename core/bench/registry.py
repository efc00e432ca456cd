"""The claims by name, and how to run them."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from core.errors import StudioError
from core.records import BenchRow, Progress, no_progress

BENCHMARKS = {
    "decode": "core.bench.decode",
    "audio": "core.bench.audio",
    "encoders": "core.bench.encoders",
    "search": "core.bench.search",
    "ranking": "core.bench.ranking",
    "f2f": "core.bench.f2f",
    "frame_map": "core.bench.frame_map",
    "trace": "core.bench.trace",
}


def run(*, only: str | None = None, videos: Path | None = None, progress: Progress = no_progress) -> list[BenchRow]:
    """Every claim, or the one named, measured now. Raises StudioError for an unknown name."""
    if only is not None and only not in BENCHMARKS:
        raise StudioError(f"No benchmark is called {only!r}. Choose from: {', '.join(BENCHMARKS)}.")
    names = [only] if only else list(BENCHMARKS)
    rows: list[BenchRow] = []
    for number, name in enumerate(names):
        progress(number / len(names), name)
        measure: Callable[[Path | None], list[BenchRow]] = import_module(BENCHMARKS[name]).run
        rows += measure(videos)
    progress(1.0, "done")
    return rows
