"""The verb that says where the parts of a clip were taken from."""

import argparse

from core.commands.terminal import AddVerb, Answer, open_for, query_video, terminal_progress, to_json
from core.records import TraceSegment, clock
from core.studio.trace import TRACE_MODEL


def add(verb: AddVerb) -> None:
    """Enter the verb."""
    sub = verb("trace", trace, "Tell which second of which library video every part of a clip was taken from.")
    sub.add_argument("query", metavar="QUERY", help="a file, or the id of a video in the library")
    sub.add_argument("--model", default=TRACE_MODEL)
    sub.add_argument("--export", choices=("csv", "json", "edl"), help="print it as a file for others, not for people")


def trace(options: argparse.Namespace) -> Answer:
    """With `--export` the text is that file's; with `--json` as well, the document carries it under `export`."""
    studio, progress = open_for(options), terminal_progress()
    answer = studio.trace(query_video(studio, options.query, progress), model=options.model, progress=progress)
    document = to_json(answer)
    if options.export:
        text = studio.export_trace(answer, options.export)
        return {**document, "export": text}, text.rstrip("\r\n")
    return document, "\n".join([*map(_row, answer.segments), *answer.notes])


def _row(segment: TraceSegment) -> str:
    span = f"{clock(segment.query_start)}–{clock(segment.query_end)}"
    if segment.reference_start is None or segment.reference_end is None:
        return f"{span:15}  unknown  ({segment.confidence:.0%} sure)"
    place = f"{clock(segment.reference_start)}–{clock(segment.reference_end)}"
    speed = "" if abs(segment.speed - 1.0) < 1e-6 else f"  at {segment.speed:.2f} speed"
    return f"{span:15}  {segment.title}  {place}  {segment.score:.3f}  ({segment.confidence:.0%} sure){speed}"
