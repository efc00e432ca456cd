"""Stitched queries: pieces long enough, the truth with them, and noise that leaves the source in the picture."""

from pathlib import Path

import numpy as np
import pytest

from core.training import evaluate_trace, stitching, trace_decoders
from core.training.stitching import NOISES, RATE, SHORTEST, Footage, Part, Plan, plan_query, render, truth
from core.training.synthesis import make_film


def footage(count: int = 8, seconds: int = 12) -> list[Footage]:
    """Made films of two shots, three pictures a second; each a group of its own."""
    videos = []
    for number in range(count):
        film = make_film(77_000 + number)
        steps = range(seconds * 3)
        frames = [film.frame(2 * step // len(steps), (step % (len(steps) // 2)) / 3) for step in steps]
        videos.append(Footage(f"{number}.mp4", f"group {number}", np.repeat(np.stack(frames), RATE // 3, axis=0)))
    return videos


VIDEOS = footage()


def test_a_plan_has_pieces_of_at_least_five_seconds_within_their_sources() -> None:
    for seed in range(20):
        plan = plan_query(VIDEOS, [0, 1, 2, 3, 4], [5, 6, 7], "speed", seed)
        assert len(plan.parts) == 6
        for part in plan.parts:
            assert part.seconds >= SHORTEST
            assert part.start + part.seconds * part.speed <= VIDEOS[part.source].duration + 1e-6
        assert all(a.source != b.source for a, b in zip(plan.parts, plan.parts[1:], strict=False))
        assert plan == plan_query(VIDEOS, [0, 1, 2, 3, 4], [5, 6, 7], "speed", seed)


def test_the_truth_follows_the_plan_and_sources_outside_are_unknown() -> None:
    plan = Plan((Part(1, 2.0, 6.0), Part(7, 0.0, 5.0), Part(2, 1.0, 8.0, 1.25)), "clean", 0)
    pieces = truth(plan, VIDEOS, [1, 2])
    assert [(p.query_start, p.query_end, p.source) for p in pieces] == [
        (0, 6, "group 1"), (6, 11, None), (11, 19, "group 2"),
    ]  # fmt: skip
    assert (pieces[2].reference_start, pieces[2].reference_end) == (1, 11)


def test_a_clean_query_shows_the_very_frames_of_its_sources() -> None:
    plan = Plan((Part(1, 2.0, 6.0), Part(2, 1.0, 8.0, 1.25)), "clean", 0)
    times, images = render(plan, VIDEOS)
    assert len(times) == len(images) == 42
    assert (images[3] == VIDEOS[1].images[3 * RATE]).all()  # second 1 of the query is second 3 of the source
    assert (images[18 + 12] == VIDEOS[2].images[6 * RATE]).all()  # 4 s into the part at 1.25 times the speed


@pytest.mark.parametrize("noise", [name for name in NOISES if name not in ("clean", "speed")])
def test_noise_changes_the_picture_and_is_the_same_for_the_same_seed(noise: str) -> None:
    plan = Plan((Part(1, 2.0, 5.0),), noise, 3)
    images = render(plan, VIDEOS, strangers=[6, 7])[1]
    again = render(plan, VIDEOS, strangers=[6, 7])[1]
    clean = render(Plan(plan.parts, "clean", 3), VIDEOS)[1]
    assert all((a == b).all() for a, b in zip(images, again, strict=True))
    assert all(a.shape != b.shape or (a != b).any() for a, b in zip(images, clean, strict=True))
    assert all(image.dtype == np.uint8 and image.ndim == 3 for image in images)


def test_the_sources_of_made_queries_are_found_by_the_built_in_encoder() -> None:
    measured = evaluate_trace.measure(
        VIDEOS,
        evaluate_trace.EmbeddedEncoder(),
        {"trace_decoder": trace_decoders.best_path},
        queries=1,
        noises=("clean", "mirror"),
    )
    table = measured["table"]["trace_decoder"]
    assert measured["in_library"] == 6
    assert table["clean"]["second_accuracy"] >= 0.95
    assert table["clean"]["known_parts_lost"] == 0
    assert table["all"]["boundary_error_median_seconds"] <= 0.5
    assert table["all but clean"] == table["mirror"]


@pytest.mark.corpus
def test_parts_of_real_clips_are_traced(corpus: Path, tmp_path: Path) -> None:
    """A small sample of the experiment; the whole of it takes minutes."""
    for place, name in enumerate(("boat", "kitten", "eye_makeup", "face1", "applausing", "chaplin", "batting_cage")):
        longest = max((corpus / "clips" / name).iterdir(), key=lambda path: path.stat().st_size)
        (tmp_path / f"{place}{longest.suffix}").symlink_to(longest)
    videos, failures = stitching.read_footage(tmp_path)
    assert not failures
    figures = evaluate_trace.measure(
        videos, evaluate_trace.EmbeddedEncoder(), {"path": trace_decoders.best_path}, queries=2, noises=("clean",)
    )["table"]["path"]["clean"]
    assert figures["second_accuracy"] >= 0.95
    assert figures["segments"]["f1"] >= 0.9
