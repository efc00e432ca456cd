"""The verb that asks about two clips or pictures: compare."""

import argparse
from pathlib import Path

from core.commands.terminal import AddVerb, Answer, clock, open_for, query_video, terminal_progress, to_json


def add(verb: AddVerb) -> None:
    """Enter the verb."""
    sub = verb("compare", compare, "Compare two pictures, or two videos.")
    sub.add_argument("a", metavar="A")
    sub.add_argument("b", metavar="B")
    sub.add_argument("--model", default="cosine")


def compare(options: argparse.Namespace) -> Answer:
    studio, progress = open_for(options), terminal_progress()
    paths = [Path(options.a), Path(options.b)]
    if all(studio.is_picture(path) for path in paths):
        pair = studio.compare_frames(*paths)
        verdict = "same video" if pair.is_same else "different videos"
        chances = {"head": pair.head_probability, "cosine": pair.probability, "network": pair.network_probability}
        told = "".join(f", {name} {chance:.1%}" for name, chance in chances.items() if chance is not None)
        text = f"{verdict}: cosine {pair.cosine:.3f}, threshold {pair.threshold:.3f}{told}"
        return to_json({"same_video": pair}), text
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
