"""The built-in encoder: what it keeps through edits, what it does with nothing to see, and what it needs to start."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from core.config import ROOT
from core.errors import EncoderUnavailable
from core.features import blocks, embedded
from core.features.embedded import EmbeddedEncoder
from core.features.pooling import frame_weights
from core.training.edits import EDITS
from core.training.synthesis import make_film

CARD = embedded.WEIGHTS.with_suffix(".md")


@pytest.fixture(scope="module")
def encoder() -> EmbeddedEncoder:
    return EmbeddedEncoder()


def picture(seed: int) -> np.ndarray:
    """A made scene that training never saw."""
    return make_film(900_000_000 + seed, shots=1).frame(0, 0.5)


def test_weights_are_the_ones_the_card_describes() -> None:
    digest = hashlib.sha256(embedded.WEIGHTS.read_bytes()).hexdigest()
    assert digest in CARD.read_text()
    assert embedded.WEIGHTS.stat().st_size < 8_000_000
    assert EmbeddedEncoder.dimension <= 512


def test_weights_say_which_version_and_seed_they_are() -> None:
    with safe_open(embedded.WEIGHTS, "numpy") as file:
        made = json.loads(file.metadata()["made"])
    assert made["version"] == EmbeddedEncoder.version
    assert made["seed"] == 0
    assert made["dimension"] == EmbeddedEncoder.dimension


def test_starts_without_torch_or_scipy() -> None:
    code = (
        "import sys, numpy as np; from core.features.embedded import EmbeddedEncoder;"
        "EmbeddedEncoder().encode(np.zeros((1, 9, 16, 3), np.uint8));"
        "print([name for name in ('torch', 'scipy', 'PIL', 'cv2') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 3), (7, 5), (128, 227), (361, 203)])
def test_any_size_of_picture_gives_vectors_of_length_one(encoder: EmbeddedEncoder, shape: tuple[int, int]) -> None:
    images = np.random.default_rng(1).integers(0, 256, (2, *shape, 3), np.uint8)
    np.testing.assert_allclose(np.linalg.norm(encoder.encode(images), axis=1), 1, atol=1e-5)
    regions = encoder.encode_regions(images)
    assert regions.shape == (2, 9, encoder.dimension)
    np.testing.assert_allclose(np.linalg.norm(regions, axis=2), 1, atol=1e-5)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_uniform_picture_has_a_vector_of_length_one_too(encoder: EmbeddedEncoder, level: int) -> None:
    vectors = encoder.encode(np.full((1, 90, 160, 3), level, np.uint8))
    np.testing.assert_allclose(np.linalg.norm(vectors), 1, atol=1e-5)


def test_no_pictures_give_no_vectors(encoder: EmbeddedEncoder) -> None:
    nothing = np.zeros((0, 90, 160, 3), np.uint8)
    assert encoder.encode(nothing).shape == (0, encoder.dimension)
    assert encoder.encode_regions(nothing).shape == (0, 9, encoder.dimension)


def test_batch_size_does_not_change_the_numbers(encoder: EmbeddedEncoder) -> None:
    images = np.random.default_rng(2).integers(0, 256, (embedded.CHUNK + 3, 40, 70, 3), np.uint8)
    alone = np.concatenate([encoder.encode(image[None]) for image in images])
    np.testing.assert_allclose(encoder.encode(images), alone, atol=1e-5)


def test_a_mirrored_picture_is_the_same_picture(encoder: EmbeddedEncoder) -> None:
    image = picture(0)
    both = encoder.encode(np.stack([image, image[:, ::-1]]))
    assert both[0] @ both[1] > 0.99


def test_black_bars_are_trimmed() -> None:
    image = np.full((60, 100, 3), 200, np.uint8)
    boxed = np.pad(image, ((10, 10), (0, 0), (0, 0)))
    assert blocks.trim(boxed)[:2] in ((10, 70), (11, 69))
    assert blocks.trim(boxed)[2:] == (0, 100)


def test_a_dark_picture_keeps_its_edges() -> None:
    night = np.zeros((60, 100, 3), np.uint8)
    night[25:35, 40:60] = 40
    assert blocks.trim(night) == (0, 60, 0, 100)


def test_a_spot_on_black_is_no_picture_in_bars() -> None:
    stage = np.zeros((60, 100, 3), np.uint8)
    stage[28:32, 48:52] = 255
    assert blocks.trim(stage) == (0, 60, 0, 100)


def test_edited_copies_find_their_original(encoder: EmbeddedEncoder) -> None:
    pictures = [picture(seed) for seed in range(24)]
    originals = np.concatenate([encoder.encode(image[None]) for image in pictures])
    right = []
    for name, edit in EDITS.items():
        copies = [edit(image, np.random.default_rng([seed, 1])) for seed, image in enumerate(pictures)]
        vectors = np.concatenate([encoder.encode(copy[None]) for copy in copies])
        hits = (vectors @ originals.T).argmax(axis=1) == np.arange(len(pictures))
        right.append(hits.mean())
        assert hits.mean() >= 0.8, name
    assert np.mean(right) >= 0.95


def test_frames_two_seconds_apart_are_closer_than_other_films(encoder: EmbeddedEncoder) -> None:
    films = [make_film(910_000_000 + seed, shots=1) for seed in range(24)]
    now = np.concatenate([encoder.encode(film.frame(0, 0.0)[None]) for film in films])
    later = np.concatenate([encoder.encode(film.frame(0, 2.0)[None]) for film in films])
    cosines = now @ later.T
    same = np.diag(cosines)
    others = cosines[~np.eye(len(films), dtype=bool)]
    assert (same >= embedded.THRESHOLD).mean() >= 0.9
    assert (others < embedded.THRESHOLD).mean() >= 0.9


def test_regions_tell_where_in_the_picture_something_is(encoder: EmbeddedEncoder) -> None:
    image = np.full((128, 128, 3), 90, np.uint8)
    image[:64, :64] = picture(3)[:64, :64]
    plain = encoder.encode_regions(np.full((1, 128, 128, 3), 90, np.uint8))[0]
    changed = encoder.encode_regions(image[None])[0]
    likeness = (plain * changed).sum(axis=1)
    assert likeness[8] > 0.99  # bottom right: untouched
    assert likeness[0] < 0.5  # top left: all of it changed


def test_black_frames_do_not_make_videos_kin(encoder: EmbeddedEncoder) -> None:
    """A weighted Chamfer score, as retrieval uses it: the query's own content decides, its black start says nothing."""
    black = np.zeros((6, 128, 171, 3), np.uint8)
    query = np.concatenate([black, shot(1)])
    kin, stranger = np.concatenate([shot(1), black]), np.concatenate([black, shot(2)])
    weights = frame_weights(query)
    assert (weights[:6] == 0).all()
    vectors = encoder.encode(query)
    to_kin, to_stranger = (
        float((vectors @ encoder.encode(other).T).max(axis=1) @ weights / weights.sum()) for other in (kin, stranger)
    )
    assert to_kin > 0.95
    assert to_stranger < embedded.THRESHOLD + 0.15
    unweighed = (vectors @ encoder.encode(stranger).T).max(axis=1).mean()
    assert unweighed > to_stranger + 0.2  # what would happen otherwise


