"""The claims by name, and how to run them."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from core.errors import StudioError
from core.records import BenchRow, Progress, Skipped, no_progress

BENCHMARKS = {
    "decode": "core.bench.decode",
    "audio": "core.bench.audio",
    "encoders": "core.bench.encoders",
    "networks": "core.bench.networks",
    "search": "core.bench.search",
    "ranking": "core.bench.ranking",
    "f2f": "core.bench.f2f",
    "trace": "core.bench.trace",
    "frame_map": "core.bench.frame_map",
    "map_rivals": "core.bench.map_rivals",
}


def run(
    *,
    only: str | None = None,
    videos: Path | None = None,
    benchmarks: Mapping[str, str] = BENCHMARKS,
    progress: Progress = no_progress,
) -> list[BenchRow | Skipped]:
    """Every claim, or the one named, measured now, in this order; what cannot be measured here is `Skipped`.

    Raises StudioError for an unknown name, and when the one that was named cannot be measured.
    """
    if only is not None and only not in benchmarks:
        raise StudioError(f"No benchmark is called {only!r}. Choose from: {', '.join(benchmarks)}.")
    names = [only] if only else list(benchmarks)
    rows: list[BenchRow | Skipped] = []
    for number, name in enumerate(names):
        progress(number / len(names), name)
        measure: Callable[[Path | None], list[BenchRow | Skipped]] = import_module(benchmarks[name]).run
        try:
            rows += measure(videos)
        except StudioError as error:
            if only:
                raise
            rows.append(Skipped(name, str(error)))
    progress(1.0, "done")
    return rows
