"""The command line: `python -m core VERB …`.

With `--json`, standard output is exactly one JSON document and progress goes to standard error. Exit code 0: done;
1: a StudioError, its text on standard error; 2: usage; 130: stopped from the keyboard.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from core.commands import frame_map, learning, library, questions, search, trace
from core.commands.terminal import Answer, printable
from core.errors import Cancelled, StudioError

NOBODY_READS = 141  # as shells tell of the signal for it
STOPPED = "Stopped. What was finished is kept."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; gives the exit code."""
    options = build_parser().parse_args(arguments)
    try:
        document, text = options.run(options)
    except StudioError as error:
        if options.json:
            print(json.dumps({"error": str(error)}))
        print(printable(str(error)), file=sys.stderr)
        return 1
    except (KeyboardInterrupt, Cancelled):
        if options.json:
            print(json.dumps({"error": STOPPED}))
        print(STOPPED, file=sys.stderr)
        return 130
    print(json.dumps(document, allow_nan=False) if options.json else printable(text))
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Every verb with its options."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--library", type=Path, metavar="DIR", help="where the library is (CLIPKIN_LIBRARY)")
    common.add_argument("--encoder", metavar="NAME", help="auto, clip or embedded (CLIPKIN_ENCODER)")
    common.add_argument("--device", choices=("auto", "cpu", "cuda"), help="where encoders run (CLIPKIN_DEVICE)")
    common.add_argument("--json", action="store_true", help="one JSON document on standard output")

    parser = argparse.ArgumentParser(prog="python -m core", description="Tells whether moving pictures are kin.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, run: Callable[[argparse.Namespace], Answer], text: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, parents=[common], help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    for verbs_of in (library, search, questions, learning, trace, frame_map):
        verbs_of.add(verb)
    return parser


def run() -> int:
    """The same for a shell, where whoever reads may have had enough: `… | head`."""
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python still writes at its end
        return NOBODY_READS
    return code


if __name__ == "__main__":
    sys.exit(run())
