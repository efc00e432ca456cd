"""Real videos of a folder as frames in memory, with what an experiment must know: their source, and changes of shot.

Files are opened through the sandbox. A folder's `manifest.csv` (columns `file` and `group`) says which files show the
same source; without one, the files of a folder belong together and a file at the top stands for itself.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.config import Limits
from core.errors import MediaError, StudioError
from core.media.sandbox import Sandbox
from core.records import Frames, Progress, no_progress

RATE = 8  # frames per second looked at to find changes of shot
SECONDS = 240.0  # of each file
SHORT_SIDE = 160
SIGNATURE = 16  # cells per side of the small picture that changes are found on

CUT_STEP = 10.0  # grey levels between neighbouring frames from which on a jump may be a cut …
CUT_RATIO = 3.0  # … if it is as many times the usual step around it …
CUT_MARGIN = 4.0  # … and this much more
BLEND_SPANS = (3, 5, 8, 12, 16)  # frames a dissolve or fade may last, at RATE
BLEND_STEP = 12.0  # grey levels between its ends at least
BLEND_RESIDUE = 0.15  # share of the change that a straight blend of both ends leaves unexplained at most


@dataclass(frozen=True)
class RealVideo:
    """The frames of one file, one per second, and a few at another pace."""

    name: str  # path below the folder
    group: str
    times: NDArray[np.float64]  # (T,) seconds, whole ones
    images: NDArray[np.uint8]  # (T, H, W, 3)
    hurried: NDArray[np.uint8]  # (U, H, W, 3) one per second of the same video played 1.25 times as fast
    changes: tuple[tuple[float, float], ...]  # start and end in seconds of every cut, dissolve and fade

    def changes_between(self, start: float, end: float) -> bool:
        """Whether a cut, dissolve or fade lies between two times."""
        return any(first < end - 1e-6 and last > start + 1e-6 for first, last in self.changes)


def read_manifest(folder: Path) -> list[tuple[Path, str]] | None:
    """The files that `manifest.csv` of a folder names and their groups, "" where it leaves them open.

    None where there is none, or one of another program: without a column `file`, or no table at all.
    """
    try:
        with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            is_ours = "file" in (reader.fieldnames or ())
            rows = [(folder / (row["file"] or ""), row.get("group") or "") for row in reader] if is_ours else None
    except (OSError, UnicodeDecodeError, csv.Error):
        return None
    return rows


def list_videos(folder: Path) -> list[tuple[Path, str]]:
    """The files to look at and their groups, by `manifest.csv` or by folder.

    Rows of a manifest without a group are left out: nobody knows what they are kin to. Raises StudioError when there
    is nothing.
    """
    rows = read_manifest(folder)
    if rows is not None:
        found = [(path, group) for path, group in rows if group and path.is_file()]
    else:
        files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
        found = [(path, str(path.parent.relative_to(folder)) if path.parent != folder else path.name) for path in files]
    if not found:
        raise StudioError(f"There are no videos in {folder}. Give a folder that holds some, or a manifest.csv of them.")
    return found


def read_videos(folder: Path, *, progress: Progress = no_progress) -> tuple[list[RealVideo], list[str]]:
    """Every readable video below a folder, and a line for every file that could not be read."""
    videos, failures = [], []
    listed = list_videos(folder)
    for place, (path, group) in enumerate(listed):
        progress(place / len(listed), f"Reading {path.name}")
        try:
            with Sandbox(path, Limits()) as media:
                frames = media.frames(fps=RATE, short_side=SHORT_SIDE, end=SECONDS)
                videos.append(_gather(str(path.relative_to(folder)), group, frames))
        except MediaError as error:
            failures.append(f"{path.relative_to(folder)}: {error}")
    return videos, failures


def _gather(name: str, group: str, chunks: Iterable[Frames]) -> RealVideo:
    """Keeps the few frames that count out of many, so that long videos fit in memory."""
    times, images, hurried, signatures, moments = [], [], [], [], []
    for time, image in _singly(chunks):
        step = round(time * RATE)
        if step % RATE == 0:
            times.append(step / RATE)
            images.append(image)
        if step % (RATE + RATE // 4) == 0:
            hurried.append(image)
        signatures.append(signature(image))
        moments.append(time)
    if not images:
        raise MediaError(f"{name} shows no picture at a whole second.")
    changes = find_changes(np.array(moments), np.stack(signatures))
    return RealVideo(name, group, np.array(times), np.stack(images), np.stack(hurried), changes)


def _singly(chunks: Iterable[Frames]) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    shape: tuple[int, ...] | None = None
    for chunk in chunks:
        for time, image in zip(chunk.times.tolist(), chunk.images, strict=True):
            shape = shape or image.shape
            if image.shape == shape:
                yield time, image.copy()


def signature(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W, 3) -> (16, 16, 3): means of cells."""
    height, width = image.shape[:2]
    rows = np.linspace(0, height, min(SIGNATURE, height), endpoint=False).astype(int)
    columns = np.linspace(0, width, min(SIGNATURE, width), endpoint=False).astype(int)
    sums = np.add.reduceat(np.add.reduceat(image.astype(np.float32), rows, axis=0), columns, axis=1)
    areas = np.outer(np.diff(rows, append=height), np.diff(columns, append=width))
    cells: NDArray[np.float32] = (sums / areas[..., None]).astype(np.float32)
    return np.resize(cells, (SIGNATURE, SIGNATURE, 3))


def find_changes(times: NDArray[np.float64], pictures: NDArray[np.float32]) -> tuple[tuple[float, float], ...]:
    """Where shots change, from (T, 16, 16, 3) small pictures: start and end in seconds of cuts, dissolves and fades.

    A cut is a jump far above the steps around it. A dissolve or fade is a run of frames that are straight blends of
    its two ends, in growing shares: moving things do not do that.
    """
    steps = np.abs(np.diff(pictures, axis=0)).mean(axis=(1, 2, 3))
    found = [(float(times[i]), float(times[i + 1])) for i in np.flatnonzero(_is_jump(steps))]
    flat = pictures.reshape(len(pictures), -1)
    for span in BLEND_SPANS:
        starts = [start for start in range(len(flat) - span) if _is_blend(flat[start : start + span + 1])]
        found += [(float(times[start]), float(times[start + span])) for start in starts]
    return tuple(sorted(found))


def _is_jump(steps: NDArray[np.float32]) -> NDArray[np.bool_]:
    usual = np.empty_like(steps)
    for place in range(len(steps)):
        around = np.concatenate([steps[max(0, place - 3) : place], steps[place + 1 : place + 4]])
        usual[place] = np.median(around) if len(around) else 0.0
    return (steps > CUT_STEP) & (steps > CUT_RATIO * usual + CUT_MARGIN)


def _is_blend(run: NDArray[np.float32]) -> bool:
    whole = run[-1] - run[0]
    if np.abs(whole).mean() < BLEND_STEP:
        return False
    shares = (run - run[0]) @ whole / (whole @ whole)
    if (np.diff(shares) < -0.02).any() or not ((shares > 0.15) & (shares < 0.85)).sum() >= 2:
        return False
    residue = ((run - run[0] - shares[:, None] * whole) ** 2).sum(axis=1)
    return bool(residue.max() < BLEND_RESIDUE**2 * (whole @ whole))
