"""The command line: `python -m core VERB …`.

With `--json`, standard output is exactly one JSON document and progress goes to standard error. Exit code 0: done;
1: a StudioError, its text on standard error; 2: usage; 130: stopped from the keyboard.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.config import Settings
from core.errors import Cancelled, StudioError
from core.records import Progress, Video, no_progress
from core.studio import Studio

STOPPED = "Stopped. What was finished is kept."
ID = re.compile(r"[0-9a-f]{16}")

Answer = tuple[dict[str, Any], str]
"""The JSON document, and the same for people."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; gives the exit code."""
    options = build_parser().parse_args(arguments)
    try:
        document, text = options.run(options)
    except StudioError as error:
        if options.json:
            print(json.dumps({"error": str(error)}))
        print(_printable(str(error)), file=sys.stderr)
        return 1
    except (KeyboardInterrupt, Cancelled):
        if options.json:
            print(json.dumps({"error": STOPPED}))
        print(STOPPED, file=sys.stderr)
        return 130
    print(json.dumps(document, allow_nan=False) if options.json else _printable(text))
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

    sub = verb("ingest", ingest, "Add files or folders to the library.")
    sub.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    verb("prepare", prepare, "Make a new library ready: choose its encoder and add the demo clips.")
    verb("list", list_videos, "List the library.")
    sub = verb("remove", remove, "Forget videos. Originals that lie elsewhere stay.")
    sub.add_argument("ids", nargs="+", metavar="ID")
    verb("status", status, "What the library holds, which encoders are ready, and why not.")
    sub = verb("search", search, "Find the videos most like a clip, a picture or a video of the library.")
    sub.add_argument("query", metavar="QUERY", help="a file, or the id of a video in the library")
    sub.add_argument("--model", default="cosine")
    sub.add_argument("--top", type=_positive, default=5)
    sub = verb("compare", compare, "Compare two pictures, or two videos.")
    sub.add_argument("a", metavar="A")
    sub.add_argument("b", metavar="B")
    sub.add_argument("--model", default="cosine")
    sub = verb("train", train, "Train one of the models.")
    sub.add_argument("name", metavar="NAME")
    sub.add_argument("--seed", type=int, default=0)
    sub.add_argument("--out", type=Path, metavar="DIR", help="where the weights go (the shipped ones are replaced)")
    sub = verb("evaluate", evaluate, "Run one of the experiments on a folder of videos.")
    sub.add_argument("name", metavar="NAME")
    sub.add_argument("--videos", type=Path, metavar="DIR", required=True)
    sub.add_argument("--seed", type=int, default=0)
    sub = verb("bench", bench, "Measure every speed claim against a peer or a limit, in one run.")
    sub.add_argument("--only", metavar="NAME")
    sub.add_argument("--videos", type=Path, metavar="DIR", help="real videos to measure on as well")
    return parser


# ------------------------------------------------------------------------------------------------ the verbs


def ingest(options: argparse.Namespace) -> Answer:
    report = _studio(options).ingest(options.paths, _progress())
    rows = [
        *(f"added    {video.id}  {video.title}" for video in report.added),
        *(f"skipped  {video.id}  {video.title} (already there)" for video in report.skipped),
        *(f"failed   {failure.path}: {failure.error}" for failure in report.failed),
    ]
    document = {
        "added": report.added,
        "skipped": report.skipped,
        "failed": [{"path": failure.path, "error": failure.error} for failure in report.failed],
    }
    return to_json(document), "\n".join(rows) or "There was nothing to add."


def prepare(options: argparse.Namespace) -> Answer:
    studio = _studio(options)
    report = studio.prepare(_progress())
    text = f"Encoder: {studio.encoder()}. {studio.encoder_reason()}"
    if report.added:
        text = f"{len(report.added)} demo clips added to {studio.settings.library}.\n{text}"
    return to_json({"added": report.added, "encoder": studio.encoder(), "reason": studio.encoder_reason()}), text


def list_videos(options: argparse.Namespace) -> Answer:
    studio = _studio(options)
    videos: list[Video] = []
    while page := studio.videos(order="title", offset=len(videos), limit=1000).videos:
        videos += page
    rows = [f"{video.id}  {_clock(video.info.duration)}  {video.title}" for video in videos]
    return to_json({"videos": videos}), "\n".join(rows) or "The library is empty."


def remove(options: argparse.Namespace) -> Answer:
    studio = _studio(options)
    videos = [studio.video(video_id) for video_id in options.ids]
    studio.remove(options.ids)
    return to_json({"removed": [video.id for video in videos]}), "\n".join(f"removed  {v.title}" for v in videos)


