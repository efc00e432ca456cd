"""Real footage for experiments: whose files are whose, and where shots change."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import StudioError
from core.training.datasets import RealVideo, find_changes, list_videos, read_manifest, signature

RATE = 8


def still(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 255, (16, 16, 3)).astype(np.float32)


def changes(pictures: list[np.ndarray]) -> tuple[tuple[float, float], ...]:
    return find_changes(np.arange(len(pictures)) / RATE, np.stack(pictures))


def test_a_manifest_names_the_groups_and_rows_without_one_are_left_out(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        (tmp_path / name).touch()
    (tmp_path / "manifest.csv").write_text("file,group\na.mp4,zoo\nb.mp4,\nc.mp4,zoo\ngone.mp4,zoo\n")
    assert list_videos(tmp_path) == [(tmp_path / "a.mp4", "zoo"), (tmp_path / "c.mp4", "zoo")]


@pytest.mark.parametrize("content", [b"name,size\na.mp4,3\n", b"\xff\xfe\x00", b"{}"])
def test_a_manifest_of_another_program_is_passed_over(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.csv").write_bytes(content)
    assert read_manifest(tmp_path) is None
    assert read_manifest(tmp_path / "nowhere") is None


def test_without_a_manifest_folders_are_groups_and_loose_files_stand_alone(tmp_path: Path) -> None:
    (tmp_path / "zoo").mkdir()
    for name in ("zoo/a.mp4", "zoo/b.mp4", "c.mp4"):
        (tmp_path / name).touch()
    found = {path.name: group for path, group in list_videos(tmp_path)}
    assert found == {"a.mp4": "zoo", "b.mp4": "zoo", "c.mp4": "c.mp4"}


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="no videos"):
        list_videos(tmp_path)


def test_a_cut_is_found_where_it_is() -> None:
    found = changes([still(0)] * 10 + [still(1)] * 10)
    assert found == ((9 / RATE, 10 / RATE),)


def test_a_still_shot_with_grain_has_no_change() -> None:
    rng = np.random.default_rng(0)
    base = still(0)
    assert changes([base + rng.normal(0, 2, base.shape).astype(np.float32) for _ in range(30)]) == ()


def test_a_dissolve_is_found() -> None:
    shares = [*[0.0] * 8, *np.linspace(0, 1, 9), *[1.0] * 8]
    found = changes([(1 - share) * still(0) + share * still(1) for share in shares])
    assert found
    assert min(start for start, _ in found) <= 1.5
    assert max(end for _, end in found) >= 1.5


def test_a_fade_from_black_is_found() -> None:
    assert changes([share * still(0) for share in [*[0.0] * 8, *np.linspace(0, 1, 12), *[1.0] * 8]])


def test_a_pan_is_no_change() -> None:
    y, x = np.mgrid[:16, :200] / 8.0
    world = np.stack([np.sin(x + y), np.cos(1.7 * x), np.sin(0.6 * x - y)], axis=2) * 100 + 128
    assert changes([world[:, 3 * step : 3 * step + 16].astype(np.float32) for step in range(40)]) == ()


def test_changes_between_counts_only_what_lies_between() -> None:
    nothing = np.zeros((1, 1, 1, 3), np.uint8)
    video = RealVideo("a", "a", np.zeros(1), nothing, nothing, ((2.0, 2.5),))
    assert video.changes_between(1.0, 3.0)
    assert video.changes_between(2.25, 4.0)
    assert not video.changes_between(0.0, 2.0)
    assert not video.changes_between(2.5, 4.5)


def test_signature_holds_the_colours_of_the_corners() -> None:
    image = np.zeros((90, 160, 3), np.uint8)
    image[:45, :80] = (250, 0, 0)
    small = signature(image)
    assert small.shape == (16, 16, 3)
    assert small[0, 0].tolist() == [250, 0, 0]
    assert small[-1, -1].tolist() == [0, 0, 0]