def shot(seed: int) -> np.ndarray:
    """Four seconds of a made shot in 4:3."""
    film = make_film(920_000_000 + seed, shots=1)
    frames = [blocks.resize(film.frame(0, float(second)), 128) for second in range(4)]
    return np.stack([np.pad(frame, ((0, 0), (0, 43), (0, 0)), mode="edge") for frame in frames])


def test_probability_rises_with_the_cosine_and_crosses_a_half_near_the_threshold() -> None:
    chances = [embedded.same_video_probability(cosine) for cosine in (-1.0, 0.0, embedded.THRESHOLD, 0.6, 1.0)]
    assert chances == sorted(chances)
    assert 0 <= chances[0] < 0.05
    assert 0.95 < chances[-1] <= 1
    assert chances[2] == pytest.approx(0.5, abs=0.2)


def test_missing_weights_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnavailable, match="train embedded"):
        EmbeddedEncoder(tmp_path / "nothing.safetensors")


def test_damaged_weights_say_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "damaged.safetensors"
    path.write_bytes(embedded.WEIGHTS.read_bytes()[:5000])
    with pytest.raises(EncoderUnavailable, match="cannot be read"):
        EmbeddedEncoder(path)


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"projection": np.zeros((3, 3), np.float32)}, path)
    with pytest.raises(EncoderUnavailable, match="this version"):
        EmbeddedEncoder(path)
