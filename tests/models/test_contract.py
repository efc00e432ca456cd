"""What every model that learns promises: learned, saved and loaded again, it answers the same."""

from pathlib import Path

import numpy as np
import pytest

from core import checkpoints
from core.config import WEIGHTS
from core.errors import CheckpointError
from core.models.descriptors import Scale
from core.models.methods import method_for
from core.models.registry import MODELS, restore
from core.models.scorers import Clip, Kept, tabulate
from core.records import FeatureTrack
from core.training import mel_autoencoder, vae, vae_wide
from core.training.registry import LEARNERS

PLAIN = Scale(np.zeros(138, np.float32), np.ones(138, np.float32))


def clips(count: int = 10) -> dict[str, Clip]:
    rng = np.random.default_rng(0)
    found = {}
    for number in range(count):
        frames = rng.standard_normal((4, 12)).astype(np.float32)
        frames /= np.linalg.norm(frames, axis=1, keepdims=True)
        rows = {"visual": frames, "sound": rng.standard_normal((1, 138)), "mel": rng.random((80, 64))}
        found[f"{number}"] = Clip(
            *(
                FeatureTrack(
                    f"{number}",
                    name,
                    np.arange(float(len(part))),
                    part.astype(np.float32),
                    np.ones(len(part), np.float32),
                )
                for name, part in rows.items()
            )
        )
    return found


def learn(name: str) -> checkpoints.Checkpoint:
    """A moment of training on made-up clips."""
    table = tabulate(clips().items())
    if name == "mel_autoencoder":
        return mel_autoencoder.fit([clip.mel for clip in clips().values() if clip.mel is not None], epochs=1)[0]
    return vae.fit_spaces(name, table, vae.SIZES if name == "vae" else vae_wide.SIZES, epochs=2)[0]


@pytest.mark.parametrize("name", ["vae", "vae_wide", "mel_autoencoder"])
def test_a_model_that_learned_a_library_answers_the_same_after_saving_and_loading(name, tmp_path: Path) -> None:
    made = learn(name)
    checkpoints.save(tmp_path / "model.safetensors", made)
    loaded = checkpoints.load(tmp_path / "model.safetensors", name)
    query, references = clips(11)["10"], Kept(clips())
    for using in MODELS[name].using:
        answers = [
            method_for(name, using, scale=PLAIN, learned=restore(one)).scores(query, references, list(references.clips))
            for one in (made, loaded)
        ]
        assert answers[0] == answers[1]
        assert len(answers[0]) == 10
        assert all(np.isfinite(scored.similarity) for scored in answers[0].values())


@pytest.mark.parametrize("name", [name for name, spec in MODELS.items() if spec.learns])
def test_weights_of_another_shape_are_refused_and_not_half_loaded(name) -> None:
    with pytest.raises(CheckpointError, match="rain it again"):
        restore(checkpoints.Checkpoint(name, {}, {}, {}))


@pytest.mark.parametrize("name", [name for name, spec in MODELS.items() if spec.learns])
def test_a_model_that_learns_has_someone_to_teach_it_or_ships_with_its_weights(name) -> None:
    ships = list(WEIGHTS.glob(f"{name}.*{checkpoints.SUFFIX}"))
    assert name in LEARNERS or ships


@pytest.mark.parametrize("name", [name for name, spec in MODELS.items() if "search" in spec.roles])
def test_a_model_that_searches_compares_something_and_says_what_it_does(name) -> None:
    spec = MODELS[name]
    assert spec.using
    assert spec.explanation.endswith(".")
    assert spec.label
