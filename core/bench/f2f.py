"""The speed of frame-to-frame similarity over regions against the bare product and the published way, and its memory.

Two videos of five minutes as ViSiL describes them, (300, 9, 3840). All times are CPU seconds of all threads, taken in
turn, the least of several counting: on a busy machine that is what the work itself costs.
"""

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.bench.rows import unit
from core.models.f2f import frame_matrices
from core.records import BenchRow

FRAMES, REGIONS, DIMENSION = 300, 9, 3840
REDUCED = 512  # dimensions that principal axes keep
HOUR = 3600  # frames
LIMIT = 2 * 2**30  # bytes that two videos of an hour may take
REPEATS = 3
RANK = 400  # directions that most of the made-up regions spread in, as real ones do

Floats = NDArray[np.float32]


def run(videos: Path | None) -> list[BenchRow]:
    """Five rows: the limit, two reduced modes with their largest error, both directions, memory. `videos` is unused."""
    import torch

    query, reference = _video(1), _video(2)
    rows, columns = query.reshape(-1, DIMENSION), reference.reshape(-1, DIMENSION)
    axes = _axes(rows)
    small = [unit(video @ axes) for video in (query, reference)]
    tensors = [torch.from_numpy(video)[None] for video in (query, reference)]

    def published() -> Floats:
        """As the published code has it: every product by einsum, then the two reductions. One direction."""
        products = torch.einsum("biok,bjpk->biopj", tensors[0], tensors[1])
        result: Floats = products.max(dim=3)[0].mean(dim=2)[0].numpy()
        return result

    ways: dict[str, Callable[[], object]] = {
        "product": lambda: rows @ columns.T,
        "ours": lambda: frame_matrices(query, reference),
        "published": published,
        "bfloat16": lambda: frame_matrices(query, reference, precision="bfloat16"),
        "reduced": lambda: frame_matrices(small[0], small[1]),
    }
    times = {name: float("inf") for name in ways}
    for _ in range(REPEATS):
        for name, way in ways.items():
            start = time.process_time()
            way()
            times[name] = min(times[name], time.process_time() - start)
    exact = frame_matrices(query, reference).query_in_reference
    error = {
        "bfloat16": frame_matrices(query, reference, precision="bfloat16").query_in_reference,
        "reduced": frame_matrices(small[0], small[1]).query_in_reference,
    }
    worst = {name: float(np.abs(matrix - exact).max()) for name, matrix in error.items()}
    shape = f"({FRAMES}, {REGIONS}, {DIMENSION})²"
    return [
        _row(f"f2f matrix {shape}, float32", times["ours"], times["product"], "the bare matrix product, the limit"),
        _row(f"f2f matrix {shape}, both directions", times["ours"], 2 * times["published"], "einsum, once each way"),
        _row(
            f"f2f matrix {shape}, bfloat16, error up to {worst['bfloat16']:.4f}",
            times["bfloat16"],
            times["published"],
            "einsum as published, one direction",
        ),
        _row(
            f"f2f matrix {shape}, {REDUCED} principal axes, error up to {worst['reduced']:.4f}",
            times["reduced"],
            times["published"],
            "einsum as published, one direction",
        ),
        _memory(),
    ]


def _row(name: str, ours: float, theirs: float, against: str) -> BenchRow:
    return BenchRow(name=name, ours=ours, theirs=theirs, ratio=theirs / ours, unit="CPU seconds", against=against)


def _video(seed: int) -> Floats:
    """Regions of length 1, most of whose spread lies in a few hundred directions; shots of 20 frames."""
    random = np.random.default_rng(seed)
    basis = np.random.default_rng(0).standard_normal((RANK, DIMENSION), np.float32)
    scale = (1 / np.sqrt(1 + np.arange(RANK))).astype(np.float32)
    shots = np.repeat(random.standard_normal((FRAMES // 20, REGIONS, RANK), np.float32), 20, axis=0)
    inner = (shots + 0.5 * random.standard_normal((FRAMES, REGIONS, RANK), np.float32)) * scale
    noise = 0.1 * random.standard_normal((FRAMES, REGIONS, DIMENSION), np.float32)
    return unit(inner @ basis + noise)


def _axes(rows: Floats) -> Floats:
    _, _, axes = np.linalg.svd(rows[::2], full_matrices=False)
    return np.ascontiguousarray(axes[:REDUCED].T)


def _memory() -> BenchRow:
    """The peak of a process that compares two videos of an hour, both in memory, against the limit of 2 GB."""
    context = multiprocessing.get_context("spawn")
    answers = context.SimpleQueue()
    child = context.Process(target=_compare_hours, args=(answers,))
    child.start()
    child.join()
    peak = float(answers.get()) if child.exitcode == 0 else float("inf")
    gigabytes = [value / 2**30 for value in (peak, LIMIT)]
    return BenchRow(
        name="f2f of two videos of an hour, (3600, 9, 3840)², peak memory",
        ours=gigabytes[0],
        theirs=gigabytes[1],
        ratio=gigabytes[1] / gigabytes[0],
        unit="GiB",
        against="2 GiB for the whole process",
    )


def _compare_hours(answers: "multiprocessing.SimpleQueue[int]") -> None:
    videos = []
    for seed in (1, 2):
        video = np.empty((HOUR, REGIONS, DIMENSION), np.float32)
        random = np.random.default_rng(seed)
        for frame in video:  # frame by frame, so that making them takes no memory of its own
            random.standard_normal(out=frame, dtype=np.float32)
        videos.append(video)
    frame_matrices(*videos)
    answers.put(_peak())


def _peak() -> int:
    """The most bytes this process has held. Linux's `getrusage` counts what the parent held at the start as well."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024  # what the system counts memory in
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
