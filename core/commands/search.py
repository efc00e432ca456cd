"""The verb that looks for kin: search."""

import argparse

from core.commands.terminal import AddVerb, Answer, clock, open_for, positive, query_video, terminal_progress, to_json


def add(verb: AddVerb) -> None:
    """Enter the verb."""
    sub = verb("search", search, "Find the videos most like a clip, a picture or a video of the library.")
    sub.add_argument("query", metavar="QUERY", help="a file, or the id of a video in the library")
    sub.add_argument("--model", default="cosine")
    sub.add_argument("--top", type=positive, default=5)


def search(options: argparse.Namespace) -> Answer:
    studio, progress = open_for(options), terminal_progress()
    query = query_video(studio, options.query, progress)
    result = studio.search(query, model=options.model, top=options.top, progress=progress)
    rows = [
        f"{hit.probability:6.1%}  {hit.similarity:.3f}  {hit.video_id}  {hit.title}  at {clock(hit.reference_time)}"
        for hit in result.hits
    ]
    return to_json(result), "\n".join([*rows, *result.notes]) or "The library has nothing to compare with."
