"""How much of two sets of pictures is the same picture: one is laid over the other, then compared place by place.

A copy differs from its source by one shift, scale and mirroring that stays for the whole passage, so the place is
sought once for all pictures together, by correlation in the Fourier domain (Kuglin and Hines 1975). Over it, the same
contrasts must lie at the same places: the correlation of small windows, pooled over the pictures. What was laid over a
copy (text, a border, a second half) takes its own area from the share and leaves the rest. Knows arrays only.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.resampling import shares

Floats = NDArray[np.float32]

SIDE = 64  # pixels per side of the squares that are compared
COARSE = 32  # … and of those that are laid over each other
PADDED = 80  # the largest scaled picture and the other beside it, so that nothing wraps around
SCALES = (0.5, 0.6, 0.71, 0.84, 1.0, 1.19, 1.41)  # of the source in the query, per axis
MOST_SQUEEZED = 1.8  # one axis to the other
PLACES = 3  # tried in full, the best correlated
WINDOW, COARSE_WINDOW = 13, 7  # pixels
CONTRAST = 5.0  # grey levels: windows with less count as plain
TEXTURE = 20.0  # variance of grey levels from which on a window has something to compare
ALIKE = 0.5  # correlation from which on a window shows the same
ALIKE_AT_ONCE = 0.6  # … in a single picture, to choose between two moments of the source
NOISE = 3.0  # grey levels: what moves by less may be noise
STRICT = 0.8  # correlation from which on a window shows it as a copy does, not as another picture of the same kind
SURE = 0.5  # share of the area that needs no other place tried
FINER = ((0.94, 1.0, 1.06), (0.97, 1.0, 1.03))  # scales that are tried around a place, per axis
NUDGE = 4  # pixels by which such a place may be out
WIDE = 160  # as `PADDED`, for whole squares


@dataclass(frozen=True)
class Place:
    """Where the source lies in the query: mirrored or not, scales and shifts in shares of a side."""

    is_mirrored: bool
    height: float
    width: float
    top: float
    left: float


@dataclass(frozen=True)
class Agreement:
    """Shares of the query's area, 0–1, with the source at one place."""

    share: float  # that shows the same
    strict: float  # … beyond what two pictures of one kind have in common
    moved: float  # how what moves there moves alike, -1–1; towards 0 where nothing moves
    place: Place


WHOLE = (Place(False, 1.0, 1.0, 0.0, 0.0), Place(True, 1.0, 1.0, 0.0, 0.0))


def square(image: NDArray[np.uint8], side: int = SIDE) -> Floats:
    """(H, W, 3) RGB -> (side, side) grey levels 0–255."""
    return resized(image.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32), side, side)


def agreement(query: Floats, before: Floats, after: Floats, is_after_nearer: NDArray[np.bool_]) -> Agreement:
    """How much of the query's area shows the same as the source, at the place where most of it does.

    (N, SIDE, SIDE) squares each: of the query, and of the source just before and just after the same moments, of which
    the more alike counts; (N,) which of the two is nearer in time.
    """
    best = max((alike(query, (before, after), place) for place in WHOLE), key=_share)
    if best.share >= SURE:
        return best
    nearer = np.where(is_after_nearer[:, None, None], after, before)
    best = max([best, *(alike(query, (before, after), place) for place in places(query, nearer))], key=_share)
    return max(best, alike(query, (before, after), fitted(query, nearer, best.place)), key=_share)


def steadiness(before: Floats, after: Floats) -> float:
    """The share of the area that stays the same from one set of pictures to the other: what a copy taken at a moment
    in between may be expected to share with them."""
    return alike(before, (after,), WHOLE[0]).share


def places(query: Floats, source: Floats) -> list[Place]:
    """The `PLACES` where the source correlates best with the query, all pictures together."""
    asked = _levelled(resized(query, COARSE, COARSE))
    shown = _levelled(resized(source, COARSE, COARSE))
    spectra = [np.fft.rfft2(view, (PADDED, PADDED)) for view in (asked, asked[:, :, ::-1])]
    found: list[tuple[float, Place]] = []
    for height in SCALES:
        for width in SCALES:
            if not 1 / MOST_SQUEEZED < height / width < MOST_SQUEEZED:
                continue
            scaled = resized(shown, round(COARSE * height), round(COARSE * width))
            spectrum = np.conj(np.fft.rfft2(scaled, (PADDED, PADDED)))
            length = float(np.linalg.norm(asked) * np.linalg.norm(scaled)) + 1e-9
            for is_mirrored, view in zip((False, True), spectra, strict=True):
                surface = np.fft.irfft2((view * spectrum).sum(axis=0), (PADDED, PADDED))
                top, left = divmod(int(surface.argmax()), PADDED)
                place = Place(is_mirrored, height, width, _shift(top), _shift(left))
                found.append((float(surface.max()) / length, place))
    found.sort(key=lambda one: -one[0])
    return [place for _, place in found[:PLACES]]


