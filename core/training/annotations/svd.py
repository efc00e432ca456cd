"""SVD (Jiang et al., 2019): a `groundtruth` of lines "query candidate 1" or "query candidate 0", and lists of names.

`unlabeled-data-id` lists the videos that nobody labelled and that count as wrong; `test_groundtruth` is read before
`groundtruth` where there is one. Video names may come with a suffix.
"""

from pathlib import Path

from core.training.annotations import Task, lines_of, malformed

FILES = ("test_groundtruth", "groundtruth")
UNLABELLED = "unlabeled-data-id"


def read(folder: Path) -> list[Task]:
    """The one task; none when the annotation is not in the folder. Raises StudioError for a line of another form."""
    path = next((folder / name for name in FILES if (folder / name).is_file()), None)
    if path is None:
        return []
    relevant: dict[str, set[str]] = {}
    among: dict[str, set[str]] = {}
    for line in lines_of(path):
        parts = line.split()
        if len(parts) != 3 or parts[2] not in ("0", "1"):
            raise malformed(path, line)
        query, candidate = Path(parts[0]).stem, Path(parts[1]).stem
        relevant.setdefault(query, set())
        among.setdefault(query, set()).add(candidate)
        if parts[2] == "1":
            relevant[query].add(candidate)
    spread = folder / UNLABELLED
    rest = frozenset(Path(line.strip()).stem for line in lines_of(spread)) if spread.is_file() else frozenset()
    return [
        Task(
            "SVD",
            {query: frozenset(found) for query, found in relevant.items()},
            rest.union(*among.values()),
            {query: frozenset(found) | rest for query, found in among.items()},
        )
    ]
