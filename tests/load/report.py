"""What a load showed, as figures: waiting, shares, and what the apps took of the machine."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from tests.load.servers import Sample
from tests.load.visits import Visitor


@dataclass(frozen=True, slots=True)
class Waiting:
    """Seconds that something took."""

    name: str
    count: int
    median: float
    p95: float
    worst: float


@dataclass(frozen=True, slots=True)
class Report:
    """One app under load."""

    app: str
    visitors: int
    minutes: float
    requests: int
    errors: int
    refusals: int
    waiting: Waiting  # of all that was served
    by_deed: tuple[Waiting, ...]
    slowest_median: float  # seconds: of the visitor who usually waited longest
    served_median: float  # things served to a visitor
    served_least: int
    served_most: int
    start_mb: float  # resident, of the app with its children, before the visitors came
    peak_mb: float
    end_mb: float
    own_end_mb: float  # without the children
    slope_mb: float  # per 10 minutes, of the app's own process over the second half
    threads: tuple[int, int, int]  # at the start, at most, at the end
    files: tuple[int, int, int]
    sockets: tuple[int, int, int]
    children: tuple[int, int]  # processes: at most, at the end
    temp_mb: tuple[float, float]  # in the middle, at the end
    temp_files: tuple[int, int]
    tracebacks: int  # in the log
    wrong: tuple[tuple[str, int], ...]  # the errors, and how often

    @property
    def share(self) -> float:
        """How much the visitor who got least was served, of what visitors usually were: 1 is even."""
        return self.served_least / self.served_median if self.served_median else 0.0

    def to_json(self) -> dict[str, object]:
        return {**asdict(self), "share": self.share}


def report(app: str, visitors: Sequence[Visitor], samples: Sequence[Sample], minutes: float, tracebacks: int) -> Report:
    """The figures of one app. `samples` begin before the visitors come and end after they left."""
    visits = [visit for visitor in visitors for visit in visitor.visits]
    served = [visit for visit in visits if visit.outcome == "served"]
    wrong = Counter(f"{visit.deed}: {visit.outcome}" for visit in visits if visit.outcome not in ("served", "refused"))
    counts = [sum(visit.outcome == "served" for visit in visitor.visits) for visitor in visitors]
    medians = [np.median([v.seconds for v in visitor.visits]) for visitor in visitors if visitor.visits]
    middle, end = samples[len(samples) // 2], samples[-1]

    def three(values: list[int]) -> tuple[int, int, int]:
        return values[0], max(values), values[-1]

    return Report(
        app=app,
        visitors=len(visitors),
        minutes=minutes,
        requests=len(visits),
        errors=wrong.total(),
        refusals=sum(visit.outcome == "refused" for visit in visits),
        waiting=_waiting("all", [visit.seconds for visit in served]),
        by_deed=tuple(
            _waiting(deed, [visit.seconds for visit in served if visit.deed == deed])
            for deed in sorted({visit.deed for visit in served})
        ),
        slowest_median=float(max(medians, default=0.0)),
        served_median=float(np.median(counts)) if counts else 0.0,
        served_least=min(counts, default=0),
        served_most=max(counts, default=0),
        start_mb=samples[0].all_mb,
        peak_mb=max(sample.all_mb for sample in samples),
        end_mb=end.all_mb,
        own_end_mb=end.own_mb,
        slope_mb=slope(samples),
        threads=three([sample.threads for sample in samples]),
        files=three([sample.files for sample in samples]),
        sockets=three([sample.sockets for sample in samples]),
        children=(max(sample.children for sample in samples), end.children),
        temp_mb=(middle.temp_mb, end.temp_mb),
        temp_files=(middle.temp_files, end.temp_files),
        tracebacks=tracebacks,
        wrong=tuple(wrong.most_common(12)),
    )


def slope(samples: Sequence[Sample]) -> float:
    """By how many MB the app's own process grew in ten minutes, by a line of least squares over the second half."""
    later = samples[len(samples) // 2 :]
    if len(later) < 3:
        return 0.0
    return float(np.polyfit([sample.at for sample in later], [sample.own_mb for sample in later], 1)[0] * 600.0)


def told(found: Report) -> str:
    """The figures as lines of text."""
    lines = [
        f"{found.app}: {found.visitors} visitors at once for {found.minutes:g} minutes",
        f"  asked {found.requests:,} times: {found.errors} errors, {found.refusals} refusals, "
        f"{found.tracebacks} tracebacks in the log",
        f"  {'waiting, s':<30}{'times':>8}{'median':>9}{'95 %':>9}{'worst':>9}",
        *(
            f"  {row.name:<30}{row.count:>8,}{row.median:>9.2f}{row.p95:>9.2f}{row.worst:>9.2f}"
            for row in (found.waiting, *found.by_deed)
        ),
        f"  served per visitor: median {found.served_median:g}, least {found.served_least}, most {found.served_most}: "
        f"the least is {found.share:.0%} of the median",
        f"  the visitor who waits longest usually waits {found.slowest_median:.2f} s",
        f"  memory, MB: {found.start_mb:.0f} at the start, {found.peak_mb:.0f} at most, {found.end_mb:.0f} at the end "
        f"({found.own_end_mb:.0f} without children); {found.slope_mb:+.1f} in 10 minutes over the second half",
        f"  threads {_three(found.threads)}, files {_three(found.files)}, sockets {_three(found.sockets)} "
        "(start, most, end)",
        f"  child processes: {found.children[0]} at most, {found.children[1]} at the end",
        f"  temporary files: {found.temp_files[0]} of {found.temp_mb[0]:.1f} MB in the middle, "
        f"{found.temp_files[1]} of {found.temp_mb[1]:.1f} MB at the end",
        *(f"  {count} x {text}" for text, count in found.wrong),
    ]
    return "\n".join(lines)


def _three(values: tuple[int, int, int]) -> str:
    return " → ".join(map(str, values))


def _waiting(name: str, seconds: list[float]) -> Waiting:
    if not seconds:
        return Waiting(name, 0, 0.0, 0.0, 0.0)
    return Waiting(
        name, len(seconds), float(np.median(seconds)), float(np.quantile(seconds, 0.95)), float(max(seconds))
    )
