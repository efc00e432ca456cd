"""Verbs that ask how clips correspond: compare for two, groups for the whole library."""

import argparse
from pathlib import Path

from core.commands.terminal import AddVerb, Answer, open_for, query_video, terminal_progress, to_json
from core.records import clock


def add(verb: AddVerb) -> None:
    """Enter the verbs."""
    sub = verb("compare", compare, "Compare two pictures, or two videos.")
    sub.add_argument("a", metavar="A")
    sub.add_argument("b", metavar="B")
    sub.add_argument("--model", default="cosine")
    sub.add_argument("--method", default="hough", help="how passages are found: hough, dp or temporal_network")
    sub = verb("groups", groups, "Find the groups of near-duplicates in the library.")
    sub.add_argument("--model", default="cosine")
    sub.add_argument("--threshold", type=float, metavar="S", help="similarity from which on videos are near-duplicates")


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
    answer = studio.compare_videos(a, b, model=options.model, method=options.method, progress=progress)
    rows = [
        answer.summary,
        f"similarity {answer.similarity:.3f}: {answer.query_in_reference:.3f} of A in B, "
        f"{answer.reference_in_query:.3f} of B in A",
        *(
            f"A {clock(m.query_start)}–{clock(m.query_end)}  B {clock(m.reference_start)}–"
            f"{clock(m.reference_end)}  {m.score:.3f}{', mirrored' if m.is_mirrored else ''}"
            for m in answer.matches
        ),
        *answer.notes,
    ]
    return to_json(answer), "\n".join(rows)


def groups(options: argparse.Namespace) -> Answer:
    studio = open_for(options)
    found = studio.near_duplicates(model=options.model, threshold=options.threshold, progress=terminal_progress())
    rows = []
    for group in found.groups:
        rows.append(f"{group.representative}  {found.titles[group.representative]}")
        for edge in group.edges:
            at = f"  at {clock(edge.match.reference_start)}–{clock(edge.match.reference_end)}" if edge.match else ""
            rows.append(f"  {edge.similarity:.3f}  {edge.video_id}  {found.titles[edge.video_id]}{at}")
    rows += [f"{len(found.groups)} groups among {found.videos} videos, from a similarity of {found.threshold:g} on"]
    return to_json(found), "\n".join([*rows, *found.notes])
