"""What can be said about a picture without learning: colour, gradients, texture and coarse shape, as blocks of numbers.

Every block is the same for a picture and its mirror image. Knows arrays only: no encoder, no file, no weights.
"""

import numpy as np
from numpy.typing import NDArray

from core.resampling import shares

Floats = NDArray[np.float32]

SIDE = 128  # pixels per side of the normalised picture
CELLS = 4  # cells per side of the layout and gradient blocks

BAR_LEVEL = 26  # luma of the brightest pixel of a row or column that still counts as a black bar
BAR_SHARE = 0.36  # at most this share of a side is trimmed away as bars, both ends together
CONTENT_LEVEL = 48  # a picture whose brightest pixel is darker than this has no bars, it is dark

HUES, SATURATIONS, VALUES, GREYS = 16, 4, 3, 16
CHROMA_BINS = 12  # per axis of the a-b histogram
CHROMA_REACH = 66.0  # a and b from -66 to 66; beyond is counted in the outer bins
ORIENTATIONS = 8
DCT_SIDE = 8
SIZES = (48, 48, 208, 144, 128, 35, 35, 63)  # numbers in each block, in the order `blocks` gives them
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def blocks(pictures: NDArray[np.uint8]) -> list[Floats]:
    """(N, S, S, 3) square RGB pictures, S a multiple of 8 -> one (N, B) array per block, histograms as square roots."""
    colours = pictures.astype(np.float32)
    luma: Floats = colours @ LUMA
    lab = _lab(pictures)
    return [
        *_layout(lab),
        _hue_histogram(colours),
        _chroma_histogram(lab),
        _gradients(luma),
        _texture(luma, 1),
        _texture(luma, 2),
        _shape(luma),
    ]


def normalise(images: NDArray[np.uint8], *, side: int = SIDE) -> NDArray[np.uint8]:
    """(N, H, W, 3) -> (N, side, side, 3): black bars trimmed from each picture by itself, then averaged to a square."""
    result = np.empty((len(images), side, side, 3), np.uint8)
    for row, image in enumerate(images):
        top, bottom, left, right = trim(image)
        result[row] = resize(image[top:bottom, left:right], side)
    return result


