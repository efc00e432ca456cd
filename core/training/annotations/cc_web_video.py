"""CC_WEB_VIDEO (Wu, Hauptmann and Ngo, 2007): `Seed.txt`, `Video_List.txt` and `GT/GT_1.rst` … `GT/GT_24.rst`.

All are tab-separated. A seed is a query with its video, the list gives each video's query and file, and a ground truth
labels videos E exact, S similar, V other version, M major change, L longer version, X different, -1 not there any more.
"""

import re
from pathlib import Path

from core.training.annotations import Task, lines_of, malformed

SEEDS, LIST, TRUTHS = "Seed.txt", "Video_List.txt", "GT"
RIGHT = frozenset("ESVML")
GONE = "-1"
PUBLISHED = {"ViSiL": 0.985}
PUBLISHED_AMONG_ALL = {"ViSiL": 0.971}  # cleaned labels, as in the ViSiL paper: .996 and .993


def read(folder: Path) -> list[Task]:
    """Each query among the videos of its own search, and among all; none when the annotation is not in the folder.

    Videos go by their file names without suffix. Raises StudioError for a line of another form.
    """
    if not (folder / SEEDS).is_file() or not (folder / LIST).is_file():
        return []
    names: dict[int, str] = {}
    searches: dict[int, set[int]] = {}
    for line in lines_of(folder / LIST):
        parts = line.split("\t")
        if len(parts) < 4 or not all(part.strip().isdecimal() for part in parts[:2]):
            raise malformed(folder / LIST, line)
        video, search = int(parts[0]), int(parts[1])
        names[video] = Path(parts[3].strip()).stem
        searches.setdefault(search, set()).add(video)
    relevant, among, ignored = {}, {}, {}
    for line in lines_of(folder / SEEDS):
        match = re.fullmatch(r"\D*(\d+)\D*\t\s*(\d+)\s*", line)
        if match is None or int(match[2]) not in names:
            raise malformed(folder / SEEDS, line)
        search, seed = int(match[1]), names[int(match[2])]
        labels = _labels(folder / TRUTHS / f"GT_{search}.rst")
        relevant[seed] = frozenset(names[v] for v, label in labels.items() if label in RIGHT and v in names)
        ignored[seed] = frozenset(names[v] for v, label in labels.items() if label == GONE and v in names)
        among[seed] = frozenset(names[v] for v in searches.get(search, ()))
    database = frozenset(names.values())
    return [
        Task("CC_WEB_VIDEO", relevant, database, among, ignored, published=PUBLISHED),
        Task("CC_WEB_VIDEO among all", relevant, database, {}, ignored, published=PUBLISHED_AMONG_ALL),
    ]


def _labels(path: Path) -> dict[int, str]:
    found = {}
    for line in lines_of(path):
        parts = line.split("\t")
        if len(parts) < 2 or not parts[0].strip().isdecimal():
            raise malformed(path, line)
        found[int(parts[0])] = parts[1].strip()
    return found
