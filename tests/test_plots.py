"""Figures say what the records say: axes in minutes and seconds, bars in the order of the hits, ribbons on matches."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core import plots
from core.plots import compare
from core.records import Comparison, Hit, Match, MediaInfo, Video, clock


def a_video(letter: str, seconds: float = 10.0, title: str | None = None) -> Video:
    info = MediaInfo(seconds, 320, 180, 25.0, "mov,mp4", "h264", "yuv420p", "aac", 0, 1000)
    return Video(
        id=letter * 16, title=title or f"clip {letter}", path=Path(f"{letter}.mp4"), info=info, sound="present"
    )


def a_comparison(
    matrix: np.ndarray, *, matches: tuple[Match, ...] = (), title: str = "clip a", seconds: float = 1.0
) -> Comparison:
    rows, columns = matrix.shape
    return Comparison(
        query=a_video("a", rows * seconds, title),
        reference=a_video("b", columns * seconds),
        query_times=np.arange(rows) * seconds,
        reference_times=np.arange(columns) * seconds,
        frame_matrix=matrix.astype(np.float32),
        query_in_reference=0.9,
        reference_in_query=0.5,
        similarity=0.7,
        matches=matches,
        encoder="embedded",
        model="cosine",
    )


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0:00"), (7.9, "0:07"), (59.999, "0:59"), (60, "1:00"), (3599, "59:59"), (3661, "1:01:01"), (-3, "0:00")],
)
def test_a_time_code_reads_like_a_player(seconds, expected):
    assert clock(seconds) == expected


def test_a_sum_of_steps_that_falls_just_short_of_a_second_still_shows_it():
    assert clock(sum([0.1] * 30)) == "0:03"
    assert clock(2.9999999) == "0:03"


@pytest.mark.parametrize("end", [0.0, 3.0, 11.0, 59.0, 600.0, 7200.0, 90_000.0])
def test_ticks_are_round_few_and_inside(end):
    moments, texts = plots.time_ticks(0.0, end)
    assert 1 <= len(moments) <= plots.MOST_TICKS
    assert moments[0] == 0.0
    assert moments[-1] <= end
    assert texts == [clock(moment) for moment in moments]


def test_ticks_of_a_clip_that_starts_late_start_inside_it():
    assert plots.time_ticks(3.5, 6.0) == ([4.0, 5.0, 6.0], ["0:04", "0:05", "0:06"])


def test_the_heat_map_has_the_query_down_and_the_reference_across():
    matrix = np.zeros((3, 5))
    matrix[2, 4] = 1.0
    figure = plots.frame_matrix(a_comparison(matrix))
    heat = figure.data[0]
    assert np.asarray(heat.z).shape == (3, 5)
    assert list(heat.y) == [0, 1, 2]
    assert list(heat.x) == [0, 1, 2, 3, 4]
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.xaxis.ticktext == ("0:00", "0:01", "0:02", "0:03", "0:04")
    assert "clip b" in figure.layout.xaxis.title.text
    assert tuple(heat.customdata[2][4]) == ("0:02", "0:04")


def test_the_background_colour_stands_for_what_is_usual_between_the_two_clips():
    matrix = np.full((10, 10), 0.4)
    matrix[np.arange(10), np.arange(10)] = 1.0
    heat = plots.frame_matrix(a_comparison(matrix)).data[0]
    assert heat.zmin == pytest.approx(0.4)
    assert heat.zmax == 1.0


def test_clips_alike_throughout_do_not_fade_into_the_background():
    assert plots.similarity_floor(np.full((4, 4), 0.99, np.float32)) == pytest.approx(compare.HIGHEST_FLOOR)


def test_thinning_keeps_the_one_bright_cell_of_two_long_videos():
    matrix = np.zeros((5000, 3000), np.float32)
    matrix[4321, 1234] = 0.9
    cells, rows, columns = plots.thinned(matrix, np.arange(5000.0), np.arange(3000.0))
    assert cells.shape == (len(rows), len(columns)) == (compare.MOST_CELLS, compare.MOST_CELLS)
    row, column = np.unravel_index(cells.argmax(), cells.shape)
    assert rows[row] <= 4321 < rows[row + 1]
    assert columns[column] <= 1234 < columns[column + 1]


def test_a_small_matrix_is_not_thinned():
    matrix = np.random.default_rng(0).random((7, 11)).astype(np.float32)
    cells, rows, columns = plots.thinned(matrix, np.arange(7.0), np.arange(11.0))
    assert np.array_equal(cells, matrix)
    assert (len(rows), len(columns)) == (7, 11)


def test_a_clip_without_a_frame_gives_an_empty_heat_map():
    figure = plots.frame_matrix(a_comparison(np.zeros((0, 4))))
    assert np.asarray(figure.data[0].z).size == 0


def test_every_match_is_drawn_on_the_heat_map_from_its_first_frame_to_its_last():
    match = Match(1.0, 3.0, 2.0, 4.0, 0.9)
    (line,) = plots.frame_matrix(a_comparison(np.eye(5), matches=(match,))).layout.shapes
    assert (line.x0, line.x1, line.y0, line.y1) == (2.0, 3.0, 1.0, 2.0)


def test_titles_cannot_carry_markup_into_a_figure():
    figure = plots.frame_matrix(a_comparison(np.eye(3), title="<a href='https://example.org'>x</a>"))
    assert "<a" not in figure.layout.yaxis.title.text


def test_bars_stand_in_the_order_of_the_hits_with_the_first_in_the_accent():
    hits = [Hit(f"{k}", f"clip {k}", 0.9 - k / 10, 0.1 + k / 10, p, 1.0, 2.0) for k, p in enumerate((0.6, 0.3, 0.1))]
    figure = plots.probabilities(hits)
    bars = figure.data[0]
    assert list(bars.x) == [0.6, 0.3, 0.1]
    assert [label.split()[0] for label in bars.y] == ["1", "2", "3"]
    assert figure.layout.yaxis.autorange == "reversed"
    assert list(bars.text) == ["60%", "30%", "10%"]
    assert bars.marker.color[0] == plots.LIGHT.accent != bars.marker.color[1]


def test_two_hits_of_one_title_keep_a_bar_each():
    hits = [Hit("1", "same", 0.9, 0.1, 0.5, 0.0, 0.0), Hit("2", "same", 0.9, 0.1, 0.5, 0.0, 0.0)]
    assert len(set(plots.probabilities(hits).data[0].y)) == 2


def test_no_hits_give_an_empty_figure():
    assert len(plots.probabilities([]).data[0].x or ()) == 0


def test_the_timeline_ties_what_corresponds():
    match = Match(1.0, 3.0, 2.0, 4.0, 0.9)
    figure = plots.timeline(a_comparison(np.eye(5), matches=(match,)))
    (ribbon,) = figure.data
    assert list(ribbon.x) == [1.0, 3.0, 4.0, 2.0, 1.0]
    assert ribbon.name == "A 0:01–0:03 · B 0:02–0:04 · similarity 0.90"
    assert len(figure.layout.shapes) == 4  # two lanes, one block on each


@pytest.mark.parametrize("is_dark", [False, True])
def test_every_figure_leaves_the_ground_to_the_page_and_serialises(is_dark):
    comparison = a_comparison(np.eye(4), matches=(Match(0.0, 3.0, 0.0, 3.0, 1.0),))
    hits = [Hit("1", "clip", 0.9, 0.1, 1.0, 0.0, 0.0)]
    for figure in (
        plots.frame_matrix(comparison, is_dark=is_dark),
        plots.timeline(comparison, is_dark=is_dark),
        plots.probabilities(hits, is_dark=is_dark),
    ):
        assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
        assert figure.layout.font.color == plots.palette(is_dark).ink
        assert figure.to_json()


def test_importing_the_plots_does_not_import_plotly():
    code = "import sys, core.plots; sys.exit('plotly' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
