"""Mirrored passages, told by the regions of made pictures."""

import numpy as np
import pytest

from core.features.embedded import EmbeddedEncoder
from core.pipelines.mirrored import FRAMES, is_mirrored, moments, sees_regions
from core.records import Match
from core.training.edits import EDITS
from core.training.synthesis import make_film
from tests.fakes import FakeImageEncoder, solid


@pytest.fixture(scope="module")
def encoder() -> EmbeddedEncoder:
    return EmbeddedEncoder()


def pictures(seed: int, shift: float = 0.0) -> list[np.ndarray]:
    film = make_film(seed)
    return [film.frame(shot, second + shift) for shot in (0, 1) for second in (0.0, 1.0)]


@pytest.mark.parametrize("edit", ["recompression", "caption", "brightness", "letterbox"])
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_a_mirrored_copy_is_told_from_a_plain_one(encoder: EmbeddedEncoder, edit: str, seed: int) -> None:
    there = pictures(seed)
    plain = [EDITS[edit](image, np.random.default_rng(seed)) for image in pictures(seed, 0.2)]
    assert is_mirrored(plain, there, encoder=encoder) is False
    assert is_mirrored([image[:, ::-1] for image in plain], there, encoder=encoder) is True


def test_pictures_that_are_the_same_both_ways_round_tell_nothing(encoder: EmbeddedEncoder) -> None:
    half = pictures(14)[0]
    same = np.concatenate([half, half[:, ::-1]], axis=1)
    assert is_mirrored([same], [same], encoder=encoder) is None


def test_black_pictures_tell_nothing(encoder: EmbeddedEncoder) -> None:
    assert is_mirrored([solid((0, 0, 0))], [pictures(15)[0]], encoder=encoder) is None


def test_an_encoder_without_regions_cannot_tell(encoder: EmbeddedEncoder) -> None:
    assert sees_regions(encoder)
    assert not sees_regions(FakeImageEncoder())


def test_the_moments_looked_at_correspond_and_lie_inside() -> None:
    here, there = moments(Match(10.0, 20.0, 0.0, 5.0, 0.9, speed=0.5))
    assert len(here) == len(there) == FRAMES
    assert ((here > 10.0) & (here < 20.0)).all()
    assert np.allclose(there, (here - 10.0) / 2)
