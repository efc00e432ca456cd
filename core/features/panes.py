"""The parts a picture is composed of: the panes of a split screen, the picture inside a border.

A pane ends in a straight edge over the whole height or width that stays while the picture moves. Panes are described
one by one beside the whole, so that a source is found that fills only half of the screen. Knows arrays and encoders.
"""

import numpy as np
from numpy.typing import NDArray

from core.features.base import ImageEncoder
from core.features.pooling import frame_weights

VERSION = "panes1"
PANES = 9  # described beside the whole picture: inside a border, left, right, upper and lower half, four quarters
STEP = 10.0  # grey levels between neighbours from which on there is an edge
SPANS = 0.55  # of a line of pixels that an edge must run along …
STANDS_OUT = 2.5  # … and that many times as much as is usual in the picture
HALF_WINDOW = 3  # frames before and after that must show the edge as well, as a median
MARGIN = 0.04  # of a side: edges closer to the rim are left to the encoder's own trimming
RIM = 0.32  # of a side: up to there an edge is taken for a border's …
MIDDLE = 0.28  # … and from there on for the seam of two halves
PLAIN = 0.2  # panes that weigh less show nothing to recognise
QUARTERED = 0.75  # of both sides that seams must run along for four quarters

Box = tuple[int, int, int, int]  # top, bottom, left, right, as for slicing


class PaneEncoder:
    """An encoder that looks at the whole picture and at its panes: D numbers for each, zeros where there is none."""

    def __init__(self, whole: ImageEncoder) -> None:
        self.whole = whole
        self.name = whole.name
        self.version = pane_version(whole.version)
        self.dimension = whole.dimension * (1 + PANES)
        self.short_side = whole.short_side

    def encode(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, H, W, 3) frames that follow one another -> (N, (1 + PANES) x D), parts side by side.

        Edges are sought over neighbouring frames of one call, so frames at its ends see fewer of them.
        """
        result = np.zeros((len(images), 1 + PANES, self.whole.dimension), np.float32)
        if len(images) == 0:
            return result.reshape(0, self.dimension)
        result[:, 0] = self.whole.encode(images)
        rows: dict[tuple[int, Box], list[int]] = {}
        for row, boxes in enumerate(find_panes(images)):
            for place, box in enumerate(boxes, start=1):
                if box is not None:
                    rows.setdefault((place, box), []).append(row)
        for (place, (top, bottom, left, right)), chosen in rows.items():
            pane = np.ascontiguousarray(images[chosen, top:bottom, left:right])
            has_content = frame_weights(pane) >= PLAIN
            result[np.array(chosen)[has_content], place] = self.whole.encode(pane[has_content])
        return result.reshape(len(images), -1)


def pane_version(version: str) -> str:
    """The version of a pane encoder over an encoder of that version."""
    return f"{version}+{VERSION}"


def find_panes(images: NDArray[np.uint8]) -> list[list[Box | None]]:
    """(N, H, W, 3) frames that follow one another -> for each frame `PANES` boxes, None where there is no such pane."""
    luma = images.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    upright = _steady(_edges(luma))
    level = _steady(_edges(luma.transpose(0, 2, 1)))
    return [_boxes(level[row], upright[row]) for row in range(len(images))]


def _edges(luma: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, H, W) -> (N, W): the share of each column that differs from what is two to its left, at the edge's place."""
    steps = np.zeros(luma.shape, np.float32)
    steps[:, :, 1:-1] = np.abs(luma[:, :, 2:] - luma[:, :, :-2])
    share: NDArray[np.float32] = (steps > STEP).mean(axis=1)
    return share


def _steady(share: NDArray[np.float32]) -> NDArray[np.float32]:
    """The median over each frame and its neighbours."""
    count = len(share)
    return np.stack(
        [np.median(share[max(0, k - HALF_WINDOW) : min(count, k + HALF_WINDOW + 1)], axis=0) for k in range(count)]
    )


def _strongest(share: NDArray[np.float32], start: float, end: float) -> tuple[int, float] | None:
    """The place of the edge that runs furthest between two shares of the side, and how far: (L,) -> place, 0–1."""
    length = len(share)
    first, last = max(2, round(start * length)), min(length - 2, round(end * length))
    needed = max(SPANS, min(0.95, STANDS_OUT * float(np.median(share))))
    if last <= first:
        return None
    place = first + int(share[first:last].argmax())
    return (place, float(share[place])) if share[place] >= needed else None


def _boxes(level: NDArray[np.float32], upright: NDArray[np.float32]) -> list[Box | None]:
    """(H,), (W,) how far edges run -> one box or none for each of `PANES`: inside a border, halves, quarters."""
    height, width = len(level), len(upright)
    rims = [(_strongest(share, MARGIN, RIM), _strongest(share, 1 - RIM, 1 - MARGIN)) for share in (level, upright)]
    (top, bottom), (left, right) = rims
    result: list[Box | None] = [None] * PANES
    if top or bottom or left or right:
        result[0] = (
            top[0] + 1 if top else 0,
            bottom[0] - 1 if bottom else height,
            left[0] + 1 if left else 0,
            right[0] - 1 if right else width,
        )
    across, down = _strongest(upright, MIDDLE, 1 - MIDDLE), _strongest(level, MIDDLE, 1 - MIDDLE)
    if across:
        result[1:3] = (0, height, 0, across[0] - 1), (0, height, across[0] + 1, width)
    if down:
        result[3:5] = (0, down[0] - 1, 0, width), (down[0] + 1, height, 0, width)
    if across and down and min(across[1], down[1]) >= QUARTERED:
        rows, columns = ((0, down[0] - 1), (down[0] + 1, height)), ((0, across[0] - 1), (across[0] + 1, width))
        result[5:9] = [(*row, *column) for row in rows for column in columns]
    return result
