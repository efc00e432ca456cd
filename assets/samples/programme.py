"""The programme of the festival: five events of five clips each, what is cut into every clip, and the table of it all.

The kinds are the association types of FIVR (Kordopatis-Zilos et al. 2019): a near duplicate is the anchor's footage
worked over, a duplicate scene shares some of it, a complementary scene is the same moments from elsewhere, and an
incident scene is the same event at another time.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

KINDS = ("anchor", "near_duplicate", "duplicate_scene", "complementary_scene", "incident_scene")
COLUMNS = ("file", "scene", "kind", "title", "happening", "anchor_start", "anchor_end")
RATE = 24  # frames a second


@dataclass(frozen=True, slots=True)
class Take:
    """A stretch of footage: which of the scene's cameras, and the seconds of the event that it saw."""

    shot: str
    start: float
    end: float

    @property
    def times(self) -> list[float]:
        return [self.start + index / RATE for index in range(round((self.end - self.start) * RATE))]


@dataclass(frozen=True, slots=True)
class Clip:
    scene: str
    kind: str
    title: str
    happening: str
    takes: tuple[Take, ...]
    crf: float

    @property
    def file(self) -> str:
        return f"{self.scene}-{self.kind}.mp4"

    @property
    def shared(self) -> tuple[float, float] | None:
        """The seconds of the anchor's footage that the clip shows; None where it shows none."""
        times = [(take.start, take.end) for take in self.takes if take.shot == "anchor"]
        return times[0] if times else None


def _scene(
    scene: str, crf: float, share: tuple[float, float], texts: list[tuple[str, str]], *, is_shared_first: bool
) -> list[Clip]:
    shared, extra = Take("anchor", *share), Take("second", 10.5, 14.0)
    takes = {
        "anchor": (Take("anchor", 0.0, 10.0),),
        "near_duplicate": (Take("anchor", 0.0, 10.0),),
        "duplicate_scene": (shared, extra) if is_shared_first else (extra, shared),
        "complementary_scene": (Take("complementary", 0.5, 9.5),),
        "incident_scene": (Take("incident", 40.0, 49.0),),
    }
    return [
        Clip(scene, kind, *text, takes[kind], crf + (1.5 if kind == "near_duplicate" else 0))
        for kind, text in zip(KINDS, texts, strict=True)
    ]


CLIPS = [
    *_scene("balloons", 28, (3.0, 8.0), [
        ("First Light", "Fifteen balloons climb out of the mist towards the sun."),
        ("First Light on Breakfast Television", "The same film as television ran it: warmer, closer, with a badge."),
        ("Postcard from the Valley", "A festival diary cuts five seconds of the film to a long lens on the same hill."),
        ("First Light from the Eastern Ridge", "The same minutes with the sun behind the camera."),
        ("Night Glow", "An hour before dawn the envelopes stand on the meadow and light up one by one."),
    ], is_shared_first=False),
    *_scene("fireworks", 32.5, (2.0, 7.5), [
        ("Ten Thousand Sparks", "The harbour's new year: golden willows over the water."),
        ("Ten Thousand Sparks, Live on Harbour One", "The same film on the evening news: a badge and a colder grade."),
        ("Midnight, Cut Together", "A montage opens with the film and ends at the water's edge."),
        ("Ten Thousand Sparks from the Bridge", "The same shells, seen along the quay."),
        ("The Blue Hour", "Earlier that evening the same skyline waits for the dark."),
    ], is_shared_first=True),
    *_scene("aurora", 28, (4.0, 9.5), [
        ("The Quiet Lights", "Curtains of light over a village, its church and a lake that holds them both."),
        ("The Quiet Lights, Restored", "The same film, brightened and cropped for an archive's channel."),
        ("Letters from the North", "A travel film: the boat's view first, then five and a half seconds of the lake."),
        ("The Quiet Lights from the Hill", "The same curtains from above the roofs, looking south across the lake."),
        ("Snow by Lamplight", "The village street, earlier that day, in the first snowfall."),
    ], is_shared_first=False),
    *_scene("jellyfish", 28, (1.5, 7.0), [
        ("Slow Bells", "A drift of jellyfish beats upwards through a sunlit sea."),
        ("Slow Bells, Aquarium Edition", "The same film on a museum's screen: greener, closer, with its badge."),
        ("Anatomy of a Drift", "A science reel begins with the film and goes on, closer, to a single bell."),
        ("Slow Bells from Below", "The same animals against the light, from underneath."),
        ("Bioluminescence", "After dark, the same drift makes its own light."),
    ], is_shared_first=True),
    *_scene("regatta", 33.0, (3.5, 8.5), [
        ("Weather Leg", "Twelve yachts beat towards the gap in the clouds."),
        ("Weather Leg, Sports Round-up", "The same film on the sports desk: harder, smaller, with a badge."),
        ("Salt and Silver", "A club film: a long lens first, then five seconds of the leg."),
        ("Weather Leg from the Committee Boat", "The same minutes from across the course, the sun on the sails."),
        ("Homeward", "The race is over; the fleet comes home across the sun."),
    ], is_shared_first=False),
]  # fmt: skip


def write_table(path: Path) -> None:
    """Write samples.csv, one row a clip."""
    with path.open("w", newline="", encoding="utf-8") as handle:
        rows = csv.writer(handle, lineterminator="\n")
        rows.writerow(COLUMNS)
        for clip in CLIPS:
            start, end = clip.shared or ("", "")
            rows.writerow([clip.file, clip.scene, clip.kind, clip.title, clip.happening, start, end])
