"""The load itself, for some seconds: everybody is served, nothing goes wrong; and its figures are what they say."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.load.__main__ import load
from tests.load.report import report, slope, told
from tests.load.servers import Sample
from tests.load.visits import Refused, Visit, Visitor

LOOK = Sample(0.0, 100.0, 150.0, 1, 5, 10, 4, 2.0, 3)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="processes are looked at by /proc")
def test_visitors_of_both_apps_are_served_for_a_while(tmp_path: Path) -> None:
    found = load(tmp_path, apps=("streamlit", "gradio"), visitors=3, seconds=20, clips=4, pause=(0.1, 0.8), every=1.0)
    assert {row.app: row.wrong for row in found.reports} == {"streamlit": (), "gradio": ()}
    assert all(row.served_least > 0 and row.tracebacks == 0 for row in found.reports), "\n".join(
        map(told, found.reports)
    )
    assert found.is_well, found.jobs
    assert found.videos >= 4
    assert all(row.children[1] == 0 for row in found.reports), "a decoder was left behind"


def test_the_slope_is_growth_in_ten_minutes_over_the_second_half() -> None:
    samples = [replace(LOOK, at=60.0 * n, own_mb=500.0 - n if n < 10 else 100.0 + 2.0 * n) for n in range(20)]
    assert slope(samples) == pytest.approx(20.0)


def test_a_report_tells_errors_from_refusals_and_how_uneven_the_shares_are() -> None:
    def visitor(number: int, outcomes: list[str]) -> Visitor:
        return Visitor(
            "gradio", number, (), visits=[Visit("look", n, 1.0 + n, what) for n, what in enumerate(outcomes)]
        )

    people = [visitor(0, ["served"] * 4), visitor(1, ["served"] * 4), visitor(2, ["served", "refused", "broken"])]
    looks = [LOOK, replace(LOOK, all_mb=900.0, threads=9), replace(LOOK, all_mb=200.0)]
    found = report("gradio", people, looks, 1.0, 0)
    assert (found.requests, found.errors, found.refusals) == (11, 1, 1)
    assert (found.served_median, found.served_least, found.share) == (4, 1, 0.25)
    assert (found.start_mb, found.peak_mb, found.end_mb, found.threads) == (150.0, 900.0, 200.0, (5, 9, 5))
    assert (found.waiting.median, found.waiting.worst) == (2.0, 4.0)
    assert found.wrong == (("look: broken", 1),)
    assert "25% of the median" in told(found)


def test_a_visitor_counts_what_fails_and_goes_on() -> None:
    def refuse() -> None:
        raise Refused

    def fail() -> None:
        raise ValueError("no")

    left: list[int] = []
    someone = Visitor("x", 1, (("a", 1, refuse), ("b", 1, fail), ("c", 1, lambda: None)), lambda: left.append(1))
    thread = someone.thread(0.0, 0.0, (0.0, 0.0))
    thread.start()
    thread.join()
    assert (someone.visits, left) == ([], [1])
    now = time.monotonic()
    someone.stay(now, now + 0.3, (0.001, 0.002))
    assert {visit.outcome for visit in someone.visits} == {"served", "refused", "ValueError: no"}
