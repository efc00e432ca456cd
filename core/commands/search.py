"""The verbs that look for kin: search, and calibrate, which makes its probabilities fit the library."""

import argparse
from pathlib import Path
from typing import get_args

from core.commands.terminal import (
    ID,
    AddVerb,
    Answer,
    open_for,
    positive,
    query_video,
    terminal_progress,
    to_json,
)
from core.errors import StudioError
from core.records import Chances, Progress, SearchResult, Sense, Using, clock
from core.studio import Studio

BY = ("auto", "video", "image", "text")


def add(verb: AddVerb) -> None:
    """Enter the verbs."""
    sub = verb("search", search, "Find the videos most like a clip, a picture, a sentence or a video of the library.")
    sub.add_argument("query", metavar="QUERY", help="a file, the id of a video in the library, or words")
    sub.add_argument("--by", choices=BY, default="auto", help="what QUERY is; auto: a file or an id")
    sub.add_argument("--using", choices=get_args(Using), default="late", help="what is compared")
    sub.add_argument("--weights", type=weights, metavar="V,A", help="of pictures and of sound in late fusion: 0.9,0.1")
    sub.add_argument("--model", default="cosine")
    sub.add_argument("--chances", choices=get_args(Chances), default="calibrated", help="how probabilities are made")
    sub.add_argument("--top", type=positive, default=5)
    verb("calibrate", calibrate, "Listen to both halves of every clip, so that probabilities of sound fit the library.")


def search(options: argparse.Namespace) -> Answer:
    studio, progress = open_for(options), terminal_progress()
    result = _ask(studio, options, progress)
    rows = [
        f"{hit.probability:6.1%}  {hit.similarity:.3f}  {_own(hit.visual)}  {_own(hit.audio)}  {hit.video_id}  "
        f"{hit.title}  at {clock(hit.reference_time)}{'' if hit.is_kin or result.text else '  (not clearly kin)'}"
        for hit in result.hits
    ]
    if rows:
        rows.insert(0, "chance  alike  image  sound  id                title")
    return to_json(result), "\n".join([*rows, *result.notes]) or "The library has nothing to compare with."


def calibrate(options: argparse.Namespace) -> Answer:
    count = open_for(options).listen_to_halves(terminal_progress())
    return {"listened": count}, f"{count} clips listened to. The next search fits its probabilities anew."


def weights(text: str) -> dict[Sense, float]:
    """ "0.9,0.1" -> what pictures and what sound count."""
    visual, audio = (float(part) for part in text.split(","))
    return {"visual": visual, "audio": audio}


def _ask(studio: Studio, options: argparse.Namespace, progress: Progress) -> SearchResult:
    if options.by == "text":
        return studio.search_text(options.query, top=options.top, progress=progress)
    path = Path(options.query)
    if options.by == "image" and not (path.is_file() and studio.is_picture(path)):
        raise StudioError(f"{path.name} is not a picture. Give a picture file, or leave --by away.")
    if options.by == "video" and not ID.fullmatch(options.query) and path.is_file() and studio.is_picture(path):
        raise StudioError(f"{path.name} is a picture, not a video. Use --by image, or leave --by away.")
    return studio.search(
        query_video(studio, options.query, progress),
        model=options.model,
        using=options.using,
        weights=options.weights,
        chances=options.chances,
        top=options.top,
        progress=progress,
    )


def _own(score: float | None) -> str:
    return "  –  " if score is None else f"{score:5.2f}"
