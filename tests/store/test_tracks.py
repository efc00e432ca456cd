"""Tracks and thumbnails on disk: read whole and right, or not at all."""

from dataclasses import replace

import numpy as np
import pytest

from core.errors import NotFound
from core.records import FeatureTrack, Role
from core.store.library import Library
from tests.store.worlds import ENCODER, a_track, a_video, fill, name, unit_vectors


def test_a_track_comes_back_number_for_number(library: Library) -> None:
    random = np.random.default_rng(1)
    track = FeatureTrack(
        name(1), ENCODER, np.sort(random.random(50)) * 1e5, random.standard_normal((50, 7)).astype(np.float32),
        random.random(50).astype(np.float32),
    )  # fmt: skip
    library.save_track(track)
    loaded = library.load_track(name(1), ENCODER)
    for ours, theirs in ((loaded.times, track.times), (loaded.vectors, track.vectors), (loaded.weights, track.weights)):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


def test_an_empty_track_counts_as_extracted(library: Library) -> None:
    library.add(a_video(1))
    library.save_track(a_track(1, np.zeros((0, 138), np.float32)))
    assert library.load_track(name(1), ENCODER).vectors.shape == (0, 138)
    assert library.extracted(ENCODER) == {name(1)}


def test_extracted_knows_the_library_and_the_encoder(library: Library) -> None:
    fill(library, 3)
    library.save_track(a_track(8, unit_vectors(2, 4, seed=1)))
    library.add(a_video(8, role="query"))
    library.save_track(a_track(9, unit_vectors(2, 4, seed=1)))
    assert library.extracted(ENCODER) == {name(0), name(1), name(2)}
    assert library.extracted("other-1@1fps") == set()
    assert library.has_track(name(8), ENCODER)
    assert not library.has_track(name(8), "other-1@1fps")
    assert library.encoders_of(name(8)) == [ENCODER]
    assert library.encoders_of(name(77)) == []


def test_a_track_of_regions_comes_back_as_it_was(library: Library) -> None:
    regions = unit_vectors(27, 4, seed=2).reshape(3, 9, 4)
    library.save_track(replace(a_track(1, unit_vectors(3, 4, seed=1)), vectors=regions))
    np.testing.assert_array_equal(library.load_track(name(1), ENCODER).vectors, regions)


@pytest.mark.parametrize(
    "broken",
    [
        {"vectors": np.full((3, 4), np.nan, np.float32)},
        {"times": np.array([0, 2, 1.0])},
        {"times": np.arange(2.0)},
        {"vectors": np.zeros((3, 2, 2, 2), np.float32)},
        {"weights": np.array([0, 1, 2], np.float32)},
        {"weights": np.ones((3, 1), np.float32)},
        {"vectors": np.zeros((3, 4), np.int32)},
    ],
)
def test_a_track_that_could_not_be_read_is_not_written(library: Library, broken: dict[str, np.ndarray]) -> None:
    track = replace(a_track(1, unit_vectors(3, 4, seed=1)), **broken)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the track of"):
        library.save_track(track)
    assert not library.has_track(name(1), ENCODER)


def damaged(data: bytes, how: str) -> bytes:
    middle = len(data) // 2
    return {
        "empty": b"",
        "text": b"this is no track",
        "cut": data[:middle],
        "flipped": data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :],
        "header": data.replace(b"'shape': (40,", b"'shape': (10**12,"[:15].ljust(14)[:14]),
        "zeros": bytes(len(data)),
    }[how]


