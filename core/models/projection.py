"""Every way to lay frames out on a plane, and a fitted one: vectors to principal components to a code to the plane.

The registry is cheap to import; a network's file is imported when the network is built. A fitted projection takes new
frames without being fitted again.
"""

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.checkpoints import Checkpoint
from core.errors import CheckpointError, StudioError
from core.models.stretch import Placement
from core.records import MapProjection

MODEL = "frame_map"  # how its checkpoints are called
BATCH = 8192  # rows through the network at once

PROJECTIONS: dict[str, MapProjection] = {
    spec.name: spec
    for spec in (
        MapProjection("neighbours", "Neighbours", "Keeps frames next to those they are most like. The clearest map."),
        MapProjection(
            "autoencoder", "Autoencoder", "The published one: two numbers that rebuild a frame.", has_std=True
        ),
        MapProjection("vae", "Variational autoencoder", "The same with a Gaussian code."),
        MapProjection("pca", "Principal components", "The two directions frames differ in most. Instant, and coarse."),
    )
}
_MODULES = {
    "neighbours": "core.models.map_neighbours",
    "autoencoder": "core.models.map_autoencoder",
    "vae": "core.models.map_vae",
}


def projection_spec(name: str) -> MapProjection:
    """The projection of that name. Raises StudioError naming the known ones."""
    if name not in PROJECTIONS:
        raise StudioError(f"No projection is called {name!r}. Choose from: {', '.join(PROJECTIONS)}.")
    return PROJECTIONS[name]


def build_network(name: str, dimension: int) -> Any:
    """A new network of that projection for rows of so many principal components; None for one that has none."""
    return import_module(_MODULES[name]).build(dimension) if name in _MODULES else None


@dataclass(frozen=True, slots=True)
class Components:
    """Principal components, scaled by one number so that theirs is a mean variance of 1."""

    mean: NDArray[np.float32] = field(repr=False)  # (D,)
    axes: NDArray[np.float32] = field(repr=False)  # (K, D), rows of length 1
    scale: float
    kept: float  # share of the variance they keep, 0–1

    def project(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N, D) -> (N, K)."""
        return ((vectors - self.mean) @ self.axes.T * np.float32(self.scale)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class FittedProjection:
    """A projection ready for use."""

    name: str  # registry key
    components: Components
    network: Any = field(repr=False)  # a torch module with `encode`, or None for plain components

    def code(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N, D) vectors of the encoder it was fitted on -> (N, 2). The batch does not change the numbers."""
        parts = [self._code(vectors[start : start + BATCH]) for start in range(0, len(vectors), BATCH)]
        return np.concatenate([np.zeros((0, 2), np.float32), *parts])

    def _code(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        rows = self.components.project(np.asarray(vectors, np.float32))
        if self.network is None:
            return rows[:, :2] if rows.shape[1] >= 2 else np.pad(rows, ((0, 0), (0, 2 - rows.shape[1])))
        import torch

        with torch.inference_mode():
            code: NDArray[np.float32] = self.network.encode(torch.from_numpy(rows)).numpy()
        return code


def to_checkpoint(
    fitted: FittedProjection, placement: Placement, config: dict[str, Any], metadata: dict[str, Any]
) -> Checkpoint:
    """A fitted projection and its placement as arrays; `config` says how it was fitted."""
    own = fitted.components
    state: dict[str, NDArray[Any]] = {"components.mean": own.mean, "components.axes": own.axes}
    state |= {f"placement.{name}": array for name, array in placement.state().items()}
    if fitted.network is not None:
        weights = fitted.network.state_dict()
        state |= {f"network.{name}": value.detach().cpu().numpy() for name, value in weights.items()}
    built = {"projection": fitted.name, "scale": own.scale, "variance_kept": own.kept}
    return Checkpoint(MODEL, state, config | built, metadata)


def restore(checkpoint: Checkpoint) -> tuple[FittedProjection, Placement]:
    """What `to_checkpoint` was given. Raises CheckpointError when its arrays do not fit together."""
    state, config = checkpoint.state, checkpoint.config
    try:
        axes = state["components.axes"]
        components = Components(state["components.mean"], axes, float(config["scale"]), float(config["variance_kept"]))
        placement = Placement.of(
            {name.removeprefix("placement."): array for name, array in state.items() if name.startswith("placement.")}
        )
        name = projection_spec(str(config["projection"])).name
    except (KeyError, TypeError, ValueError, StudioError) as error:
        raise CheckpointError("This frame map is damaged or of another version. Fit it again.") from error
    network = build_network(name, len(axes))
    if network is not None:
        from core.models.layers import restored

        network = restored(network, checkpoint, prefix="network.")
    return FittedProjection(name, components, network), placement
