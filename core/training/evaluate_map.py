"""The experiment of the frame map on real videos: `python -m core evaluate map --videos DIR`.

Every projection of the product and its rivals in one table, on the frames of all videos by the built-in encoder. Our
own are judged where people see them, on the plane that they are stretched to fill; beside it stands what the stretch
costs.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config import Limits
from core.errors import MediaError, StudioError
from core.features.embedded import EmbeddedEncoder
from core.features.pooling import frame_weights
from core.media.sandbox import Sandbox
from core.models import map_neighbours
from core.models.map_autoencoder import STD, WIDE_STD
from core.models.projection import PROJECTIONS
from core.models.stretch import fit_placement
from core.records import MapChoices, Progress, named, no_progress, part_of
from core.training.datasets import list_videos
from core.training.frame_map import fit
from core.training.rivals import Layout, rivals

K = 12  # neighbours
FITS = 3  # of every method when all is measured, each from its own seed; figures are means
MOST_FRAMES = 2000  # unless all is measured
SECONDS = 240.0  # of each file
HELD_OUT = 5  # every fifth group is left out of the fit and projected by it
CELLS = 16  # per side, when it is asked how much of the plane is filled
DEFAULT, RIVALS, MARGIN = "neighbours", ("UMAP", "PaCMAP"), 0.02
FEWEST = 60  # frames

Vectors = NDArray[np.float32]
Numbers = NDArray[np.int32]
LayOut = Callable[[int, Progress], tuple[Vectors, Vectors]]  # by seed: positions, and the code under them


def run(videos: Path, *, seed: int = 0, is_whole: bool = False, progress: Progress = no_progress) -> dict[str, Any]:
    """Trustworthiness, neighbours kept and smoothness of every projection, as a JSON object.

    One fit of each on at most `MOST_FRAMES` frames, which takes minutes; with `is_whole` three on all, and two variants
    of the published autoencoder. Raises StudioError when the folder holds too few frames.
    """
    vectors, video, group, failures = _read(videos, part_of(progress, 0.0, 0.4))
    if len(vectors) < FEWEST:
        raise StudioError(f"{videos} holds {len(vectors)} frames with content; a map is measured on {FEWEST} or more.")
    kept = slice(None, None, 1 if is_whole else -(-len(vectors) // MOST_FRAMES))  # evenly, in the order of time
    left_out = [] if is_whole else [f"{FITS - 1} of {FITS} fits of every method", "the autoencoder's two variants"]
    if kept.step > 1:
        left_out.append(f"{len(vectors) - len(vectors[kept]):,} of {len(vectors):,} frames")
    measured = measure(
        vectors[kept],
        video[kept],
        group[kept],
        seed=seed,
        is_whole=is_whole,
        progress=part_of(progress, 0.4, 1.0),
    )
    return {**measured, "unreadable": failures, "left_out_without_whole": left_out}


def measure(
    vectors: Vectors,
    video: Numbers,
    group: Numbers,
    *,
    seed: int = 0,
    is_whole: bool = True,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """The table for frames (N, D), the number of the video and of the group of each (N,), video by video in order.

    All on one thread, so that seconds compare: layers this small gain nothing from more, and lose much where other work
    goes on.
    """
    from threadpoolctl import threadpool_limits

    others, missing = rivals()  # before threads are counted: PaCMAP brings back as many as there are processors
    with threadpool_limits(1):
        found = _measured(vectors, video, group, others, seed=seed, is_whole=is_whole, progress=progress)
    return {**found, "missing": missing}


def _measured(
    vectors: Vectors,
    video: Numbers,
    group: Numbers,
    others: dict[str, Layout],
    *,
    seed: int,
    is_whole: bool,
    progress: Progress,
) -> dict[str, Any]:
    fits = FITS if is_whole else 1
    draws = [1000 * seed + draw for draw in range(fits)]
    near = nearest(vectors)
    methods: dict[str, LayOut] = {name: partial(_ours, vectors, video, name) for name in PROJECTIONS}
    if is_whole:
        methods["autoencoder, std 0.6"] = partial(_ours, vectors, video, "autoencoder", std=WIDE_STD)
        methods["autoencoder, temporal"] = partial(_ours, vectors, video, "autoencoder", temporal=1.0)
    methods |= {name: partial(_theirs, vectors, layout) for name, layout in others.items()}
    table: dict[str, dict[str, float]] = {}
    for number, (name, lay_out) in enumerate(methods.items()):
        rows = []
        for place, draw in enumerate(draws[:1] if name == "pca" else draws):
            done, step = (number + place / fits) / (len(methods) + 1), 1 / fits / (len(methods) + 1)
            progress(done, f"{name}, seed {draw}")
            began = time.process_time()
            positions, code = lay_out(draw, part_of(named(progress, name), done, done + step))
            seconds = time.process_time() - began
            row = judge(vectors, positions, video, near)
            row["trustworthiness_unstretched"] = trustworthiness(vectors, code)
            rows.append({**row, "cpu_seconds": seconds})
        table[name] = {key: round(float(np.mean([row[key] for row in rows])), 4) for key in rows[0]}
    last = part_of(progress, len(methods) / (len(methods) + 1), 1.0)
    bar = max((table[name]["trustworthiness"] for name in RIVALS if name in table), default=None)
    return {
        "frames": len(vectors),
        "videos": len(np.unique(video)),
        "fits": fits,
        "k": K,
        "same_video_among_vectors": round(float((video[near] == video[:, None]).mean()), 4),
        "table": table,
        "held_out": _held_out(vectors, video, group, draws, last),
        "bar": None if bar is None else round(bar - MARGIN, 4),
        "meets_bar": None if bar is None else table[DEFAULT]["trustworthiness"] >= bar - MARGIN,
        "beats_pca_on_same_video": table[DEFAULT]["same_video"] > table["pca"]["same_video"],
    }


def judge(vectors: Vectors, positions: Vectors, video: Numbers, near: NDArray[np.int64]) -> dict[str, float]:
    """How good a layout is: everything 0–1 and higher is better, but `temporal_step`.

    trustworthiness: how few strangers come near (Venna and Kaski 2001). neighbours_kept: share of the K nearest by
    vector that are among the K nearest on the map. same_video: share of the K nearest on the map that are of the same
    video. temporal_step: way from a frame to the next of its video, as a share of the way between any two frames.
    filled: share of 16 × 16 cells that hold a frame.
    """
    on_map = nearest(positions)
    kept = (near[:, :, None] == on_map[:, None, :]).any(axis=2).mean()
    follows = video[1:] == video[:-1]
    steps = np.linalg.norm(np.diff(positions, axis=0), axis=1)[follows]
    order = np.random.default_rng(0).permutation(len(positions))
    any_two = np.linalg.norm(positions - positions[order], axis=1).mean()
    span = np.maximum(np.ptp(positions, axis=0), 1e-9)
    cells = np.minimum(((positions - positions.min(axis=0)) / span * CELLS).astype(int), CELLS - 1)
    return {
        "trustworthiness": trustworthiness(vectors, positions),
        "neighbours_kept": float(kept),
        "same_video": float((video[on_map] == video[:, None]).mean()),
        "temporal_step": float(steps.mean() / any_two) if follows.any() else 0.0,
        "filled": len(np.unique(cells @ [CELLS, 1])) / CELLS**2,
    }


def trustworthiness(vectors: Vectors, positions: Vectors) -> float:
    """scikit-learn's, at K neighbours."""
    from sklearn.manifold import trustworthiness as judged

    return float(judged(vectors, positions, n_neighbors=K))


