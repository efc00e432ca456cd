"""The CLIP encoder, with a tiny random model saved in the format of the real ones and loaded by the real code."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import save_file

from core.config import Settings
from core.device import Device, choose_device
from core.errors import EncoderUnavailable
from core.features import clip_weights
from core.features.clip import ClipEncoder

CPU = Device("cpu", "float32", "The CPU.")
TINY = {
    "embed_dim": 48,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "head_width": 32, "patch_size": 16},
    "text_cfg": {"context_length": 24, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings for a random model of OpenCLIP's own architecture, saved as SafeTensors; with QuickGELU and without."""
    folder = tmp_path_factory.mktemp("tiny")
    for name, quick in (("Tiny-16", False), ("Tiny-16-quickgelu", True)):
        (folder / f"{name}.json").write_text(json.dumps(TINY | {"quick_gelu": quick}))
        open_clip.add_model_config(folder / f"{name}.json")
    torch.manual_seed(0)
    model = open_clip.create_model("Tiny-16")
    save_file(model.state_dict(), folder / "tiny.safetensors")
    torch.save({"state_dict": model.state_dict()}, folder / "tiny.pt")
    return Settings(clip_model="Tiny-16", clip_pretrained=str(folder / "tiny.safetensors"))


@pytest.fixture(scope="module")
def encoder(tiny: Settings) -> ClipEncoder:
    return ClipEncoder(tiny, CPU)


@pytest.fixture(scope="module")
def pictures() -> NDArray[np.uint8]:
    """Seven landscape pictures with edges, gradients and a little grain, larger than the model's input."""
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (7, 6, 9, 3), np.uint8)
    return np.stack([np.asarray(Image.fromarray(c).resize((173, 131), Image.Resampling.BICUBIC)) for c in coarse])


def test_pictures_become_unit_vectors_whatever_their_size(encoder: ClipEncoder, pictures: NDArray[np.uint8]) -> None:
    for images in (pictures, pictures[:, :40, :50], pictures[:, :, :20], pictures[:0]):
        vectors = encoder.encode(images)
        assert vectors.shape == (len(images), 48)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_vectors_equal_those_of_openclips_own_transform(
    tiny: Settings, encoder: ClipEncoder, pictures: NDArray[np.uint8]
) -> None:
    model, _, transform = open_clip.create_model_and_transforms("Tiny-16", pretrained=tiny.clip_pretrained)
    with torch.inference_mode():
        batch = torch.stack([transform(Image.fromarray(picture)) for picture in pictures])
        theirs = model.eval().encode_image(batch, normalize=True).numpy()
    cosines = (encoder.encode(pictures) * theirs).sum(axis=1)
    assert cosines.min() > 0.9999
    assert np.abs(encoder.preprocess(pictures).numpy() - batch.numpy()).mean() < 0.01


def test_sentences_equal_openclips_own(tiny: Settings, encoder: ClipEncoder) -> None:
    texts = ["a red car", "two dogs on a beach at night"]
    model = open_clip.create_model("Tiny-16", pretrained=tiny.clip_pretrained).eval()
    with torch.inference_mode():
        theirs = model.encode_text(open_clip.get_tokenizer("Tiny-16")(texts), normalize=True).numpy()
    np.testing.assert_allclose(encoder.encode_text(texts), theirs, atol=1e-6)
    assert encoder.encode_text([]).shape == (0, 48)
    assert encoder.encode_text(["long " * 200]).shape == (1, 48)


def test_the_batch_size_does_not_change_the_numbers(encoder: ClipEncoder, pictures: NDArray[np.uint8]) -> None:
    many = np.concatenate([pictures] * 6)  # 42, past one internal batch
    alone = np.concatenate([encoder.encode(picture[None]) for picture in pictures])
    np.testing.assert_allclose(encoder.encode(many)[-7:], alone, atol=1e-5)


def test_a_model_name_with_quickgelu_gives_other_vectors_from_the_same_file(
    tiny: Settings, encoder: ClipEncoder, pictures: NDArray[np.uint8]
) -> None:
    quick = ClipEncoder(replace(tiny, clip_model="Tiny-16-quickgelu"), CPU)
    assert quick.version != encoder.version
    assert np.abs(quick.encode(pictures) - encoder.encode(pictures)).max() > 1e-4


