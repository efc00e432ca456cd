"""EVVE (Revaud et al., 2013): `annots/EVENT.dat`, lines of a video, 1 right, -1 wrong or 0 unclear, and its part.

The part is `query` or `database`. Every query of an event should find the event's right videos; unclear ones are taken
out of the ranking, and average precision is by trapezoids, as in the authors' own program.
"""

from pathlib import Path

from core.training.annotations import Task, lines_of, malformed

FOLDER = "annots"


def read(folder: Path) -> list[Task]:
    """The one task; none when the annotation is not in the folder. Raises StudioError for a line of another form."""
    files = sorted((folder / FOLDER).glob("*.dat"))
    if not files:
        return []
    relevant: dict[str, frozenset[str]] = {}
    ignored: dict[str, frozenset[str]] = {}
    database: set[str] = set()
    for path in files:
        queries, right, unclear = [], set(), set()
        for line in lines_of(path):
            parts = line.split()
            if len(parts) != 3 or parts[1] not in ("-1", "0", "1"):
                raise malformed(path, line)
            video, truth, part = parts
            if part == "query":
                queries.append(video)
                continue
            database.add(video)
            if truth == "1":
                right.add(video)
            elif truth == "0":
                unclear.add(video)
        for query in queries:
            relevant[query], ignored[query] = frozenset(right), frozenset(unclear)
    return [Task("EVVE", relevant, frozenset(database), {}, ignored, has_trapezoids=True)]
