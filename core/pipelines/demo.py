"""The demo clips: which files, what they are called, what ties them together, and how they get into a new library."""

import csv
from dataclasses import dataclass
from pathlib import Path

from core.config import SAMPLES
from core.pipelines.ingest import Extractors, ingest
from core.records import IngestReport, Progress, no_progress
from core.store.library import Library

STATE = "demo"  # the setting that remembers: begun, done, or declined


@dataclass(frozen=True, slots=True)
class DemoClip:
    """One clip of the demo library."""

    path: Path
    title: str
    tags: tuple[str, ...]  # the event, and how the clip is related to the anchor of that event


def programme(folder: Path = SAMPLES) -> list[DemoClip]:
    """The clips that `samples.csv` in the folder lists, in its order."""
    with (folder / "samples.csv").open(newline="", encoding="utf-8") as file:
        return [
            DemoClip(folder / row["file"], row["title"], (row["scene"], row["kind"].replace("_", " ")))
            for row in csv.DictReader(file)
        ]


def wants_demo(library: Library) -> bool:
    """Whether the library is new, or was stopped while it was filled.

    Not when the person has filled it, which is remembered, also when it has been emptied since.
    """
    state = library.get_setting(STATE)
    if state is None and library.ids():
        library.set_setting(STATE, "declined")
    return state == "begun" or (state is None and not library.ids())


def add_demo(library: Library, extractors: Extractors, progress: Progress = no_progress) -> IngestReport:
    """Add the demo clips under their titles and tags; those that are there already are left as they are."""
    library.set_setting(STATE, "begun")
    clips = {clip.path: clip for clip in programme()}
    titles = {path: clip.title for path, clip in clips.items()}
    report = ingest(list(clips), library=library, extractors=extractors, titles=titles, progress=progress)
    for video in (*report.added, *report.skipped):
        if clip := clips.get(video.path):  # else the person has the same file elsewhere, under tags of their own
            library.set_tags(video.id, clip.tags)
    library.set_setting(STATE, "done")
    return report
