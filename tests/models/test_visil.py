"""ViSiL against the numbers of its published code, and against the paper's loops written plainly.

`visil_reference.npz` holds random regions and weights and what the published PyTorch code made of them.
"""

from pathlib import Path

import numpy as np
import pytest
import torch

from core import checkpoints
from core.errors import CheckpointError
from core.models import visil
from core.models.f2f import frame_matrices
from core.models.layers import count_parameters
from core.models.visil import Config, ViSiL

REFERENCE = Path(__file__).with_name("visil_reference.npz")
CASES = (0, 1, 2)


@pytest.fixture(scope="module")
def published():
    with np.load(REFERENCE, allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def model(published):
    """Our module with the weights that the published code ran with."""
    made = ViSiL(Config(dimension=16, has_attention=True)).eval()
    with torch.no_grad():
        made.attention.context.copy_(torch.from_numpy(published["context"]))
        for name in ("conv1", "conv2", "conv3", "last"):
            layer, scale = getattr(made.comparator, name), published[f"{name}.scale"]
            layer.weight.copy_(torch.from_numpy(published[f"{name}.weight"].astype(np.float32) * scale))
            bias = published[f"{name}.bias"]
            layer.bias.copy_(torch.from_numpy(bias.astype(np.float32) * (scale if bias.dtype == np.int8 else 1)))
    return made


def regions(count, seed, dimension=16):
    rows = np.random.default_rng(seed).standard_normal((count, 9, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


@pytest.mark.parametrize("case", CASES)
def test_attention_is_that_of_the_published_code(published, model, case):
    with torch.inference_mode():
        weights = model.attention.weights(torch.from_numpy(published[f"{case}.query"]))
    np.testing.assert_allclose(weights, published[f"{case}.attention"], atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_frame_matrices_are_those_of_the_published_code(published, model, case):
    with torch.inference_mode():
        query, reference = (
            model.describe(torch.from_numpy(published[f"{case}.{side}"])).numpy() for side in ("query", "reference")
        )
    matrices = frame_matrices(query, reference)
    np.testing.assert_allclose(matrices.query_in_reference, published[f"{case}.f2f"], atol=1e-5)
    np.testing.assert_allclose(matrices.reference_in_query.T, published[f"{case}.f2f_back"], atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_the_symmetric_matrix_is_that_of_the_published_code(published, model, case):
    with torch.inference_mode():
        query, reference = (
            model.describe(torch.from_numpy(published[f"{case}.{side}"])).numpy() for side in ("query", "reference")
        )
    expected = published[f"{case}.f2f_symmetric"]
    np.testing.assert_allclose(frame_matrices(query, reference).symmetric, expected, atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_the_network_gives_the_numbers_of_the_published_code(published, model, case):
    with torch.inference_mode():
        output = model.comparator(torch.from_numpy(published[f"{case}.f2f"])[None, None])[0]
    np.testing.assert_allclose(output, published[f"{case}.output"], atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_both_video_similarities_are_those_of_the_published_code(published, model, case):
    answer = model.video_matrix(published[f"{case}.query"], published[f"{case}.reference"])
    assert answer.query_in_reference == pytest.approx(float(published[f"{case}.v2v"][0]), abs=1e-5)
    assert answer.reference_in_query == pytest.approx(float(published[f"{case}.v2v_back"][0]), abs=1e-5)
    assert answer.similarity == pytest.approx((answer.query_in_reference + answer.reference_in_query) / 2)
    np.testing.assert_allclose(answer.output, np.clip(published[f"{case}.output"], -1, 1), atol=1e-5)


def test_the_losses_are_those_of_the_published_code(published):
    positive, negative = (torch.from_numpy(published[f"triplet.{side}"]) for side in ("positive", "negative"))
    assert visil.triplet_loss(positive, negative, 0.5).item() == pytest.approx(float(published["triplet.loss"]))
    beyond = torch.tensor([[[-3.0, 0.5], [1.0, 1.25]]])
    assert visil.similarity_regulariser(beyond).item() == pytest.approx(2.25)  # 2 below -1, 0.25 above 1


def test_video_similarity_before_the_network_is_the_loop_of_the_walkthrough(model):
    answer = model.video_matrix(regions(6, 1), regions(9, 2))
    f2f_simi_score = answer.frames.query_in_reference
    m, n = f2f_simi_score.shape
    sum_simi = 0.0
    for i in range(m):
        max_simi = -np.inf
        for j in range(n):
            max_simi = max(max_simi, f2f_simi_score[i][j])
        sum_simi += max_simi
    assert answer.chamfer_query_in_reference == pytest.approx(sum_simi / m, abs=1e-6)


def test_the_network_has_the_published_number_of_parameters():
    # 1*32*9+32, 32*64*9+64, 64*128*9+128, 128+1
    assert count_parameters(ViSiL(Config(dimension=3840)).comparator) == 320 + 18_496 + 73_856 + 129
    assert count_parameters(ViSiL(Config(dimension=3840, has_attention=True))) == 92_801 + 3840


def test_a_convolution_repeats_the_border_as_the_published_code_does():
    comparator = visil.VideoComparator()
    inner = torch.rand(1, 1, 8, 8)
    layer = comparator.conv1
    expected = torch.nn.functional.conv2d(
        torch.nn.functional.pad(inner, (1, 1, 1, 1), mode="replicate"), layer.weight, layer.bias
    )
    torch.testing.assert_close(layer(inner), expected)


def test_whitening_gives_rows_of_length_one_in_fewer_dimensions():
    model = ViSiL(Config(dimension=16, whitened=4)).eval()
    described = model.describe(torch.from_numpy(regions(3, 1)))
    assert described.shape == (3, 9, 4)
    torch.testing.assert_close(described.norm(dim=-1), torch.ones(3, 9))


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_video_shorter_than_four_frames_is_repeated_as_the_published_code_does(model, frames):
    short, other = regions(frames, 1), regions(8, 2)
    repeated = short
    while len(repeated) < 4:
        repeated = np.concatenate([repeated, repeated])
    expected = model.video_matrix(repeated, other)
    answer = model.video_matrix(short, other)
    assert answer.query_in_reference == pytest.approx(expected.query_in_reference, abs=1e-6)
    assert answer.reference_in_query == pytest.approx(expected.reference_in_query, abs=1e-6)


@pytest.mark.parametrize("shape", [(61, 83), (64, 80), (33, 16), (18, 35)])
def test_a_large_matrix_is_looked_at_in_tiles_with_the_same_numbers(model, monkeypatch, shape):
    matrix = np.random.default_rng(4).uniform(-1, 1, shape).astype(np.float32)
    whole = model.refine(matrix)
    monkeypatch.setattr(visil, "TILE", 16)
    tiled = model.refine(matrix)
    assert tiled.shape == (shape[0] // 4, shape[1] // 4)
    np.testing.assert_allclose(tiled, whole, atol=1e-5)


def test_frames_without_content_change_nothing_whatever_they_look_like(model):
    query, reference = regions(8, 1), regions(12, 2)
    weights = np.ones(12, np.float32)
    weights[4:8] = 0.0
    answers = []
    for seed in (3, 4):
        reference[4:8] = regions(4, seed)
        answers.append(model.video_matrix(query, reference, None, weights))
    assert answers[0].similarity == answers[1].similarity
    assert answers[0].chamfer == answers[1].chamfer
    np.testing.assert_array_equal(answers[0].frames.symmetric, answers[1].frames.symmetric)


def test_black_does_not_find_black(model):
    """Both videos share nothing but four black frames at their start."""
    query, reference = regions(12, 1), regions(12, 2)
    reference[:4] = query[:4]
    weights = np.array([0] * 4 + [1] * 8, np.float32)
    plain = model.video_matrix(query, reference)
    weighed = model.video_matrix(query, reference, weights, weights)
    rest = model.video_matrix(query[4:], reference[4:])
    assert plain.chamfer_query_in_reference > weighed.chamfer_query_in_reference
    assert weighed.chamfer_query_in_reference == pytest.approx(rest.chamfer_query_in_reference, abs=1e-6)


def test_a_video_of_nothing_but_uniform_frames_is_still_compared(model):
    query, reference = regions(8, 1), regions(8, 2)
    nothing = np.zeros(8, np.float32)
    answer = model.video_matrix(query, reference, nothing, nothing)
    assert answer.similarity == model.video_matrix(query, reference).similarity


def test_a_cell_of_the_output_counts_as_much_as_the_frames_behind_it():
    weights = np.array([1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1], np.float32)
    np.testing.assert_allclose(visil.pooled_weights(weights), [1, 0.5, 0])
    np.testing.assert_allclose(visil.pooled_weights(np.array([0.25], np.float32)), [0.25])


def test_a_model_comes_back_from_its_checkpoint_as_it_was(model, tmp_path):
    path = tmp_path / "visil.embedded-3.safetensors"
    checkpoints.save(path, visil.checkpoint_of(model, {"note": "made up"}))
    again = visil.restore(checkpoints.load(path, "visil"))
    query, reference = regions(8, 5), regions(8, 6)
    assert again.video_matrix(query, reference).similarity == model.video_matrix(query, reference).similarity


def test_a_checkpoint_of_another_shape_is_refused(model):
    kept = visil.checkpoint_of(model, {})
    with pytest.raises(CheckpointError):
        visil.restore(checkpoints.Checkpoint("visil", kept.state, {**kept.config, "dimension": 8}))
    with pytest.raises(CheckpointError):
        visil.restore(checkpoints.Checkpoint("visil", kept.state, {"width": 8}))
