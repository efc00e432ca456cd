"""Edited copies of the videos of a library: a bounded draw, and films whose picture changes its size."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from core.features.embedded import EmbeddedEncoder
from core.records import Frames, Video
from core.training import variants
from core.training.variants import library_variants
from tests import clips
from tests.store.worlds import a_video


@dataclass
class Shelf:
    """Videos that are numbers drawn on pictures, in place of a library."""

    count: int
    sizes: tuple[tuple[int, int], ...] = ((64, 64),)
    encoder: EmbeddedEncoder = field(default_factory=EmbeddedEncoder)

    def videos(self) -> list[Video]:
        return [a_video(number) for number in range(self.count)]

    def frames(self, video: Video, *, fps: float, short_side: int, end: float | None = None) -> Iterator[Frames]:
        number = [known.id for known in self.videos()].index(video.id)
        for part, size in enumerate(self.sizes):
            pictures = [clips.numbered_picture(100 * number + 10 * part + k, size) for k in range(3)]
            yield Frames(part + np.arange(3) / 3, np.stack(pictures))


def test_of_a_large_library_so_many_videos_are_drawn_and_the_same_ones_for_a_seed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(variants, "MOST_VIDEOS", 4)
    first, again, other = ([one.group for one in library_variants(Shelf(12), seed=seed)] for seed in (1, 1, 2))
    assert len(set(first)) == 4
    assert first == again
    assert first != other
    assert len(list(library_variants(Shelf(4), seed=1))) == 4


def test_of_a_film_that_changes_its_size_the_frames_of_the_first_size_are_learned_from() -> None:
    (whole,) = library_variants(Shelf(1, ((64, 64), (96, 64))), seed=0)
    (part,) = library_variants(Shelf(1), seed=0)
    np.testing.assert_array_equal(whole.frames, part.frames)
