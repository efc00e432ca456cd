"""Videos as paths through the map, each with a column of its frames."""

import numpy as np

from core import plots
from core.records import FrameColumn, FrameMap, VideoPath

HOSTILE = "<img src=x onerror=alert(1)>"


def a_map(frames: int) -> FrameMap:
    return FrameMap(
        version="map-1", view="map-1", positions=np.random.default_rng(0).random((frames, 2)).astype(np.float32),
        video=np.zeros(frames, np.int32), times=np.arange(float(frames)), labels=np.zeros(frames, np.uint8),
        ids=("a" * 16,), titles=("A",), clusters=(), encoder="embedded", projection="pca", std=0.3, seed=0,
        rotation=0.0, variance_kept=1.0,
    )  # fmt: skip


def columns(count: int, rows: int = 3) -> list[FrameColumn]:
    places = np.linspace((0.1, 0.2), (0.8, 0.9), 5).astype(np.float32)
    return [
        FrameColumn(
            VideoPath(f"{n:016x}", HOSTILE, places, np.arange(5.0), n / 10), (0.0, 1.0, 2.0)[:rows], (b"x",) * rows
        )
        for n in range(count)
    ]


def test_every_video_has_a_line_a_bar_of_its_colour_and_its_pictures() -> None:
    figure = plots.video_paths(a_map(100), columns(9))
    assert len(figure.data) == 1 + 9
    shades = [trace.line.color for trace in figure.data[1:]]
    assert len(set(shades)) == 9
    assert [shape.fillcolor for shape in figure.layout.shapes if shape.fillcolor] == shades
    assert len(figure.layout.images) == 27
    assert all(image.source.startswith("data:image/webp;base64,") for image in figure.layout.images)
    lefts = sorted({image.x for image in figure.layout.images})
    assert len(lefts) == 9
    assert lefts[0] > figure.layout.xaxis.domain[1]


def test_titles_are_text_and_not_markup() -> None:
    figure = plots.video_paths(a_map(10), columns(2))
    shown = [trace.hovertemplate for trace in figure.data[1:]] + [note.hovertext for note in figure.layout.annotations]
    assert all("<img" not in text for text in shown)
    assert any("&lt;img" in text for text in shown)


def test_the_ground_is_thinned_and_nothing_at_all_can_be_drawn() -> None:
    assert len(plots.video_paths(a_map(50_000), []).data[0].x) <= 4000
    figure = plots.video_paths(a_map(10), columns(1, rows=0), is_dark=True)
    assert len(figure.layout.images) == 0
