"""Verbs that ask about clips and pictures: search and compare."""

import argparse
from pathlib import Path

from core.commands.terminal import AddVerb, Answer, clock, open_for, positive, query_video, terminal_progress, to_json


def add(verb: AddVerb) -> None:
    """Enter the verbs."""
    sub = verb("search", search, "Find the videos most like a clip, a picture or a video of the library.")
    sub.add_argument("query", metavar="QUERY", help="a file, or the id of a video in the library")
    sub.add_argument("--model", default="cosine")
    sub.add_argument("--top", type=positive, default=5)
    sub = verb("compare", compare, "Compare two pictures, or two videos.")
    sub.add_argument("a", metavar="A")
    sub.add_argument("b", metavar="B")
    sub.add_argument("--model", default="cosine")


def search(options: argparse.Namespace) -> Answer:
    studio, progress = open_for(options), terminal_progress()
    query = query_video(studio, options.query, progress)
    result = studio.search(query, model=options.model, top=options.top, progress=progress)
    rows = [
        f"{hit.probability:6.1%}  {hit.similarity:.3f}  {hit.video_id}  {hit.title}  at {clock(hit.reference_time)}"
        for hit in result.hits
    ]
    return to_json(result), "\n".join([*rows, *result.notes]) or "The library has nothing to compare with."


def compare(options: argparse.Namespace) -> Answer:
    studio, progress = open_for(options), terminal_progress()
    paths = [Path(options.a), Path(options.b)]
    if all(studio.is_picture(path) for path in paths):
        pair = studio.compare_frames(*paths)
        verdict = "same video" if pair.is_same else "different videos"
        return to_json({"same_video": pair}), f"cosine {pair.cosine:.3f}, threshold {pair.threshold:.3f}: {verdict}"
    a, b = (query_video(studio, name, progress) for name in (options.a, options.b))
    answer = studio.compare_videos(a, b, model=options.model, progress=progress)
    rows = [
        f"similarity {answer.similarity:.3f}: {answer.query_in_reference:.3f} of A in B, "
        f"{answer.reference_in_query:.3f} of B in A",
        *(
            f"A {clock(m.query_start)}–{clock(m.query_end)}  B {clock(m.reference_start)}–"
            f"{clock(m.reference_end)}  {m.score:.3f}"
            for m in answer.matches
        ),
        *answer.notes,
    ]
    return to_json(answer), "\n".join(rows)
