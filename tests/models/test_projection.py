"""Every projection of the registry: fitted, kept, and the same numbers afterwards, also for frames it never saw."""

import numpy as np
import pytest

from core import checkpoints
from core.errors import CheckpointError, StudioError
from core.models.projection import (
    PROJECTIONS,
    Components,
    FittedProjection,
    build_network,
    projection_spec,
    restore,
    to_checkpoint,
)
from core.models.stretch import fit_placement

DIMENSION, KEPT = 12, 8


def fitted(name: str) -> FittedProjection:
    random = np.random.default_rng(0)
    axes = np.linalg.qr(random.standard_normal((DIMENSION, KEPT)))[0].T.astype(np.float32)
    network = build_network(name, KEPT)
    return FittedProjection(
        name, Components(np.ones(DIMENSION, np.float32), axes, 1.5, 0.9), None if network is None else network.eval()
    )


@pytest.mark.parametrize("name", PROJECTIONS)
def test_a_projection_gives_the_same_code_after_it_was_kept(name: str, tmp_path) -> None:
    projection = fitted(name)
    rows = np.random.default_rng(1).standard_normal((40, DIMENSION)).astype(np.float32)
    code = projection.code(rows)
    assert code.shape == (40, 2)
    placement = fit_placement(code)
    checkpoints.save(tmp_path / "map.safetensors", to_checkpoint(projection, placement, {}, {}))
    again, placed = restore(checkpoints.load(tmp_path / "map.safetensors", "frame_map"))
    np.testing.assert_array_equal(again.code(rows), code)
    np.testing.assert_array_equal(placed.place(code), placement.place(code))
    assert again.components.kept == 0.9


@pytest.mark.parametrize("name", PROJECTIONS)
def test_how_many_frames_come_at_once_does_not_change_where_they_lie(name: str) -> None:
    projection = fitted(name)
    rows = np.random.default_rng(1).standard_normal((20, DIMENSION)).astype(np.float32)
    one_by_one = np.concatenate([projection.code(rows[n : n + 1]) for n in range(20)])
    np.testing.assert_allclose(projection.code(rows), one_by_one, atol=1e-5)
    assert projection.code(rows[:0]).shape == (0, 2)


def test_a_checkpoint_that_lacks_an_array_is_refused_with_what_to_do() -> None:
    projection = fitted("pca")
    whole = to_checkpoint(projection, fit_placement(np.zeros((3, 2), np.float32)), {}, {})
    state = {name: array for name, array in whole.state.items() if name != "components.axes"}
    with pytest.raises(CheckpointError, match="Fit it again"):
        restore(checkpoints.Checkpoint("frame_map", state, whole.config, whole.metadata))


def test_an_unknown_projection_is_answered_with_the_known_ones() -> None:
    with pytest.raises(StudioError, match="neighbours, autoencoder, vae, pca"):
        projection_spec("umap")