@pytest.mark.parametrize("how", ["empty", "text", "cut", "flipped", "header", "zeros"])
def test_a_damaged_track_is_put_aside_and_counts_as_absent(
    library: Library, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    library.add(a_video(1))
    track = a_track(1, unit_vectors(40, 16, seed=1))
    library.save_track(track)
    path = library.root / "tracks" / ENCODER / f"{name(1)}.npz"
    before = path.read_bytes()
    path.write_bytes(damaged(before, how))
    assert path.read_bytes() != before
    generation = library.generation(ENCODER)
    with pytest.raises(NotFound, match="Extract them again"):
        library.load_track(name(1), ENCODER)
    assert "put aside" in caplog.text
    assert library.extracted(ENCODER) == set()
    assert library.generation(ENCODER) != generation
    library.save_track(track)
    np.testing.assert_array_equal(library.load_track(name(1), ENCODER).vectors, track.vectors)


@pytest.mark.parametrize("arrays", ["shapes", "nan", "missing", "objects", "integers"])
def test_a_file_of_arrays_that_are_no_track_is_put_aside(library: Library, arrays: str) -> None:
    whole = {"times": np.arange(3.0), "vectors": np.ones((3, 4), np.float32), "weights": np.ones(3, np.float32)}
    whole |= {
        "shapes": {"vectors": np.ones((2, 4), np.float32)},
        "nan": {"vectors": np.full((3, 4), np.nan, np.float32)},
        "missing": {},
        "objects": {"vectors": np.array([{}, {}, {}], object)},
        "integers": {"times": np.arange(3)},
    }[arrays]
    if arrays == "missing":
        del whole["weights"]
    path = library.root / "tracks" / ENCODER / f"{name(1)}.npz"
    path.parent.mkdir()
    np.savez(path, **whole)
    with pytest.raises(NotFound):
        library.load_track(name(1), ENCODER)
    assert not library.has_track(name(1), ENCODER)


def test_every_single_flipped_byte_of_a_track_is_noticed_or_harmless(library: Library) -> None:
    track = a_track(1, unit_vectors(3, 4, seed=1))
    library.save_track(track)
    path = library.root / "tracks" / ENCODER / f"{name(1)}.npz"
    data = path.read_bytes()
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x40]) + data[place + 1 :])
        try:
            loaded = library.load_track(name(1), ENCODER)
        except NotFound:
            continue
        np.testing.assert_array_equal(loaded.vectors, track.vectors)
        np.testing.assert_array_equal(loaded.times, track.times)
        np.testing.assert_array_equal(loaded.weights, track.weights)


def test_the_contents_change_with_the_library_and_not_with_queries(library: Library) -> None:
    def add(number: int, role: Role) -> str:
        library.save_track(a_track(number, unit_vectors(2, 4, seed=number)))
        library.add(a_video(number, role=role))
        return library.contents(ENCODER)

    seen = [library.contents(ENCODER), add(1, "library")]
    assert add(2, "query") == seen[1]
    library.promote(name(2))
    seen.append(library.contents(ENCODER))
    library.save_track(a_track(1, unit_vectors(3, 4, seed=9)))
    seen.append(library.contents(ENCODER))
    library.remove([name(2)])
    seen.append(library.contents(ENCODER))
    assert len(set(seen)) == len(seen)
    assert Library(library.root).contents(ENCODER) == seen[-1]


def test_the_generation_changes_with_the_set_of_tracks_and_with_nothing_else(library: Library) -> None:
    fill(library, 2)
    seen = [library.generation(ENCODER)]

    def changed() -> bool:
        seen.append(library.generation(ENCODER))
        return seen[-1] not in seen[:-1]

    library.rename(name(1), "Other")
    library.set_setting("a", "b")
    library.save_thumbnails(name(1), [0.0], [b"x"], 0)
    library.save_track(replace(a_track(1, unit_vectors(2, 2, seed=1)), encoder="other-1@1fps"))
    assert library.generation(ENCODER) == seen[0]
    library.save_track(a_track(1, unit_vectors(2, 16, seed=1)))
    assert changed()
    fill(library, 1, start=5)
    assert changed()
    library.remove([name(5)])
    assert changed()
    library.add(a_video(7, role="query"))
    assert not changed()
    library.promote(name(7))
    assert changed()


def test_thumbnails_are_found_by_the_nearest_second(library: Library) -> None:
    library.save_thumbnails(name(1), [0.0, 10.0, 20.0], [b"first", b"second one", b""], poster=1)
    assert library.thumbnail(name(1)) == b"second one"
    assert [library.thumbnail(name(1), time) for time in (-5.0, 4.9, 5.1, 99.0)] == [
        b"first", b"first", b"second one", b"",
    ]  # fmt: skip
    assert library.thumbnail(name(2)) is None


def test_thumbnails_that_do_not_fit_together_are_a_bug(library: Library) -> None:
    for times, images, poster in (([0.0], [], 0), ([], [], 0), ([0.0], [b"x"], 1)):
        with pytest.raises(ValueError, match="do not fit"):
            library.save_thumbnails(name(1), times, images, poster)


@pytest.mark.parametrize("how", ["empty", "cut", "magic", "huge", "table"])
def test_damaged_thumbnails_are_none(library: Library, how: str) -> None:
    library.save_thumbnails(name(1), [0.0, 1.0], [b"first" * 50, b"second" * 50], poster=1)
    path = library.root / "thumbs" / f"{name(1)}.thumbs"
    data = path.read_bytes()
    path.write_bytes(
        {
            "empty": b"",
            "cut": data[:-10],
            "magic": b"XXXX" + data[4:],
            "huge": data[:4] + b"\xff\xff\xff\x7f" + data[8:],
            "table": data[:20] + b"\x01" + data[21:],
        }[how]
    )
    assert library.thumbnail(name(1)) is None
