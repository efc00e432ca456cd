"""A benchmark that takes no time, and names one rival that is not there."""

from pathlib import Path

from core.records import BenchRow, Skipped


def run(videos: Path | None) -> list[BenchRow | Skipped]:
    return [BenchRow("counting to one", 1.0, 3.0, 3.0, "seconds", "counting to three"), Skipped("quick", "No abacus.")]
