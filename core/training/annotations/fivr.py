"""FIVR-200K (Kordopatis-Zilos et al., 2019): `annotation.json`, by query the videos of each kind of association.

ND near-duplicate, DS duplicate scene, CS complementary scene, IS incident scene, DA duplicate audio. Three tasks take
more and more of them for right: DSVR, CSVR, ISVR.
"""

import json
from pathlib import Path

from core.errors import StudioError
from core.training.annotations import Task

FILE = "annotation.json"
KINDS = {"DSVR": ("ND", "DS"), "CSVR": ("ND", "DS", "CS"), "ISVR": ("ND", "DS", "CS", "IS")}
PUBLISHED = {
    "DSVR": {"ViSiL": 0.892, "Chamfer over regions": 0.843, "DnS": 0.921},
    "CSVR": {"ViSiL": 0.841, "Chamfer over regions": 0.797, "DnS": 0.875},
    "ISVR": {"ViSiL": 0.702, "Chamfer over regions": 0.660, "DnS": 0.741},
}


def read(folder: Path) -> list[Task]:
    """The three tasks; none when the annotation is not in the folder. Raises StudioError when it is damaged."""
    path = folder / FILE
    if not path.is_file():
        return []
    try:
        kinds: dict[str, dict[str, list[str]]] = json.loads(path.read_text("utf-8"))
        return [
            Task(
                name=f"FIVR-200K {name}",
                relevant={
                    query: frozenset(video for kind in wanted for video in of.get(kind, ()))
                    for query, of in kinds.items()
                },
                published=PUBLISHED[name],
            )
            for name, wanted in KINDS.items()
        ]
    except (OSError, ValueError, AttributeError, TypeError, RecursionError) as error:
        raise StudioError(f"{path} is not the annotation of FIVR-200K: {error}") from error
