"""What was learned, from what, and how well."""

from dataclasses import dataclass, field
from typing import Any, Literal

Origin = Literal["library", "shipped", "none"]


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a training chart."""

    name: str  # "loss", "validation accuracy", …
    steps: tuple[float, ...]  # epochs, ascending
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """How a training went. Kept in the checkpoint, so it is there after a restart."""

    summary: str  # one sentence for the person, with the figure that counts
    videos: int  # learned from
    seconds: float  # of work
    figures: dict[str, Any] = field(default_factory=dict)  # what JSON can hold
    curves: tuple[Curve, ...] = ()


@dataclass(frozen=True, slots=True)
class Trainable:
    """A model that can learn from the library, with what it has learned for the encoder in use."""

    name: str  # registry key
    label: str
    explanation: str  # what training it on the library is good for
    origin: Origin  # where the weights in use come from; none: it has to be trained before it can be used
    is_stale: bool = False  # the library has changed much since it was trained on it
    report: TrainingReport | None = None
    learned_at: float | None = None  # Unix seconds, when it was trained on the library
    has_shipped: bool = False  # weights for this encoder come with the program
    is_quick: bool = False  # it learns by itself when it is first used