def status(options: argparse.Namespace) -> Answer:
    studio = _studio(options)
    now, encoders = studio.status(), studio.readiness()
    rows = [
        f"{now.videos} videos, {_clock(now.seconds)}, {now.bytes_on_disk / 2**20:,.1f} MB in {now.root}",
        f"Encoder: {now.encoder} ({now.extracted} of {now.videos} extracted). {now.encoder_reason}",
        *(f"{'ready' if e.is_ready else 'not ready':9}  {e.name}: {e.reason}" for e in encoders),
    ]
    return to_json({"library": now, "encoders": encoders, "models": studio.models("search")}), "\n".join(rows)


def search(options: argparse.Namespace) -> Answer:
    studio, progress = _studio(options), _progress()
    query = _query(studio, options.query, progress)
    result = studio.search(query, model=options.model, top=options.top, progress=progress)
    rows = [
        f"{hit.probability:6.1%}  {hit.similarity:.3f}  {hit.video_id}  {hit.title}  at {_clock(hit.reference_time)}"
        for hit in result.hits
    ]
    return to_json(result), "\n".join([*rows, *result.notes]) or "The library has nothing to compare with."


def compare(options: argparse.Namespace) -> Answer:
    studio, progress = _studio(options), _progress()
    paths = [Path(options.a), Path(options.b)]
    if all(studio.is_picture(path) for path in paths):
        pair = studio.compare_frames(*paths)
        verdict = "same video" if pair.is_same else "different videos"
        return to_json({"same_video": pair}), f"cosine {pair.cosine:.3f}, threshold {pair.threshold:.3f}: {verdict}"
    a, b = (_query(studio, name, progress) for name in (options.a, options.b))
    answer = studio.compare_videos(a, b, model=options.model, progress=progress)
    rows = [
        f"similarity {answer.similarity:.3f}: {answer.query_in_reference:.3f} of A in B, "
        f"{answer.reference_in_query:.3f} of B in A",
        *(
            f"A {_clock(m.query_start)}–{_clock(m.query_end)}  B {_clock(m.reference_start)}–"
            f"{_clock(m.reference_end)}  {m.score:.3f}"
            for m in answer.matches
        ),
        *answer.notes,
    ]
    return to_json(answer), "\n".join(rows)


def train(options: argparse.Namespace) -> Answer:
    from core.training.registry import recipe

    return _report(recipe(options.name)(out=options.out, seed=options.seed, progress=_progress()))


def evaluate(options: argparse.Namespace) -> Answer:
    from core.training.registry import experiment

    return _report(experiment(options.name)(options.videos, seed=options.seed, progress=_progress()))


def bench(options: argparse.Namespace) -> Answer:
    from core.bench.registry import run

    rows = run(only=options.only, videos=options.videos, progress=_progress())
    lines = [f"{row.name}: {row.ours:.4g} {row.unit}, {row.against} {row.theirs:.4g}: {row.ratio:.2f}" for row in rows]
    return to_json({"rows": rows}), "\n".join(lines)


# ---------------------------------------------------------------------------------------------------- print


def to_json(value: Any) -> Any:
    """Records, arrays and paths as what `json` can write. Times stay seconds, a non-finite number becomes null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_json(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if isinstance(value, np.ndarray) and np.isfinite(value).all():
        return value.tolist()
    if isinstance(value, (np.ndarray, np.generic)):
        return to_json(value.tolist())
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return str(value) if isinstance(value, Path) else value


def _printable(text: str) -> str:
    """Text without the halves of characters that a file name may hold and a terminal cannot show."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _report(document: dict[str, Any]) -> Answer:
    return to_json(document), json.dumps(to_json(document), indent=2, ensure_ascii=False)


def _query(studio: Studio, name: str, progress: Progress) -> Video:
    """A video of the library by its id, or a file."""
    if ID.fullmatch(name) and not os.path.exists(name):
        return studio.video(name)
    return studio.query(Path(name), progress=progress)


def _studio(options: argparse.Namespace) -> Studio:
    return Studio(Settings.from_env(library=options.library, encoder=options.encoder, device=options.device))


def _progress() -> Progress:
    """A line on standard error that is written over; nothing when nobody watches."""
    if not sys.stderr.isatty():
        return no_progress

    def show(fraction: float, text: str) -> None:
        print(f"\r\033[K{fraction:4.0%}  {text[:100]}", end="" if fraction < 1 else "\n", file=sys.stderr, flush=True)

    return show


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


if __name__ == "__main__":
    sys.exit(main())
