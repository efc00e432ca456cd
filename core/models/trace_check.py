"""The parts of a query: the best path proposes them, pictures confirm or refuse them.

Vectors say quickly where a part may come from, but pictures that are only of one kind (two test cards, two flat
cartoons) lie close to each other. So the path may take what is a little less alike than a copy; every part is then laid
over its source, in doubt at the very moments of the source's pictures, and where they are not the same picture, the
path is sought again without it. Knows arrays only.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.models import trace_decoder
from core.models.picture_agreement import WHOLE, Agreement, Place, agreement, alike, steadiness
from core.models.trace_confidence import KNOWN, UNCLAIMED, chance_close, chance_seen, lead
from core.models.trace_cuts import Look
from core.models.trace_decoder import UNKNOWN, Span
from core.models.trace_lines import DEFAULT, Config, Line, Query, Reference
from core.records import Progress, no_progress

Floats = NDArray[np.float32]
Moment = TypeVar("Moment")

MOMENTS = 4  # of a part are compared …
CALMEST = 6  # … evenly among the calmest, because pictures are seldom of the very same moment
ROUNDS = 6  # of path and refusal
LEAST = 3.0  # seconds that are looked at as one
SURE_CUT = 0.9  # change of the query
DOUBT = 0.01  # a chance farther than this from 0 and 1 asks for a closer look
SHIFTS = np.arange(-6, 7) / 12  # seconds by which a place may be out
SLACK = 1.5  # seconds that a seam between two spans of one source may jump without being a cut


@dataclass(frozen=True)
class Pictures:
    """Small pictures of a query and its sources, as `picture_agreement.square` makes them; None where there is none."""

    times: NDArray[np.float64]  # (T,) seconds of the query that have one, ascending
    query: Callable[[float], Floats | None]  # nearest to a second
    source: Callable[[int, float], Floats | None]
    look: Look | None = None  # at the query, as closely as can be


@dataclass(frozen=True)
class Answer:
    """A span and the chance that what it says is right, 0–1."""

    span: Span
    confidence: float


@dataclass(frozen=True)
class Evidence:
    """What speaks for a stretch with one source."""

    lead: float  # mean similarity above the floor
    seen: Agreement | None = None  # with the source's pictures; None without any
    steady: float = 0.0  # share of the picture that a copy may be expected to have
    close: Agreement | None = None  # at the very moments of the source's pictures; None where nobody looked closer

    @property
    def chance(self) -> float:
        """That it was taken from there, 0–1."""
        if self.seen is None:
            return KNOWN(self.lead)
        if self.close is None:
            return chance_seen(self.lead, self.seen, self.steady)
        return chance_close(self.lead, self.seen, self.steady, self.close)


@dataclass(frozen=True)
class Material:
    """A query, the lines worth following and how alike it is along them."""

    query: Query
    lines: Sequence[Line]
    similarities: Floats  # (P, H)
    floors: Floats  # (P,) from what similarity on a frame counts as copied
    references: Mapping[int, Reference]


def decode(
    material: Material,
    *,
    pictures: Pictures | None = None,
    config: Config = DEFAULT,
    progress: Progress = no_progress,
    heard: Callable[[Span, Evidence], None] | None = None,
) -> list[Answer]:
    """What every moment of a query shows, from its start to its end; without pictures by vectors alone.

    `heard` is told of every stretch that was looked at, refused ones too.
    """
    query, columns = material.query, np.array([line.source for line in material.lines], np.int64)
    allowed = material.similarities.copy()
    floors = material.floors if pictures is None else material.floors - np.float32(config.generous)
    cuts = trace_decoder.changes(query)
    known: dict[tuple[int, int, int], float] = {}  # the chance of every stretch that was looked at
    found: list[Span] = []
    chances = np.zeros(len(cuts))  # of what every row was found to show
    for number in range(ROUNDS):
        path = trace_decoder.best_path(
            allowed, material.lines, query.weights, cuts, floors, step=query.step, config=config
        )
        found = [
            span if span.source == UNKNOWN else trace_decoder.refine(span, query, material.references[span.source])
            for span in trace_decoder.spans(path, material.lines, query.times, slack=SLACK)
        ]
        refused = []
        for stretch in stretches(found, cuts, query.step):
            progress(1 - 0.5 ** (number + stretch[0].first / len(query.times)), "comparing pictures")
            if (key := _key(stretch)) not in known:
                found_here = evidence(stretch, material, pictures)
                known[key] = found_here.chance
                if heard is not None:
                    heard(Span(key[1], key[2], key[0]), found_here)
            chances[stretch[0].first : stretch[-1].end] = known[key]
            if pictures is not None and known[key] < 0.5:
                refused.append(key)
        for source, first, end in refused:
            allowed[first:end, columns == source] = -1.0
        if not refused:
            break
    else:
        found = trace_decoder.without(found, [(first, end) for _, first, end in refused])
    return _answers(found, material, allowed, known, chances)


def stretches(found: Sequence[Span], cuts: Floats, step: float) -> list[list[Span]]:
    """What is looked at as one: passages of one source without a sure cut in them, but `LEAST` seconds of it at once.

    What lies beside a copy, at another place of its source or behind a cut, is not believed for being its neighbour.
    """
    units: list[list[Span]] = []
    for source, spans in itertools.groupby(found, key=lambda span: span.source):
        if source == UNKNOWN:
            continue
        parts = [part for span in spans for part in _joined([[shot] for shot in _shots(span, cuts)], step)]
        units += _joined(parts, step)
    return units


def _shots(span: Span, cuts: Floats) -> list[Span]:
    rows = range(span.first + 1, span.end)
    edges = [span.first, *(row for row in rows if cuts[row] >= SURE_CUT), span.end]
    return [replace(span, first=first, end=end) for first, end in itertools.pairwise(edges)]


def _joined(parts: Sequence[list[Span]], step: float) -> list[list[Span]]:
    """Parts in a row, those shorter than `LEAST` together with the one before, the first with the one after."""
    joined: list[list[Span]] = []
    for part in parts:
        if joined and min(_length(joined[-1]), _length(part)) * step < LEAST:
            joined[-1] = [*joined[-1], *part]
        else:
            joined.append(list(part))
    return joined


def _length(part: Sequence[Span]) -> int:
    return part[-1].end - part[0].first


def evidence(stretch: Sequence[Span], material: Material, pictures: Pictures | None = None) -> Evidence:
    """What speaks for neighbouring spans of one source."""
    whole = Span(stretch[0].first, stretch[-1].end, stretch[0].source)
    above = lead(whole, material.lines, material.similarities, material.floors)
    squares = [] if pictures is None else _squares(stretch, material, pictures)
    if pictures is None or not squares:
        return Evidence(above)
    asked, before, after = (np.stack([one[place] for one in squares]) for place in range(3))
    nearer = np.array([is_nearer for *_, is_nearer in squares])
    seen = agreement(asked, before, after, nearer)
    found = Evidence(above, seen, steadiness(before, after))
    if pictures.look is None or not DOUBT < found.chance < 1 - DOUBT:
        return found
    return replace(found, close=_closely(stretch, material, pictures, pictures.look, seen.place))


def _closely(
    stretch: Sequence[Span], material: Material, pictures: Pictures, look: Look, place: Place
) -> Agreement | None:
    """How the query agrees with the source when it is looked at where the source has its pictures: a quick scene has
    moved on half a second later. None where none of these moments is in the stretch.

    `place` is where the source was found to be in the picture.
    """
    query, reference = material.query, material.references[stretch[0].source]
    moments = [
        (float(time), float(shown))
        for span in stretch
        for time, shown in zip((reference.times - span.offset) / span.speed, reference.times, strict=True)
        if query.times[span.first] < time < query.times[span.end - 1]
        and query.weights[np.abs(query.times - time).argmin()] > 0
    ]
    films, shown = [], []
    for time, moment in _spread(moments):
        picture = pictures.source(stretch[0].source, moment)
        if picture is not None:
            times, film = look(max(0.0, time + SHIFTS[0]), time + SHIFTS[-1])
            films.append([film[np.abs(times - time - shift).argmin()] for shift in SHIFTS])
            shown.append(picture)
    if not shown:
        return None
    source = np.stack(shown)
    shifted = [np.stack(one) for one in zip(*films, strict=True)]  # for each shift a picture of each moment
    best = max(shifted, key=lambda asked: max(alike(asked, (source,), one).share for one in {place, *WHOLE}))
    return agreement(best, source, source, np.zeros(len(source), bool))


def _squares(
    stretch: Sequence[Span], material: Material, pictures: Pictures
) -> list[tuple[Floats, Floats, Floats, bool]]:
    """Pictures of the query, with the source's just before and just after, and whether the later one is nearer."""
    query, reference = material.query, material.references[stretch[0].source]
    moments: list[tuple[float, float, float, float, bool]] = []  # calm, second, source's seconds, which is nearer
    for span in stretch:
        inside = (pictures.times >= query.times[span.first]) & (pictures.times <= query.times[span.end - 1])
        for time in pictures.times[inside].tolist():
            row = int(np.abs(query.times - time).argmin())
            if query.weights[row] == 0:
                continue
            wanted = span.offset + span.speed * time
            after = int(np.clip(np.searchsorted(reference.times, wanted), 1, max(1, len(reference.times) - 1)))
            pair = [after - 1, min(after, len(reference.times) - 1)]
            both, shown = reference.times[pair], reference.vectors[pair]
            around = query.views[[max(0, row - 1), min(len(query.times) - 1, row + 1)], 0]
            calm = float((around @ query.views[row, 0]).min() + shown[0] @ shown[1])
            moments.append((calm, time, float(both[0]), float(both[1]), abs(both[1] - wanted) < abs(both[0] - wanted)))
    calmest = sorted(sorted(moments, key=lambda moment: -moment[0])[:CALMEST], key=lambda moment: moment[1])
    found = []
    for _, time, earlier, later, is_nearer in _spread(calmest):
        asked, before = pictures.query(time), pictures.source(stretch[0].source, earlier)
        shown_after = pictures.source(stretch[0].source, later)
        if asked is not None and before is not None and shown_after is not None:
            found.append((asked, before, shown_after, is_nearer))
    return found


