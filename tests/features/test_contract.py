"""What every encoder of the registry promises, checked on each; CLIP with tiny random weights in the real format."""

import json
from collections.abc import Iterator
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from core.config import Settings
from core.device import Device
from core.features import backbones, vgg_mac
from core.features.base import AudioEncoder, ImageEncoder, WindowEncoder, track_name
from core.features.registry import ENCODERS, build_encoder, encoder_version, readiness
from core.records import Waveform

CPU = Device("cpu", "float32", "The CPU.")
VISUAL = [spec.name for spec in ENCODERS.values() if spec.kind == "visual"]
REGIONS = [spec.name for spec in ENCODERS.values() if spec.kind == "regions"]
AUDIO = [spec.name for spec in ENCODERS.values() if spec.kind == "audio"]


@pytest.fixture(scope="module", autouse=True)
def _small_pictures() -> Iterator[None]:
    """VGG-16 takes seconds for a frame of its usual size; what is tested here holds at any."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vgg_mac, "SIDE", 32)
        yield


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings under which every encoder can be built: random weights in files stand in for published ones."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("contract")
    config = {
        "embed_dim": 32,
        "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 8},
        "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 1, "layers": 1},
    }
    (folder / "Contract-8.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder / "Contract-8.json")
    torch.manual_seed(0)
    save_file(open_clip.create_model("Contract-8").state_dict(), folder / "weights.safetensors")
    backbones.write_random("mobilenetv2", folder / "mobilenetv2_100_tf.safetensors")
    backbones.write_random("xception", folder / "xception.safetensors")
    vgg_mac.write_random(folder / "vgg16.safetensors")
    return Settings(
        clip_model="Contract-8",
        clip_pretrained=str(folder / "weights.safetensors"),
        weights=folder,
        region_backbone="mobilenetv2",
    )


@pytest.fixture(scope="module", params=VISUAL)
def visual(request: pytest.FixtureRequest, settings: Settings) -> ImageEncoder:
    return cast(ImageEncoder, build_encoder(request.param, settings, CPU))


@pytest.fixture(scope="module", params=AUDIO)
def audio(request: pytest.FixtureRequest, settings: Settings) -> AudioEncoder:
    return cast(AudioEncoder, build_encoder(request.param, settings, CPU))


def pictures(count: int, height: int = 90, width: int = 160) -> NDArray[np.uint8]:
    """Coarse coloured patterns with grain, and at the end a black picture."""
    rng = np.random.default_rng(5)
    coarse = rng.integers(0, 256, (count, height // 10, width // 10, 3), np.uint8)
    images = coarse.repeat(10, axis=1).repeat(10, axis=2) // 2 + rng.integers(
        0, 40, (count, height, width, 3), np.uint8
    )
    images[-1:] = 0
    return images


def sound(samples: NDArray[np.float32], rate: int) -> Iterator[Waveform]:
    for start in range(0, len(samples), rate):
        yield Waveform(samples[start : start + rate], rate, start / rate)


def tone(rate: int) -> NDArray[np.float32]:
    times = np.arange(3 * rate) / rate
    return (0.4 * np.sin(2 * np.pi * 440 * times) * (times % 0.5 < 0.2)).astype(np.float32)


def test_every_encoder_is_ready_under_the_name_it_is_listed_by(settings: Settings) -> None:
    for name, spec in ENCODERS.items():
        encoder = build_encoder(name, settings, CPU)
        ready = readiness(name, settings)
        assert encoder.name == spec.name == ready.name == name
        assert ready.is_ready, ready.reason
        assert ready.reason.endswith(".")


def test_the_version_of_every_encoder_is_known_without_loading_it(settings: Settings) -> None:
    for name in ENCODERS:
        assert encoder_version(name, settings) == build_encoder(name, settings, CPU).version


def test_every_track_name_can_be_a_folder(visual: ImageEncoder, audio: AudioEncoder) -> None:
    for encoder in (visual, audio):
        name = track_name(encoder, 1.0)
        assert name.startswith(f"{encoder.name}-{encoder.version}")
        assert not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789-_.@")


@pytest.mark.parametrize(("height", "width"), [(90, 160), (160, 90), (30, 40), (300, 20)])
def test_pictures_of_any_size_become_finite_unit_rows(visual: ImageEncoder, height: int, width: int) -> None:
    rows = visual.encode(pictures(5, height, width))
    assert rows.shape == (5, visual.dimension)
    assert rows.dtype == np.float32
    assert np.isfinite(rows).all()
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)


def test_no_pictures_give_no_rows(visual: ImageEncoder) -> None:
    rows = visual.encode(np.zeros((0, 90, 160, 3), np.uint8))
    assert rows.shape == (0, visual.dimension)
    assert rows.dtype == np.float32


def test_how_many_pictures_come_at_once_does_not_change_the_numbers(visual: ImageEncoder) -> None:
    images = pictures(10 if visual.name == "xception" else 37)  # two large squares of each take their time
    whole = visual.encode(images)
    for size in (1, 5):
        parts = [visual.encode(images[start : start + size]) for start in range(0, len(images), size)]
        np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-5)


def test_the_same_pictures_give_the_same_numbers_and_are_left_as_they_were(
    visual: ImageEncoder, settings: Settings
) -> None:
    images = pictures(6)
    before = images.copy()
    first = visual.encode(images)
    np.testing.assert_array_equal(images, before)
    images.flags.writeable = False  # as decoded frames may be
    again = cast(ImageEncoder, build_encoder(visual.name, settings, CPU))
    np.testing.assert_array_equal(again.encode(images), first)


def test_different_pictures_get_different_rows(visual: ImageEncoder) -> None:
    rows = visual.encode(pictures(6))
    similarities = rows @ rows.T
    assert (similarities - np.eye(6, dtype=np.float32)).max() < 0.9999


@pytest.mark.parametrize("name", REGIONS)
def test_encoders_of_regions_give_unit_rows_for_each_and_none_for_no_pictures(name: str, settings: Settings) -> None:
    encoder = cast(WindowEncoder, build_encoder(name, settings, CPU))
    rows = encoder.encode(pictures(5))
    assert rows.shape == (5, encoder.regions, encoder.dimension)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=2), 1.0, atol=1e-5)
    np.testing.assert_allclose(encoder.encode(pictures(5)[:2]), rows[:2], atol=1e-5)
    assert encoder.encode(np.zeros((0, 90, 160, 3), np.uint8)).shape == (0, encoder.regions, encoder.dimension)


@pytest.mark.parametrize("name", REGIONS)
def test_a_change_in_one_corner_changes_the_region_there_most(name: str, settings: Settings) -> None:
    encoder = cast(WindowEncoder, build_encoder(name, settings, CPU))
    image = pictures(2, 120, 120)[:1]
    changed = image.copy()
    changed[:, -30:, -30:] = 255
    cosines = (encoder.encode(image)[0] * encoder.encode(changed)[0]).sum(axis=1)
    assert cosines.argmin() == encoder.regions - 1


def test_a_sound_track_becomes_one_finite_row(audio: AudioEncoder) -> None:
    row = audio.encode(sound(tone(audio.rate), audio.rate))
    assert row.shape == (1, audio.dimension)
    assert row.dtype == np.float32
    assert np.isfinite(row).all()


def test_silence_and_nothing_give_no_row(audio: AudioEncoder) -> None:
    for samples in (np.zeros(0, np.float32), np.zeros(3 * audio.rate, np.float32)):
        assert audio.encode(sound(samples, audio.rate)).shape == (0, audio.dimension)


def test_the_pieces_of_a_sound_track_do_not_change_the_numbers(audio: AudioEncoder) -> None:
    samples = tone(audio.rate)
    whole = audio.encode([Waveform(samples, audio.rate)])
    np.testing.assert_array_equal(audio.encode(sound(samples, audio.rate)), whole)
