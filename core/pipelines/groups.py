"""A selection compared with itself, and the groups of near-duplicates in a library.

Groups are stars: a representative and those that are like it. Going from neighbour to neighbour instead would chain
everything to everything through compilations and half-alike clips.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.models.cosine import compare_frames
from core.pipelines.compare import Side
from core.pipelines.passages import passages
from core.records import Edge, Group, Match, NearDuplicates, Progress, no_progress
from core.store.library import Library

NEAR_DUPLICATE = 0.75  # similarity from which on two videos count as near-duplicates
NEAR_DUPLICATE_SOURCE = (
    "measured with the built-in descriptor on 148 real clips of 65 sources: of all pairs from there on, 95 % show the "
    "same source"
)

Both = Callable[[Side, Side], tuple[float, float]]
"""How much of the first is in the second, and of the second in the first: -1–1 each."""

Pairs = dict[tuple[str, str], float]
"""The similarity of pairs of ids, each pair once, the smaller id first."""


def by_frames(query: Side, reference: Side) -> tuple[float, float]:
    """Chamfer over frames, both ways; nothing in common where a side has no frame with content."""
    if not (query.track.weights.any() and reference.track.weights.any()):
        return 0.0, 0.0
    found = compare_frames(query.track.vectors, reference.track.vectors, query.weights, reference.weights)
    return found.query_in_reference, found.reference_in_query


def pairwise(sides: Sequence[Side], *, both: Both = by_frames, progress: Progress = no_progress) -> NDArray[np.float32]:
    """Every video against every other: (N, N), how much of the row is in the column; 1 on the diagonal."""
    table = np.eye(len(sides), dtype=np.float32)
    done, total = 0, len(sides) * (len(sides) - 1) // 2
    for row, query in enumerate(sides):
        for column in range(row + 1, len(sides)):
            progress(done / total, f"comparing pair {done + 1} of {total}")
            table[row, column], table[column, row] = both(query, sides[column])
            done += 1
    return table


def in_order(table: NDArray[np.float32]) -> list[int]:
    """The places of the rows so that like lies beside like: the leaves of average linkage, (N, N) -> N numbers."""
    if len(table) < 3:
        return list(range(len(table)))
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    distances = 1.0 - (table + table.T) / 2
    np.fill_diagonal(distances, 0.0)
    tree = linkage(squareform(np.maximum(distances, 0.0), checks=False), "average", optimal_ordering=len(table) <= 200)
    return [int(place) for place in leaves_list(tree)]


def compared(
    sides: Mapping[str, Side],
    likely: Mapping[str, Sequence[str]],
    *,
    both: Both = by_frames,
    progress: Progress = no_progress,
) -> Pairs:
    """The similarity, as the mean of both directions, of each video with those that are `likely` to be like it."""
    pairs: Pairs = {}
    for done, (video_id, others) in enumerate(likely.items()):
        progress(done / len(likely), f"comparing video {done + 1} of {len(likely)}")
        side = sides[video_id]
        if not side.track.weights.any():
            continue
        for other in others:
            key = (min(video_id, other), max(video_id, other))
            if key not in pairs and other in sides:
                pairs[key] = sum(both(side, sides[other])) / 2
    return pairs


def to_json(found: NearDuplicates) -> dict[str, Any]:
    """The groups as they are kept: by ids alone, so that no title of a removed video stays behind."""
    return asdict(replace(found, titles={}))


def from_json(kept: dict[str, Any], library: Library) -> NearDuplicates:
    """What `to_json` was given, with titles as they are now; videos that were removed since have none.

    KeyError or TypeError when it was written by another version of the program.
    """
    groups = tuple(
        Group(
            group["representative"], tuple(Edge(**edge | {"match": _match(edge["match"])}) for edge in group["edges"])
        )
        for group in kept["groups"]
    )
    videos = [video for group in groups for member in group.members if (video := library.find(member))]
    titles = {video.id: video.title for video in videos}
    return NearDuplicates(**kept | {"groups": groups, "titles": titles, "notes": tuple(kept["notes"])})


def _match(kept: dict[str, Any] | None) -> Match | None:
    return None if kept is None else Match(**kept)


def stars(pairs: Pairs, threshold: float) -> list[tuple[str, dict[str, float]]]:
    """Groups of ids: a representative and its members with their similarity to it, which reaches the threshold.

    The id with most likeness around it becomes a representative, its neighbours members, and so on with the rest
    (star clustering: Aslam, Pelekhov and Rus, 2004); in the end every member goes to the representative it is most
    like. Ids without a neighbour are in no group.
    """
    near: dict[str, dict[str, float]] = {}
    for (a, b), similarity in pairs.items():
        if similarity >= threshold:
            near.setdefault(a, {})[b] = near.setdefault(b, {})[a] = similarity
    left, centres = set(near), []
    while left:
        centre = max(sorted(left), key=lambda name: sum(s for other, s in near[name].items() if other in left))
        centres.append(centre)
        left -= {centre, *near[centre]}
    members: dict[str, dict[str, float]] = {centre: {} for centre in centres}
    for name in near:
        if name not in members:
            best = max((centre for centre in centres if centre in near[name]), key=lambda centre: near[name][centre])
            members[best][name] = near[name][best]
    found = [(centre, around) for centre, around in members.items() if around]
    return sorted(found, key=lambda group: (-len(group[1]), group[0]))


def group_of(centre: str, around: Mapping[str, float], sides: Mapping[str, Side], *, floor: float) -> Group:
    """A star with the passage that holds each member to its representative."""
    edges = [
        Edge(name, centre, similarity, longest_match(sides[name], sides[centre], floor=floor))
        for name, similarity in sorted(around.items(), key=lambda row: (-row[1], row[0]))
    ]
    return Group(centre, tuple(edges))


def longest_match(query: Side, reference: Side, *, floor: float) -> Match | None:
    """The passage that stands out most between two videos; None where there is none, or nothing to see."""
    if not (query.track.weights.any() and reference.track.weights.any()):
        return None
    found = passages(query.track, reference.track, floor=floor, count=1)
    return found[0] if found else None
