"""Verbs for the library itself: ingest, prepare, list, remove, status."""

import argparse
from pathlib import Path

from core.commands.terminal import AddVerb, Answer, open_for, terminal_progress, to_json
from core.records import Video, clock


def add(verb: AddVerb) -> None:
    """Enter the verbs."""
    sub = verb("ingest", ingest, "Add files or folders to the library.")
    sub.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    verb("prepare", prepare, "Make a new library ready: choose its encoder and add the demo clips.")
    verb("list", list_videos, "List the library.")
    sub = verb("remove", remove, "Forget videos. Originals that lie elsewhere stay.")
    sub.add_argument("ids", nargs="+", metavar="ID")
    verb("status", status, "What the library holds, which encoders are ready, and why not.")


def ingest(options: argparse.Namespace) -> Answer:
    report = open_for(options).ingest(options.paths, terminal_progress())
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
    studio = open_for(options)
    report = studio.prepare(terminal_progress())
    text = f"Encoder: {studio.encoder()}. {studio.encoder_reason()}"
    if report.added:
        text = f"{len(report.added)} demo clips added to {studio.settings.library}.\n{text}"
    return to_json({"added": report.added, "encoder": studio.encoder(), "reason": studio.encoder_reason()}), text


def list_videos(options: argparse.Namespace) -> Answer:
    studio = open_for(options)
    videos: list[Video] = []
    while page := studio.videos(order="title", offset=len(videos), limit=1000).videos:
        videos += page
    rows = [f"{video.id}  {clock(video.info.duration)}  {video.title}" for video in videos]
    return to_json({"videos": videos}), "\n".join(rows) or "The library is empty."


def remove(options: argparse.Namespace) -> Answer:
    studio = open_for(options)
    videos = [studio.video(video_id) for video_id in options.ids]
    studio.remove(options.ids)
    return to_json({"removed": [video.id for video in videos]}), "\n".join(f"removed  {v.title}" for v in videos)


def status(options: argparse.Namespace) -> Answer:
    studio = open_for(options)
    now, encoders = studio.status(), studio.readiness()
    rows = [
        f"{now.videos} videos, {clock(now.seconds)}, {now.bytes_on_disk / 2**20:,.1f} MB in {now.root}",
        f"Encoder: {now.encoder} ({now.extracted} of {now.videos} extracted). {now.encoder_reason}",
        *(f"{'ready' if e.is_ready else 'not ready':9}  {e.name}: {e.reason}" for e in encoders),
    ]
    return to_json({"library": now, "encoders": encoders, "models": studio.models("search")}), "\n".join(rows)
