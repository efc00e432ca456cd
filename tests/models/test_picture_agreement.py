"""How much of two pictures is the same, on drawn scenes: copies under edits, and other pictures of one kind."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.models.picture_agreement import Agreement, agreement, resized, square, steadiness

Images = NDArray[np.uint8]
H, W = 90, 160


def scenes(seed: int, count: int = 4) -> Images:
    """(N, H, W, 3) soft blots, other ones in every picture."""
    coarse = np.random.default_rng(seed).integers(0, 256, (count, 9, 16)).astype(np.float32)
    grey = resized(coarse, H, W).clip(0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=3)


def agreed(query: Images, source: Images) -> Agreement:
    asked, shown = (np.stack([square(image) for image in images]) for images in (query, source))
    return agreement(asked, shown, shown, np.zeros(len(asked), bool))


def shared(query: Images, source: Images) -> float:
    return agreed(query, source).share


def as_image(grey: NDArray[np.float32]) -> Images:
    return np.repeat(grey.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


def framed(images: Images) -> Images:
    return np.pad(images, ((0, 0), (16, 16), (28, 28), (0, 0)))


def beside(images: Images, others: Images) -> Images:
    return np.concatenate([images[:, :, 40:120], others[:, :, 40:120]], axis=2)


def covered(images: Images) -> Images:
    result = images.copy()
    result[:, 20:60, 30:70] = (255, 205, 40)
    return result


EDITS = {
    "as it is": (lambda images: images, 0.95),
    "mirrored": (lambda images: images[:, :, ::-1], 0.95),
    "dimmed": (lambda images: images // 2 + 20, 0.95),
    "in a frame": (framed, 0.35),
    "on half of the screen": (lambda images: beside(images, scenes(77)), 0.3),
    "with a face over it": (covered, 0.6),
    "cropped": (lambda images: images[:, 10:80, 20:140], 0.6),
}


@pytest.mark.parametrize(("edit", "least"), EDITS.values(), ids=EDITS)
def test_a_copy_shares_what_the_edit_left(edit, least: float) -> None:
    images = scenes(1)
    assert shared(edit(images), images) >= least


@pytest.mark.parametrize("scale", [0.57, 0.65, 0.78])
def test_a_copy_of_any_size_is_laid_over_its_source_to_the_last_contrast(scale: float) -> None:
    images = scenes(1)
    small = np.stack([as_image(resized(image[..., 0].astype(np.float32), round(H * scale), W)) for image in images])
    framed = np.zeros_like(images)
    framed[:, 7 : 7 + small.shape[1]] = small
    found = agreed(framed, images)
    assert found.strict > 0.6 * scale
    assert found.place.height == pytest.approx(scale, abs=0.04)


def test_what_moves_moves_alike_in_a_copy_only() -> None:
    still = scenes(1)[:1]
    one, same, other = ((0.8 * still + 0.2 * moving).astype(np.uint8) for moving in (scenes(2), scenes(2), scenes(3)))
    assert agreed(one, same).moved > 0.8
    assert abs(agreed(one, other).moved) < 0.4


def test_nothing_can_be_said_of_movement_where_all_is_still() -> None:
    still = np.repeat(scenes(1)[:1], 4, axis=0)
    assert abs(agreed(still, still).moved) < 0.05


def test_other_scenes_share_next_to_nothing() -> None:
    assert max(shared(scenes(seed), scenes(seed + 50)) for seed in range(5)) < 0.15


def card(colours: list[tuple[int, int, int]], *, has_circle: bool) -> Images:
    """Upright bars, as test cards have them, with a circle or a strip of boxes."""
    image = np.repeat(np.array(colours, np.uint8), -(-W // len(colours)), axis=0)[:W][None].repeat(H, axis=0)
    y, x = np.mgrid[:H, :W]
    if has_circle:
        image[np.hypot((x - W / 2) / W, (y - H / 2) / H) > 0.48] = 255
        image[70:80] = np.linspace(0, 255, W).astype(np.uint8)[:, None]
    else:
        image[10:20, 10:150] = 0
        image[40:55, 45:115] = 20
        image[70:80][:, (np.arange(W) // 8) % 2 == 0] = 255
    return np.repeat(image[None], 4, axis=0)


FIRST = card(
    [(255, 255, 255), (0, 255, 255), (255, 0, 255), (0, 0, 255), (255, 255, 0), (0, 255, 0), (255, 0, 0), (0, 0, 0)],
    has_circle=True,
)
SECOND = card(
    [(0, 0, 0), (190, 190, 0), (0, 190, 190), (0, 190, 0), (190, 0, 190), (190, 0, 0), (0, 0, 190)], has_circle=False
)


def test_two_test_cards_are_not_one_picture_but_a_copy_of_one_is() -> None:
    noise = np.random.default_rng(3).integers(-12, 13, FIRST.shape)
    copy = np.clip(FIRST[:, ::2, ::2].repeat(2, 1).repeat(2, 2).astype(int) + noise, 0, 255).astype(np.uint8)
    assert shared(FIRST, SECOND) < 0.3
    assert shared(copy, FIRST) > 0.7


def test_plain_pictures_have_nothing_to_share() -> None:
    assert shared(np.full((2, H, W, 3), 90, np.uint8), np.full((2, H, W, 3), 90, np.uint8)) == 0


def test_a_still_scene_is_steady_and_one_that_changes_is_not() -> None:
    still = np.stack([square(image) for image in scenes(1)])
    moved = np.stack([square(image) for image in scenes(2)])
    assert steadiness(still, still) > 0.95
    assert steadiness(still, moved) < 0.15