def trim(image: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Where the picture lies inside its black bars: (H, W, 3) -> top, bottom, left, right, as for slicing.

    Careful rather than eager: a bar is black over its whole length, the bars of one direction take at most
    `BAR_SHARE` of it, and a picture that is dark all over keeps its edges.
    """
    height, width = image.shape[:2]
    peaks = image.max(axis=2)
    if peaks.max(initial=0) < CONTENT_LEVEL:
        return 0, height, 0, width
    top, bottom = _content(peaks.max(axis=1))
    left, right = _content(peaks[top:bottom].max(axis=0))
    return top, bottom, left, right


def _content(peaks: NDArray[np.uint8]) -> tuple[int, int]:
    bright = np.flatnonzero(peaks > BAR_LEVEL)
    size = len(peaks)
    if len(bright) == 0:
        return 0, size
    first, last = int(bright[0]), int(bright[-1]) + 1
    if first + size - last > BAR_SHARE * size:
        return 0, size
    margin = 1 if size >= 64 else 0  # the row where bar and picture blend
    return (first + margin if first else 0), (last - margin if last < size else size)


def resize(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """(H, W, 3) -> (side, side, 3): every new pixel is a triangle-weighted mean of those it covers."""
    height, width = image.shape[:2]
    if height == side and width == side:
        return image
    rows = shares(height, side) @ image.reshape(height, width * 3).astype(np.float32)
    columns = np.einsum("sw,rwc->rsc", shares(width, side), rows.reshape(side, width, 3), optimize=True)
    return (columns + 0.5).clip(0, 255).astype(np.uint8)


def _mirror_free(cells: Floats) -> Floats:
    """(N, R, C, K) -> (N, R*C*K): sums and absolute differences of mirrored cells."""
    half = cells.shape[2] // 2
    near, far = cells[:, :, :half], cells[:, :, ::-1][:, :, :half]
    return np.concatenate([near + far, np.abs(near - far)], axis=2).reshape(len(cells), -1)


def _lab(pictures: NDArray[np.uint8]) -> Floats:
    linear = _LINEAR[pictures]
    xyz: Floats = linear @ _TO_XYZ
    bent = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = bent[..., 0], bent[..., 1], bent[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


_STEPS = np.arange(256, dtype=np.float64) / 255
_LINEAR = np.where(_STEPS <= 0.04045, _STEPS / 12.92, ((_STEPS + 0.055) / 1.055) ** 2.4).astype(np.float32)
_TO_XYZ = (
    np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    / np.array([[0.9505], [1.0], [1.089]])
).T.astype(np.float32)  # sRGB, D65 white


def _layout(lab: Floats) -> list[Floats]:
    """Mean and deviation of L, a, b in 4 x 4 cells."""
    count, side = lab.shape[:2]
    step = side // CELLS
    cells = lab.reshape(count, CELLS, step, CELLS, step, 3)
    means = cells.mean(axis=(2, 4))
    deviations = np.sqrt(np.maximum((cells**2).mean(axis=(2, 4)) - means**2, 0))
    return [_mirror_free(means), _mirror_free(deviations)]


def _counts(bins: NDArray[np.int64], number: int, weights: Floats | None = None) -> Floats:
    """(N, …) bin numbers -> (N, number) shares."""
    flat = bins.reshape(len(bins), -1)
    offsets = np.arange(len(bins))[:, None] * number
    heaviness = None if weights is None else weights.reshape(-1)
    counted = np.bincount((flat + offsets).ravel(), heaviness, minlength=len(bins) * number)
    return (counted.reshape(len(bins), number) / max(flat.shape[1], 1)).astype(np.float32)


def _hue_histogram(colours: Floats) -> Floats:
    """Hue, saturation and value in 16 x 4 x 3 bins, smoothed around the circle of hues, and 16 bins of near-greys."""
    high, low = colours.max(axis=-1), colours.min(axis=-1)
    spread = high - low
    red, green, blue = colours[..., 0], colours[..., 1], colours[..., 2]
    safe = np.maximum(spread, 1)
    sector = np.where(
        high == red, (green - blue) / safe, np.where(high == green, 2 + (blue - red) / safe, 4 + (red - green) / safe)
    )
    saturation = spread / np.maximum(high, 1)
    hue = (sector / 6 % 1 * HUES).astype(np.int64) % HUES
    strength = np.minimum((saturation * SATURATIONS).astype(np.int64), SATURATIONS - 1)
    value = np.minimum((high * (VALUES / 256)).astype(np.int64), VALUES - 1)
    grey = np.minimum((high * (GREYS / 256)).astype(np.int64), GREYS - 1)
    coloured = HUES * SATURATIONS * VALUES
    is_grey = (saturation < 0.1) | (high < 24)
    bins = np.where(is_grey, coloured + grey, (hue * SATURATIONS + strength) * VALUES + value)
    shares = _counts(bins, coloured + GREYS)
    circle = shares[:, :coloured].reshape(-1, HUES, SATURATIONS, VALUES)
    circle = 0.5 * circle + 0.25 * (np.roll(circle, 1, axis=1) + np.roll(circle, -1, axis=1))
    greys = np.pad(shares[:, coloured:], ((0, 0), (1, 1)), mode="edge")
    greys = 0.5 * greys[:, 1:-1] + 0.25 * (greys[:, :-2] + greys[:, 2:])
    return np.sqrt(np.concatenate([circle.reshape(len(shares), -1), greys], axis=1))


def _chroma_histogram(lab: Floats) -> Floats:
    """Which colours there are, however bright: a-b in 12 x 12 bins, smoothed."""
    place = (lab[..., 1:] + CHROMA_REACH) * (CHROMA_BINS / (2 * CHROMA_REACH))
    bins = np.clip(place.astype(np.int64), 0, CHROMA_BINS - 1)
    shares = _counts(bins[..., 0] * CHROMA_BINS + bins[..., 1], CHROMA_BINS**2)
    return np.sqrt(shares @ _CHROMA_SMOOTHING)


def _smoothing(size: int, width: float) -> Floats:
    distances = np.arange(size) - np.arange(size)[:, None]
    shares = np.exp(-0.5 * (distances / width) ** 2)
    return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


_CHROMA_SMOOTHING = np.kron(_smoothing(CHROMA_BINS, 0.7), _smoothing(CHROMA_BINS, 0.7))


def _gradients(luma: Floats) -> Floats:
    """Directions of edges, weighed by their strength, in 4 x 4 cells of 8 directions; folded over the mirror axis."""
    count, side = luma.shape[:2]
    across = np.zeros_like(luma)
    down = np.zeros_like(luma)
    across[:, :, 1:-1] = luma[:, :, 2:] - luma[:, :, :-2]
    down[:, 1:-1] = luma[:, 2:] - luma[:, :-2]
    strength = np.sqrt(across**2 + down**2)
    turn = np.arctan2(down, across) * (ORIENTATIONS / np.pi) % ORIENTATIONS
    first = np.floor(turn)
    second_share = turn - first
    lower = first.astype(np.int64) % ORIENTATIONS
    cell = np.arange(side) // (side // CELLS)
    base = (cell[:, None] * CELLS + cell) * ORIENTATIONS
    number = CELLS * CELLS * ORIENTATIONS
    shares = _counts(base + lower, number, strength * (1 - second_share))
    shares += _counts(base + (lower + 1) % ORIENTATIONS, number, strength * second_share)
    cells = shares.reshape(count, CELLS, CELLS, ORIENTATIONS)
    mirrored = cells[:, :, ::-1, :][..., _MIRRORED_TURNS]
    half = CELLS // 2
    near, far = cells[:, :, :half], mirrored[:, :, :half]
    both = np.concatenate([np.sqrt(near + far), np.sqrt(np.abs(near - far))], axis=2)
    return both.reshape(count, -1)


_MIRRORED_TURNS = -np.arange(ORIENTATIONS) % ORIENTATIONS


def _texture(luma: Floats, radius: int) -> Floats:
    """Uniform local binary patterns of eight neighbours at a radius, mirrored patterns counted as one."""
    inner = luma[:, radius:-radius, radius:-radius]
    side = luma.shape[1]
    codes = np.zeros(inner.shape, np.int64)
    for bit, (down, across) in enumerate(_NEIGHBOURS):
        top, left = radius + down * radius, radius + across * radius
        neighbour = luma[:, top : side - 2 * radius + top, left : side - 2 * radius + left]
        codes |= (neighbour > inner + 1.0).astype(np.int64) << bit
    return np.sqrt(_counts(_PATTERN_BINS[codes], _PATTERNS))


_NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))  # clockwise from the top left


def _pattern_bins() -> NDArray[np.int64]:
    """A bin for each of the 256 codes: one per pair of mirrored uniform patterns, one for all that is not uniform."""
    mirror = (2, 1, 0, 7, 6, 5, 4, 3)
    bins = np.zeros(256, np.int64)
    known: dict[int, int] = {}
    for code in range(256):
        bits = [code >> bit & 1 for bit in range(8)]
        changes = sum(bits[i] != bits[i - 1] for i in range(8))
        twin = sum(bits[bit] << mirror[bit] for bit in range(8))
        if changes <= 2:
            bins[code] = known.setdefault(min(code, twin), len(known) + 1)
    return bins


_PATTERN_BINS = _pattern_bins()
_PATTERNS = int(_PATTERN_BINS.max()) + 1


def _shape(luma: Floats) -> Floats:
    """The low frequencies of a cosine transform without its mean; signs of those that a mirror turns are dropped."""
    side = luma.shape[1]
    positions = (np.arange(side) + 0.5) * np.pi / side
    basis = (np.cos(np.arange(DCT_SIDE)[:, None] * positions) / side).astype(np.float32)
    low = basis @ luma @ basis.T
    low[:, :, 1::2] = np.abs(low[:, :, 1::2])
    damped: Floats = np.sign(low) * np.sqrt(np.abs(low))
    return damped.reshape(len(luma), -1)[:, 1:]
