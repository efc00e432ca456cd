"""Which seconds of one video correspond to which of another: from the frame-to-frame matrix to matches.

Three methods read the same evidence and give paths through it, each in its own file; this one holds what they share:
when a path is a match, at what speed it runs, and where between two frames it begins and ends. NumPy only.

On 1,214 copies of 39 real clips, plain, under ten edits and at five speeds, half of them between others (`embedded`
at a frame a second; seeds 977 and 978 of `python -m core evaluate visil`), the spans in both videos overlap the truth
by 0.8 or more in 94.2 and 95.6 % ("hough"), 94.7 and 94.4 % ("dp"), 92.6 and 93.6 % ("temporal_network"); of 741
pairs of unlike clips 1.6, 2.2 and 2.6 % are given a match. Weakest: a corner crop (79 and 85 %) and grey (82 %).
"""

from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from core.errors import StudioError
from core.models.alignment_evidence import Evidence, Path, weigh
from core.models.alignment_line import straightened
from core.models.alignment_place import placed
from core.records import Match

METHODS = {  # name -> module with `find(evidence) -> Path | None`, the path that stands out most
    "hough": "core.models.alignment_hough",
    "dp": "core.models.alignment_dp",
    "temporal_network": "core.models.alignment_network",
}
DEFAULT = "hough"
LEAST_GAIN = 1.0  # evidence times seconds of a passage; two unlike clips now and then share a frame or two
LEAST_FRAMES = 2  # one pair of frames alone is chance
MOST_CHANCES = 10  # pairs of that kind that are passed over
LONGEST_GAP = 4.0  # seconds that speak against a passage and do not part it in two


def check(method: str) -> None:
    """Raises StudioError naming the methods there are."""
    if method not in METHODS:
        raise StudioError(f"No alignment is called {method!r}. Choose from: {', '.join(METHODS)}.")


def align(
    matrix: NDArray[np.float32],
    query_times: NDArray[np.float64],
    reference_times: NDArray[np.float64],
    *,
    floor: float,
    method: str = DEFAULT,
    count: int = 5,
    frames: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None,
) -> list[Match]:
    """The passages that correspond in (P, Q), the one that stands out most first, at most `count`.

    Cells of -1 stand for frames without content (`cosine.only_content`): a passage bridges a few of them and never
    begins or ends with one. `floor` is the similarity from which on a frame counts as a copy of another; a little less
    will do for many in a row, and more is asked where the two videos reach more. A passage may run at half to twice
    the speed. The same second is in two matches only where something moves, as when a query shows a shot twice: a
    still picture matches once.
    Times are seconds; a cut lies halfway between the last frame on its one side and the first on the other, and the
    last frame of a video is on show for one step. `frames`, the vectors (P, D) and (Q, D) that the matrix compares,
    let a passage be placed between sampled frames and its speed be told in slow scenes.
    """
    if matrix.size == 0:
        return []
    find = import_module(METHODS[method]).find
    evidence = weigh(matrix, query_times, reference_times, floor, frames)
    if min(matrix.shape) == 1:
        return [_moment(matrix, evidence)] if matrix.max() >= floor else []
    matches: list[Match] = []
    for _ in range(count + MOST_CHANCES):
        path = find(evidence)
        if path is None or path.gain < LEAST_GAIN or len(matches) == count:
            break
        path = _unbroken(evidence, path)
        if len(path.rows) >= LEAST_FRAMES:
            matches.append(_match(matrix, evidence, path := _on_a_line(evidence, path)))
        evidence.take(path)
    return matches


def _moment(matrix: NDArray[np.float32], evidence: Evidence) -> Match:
    """A picture found in a video: the frame that is closest to it, for as long as it is on show."""
    row, column = np.unravel_index(int(matrix.argmax()), matrix.shape)
    start, at = float(evidence.query_times[row]), float(evidence.reference_times[column])
    lengths = [evidence.query_step, evidence.reference_step]
    lasting = [length if len(times) > 1 else 0.0 for length, times in zip(
        lengths, (evidence.query_times, evidence.reference_times), strict=True)]  # fmt: skip
    return Match(start, start + lasting[0], at, at + lasting[1], float(matrix[row, column]))


def _on_a_line(evidence: Evidence, path: Path) -> Path:
    """The path at one speed, where its frames lie best; as it is where it bends."""
    straight = straightened(evidence, path)
    return path if straight is None else placed(evidence, straight)


def _unbroken(evidence: Evidence, path: Path) -> Path:
    """The weightiest part of a path between gaps that are too long to be bridged."""
    values = _along(evidence.cells, evidence, path)
    is_against = values < 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_against.astype(np.int8), [0]])))
    times = evidence.query_times[path.rows]
    has_content = _along(evidence.matrix, evidence, path) > -1
    parts, start = [], 0
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        lasting = has_content[first:last].sum() * evidence.query_step
        jump = times[min(last, len(times) - 1)] - times[max(first - 1, 0)]
        if min(lasting, jump) > LONGEST_GAP and first > 0 and last < len(values):
            parts.append(slice(start, first))
            start = last
    parts.append(slice(start, len(values)))
    best = max(parts, key=lambda part: float(values[part].sum()))
    return Path(path.rows[best], path.seconds[best], path.gain)


def _match(matrix: NDArray[np.float32], evidence: Evidence, path: Path) -> Match:
    """Where a path begins and ends, and how fast it runs.

    The first frame of a query is where that begins, so a passage from there on begins sharp, in the reference too;
    elsewhere the cut lies half a step away. The same holds for the reference and for the ends.
    """
    query, reference = evidence.query_times, evidence.reference_times
    first, last = int(path.rows[0]), int(path.rows[-1])
    passed = query[last] - query[first]
    speed = float((path.seconds[-1] - path.seconds[0]) / passed) if passed > 0 else 1.0
    speed = speed if speed > 0 else 1.0
    columns = np.round(evidence.columns_at(path.seconds[[0, -1]]))
    start = query[first] - evidence.query_step / 2
    end = query[last] + evidence.query_step / 2
    if first == 0:
        start = query[0]
    elif columns[0] <= 0:
        start = query[first] - (path.seconds[0] - reference[0]) / speed
    if last == len(query) - 1:
        end = query[-1] + evidence.query_step
    elif columns[1] >= len(reference) - 1:
        end = query[last] + (reference[-1] + evidence.reference_step - path.seconds[-1]) / speed
    begins = path.seconds[0] + speed * (start - query[first])
    ends = path.seconds[-1] + speed * (end - query[last])
    early, late = reference[0] - begins, ends - (reference[-1] + evidence.reference_step)
    if early > 0:
        start, begins = start + early / speed, reference[0]
    if late > 0:
        end, ends = end - late / speed, ends - late
    score = float(_along(matrix, evidence, path).mean())
    return Match(float(start), float(end), float(begins), float(ends), score, speed=speed)


def _along(cells: NDArray[np.float32], evidence: Evidence, path: Path) -> NDArray[np.float32]:
    """The cells nearest to a path: (N,)."""
    columns = np.clip(np.round(evidence.columns_at(path.seconds)).astype(np.intp), 0, cells.shape[1] - 1)
    return cells[path.rows, columns]
