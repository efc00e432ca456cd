"""Which encoder is taken and why: by name, by what lies on this machine, and by what the network allows."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.config import ROOT, Settings
from core.device import Device
from core.errors import Cancelled, EncoderUnavailable, StudioError
from core.features import clip_weights
from core.features.registry import ENCODERS, build_encoder, choose_visual, prepare_encoder, readiness
from tests.features.hub_server import FakeHub, serve

CPU = Device("cpu", "float32", "The CPU.")
WEIGHTS = "timm/vit_base_patch32_clip_224.openai/open_clip_model.safetensors"


def lay_down_weights(cache: Path) -> None:
    """A file where the hub's client keeps the weights of the default CLIP model; nobody looks inside."""
    folder = cache / "models--timm--vit_base_patch32_clip_224.openai"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("0" * 40)
    (folder / "snapshots" / ("0" * 40)).mkdir(parents=True)
    (folder / "snapshots" / ("0" * 40) / clip_weights.SAFE_NAME).write_bytes(b"weights")


def test_an_unknown_encoder_is_answered_with_the_known_ones() -> None:
    with pytest.raises(StudioError, match=r"'vgg'.*clip, embedded, .*audio"):
        build_encoder("vgg", Settings(), CPU)
    with pytest.raises(StudioError, match="clip, embedded"):
        readiness("vgg", Settings())
    with pytest.raises(StudioError, match="clip, embedded"):
        choose_visual(Settings(encoder="vgg"))


def test_encoders_of_whole_frames_say_what_their_cosine_means() -> None:
    for spec in ENCODERS.values():
        assert (spec.calibration is not None) == (spec.kind == "visual")
        if spec.calibration:
            assert spec.calibration.same_video_source
            assert -1 < spec.calibration.same_video < spec.calibration.copy < 1
    assert ENCODERS["clip"].calibration.same_video == 0.685


def test_missing_weights_are_said_with_what_to_do(hub_cache: Path) -> None:
    ready = readiness("clip", Settings())
    assert not ready.is_ready
    assert "CLIPKIN_CLIP_PRETRAINED" in ready.reason
    with pytest.raises(EncoderUnavailable, match="CLIPKIN_CLIP_PRETRAINED"):
        build_encoder("clip", Settings(), CPU)


def test_weights_in_the_cache_make_clip_ready_without_any_network(hub_cache: Path) -> None:
    lay_down_weights(hub_cache)
    assert readiness("clip", Settings()).is_ready
    name, reason = choose_visual(Settings(), fail_when_called)
    assert name == "clip"
    assert "on this machine" in reason


def fail_when_called(fraction: float, text: str) -> None:
    raise AssertionError(f"nothing had to be fetched, but: {text}")


def test_a_named_weights_file_is_ready_and_a_missing_one_is_not(hub_cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    settings = Settings(clip_pretrained=str(path))
    assert "does not exist" in readiness("clip", settings).reason
    with pytest.raises(EncoderUnavailable, match="does not exist"):
        prepare_encoder("clip", settings)
    path.write_bytes(b"weights")
    assert readiness("clip", settings).is_ready


def test_auto_without_network_takes_the_built_in_descriptor_and_says_why(hub_cache: Path) -> None:
    name, reason = choose_visual(Settings())
    assert name == "embedded"
    assert "CLIP is not ready" in reason
    assert "hub cannot be reached" in reason
    assert "CLIPKIN_CLIP_PRETRAINED" in reason


def test_auto_waits_for_a_silent_hub_no_longer_than_the_settings_say(
    hub_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(FakeHub(answers_after=60)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        start = time.monotonic()
        name, reason = choose_visual(Settings(fetch_seconds=0.5))
        assert time.monotonic() - start < 12  # the child's start included
    assert name == "embedded"
    assert "within 0.5 s" in reason


def test_auto_fetches_clip_where_the_hub_answers(hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    with serve(FakeHub({WEIGHTS: bytes(3_000_000)})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        name, reason = choose_visual(Settings(fetch_seconds=20), lambda fraction, text: said.append(text))
    assert name == "clip"
    assert "fetched" in reason
    assert "Fetching weights: 3 of 3 MB" in said
    assert readiness("clip", Settings()).is_ready


def test_a_cancel_during_the_choice_goes_on_as_cancelled(hub_cache: Path) -> None:
    def stop(fraction: float, text: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        choose_visual(Settings(), stop)


def test_offline_mode_is_named_as_the_reason(hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    name, reason = choose_visual(Settings())
    assert name == "embedded"
    assert "HF_HUB_OFFLINE" in reason


def test_an_encoder_asked_for_by_name_wins_or_raises(hub_cache: Path) -> None:
    assert choose_visual(Settings(encoder="embedded"), fail_when_called)[0] == "embedded"
    with pytest.raises(EncoderUnavailable, match="hub cannot be reached"):
        choose_visual(Settings(encoder="clip"))
    with pytest.raises(StudioError, match="auto, clip, embedded"):
        choose_visual(Settings(encoder="audio"))
    lay_down_weights(hub_cache)
    assert choose_visual(Settings(encoder="clip"), fail_when_called) == ("clip", "CLIP, as asked for.")


def test_reading_the_registry_and_its_readiness_imports_nothing_heavy() -> None:
    program = (
        "import sys; from core.config import Settings; from core.features.registry import ENCODERS, readiness\n"
        "[readiness(name, Settings()) for name in ENCODERS]\n"
        "print([name for name in ('torch', 'open_clip', 'timm', 'scipy', 'av') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