def nearest(rows: Vectors, k: int = K) -> NDArray[np.int64]:
    """The k nearest others of each row: (N, D) -> (N, k)."""
    from sklearn.neighbors import NearestNeighbors

    found: NDArray[np.int64] = NearestNeighbors(n_neighbors=k).fit(rows).kneighbors(return_distance=False)
    return found


def _ours(
    vectors: Vectors,
    video: Numbers,
    name: str,
    seed: int,
    progress: Progress,
    *,
    std: float = STD,
    temporal: float = 0.0,
) -> tuple[Vectors, Vectors]:
    """Positions on the plane, and the code that they are stretched from."""
    fitted, _ = fit(vectors, video, MapChoices(name, std=std, seed=seed), temporal=temporal, progress=progress)
    code = fitted.code(vectors)
    return fit_placement(code, seed=seed).place(code), code


def _theirs(vectors: Vectors, layout: Layout, seed: int, progress: Progress) -> tuple[Vectors, Vectors]:
    positions = layout(vectors, seed)
    return positions, positions


def _held_out(
    vectors: Vectors, video: Numbers, group: Numbers, draws: list[int], progress: Progress
) -> dict[str, dict[str, float]]:
    """The default map fitted without every fifth group: how its own frames and those that came later lie on it.

    As the network alone places these, and settled beside what they resemble, as the product does.
    """
    found: dict[str, list[tuple[float, ...]]] = {"by_the_network": [], "settled": []}
    for place, draw in enumerate(draws):
        part = part_of(named(progress, "without every fifth group"), place / len(draws), (place + 1) / len(draws))
        order = np.random.default_rng(draw).permutation(int(group.max()) + 1)
        is_new = order[group] % HELD_OUT == 0
        fitted, _ = fit(vectors[~is_new], video[~is_new], MapChoices(DEFAULT, seed=draw), progress=part)
        code = fitted.code(vectors)
        placement = fit_placement(code[~is_new], seed=draw)
        near = nearest(np.concatenate([vectors[is_new], vectors[~is_new]]), map_neighbours.NEIGHBOURS)[: is_new.sum()]
        settled = code.copy()
        settled[is_new] = map_neighbours.settle(code[is_new], code[~is_new], near, seed=draw)
        for name, codes in zip(found, (code, settled), strict=True):
            positions = placement.place(codes)
            on_map = nearest(positions)
            found[name].append(
                (
                    trustworthiness(vectors, positions),
                    trustworthiness(vectors[is_new], positions[is_new]),
                    float((video[on_map[is_new]] == video[is_new, None]).mean()),
                )
            )
    names = ("trustworthiness_of_all", "trustworthiness_of_new", "same_video_of_new")
    return {
        way: {name: round(float(value), 4) for name, value in zip(names, np.mean(rows, axis=0), strict=True)}
        for way, rows in found.items()
    }


def _read(folder: Path, progress: Progress) -> tuple[Vectors, Numbers, Numbers, list[str]]:
    """Frames with content, one per second, by the built-in encoder; the video and group of each; what failed."""
    encoder, listed = EmbeddedEncoder(), list_videos(folder)
    names = {name: number for number, name in enumerate(dict.fromkeys(group for _, group in listed))}
    vectors, video, group, failures = [np.zeros((0, encoder.dimension), np.float32)], [], [], []
    for number, (path, kin) in enumerate(listed):
        progress(number / len(listed), f"Reading {path.name}")
        try:
            with Sandbox(path, Limits()) as media:
                for run in media.frames(fps=1.0, short_side=encoder.short_side, end=SECONDS):
                    rows = encoder.encode(run.images[frame_weights(run.images) > 0])
                    vectors.append(rows)
                    video += [number] * len(rows)
                    group += [names[kin]] * len(rows)
        except MediaError as error:
            failures.append(f"{path.relative_to(folder)}: {error}")
    return np.concatenate(vectors), np.array(video, np.int32), np.array(group, np.int32), failures
