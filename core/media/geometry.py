"""How a stored picture becomes the picture on the screen: pixel aspect, turning, mirroring, and the size asked for."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

WIDEST = 8.0  # a picture longer than this many times its short side is squeezed: nobody films like that
OBLONG = 5.0  # a pixel aspect beyond this is taken for a damaged header


@dataclass(frozen=True, slots=True)
class Turn:
    """A multiple of 90 degrees and a mirror, as the display matrix of FFmpeg gives them."""

    is_transposed: bool = False
    is_flipped_across: bool = False  # left and right change places, after transposing
    is_flipped_down: bool = False  # top and bottom likewise

    @classmethod
    def from_matrix(cls, matrix: NDArray[np.int32]) -> "Turn":
        """From the nine numbers a b u c d v x y w: x' = a x + c y, y' = b x + d y. Oblique angles are rounded."""
        a, b, _, c, d = (int(value) for value in matrix[:5])
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(True, c < 0, b < 0)
        return cls(False, a < 0, d < 0)

    @classmethod
    def from_angle(cls, counterclockwise: float) -> "Turn":
        return (
            cls(),
            cls(True, False, True),
            cls(False, True, True),
            cls(True, True, False),
        )[round(counterclockwise / 90) % 4]

    @property
    def rotation(self) -> int:
        """Degrees counter-clockwise; of a mirrored picture, after which a left-right mirror remains."""
        if self.is_transposed:
            return 90 if self.is_flipped_down else 270
        return 180 if self.is_flipped_down else 0

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(H, W, 3) as stored -> as shown."""
        if self.is_transposed:
            image = image.transpose(1, 0, 2)
        if self.is_flipped_across:
            image = image[:, ::-1]
        if self.is_flipped_down:
            image = image[::-1]
        return np.ascontiguousarray(image)


@dataclass(frozen=True, slots=True)
class Geometry:
    """The shape of the first frame of a stream, which all its frames are given."""

    width: int  # pixels as stored
    height: int
    aspect: float = 1.0  # width of a pixel over its height
    turn: Turn = Turn()

    @property
    def stored_size(self) -> tuple[int, int]:
        """Width and height with square pixels, before turning."""
        if self.aspect >= 1:
            return max(1, round(self.width * self.aspect)), self.height
        return self.width, max(1, round(self.height / self.aspect))

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height on the screen."""
        width, height = self.stored_size
        return (height, width) if self.turn.is_transposed else (width, height)

    def scaled_size(self, short_side: int) -> tuple[int, int]:
        """Width and height before turning so that the short side is `short_side` and the long one even."""
        width, height = self.stored_size
        ratio = min(max(width, height) / min(width, height), WIDEST)
        long_side = max(short_side, round(short_side * ratio / 2) * 2)
        return (long_side, short_side) if width >= height else (short_side, long_side)


def usable_aspect(aspect: Fraction | None) -> float:
    """The sample aspect ratio as a number; 1.0 where it is missing or absurd."""
    if not aspect or not 1 / OBLONG <= aspect <= OBLONG:
        return 1.0
    return float(aspect)