def fitted(query: Floats, source: Floats, place: Place) -> Place:
    """The place close to this one where the source correlates best with the query: `places` tries few scales."""
    asked, shown = _levelled(query), _levelled(source)
    spectrum = np.fft.rfft2(asked[:, :, ::-1] if place.is_mirrored else asked, (WIDE, WIDE))
    best, highest = place, -1.0
    for finer in FINER:
        around = best
        for height in finer:
            for width in finer:
                size = round(SIDE * around.height * height), round(SIDE * around.width * width)
                if max(size) + SIDE > WIDE:
                    continue
                scaled = resized(shown, *size)
                surface = np.fft.irfft2(
                    (spectrum * np.conj(np.fft.rfft2(scaled, (WIDE, WIDE)))).sum(axis=0), (WIDE, WIDE)
                )
                top = round(SIDE * (around.top + around.height / 2) - size[0] / 2) - NUDGE
                left = round(SIDE * (around.left + around.width / 2) - size[1] / 2) - NUDGE
                rows, columns = (np.arange(start, start + 2 * NUDGE + 1) for start in (top, left))
                near = surface[np.ix_(rows % WIDE, columns % WIDE)]
                value = float(near.max()) / (float(np.linalg.norm(scaled)) + 1e-9)
                if value > highest:
                    y, x = divmod(int(near.argmax()), len(columns))
                    found = size[0] / SIDE, size[1] / SIDE, int(rows[y]) / SIDE, int(columns[x]) / SIDE
                    best, highest = Place(place.is_mirrored, *found), value
    return best


def alike(query: Floats, sources: tuple[Floats, ...], place: Place) -> Agreement:
    """How much of the query's area shows the source at this place; of several sources the more alike counts."""
    height, width = round(SIDE * place.height), round(SIDE * place.width)
    top, left = round(SIDE * place.top), round(SIDE * place.left)
    rows, columns = slice(max(0, top), min(SIDE, top + height)), slice(max(0, left), min(SIDE, left + width))
    if rows.stop - rows.start < WINDOW or columns.stop - columns.start < WINDOW:
        return Agreement(0.0, 0.0, 0.0, place)
    asked = (query[:, :, ::-1] if place.is_mirrored else query)[:, rows, columns]
    mean = _blurred(asked, WINDOW)
    spread = _blurred(asked * asked, WINDOW) - mean * mean
    best: Floats = np.full(len(query), -1.0, np.float32)
    own: Floats = np.zeros_like(spread)
    joint: Floats = np.zeros_like(spread)
    chosen: Floats = np.zeros_like(asked)
    for source in sources:
        shown = resized(source, height, width)
        shown = shown[:, rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        mean_shown = _blurred(shown, WINDOW)
        spread_shown = _blurred(shown * shown, WINDOW) - mean_shown * mean_shown
        both = _blurred(asked * shown, WINDOW) - mean * mean_shown
        alike = (both > ALIKE_AT_ONCE * _geometric(spread, spread_shown)) & (spread > TEXTURE)
        share = alike.mean(axis=(1, 2), dtype=np.float32)
        is_more = (share > best)[:, None, None]
        best = np.maximum(best, share)
        own, joint = np.where(is_more, spread_shown, own), np.where(is_more, both, joint)
        chosen = np.where(is_more, shown, chosen)
    texture: Floats = spread.mean(axis=0)
    agreed = np.where(texture > TEXTURE, joint.mean(axis=0) / _geometric(texture, own.mean(axis=0)), 0.0)
    moved = _moved(asked, chosen, agreed > ALIKE)
    return Agreement(float((agreed > ALIKE).sum()) / SIDE**2, float((agreed > STRICT).sum()) / SIDE**2, moved, place)


def _moved(asked: Floats, shown: Floats, where: NDArray[np.bool_]) -> float:
    """The correlation of what differs from the mean of all pictures, (N, H, W) both, in a part (H, W) of them."""
    if len(asked) < 2 or not where.any():
        return 0.0
    one, other = ((pictures - pictures.mean(axis=0))[:, where] for pictures in (asked, shown))
    least = NOISE**2 * one.size
    return float((one * other).sum() / np.sqrt(((one**2).sum() + least) * ((other**2).sum() + least)))


def resized(grey: Floats, height: int, width: int) -> Floats:
    """(…, H, W) -> (…, height, width): every new pixel is a triangle-weighted mean of those it covers."""
    rows: Floats = np.matmul(shares(grey.shape[-2], height), grey)
    result: Floats = np.matmul(rows, shares(grey.shape[-1], width).T)
    return result


def _levelled(grey: Floats) -> Floats:
    """Every pixel as how far it stands out of its window, in spreads of that."""
    rest = grey - _blurred(grey, COARSE_WINDOW)
    result: Floats = rest / np.sqrt(_blurred(rest * rest, COARSE_WINDOW) + CONTRAST**2)
    return result


def _blurred(grey: Floats, size: int) -> Floats:
    """The mean of the window around each pixel, edges continued."""
    from scipy.ndimage import uniform_filter

    result: Floats = uniform_filter(grey, (0, size, size), mode="nearest")
    return result


def _geometric(a: Floats, b: Floats) -> Floats:
    result: Floats = np.sqrt(np.maximum(a, 1.0) * np.maximum(b, 1.0))
    return result


def _share(found: Agreement) -> float:
    return found.share


def _shift(place: int) -> float:
    return (place if place <= COARSE else place - PADDED) / COARSE