def test_openai_weights_run_with_quickgelu_even_under_the_plain_model_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pictures: NDArray[np.uint8]
) -> None:
    for name, quick in (("ViT-B-16", False), ("ViT-B-16-quickgelu", True)):  # the published pair, made small
        monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, name, TINY | {"quick_gelu": quick})
    weights = open_clip.create_model("ViT-B-16").state_dict()
    put_into_hub_cache(tmp_path, monkeypatch, "timm/vit_base_patch16_clip_224.openai", weights)
    plain = ClipEncoder(Settings(clip_model="ViT-B-16", clip_pretrained="openai"), CPU)
    quick_one = ClipEncoder(Settings(clip_model="ViT-B-16-quickgelu", clip_pretrained="openai"), CPU)
    assert any(isinstance(part, open_clip.transformer.QuickGELU) for part in plain._model.modules())
    np.testing.assert_array_equal(plain.encode(pictures), quick_one.encode(pictures))
    assert plain.version == "vit-b-16-openai-p1"


def test_the_version_follows_the_content_of_a_weights_file(tiny: Settings, tmp_path: Path) -> None:
    source = Path(tiny.clip_pretrained)
    copied = tmp_path / "renamed.safetensors"
    copied.write_bytes(source.read_bytes())
    original = ClipEncoder(tiny, CPU).version
    assert ClipEncoder(replace(tiny, clip_pretrained=str(copied)), CPU).version == original
    other = ClipEncoder(replace(tiny, clip_pretrained=str(source.with_suffix(".pt"))), CPU).version
    assert other != original
    assert other.startswith("tiny-16-")


def test_a_pickled_checkpoint_loads_to_the_same_numbers(
    tiny: Settings, encoder: ClipEncoder, pictures: NDArray[np.uint8]
) -> None:
    path = str(Path(tiny.clip_pretrained).with_suffix(".pt"))
    loaded = ClipEncoder(replace(tiny, clip_pretrained=path), CPU)
    np.testing.assert_allclose(loaded.encode(pictures), encoder.encode(pictures), atol=1e-6)


def damaged(kind: str, folder: Path, source: Path) -> Path:
    path = folder / f"weights{'.pt' if kind == 'code' else '.safetensors'}"
    if kind == "truncated":
        path.write_bytes(source.read_bytes()[:5000])
    elif kind == "text":
        path.write_text("<html>Not found</html>")
    elif kind == "another model":
        save_file({"weight": torch.zeros(3)}, path)
    elif kind == "not numbers":
        state = dict(open_clip.create_model("Tiny-16").state_dict())
        state["visual.proj"] = torch.full_like(state["visual.proj"], float("nan"))
        save_file(state, path)
    elif kind == "code":
        torch.save({"state_dict": {"a": torch.zeros(1)}, "run": print}, path)
    return path


@pytest.mark.parametrize("kind", ["truncated", "text", "another model", "not numbers", "code"])
def test_a_damaged_weights_file_is_refused_with_a_sentence(kind: str, tiny: Settings, tmp_path: Path) -> None:
    path = damaged(kind, tmp_path, Path(tiny.clip_pretrained))
    with pytest.raises(EncoderUnavailable, match=r"weights.*(damaged|unsafe)"):
        ClipEncoder(replace(tiny, clip_pretrained=str(path)), CPU)


@pytest.mark.parametrize(
    ("model", "pretrained", "sentence"),
    [
        ("ViT-B-32", "no/such/file.pt", "does not exist"),
        ("ViT-B-32", "no_such_tag", "openai, laion400m_e31"),
        ("ViT-Q-99", "openai", "knows no model called 'ViT-Q-99'"),
        ("hf-hub:somebody/something", "openai", "knows no model"),
    ],
)
def test_settings_that_name_nothing_are_told_so(model: str, pretrained: str, sentence: str) -> None:
    with pytest.raises(EncoderUnavailable, match=sentence):
        ClipEncoder(Settings(clip_model=model, clip_pretrained=pretrained), CPU)


