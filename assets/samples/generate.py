"""Make the demo library: `python -m assets.samples.generate [--only SCENE] [--out DIR]`.

Renders every camera of the five events once, cuts the clips of the programme from that footage, gives them sound and
writes them with samples.csv. The same seeds give the same pictures at every run.
"""

import argparse
import importlib
import multiprocessing
import sys
import time as clock
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from assets.samples import encode, light, programme, scores, sound
from assets.samples.programme import Clip
from assets.samples.rework import BROADCASTS, rework

SIZE = (640, 360)
# rendered pixels for each one shown, along a side: the harder the edges, the more
OVERSAMPLE = {"balloons": 1.5, "fireworks": 1.25, "aurora": 1.25, "jellyfish": 1.0, "regatta": 1.5}
AUDIO_KBIT = 64
MIXES = {  # ambience, events, music
    "anchor": (1.0, 1.0, 1.0), "second": (1.0, 0.8, 1.0),
    "complementary": (1.5, 0.75, 0.8), "incident": (1.3, 0.6, 0.75),
}  # fmt: skip
LOUDNESS = {"balloons": 0.10, "fireworks": 0.12, "aurora": 0.10, "jellyfish": 0.11, "regatta": 0.11}

Frame = tuple[str, str, float]  # scene, shot, second of the event


@cache
def _world(scene: str, width: int, height: int) -> tuple[Any, light.Film | dict[str, light.Film]]:
    module = importlib.import_module(f"assets.samples.{scene}")
    return module.World(width, height), module.FILM


def render(frame: Frame, *, size: tuple[int, int] = SIZE, oversample: float | None = None) -> NDArray[np.uint8]:
    """One finished frame (H, W, 3)."""
    scene, shot, time = frame
    factor = oversample or OVERSAMPLE[scene]
    width, height = (round(side * factor / 4) * 4 for side in size)
    world, film = _world(scene, width, height)
    picture = np.minimum(world.render(shot, time), 6.0)
    picture = light.resize(picture, *size, Image.Resampling.HAMMING)
    stock = film[shot] if isinstance(film, dict) else film
    return stock.develop(picture, seed=round(time * programme.RATE))


def soundtrack(clip: Clip) -> NDArray[np.float64]:
    """The clip's sound, stereo (N, 2): the stems of its event cut and mixed as its footage is."""
    tracks = scores.stems(clip.scene)
    pieces = []
    for take in clip.takes:
        start = int(take.start * sound.RATE)
        window = slice(start, start + len(take.times) * sound.RATE // programme.RATE)
        ambience, events, music = MIXES[take.shot]
        piece = (
            ambience * tracks["ambience"][window] + events * tracks["events"][window] + music * tracks["music"][window]
        )
        if take.shot == "complementary":  # heard from elsewhere: the other way round, and duller
            piece = sound.low_pass(piece[:, ::-1], 5200)
        if len(clip.takes) > 1:
            piece = piece * sound.swell(len(piece) / sound.RATE, 0.08, 0.08)[: len(piece), None]
        pieces.append(piece)
    drive = 1.8 if clip.kind == "near_duplicate" else 1.0
    return sound.master(np.concatenate(pieces), loudness=LOUDNESS[clip.scene], drive=drive)


def footage(clips: Sequence[Clip], *, workers: int) -> dict[Frame, NDArray[np.uint8]]:
    """Every frame that the clips need, each rendered once however many clips show it."""
    wanted = list(
        dict.fromkeys((clip.scene, take.shot, t) for clip in clips for take in clip.takes for t in take.times)
    )
    if workers == 1:
        return {frame: render(frame) for frame in wanted}
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        return dict(zip(wanted, pool.imap(render, wanted, chunksize=6), strict=True))


def pictures(clip: Clip, frames: dict[Frame, NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
    """The clip's frames in order."""
    shown = (frames[clip.scene, take.shot, t] for take in clip.takes for t in take.times)
    for index, image in enumerate(shown):
        is_reworked = clip.kind == "near_duplicate"
        yield rework(image, BROADCASTS[clip.scene], index / programme.RATE) if is_reworked else image


def make(clips: Sequence[Clip], out: Path, *, workers: int) -> None:
    """Render, score and write these clips of one scene into a folder."""
    started = clock.monotonic()
    frames = footage(clips, workers=workers)
    sys.stderr.write(f"{clips[0].scene}: {len(frames)} frames in {clock.monotonic() - started:.0f} s\n")
    for clip in clips:
        path = out / clip.file
        encode.write_clip(
            path, pictures(clip, frames), soundtrack(clip),
            rate=programme.RATE, crf=clip.crf, audio_kbit=AUDIO_KBIT, title=clip.title,
        )  # fmt: skip
        sys.stderr.write(f"  {clip.file}: {path.stat().st_size / 1000:.0f} kB\n")


def main(arguments: Sequence[str] | None = None) -> int:
    scenes = list(dict.fromkeys(clip.scene for clip in programme.CLIPS))
    parser = argparse.ArgumentParser(description="Make the clips of the demo library.")
    parser.add_argument("--only", choices=scenes, action="append", help="make this scene's clips only")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder for the clips and samples.csv")
    parser.add_argument("--workers", type=int, default=2, help="processes that render (default 2)")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    for scene in options.only or scenes:
        make([clip for clip in programme.CLIPS if clip.scene == scene], options.out, workers=options.workers)
    programme.write_table(options.out / "samples.csv")
    return 0


if __name__ == "__main__":
    sys.exit(main())