def _spread(moments: Sequence[Moment]) -> list[Moment]:
    """At most `MOMENTS` of them, evenly."""
    places = np.linspace(0, len(moments) - 1, min(MOMENTS, len(moments))).round().astype(int)
    return [moments[place] for place in np.unique(places).tolist()]


def _key(stretch: Sequence[Span]) -> tuple[int, int, int]:
    return stretch[0].source, stretch[0].first, stretch[-1].end


def _answers(
    found: Sequence[Span],
    material: Material,
    allowed: Floats,
    known: Mapping[tuple[int, int, int], float],
    chances: NDArray[np.float64],
) -> list[Answer]:
    """A span is as sure as what was looked at in it, second for second. "Unknown" is as sure as the closest source is
    far, and no surer than the likeliest refused one was unlikely."""
    answers = []
    for span in found:
        if span.source != UNKNOWN:
            answers.append(Answer(span, float(chances[span.first : span.end].mean())))
            continue
        against = max(
            (
                chance
                for (_, first, end), chance in known.items()
                if chance < 0.5 and min(end, span.end) - max(first, span.first) > (span.end - span.first) / 2
            ),
            default=0.0,
        )
        clear = UNCLAIMED(lead(span, material.lines, allowed, material.floors))
        answers.append(Answer(span, min(clear, 1.0 - against)))
    return answers