def test_the_table_of_openai_weights_agrees_with_openclip() -> None:
    for model, repository in clip_weights.OPENAI_REPOSITORIES.items():
        assert open_clip.get_pretrained_cfg(model, "openai")["hf_hub"] == f"{repository}/"


def test_no_tag_of_openclip_is_taken_for_a_file() -> None:
    for model, tag in open_clip.list_pretrained():
        assert not clip_weights.is_file(Settings(clip_model=model, clip_pretrained=tag))


def test_every_published_pair_has_a_place_on_the_hub_or_is_said_to_have_none() -> None:
    for model, tag in open_clip.list_pretrained():
        settings = Settings(clip_model=model, clip_pretrained=tag)
        if open_clip.get_pretrained_cfg(model, tag)["hf_hub"]:
            assert "/" in clip_weights.hub_file(settings).repository
        else:
            with pytest.raises(EncoderUnavailable, match="CLIPKIN_CLIP_PRETRAINED"):
                clip_weights.hub_file(settings)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("bfloat16", 1e-2)])
def test_a_gpu_without_room_hands_pictures_and_sentences_to_the_cpu(
    dtype: str, tolerance: float, tiny: Settings, encoder: ClipEncoder, pictures: NDArray[np.uint8]
) -> None:
    small = ClipEncoder(tiny, Device("cpu:0", dtype, "A GPU as far as the encoder knows."))
    sizes: list[int] = []

    def full(part: object, arguments: tuple[torch.Tensor, ...]) -> None:
        if small._device.name != "cpu":
            sizes.append(len(arguments[0]))
            raise torch.OutOfMemoryError("CUDA out of memory")

    small._model.visual.register_forward_pre_hook(full)
    np.testing.assert_allclose(small.encode(pictures), encoder.encode(pictures), atol=tolerance)
    assert sizes == [7, 3, 1]
    np.testing.assert_allclose(small.encode_text(["a dog"]), encoder.encode_text(["a dog"]), atol=tolerance)
    assert "memory was full" in small.notice


@pytest.mark.parametrize("dtype", ["bfloat16"])
def test_half_precision_stays_close_to_full(
    dtype: str, tiny: Settings, encoder: ClipEncoder, pictures: NDArray[np.uint8]
) -> None:
    half = ClipEncoder(tiny, Device("cpu", dtype, ""))
    assert (half.encode(pictures) * encoder.encode(pictures)).sum(axis=1).min() > 0.999
    assert (half.encode_text(["a dog"]) * encoder.encode_text(["a dog"])).sum() > 0.999


@pytest.mark.gpu
def test_a_gpu_gives_the_numbers_of_the_cpu(tiny: Settings, encoder: ClipEncoder, pictures: NDArray[np.uint8]) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA GPU is visible to PyTorch")
    fast = ClipEncoder(tiny, choose_device("cuda"))
    assert (fast.encode(pictures) * encoder.encode(pictures)).sum(axis=1).min() > 0.999


@pytest.mark.weights
def test_the_real_model_tells_a_red_picture_from_a_blue_one() -> None:
    if clip_weights.find(Settings()) is None:
        pytest.skip("the weights of ViT-B-32 by OpenAI are not in the local hub cache")
    real = ClipEncoder(Settings(), CPU)
    red, blue = np.zeros((2, 224, 224, 3), np.uint8)
    red[..., 0] = blue[..., 2] = 255
    similarities = real.encode(np.stack([red, blue])) @ real.encode_text(["a red picture", "a blue picture"]).T
    assert (similarities.argmax(axis=1) == [0, 1]).all()


def put_into_hub_cache(
    folder: Path, monkeypatch: pytest.MonkeyPatch, repository: str, state: dict[str, torch.Tensor]
) -> None:
    """Lay weights down as the hub's client does, and point the client there."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    place = folder / f"models--{repository.replace('/', '--')}"
    (place / "refs").mkdir(parents=True)
    (place / "refs" / "main").write_text("0" * 40)
    (place / "snapshots" / ("0" * 40)).mkdir(parents=True)
    save_file(state, place / "snapshots" / ("0" * 40) / clip_weights.SAFE_NAME)
