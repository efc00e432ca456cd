"""Every way to compare, by role: dropdowns, the command line and the contract tests read this list.

Cheap to import: a model's file is imported when its weights are restored.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from core.checkpoints import Checkpoint
from core.errors import CheckpointError, StudioError
from core.records import Using

ModelRole = Literal["frames", "search", "videos", "trace"]


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model as people choose it."""

    name: str  # registry key
    label: str
    roles: tuple[ModelRole, ...]  # the questions it answers
    explanation: str  # one sentence
    module: str = ""  # of a model that learns: has `restore(checkpoint)`, which gives it ready for use
    using: tuple[Using, ...] = ("visual", "late")  # what a model that searches can compare
    reads: Literal["frames", "regions"] = "frames"  # tracks of whole frames, or of their regions
    is_quick: bool = False  # learns in seconds, so it does at first use and again when the library has changed much
    stands_on: tuple[str, ...] = ()  # models whose weights it asks for when it is used

    @property
    def learns(self) -> bool:
        """Whether it needs weights."""
        return bool(self.module)


EVERYTHING: tuple[Using, ...] = ("visual", "audio", "early", "late")

MODELS: dict[str, ModelSpec] = {
    spec.name: spec
    for spec in (
        ModelSpec(
            "same_video",
            "Same video",
            ("frames",),
            "How sure it is that two frames come from one video: a threshold of how alike they are, and a network.",
            module="core.models.same_video",
        ),
        ModelSpec(
            "cosine",
            "Cosine and Chamfer",
            ("frames", "search", "videos"),
            "The cosine between frames; between videos, how well each frame is found in the other one.",
            using=EVERYTHING,
        ),
        ModelSpec(
            "descriptor",
            "Cosine of descriptors",
            ("search",),
            "The cosine between the mean of all frames, or the scaled sound features, of two videos: fast and coarse.",
            using=EVERYTHING,
        ),
        ModelSpec(
            "knn",
            "k nearest neighbours",
            ("search",),
            "Every frame of the query asks the frames nearest to it which video they are from, and they vote.",
            using=EVERYTHING,
        ),
        ModelSpec(
            "logistic",
            "Logistic regression",
            ("search",),
            "Learns to tell the videos of the library apart by their frames, and asks which of them the query is.",
            using=EVERYTHING,
        ),
        ModelSpec(
            "svm",
            "Support vectors",
            ("search",),
            "The same with a linear support vector machine: the margins between videos instead of probabilities.",
            using=EVERYTHING,
        ),
        ModelSpec(
            "vae",
            "VAE, 2 dimensions (published)",
            ("search",),
            "A variational autoencoder squeezes each video into two numbers; near points are alike.",
            module="core.models.vae",
            using=EVERYTHING,
            is_quick=True,
        ),
        ModelSpec(
            "vae_wide",
            "VAE, 32 dimensions",
            ("search",),
            "The same with room for 32 numbers: it finds far more and can no longer be drawn as it is.",
            module="core.models.vae",
            using=EVERYTHING,
            is_quick=True,
        ),
        ModelSpec(
            "mel_autoencoder",
            "Sound as pictures",
            ("search",),
            "A network looks at the sound drawn as pictures (mel spectrograms) and compares what it keeps of them.",
            module="core.models.mel_autoencoder",
            using=("audio", "late"),
        ),
        ModelSpec(
            "visil",
            "ViSiL",
            ("search", "videos"),
            "A network looks at how alike all pairs of frames are, region by region, and brings out what matches.",
            module="core.models.visil",
            reads="regions",
        ),
        ModelSpec(
            "trace_decoder",
            "Best path",
            ("trace",),
            "The best path over sources and offsets, with speed changes and an unknown state (Viterbi).",
        ),
        ModelSpec(
            "retrieval_memory",
            "Retrieval memory (published)",
            ("trace",),
            "The published memory of frames and videos, gated by the transition network.",
            stands_on=("transition",),
        ),
        ModelSpec(
            "metric_learning",
            "Deep metric learning",
            (),
            "Learns to see copies of a video as alike, however they were edited. The transition network builds on it.",
            module="core.models.metric_learning",
        ),
        ModelSpec(
            "transition",
            "Transition network",
            (),
            "Tells whether the source changes between two frames. One of the methods of Trace builds on it.",
            module="core.models.transition",
        ),
    )
}


def model_spec(name: str, role: ModelRole) -> ModelSpec:
    """The model of that name. Raises StudioError naming the ones that answer this question."""
    spec = MODELS.get(name)
    if spec is None or role not in spec.roles:
        known = ", ".join(other.name for other in MODELS.values() if role in other.roles)
        raise StudioError(f"No model called {name!r} answers that. Choose from: {known}.")
    return spec


def restore(checkpoint: Checkpoint) -> Any:
    """The model a checkpoint holds, ready for use. Raises CheckpointError when the weights do not fit."""
    try:
        return import_module(MODELS[checkpoint.model].module).restore(checkpoint)
    except (KeyError, TypeError, AttributeError) as error:  # a configuration without what this version builds from
        raise CheckpointError(
            f"The weights of {checkpoint.model!r} do not fit this version of it. Train it again."
        ) from error
