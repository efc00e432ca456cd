"""Verbs that train and measure: train, stitch, evaluate, bench."""

import argparse
from pathlib import Path

from core.commands.terminal import AddVerb, Answer, open_for, positive, report, terminal_progress, to_json
from core.errors import StudioError
from core.records import BenchRow, Skipped, clock


def add(verb: AddVerb) -> None:
    """Enter the verbs."""
    sub = verb("train", train, "Train one of the models.")
    sub.add_argument("name", metavar="NAME")
    sub.add_argument("--seed", type=int, default=0)
    source = sub.add_mutually_exclusive_group()
    source.add_argument("--out", type=Path, metavar="DIR", help="where the weights go (the shipped ones are replaced)")
    sub.add_argument("--videos", type=Path, metavar="DIR", help="real videos to learn from in place of made films")
    source.add_argument("--on-library", action="store_true", help="learn from the library, for use in it")
    sub = verb("stitch", stitch, "Stitch queries from a folder of videos, as MP4 files with what they show.")
    sub.add_argument("videos", type=Path, metavar="DIR", help="the videos that parts are cut from")
    sub.add_argument("--out", type=Path, metavar="DIR", required=True, help="a new folder for the queries")
    sub.add_argument("--noise", action="append", metavar="NAME", help="clean, text, mirror …; every kind unless given")
    sub.add_argument("--number", type=positive, default=1, metavar="N", help="so many queries of each kind of noise")
    sub.add_argument(
        "--held-out", type=float, default=0.3, metavar="S", help="share of films that no library will hold"
    )
    sub.add_argument("--seed", type=int, default=0)
    sub = verb("evaluate", evaluate, "Run one of the experiments on a folder of videos, or on the library.")
    sub.add_argument("name", metavar="NAME")
    sub.add_argument("--videos", type=Path, metavar="DIR", help="a folder of videos; the library unless given")
    sub.add_argument("--queries", type=Path, metavar="DIR", help="trace: clips with annotations, in place of made ones")
    sub.add_argument("--whole", action="store_true", help="measure what is left out for the sake of time, too")
    sub.add_argument("--seed", type=int, default=0)
    sub = verb("bench", bench, "Measure every speed claim against a peer or a limit, in one run.")
    sub.add_argument("--only", metavar="NAME")
    sub.add_argument("--videos", type=Path, metavar="DIR", help="real videos to measure on as well")


def train(options: argparse.Namespace) -> Answer:
    if options.on_library:
        if options.videos is not None:
            raise StudioError("Learn from the library or from a folder of videos: leave out --on-library or --videos.")
        learned = open_for(options).train(options.name, seed=options.seed, progress=terminal_progress())
        return to_json(learned), learned.summary
    from core.training.registry import recipe

    run = recipe(options.name, options.videos)
    return report(run(out=options.out, seed=options.seed, progress=terminal_progress()))


def stitch(options: argparse.Namespace) -> Answer:
    from core.training.stitched_files import FILE_NOISES, stitch

    made = stitch(
        options.videos,
        options.out,
        noises=options.noise or FILE_NOISES,
        number=options.number,
        held_out=options.held_out,
        seed=options.seed,
        progress=terminal_progress(),
    )
    rows = [f"{q['file']}  {clock(q['seconds'])}, {clock(q['seconds_unknown'])} of it unknown" for q in made["queries"]]
    counts = f"films in the library: {len(made['library'])}, held out: {len(made['held_out'])}"
    return to_json(made), "\n".join([*rows, counts, *made["unreadable"]])


def evaluate(options: argparse.Namespace) -> Answer:
    if options.videos is None:
        if options.queries is not None:
            raise StudioError("Say where the videos lie that these queries were taken from: --videos DIR.")
        if options.whole:
            raise StudioError("A library is always measured whole. Leave out --whole.")
        return report(open_for(options).evaluate(options.name, seed=options.seed, progress=terminal_progress()))
    from core.training.registry import experiment

    run = experiment(options.name, is_whole=options.whole, queries=options.queries)
    return report(run(options.videos, seed=options.seed, progress=terminal_progress()))


def bench(options: argparse.Namespace) -> Answer:
    from core.bench.registry import run

    found = run(only=options.only, videos=options.videos, progress=terminal_progress())
    rows = [row for row in found if isinstance(row, BenchRow)]
    left_out = [row for row in found if isinstance(row, Skipped)]
    lines = [
        *(f"{row.name}: {row.ours:.4g} {row.unit}, {row.against} {row.theirs:.4g}: {row.ratio:.2f}" for row in rows),
        *(f"{row.name} left out: {row.reason}" for row in left_out),
    ]
    return to_json({"rows": rows, "skipped": left_out}), "\n".join(lines)
