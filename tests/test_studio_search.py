"""Searching through the one door: senses, weights, notes, calibration and latent spaces, on tracks made by hand."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.config import Settings
from core.errors import EncoderUnavailable, ModelUnavailable, StudioError
from core.features.audio_halves import HalvesOfSound
from core.models import classifiers
from core.records import FeatureTrack, MediaInfo, Video
from core.store.library import Library
from core.studio import Studio
from tests import clips

INFO = MediaInfo(8.0, 64, 48, 10.0, "mp4", "h264", "yuv420p", "aac", 0, 1000)
VISUAL, SOUND = "embedded-3@1fps", "audio-1@1fps"
KINDS = 8
COUNT = 24


def track(video_id: str, name: str, rows: np.ndarray, weight: float = 1.0) -> FeatureTrack:
    count = len(rows)
    return FeatureTrack(
        video_id, name, np.arange(float(count)), rows.astype(np.float32), np.full(count, weight, np.float32)
    )


def put(library: Library, number: int, *, kind: int, tune: int | None, black: bool = False) -> str:
    """A clip of eight frames of its kind with a tune of its own, or none; its number is its title."""
    rng = np.random.default_rng(number)
    video_id = f"{number:016x}"
    rows = np.repeat(np.eye(KINDS), 24, axis=1)[kind] + 0.3 * rng.standard_normal((8, 192))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    library.save_track(track(video_id, VISUAL, rows, 0.0 if black else 1.0))
    if tune is not None:
        sounds = np.repeat(5 * np.eye(KINDS), 18, axis=1)[tune, :138] + rng.standard_normal((2, 138))
        library.save_track(track(video_id, SOUND, sounds[:1]))
        library.save_track(track(video_id, HalvesOfSound.track_name, sounds))
    sound = "absent" if tune is None else "present"
    library.add(Video(video_id, f"{number}", Path("/nowhere"), INFO, sound))
    return video_id


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Three clips of each of eight kinds; tunes go round the other way; the last kind has no sound."""
    library = Library(tmp_path / "library")
    for number in range(COUNT):
        kind = number % KINDS
        put(library, number, kind=kind, tune=None if kind == KINDS - 1 else number // 3)
    return library


@pytest.fixture
def studio(library: Library):
    studio = Studio(Settings(library=library.root, encoder="embedded"))
    yield studio
    studio.close()


def kinds(result) -> list[int]:
    return [int(hit.title) % KINDS for hit in result.hits]


def test_pictures_sound_and_both_answer_different_questions(studio: Studio) -> None:
    query = f"{9:016x}"  # kind 1, tune 3
    assert kinds(studio.search(query, using="visual", top=2)) == [1, 1]
    by_sound = studio.search(query, using="audio", top=2)
    assert {int(hit.title) // 3 for hit in by_sound.hits} == {3}
    assert all(hit.visual is None and hit.audio == hit.similarity for hit in by_sound.hits)
    assert all((hit.query_time, hit.reference_time) == (0.0, 0.0) for hit in by_sound.hits)


def test_late_fusion_shows_what_each_sense_said_and_follows_the_weights(studio: Studio) -> None:
    query = f"{9:016x}"
    pictures = studio.search(query, weights={"visual": 3, "audio": 1}, top=2)
    assert pictures.using == "late"
    assert pictures.weights == {"visual": 0.75, "audio": 0.25}
    assert kinds(pictures) == [1, 1]
    for hit in pictures.hits:
        assert hit.similarity == pytest.approx(0.75 * hit.visual + 0.25 * hit.audio)
    sound = studio.search(query, weights={"visual": 0, "audio": 1}, top=2)
    assert {int(hit.title) // 3 for hit in sound.hits} == {3}


def test_weights_that_say_nothing_are_refused_with_a_sentence(studio: Studio) -> None:
    with pytest.raises(StudioError, match="one of them is more"):
        studio.search(f"{0:016x}", weights={"visual": 0, "audio": 0})


def test_a_clip_without_sound_is_compared_by_its_pictures_and_told_so(studio: Studio) -> None:
    query = f"{7:016x}"
    for using in ("late", "early"):
        result = studio.search(query, using=using, top=2)
        assert kinds(result) == [7, 7]
        assert all(hit.audio is None for hit in result.hits)
        assert any("no sound" in note and "pictures alone" in note for note in result.notes)
    nothing = studio.search(query, using="audio")
    assert nothing.hits == ()
    assert nothing.none == 1.0
    assert any("nothing to compare" in note for note in nothing.notes)


def test_a_black_clip_with_a_tune_is_found_by_its_tune_and_a_mute_black_one_not_at_all(studio, library) -> None:
    heard = studio.search(put(library, 90, kind=0, tune=6, black=True))
    assert {int(hit.title) // 3 for hit in heard.hits[:2]} == {6}
    assert all(hit.visual is None for hit in heard.hits)
    assert any("by its sound alone" in note for note in heard.notes)
    mute = studio.search(put(library, 91, kind=0, tune=None, black=True))
    assert mute.hits == ()
    assert any("nothing to recognise" in note for note in mute.notes)


def test_how_many_cannot_be_found_by_sound_is_said(studio: Studio) -> None:
    assert "3 videos of 24 cannot be found by sound: there is none." in studio.search(f"{0:016x}", using="audio").notes


def test_probabilities_are_fitted_on_the_library_kept_and_fitted_again_when_much_has_changed(studio, library) -> None:
    first = studio.search(f"{0:016x}", using="visual").calibration
    assert first.halves == COUNT
    assert "this library" in first.source
    put(library, 50, kind=0, tune=0)
    assert studio.search(f"{0:016x}", using="visual").calibration == first
    for number in range(60, 66):
        put(library, number, kind=number % KINDS, tune=1)
    assert studio.search(f"{0:016x}", using="visual").calibration.halves == COUNT + 7


def test_clips_of_another_kind_are_not_kin_and_none_of_these_says_so(studio, library) -> None:
    alike = studio.search(f"{0:016x}", using="visual", top=5)
    assert [hit.is_kin for hit in alike.hits] == [True, True, False, False, False]
    rng = np.random.default_rng(1000)
    stranger = f"{99:016x}"
    rows = rng.standard_normal((8, 192))
    library.save_track(track(stranger, VISUAL, rows / np.linalg.norm(rows, axis=1, keepdims=True)))
    library.add(Video(stranger, "99", Path("/nowhere"), INFO, "absent"))
    result = studio.search(stranger, using="visual")
    assert result.none > 0.9
    assert not any(hit.is_kin for hit in result.hits)


def test_probabilities_do_not_depend_on_how_many_hits_are_shown(studio: Studio) -> None:
    few, many = (studio.search(f"{0:016x}", top=top).hits for top in (1, 10))
    assert few[0] == many[0]


def test_published_probabilities_share_everything_among_the_hits(studio: Studio) -> None:
    result = studio.search(f"{0:016x}", chances="published")
    chances = [hit.probability for hit in result.hits]
    assert sum(chances) == pytest.approx(1.0)
    assert max(chances) / min(chances) <= np.e
    assert [hit.is_kin for hit in result.hits] == [hit.is_kin for hit in studio.search(f"{0:016x}").hits]


def test_hits_come_in_the_order_of_the_probability_that_is_shown(studio: Studio, library: Library) -> None:
    """By tune a stranger may be a little closer than a copy of the best hit, which is the likelier one all the same."""
    by_chance = studio.search(f"{0:016x}", using="audio", top=COUNT).hits
    by_likeness = studio.search(f"{0:016x}", using="audio", chances="published", top=COUNT).hits
    assert [hit.video_id for hit in by_chance] != [hit.video_id for hit in by_likeness]
    for hits in (by_chance, by_likeness):
        shown = [hit.probability for hit in hits]
        assert shown == sorted(shown, reverse=True)
    likeness = [hit.similarity for hit in by_likeness]
    assert likeness == sorted(likeness, reverse=True)


def test_a_classifier_by_sound_learns_the_likely_ones_of_a_large_library(studio: Studio, monkeypatch) -> None:
    everyone = studio.search(f"{0:016x}", model="svm", using="audio", top=3)
    monkeypatch.setattr("core.studio.search.SCORE_ALL", 0)
    monkeypatch.setattr("core.studio.search.CANDIDATES", 6)
    learned: list[int] = []
    learn = classifiers.learn
    monkeypatch.setattr(
        classifiers,
        "learn",
        lambda kind, references, ids, *how: learned.append(len(ids)) or learn(kind, references, ids, *how),
    )
    likely = studio.search(f"{0:016x}", model="svm", using="audio", top=1)
    assert learned[-1] == 6
    assert likely.hits[0].video_id == everyone.hits[0].video_id


def test_a_latent_space_is_learned_at_first_use_then_projects_and_learns_again(studio, library, monkeypatch) -> None:
    from core.training import vae

    monkeypatch.setattr(vae.fit_spaces, "__kwdefaults__", {**vae.fit_spaces.__kwdefaults__, "epochs": 60})
    monkeypatch.setattr(vae.learn_spaces, "__kwdefaults__", {**vae.learn_spaces.__kwdefaults__, "epochs": 60})
    assert next(one for one in studio.models("search") if one.name == "vae").is_ready
    result = studio.search(f"{0:016x}", model="vae", using="visual")
    assert any("trained just now on 24 videos" in note for note in result.notes)
    assert result.hits[0].distance == pytest.approx(1 / result.hits[0].similarity - 1)
    put(library, 50, kind=0, tune=0)
    space = studio.latent_space("visual", query=f"{50:016x}")
    assert "1 video" in space.state
    assert space.points.shape == (25, 2)
    assert space.query == pytest.approx(tuple(space.points[space.ids.index(f"{50:016x}")]), abs=1e-5)
    assert (space.loss.name, len(space.loss.values)) == ("loss, pictures", 60)
    assert len(studio.latent_space("audio").ids) == 22
    assert studio.latent_space("late", query=f"{7:016x}").query is None
    for number in range(60, 66):
        put(library, number, kind=number % KINDS, tune=1)
    assert any("trained anew" in note for note in studio.search(f"{0:016x}", model="vae", using="visual").notes)


def test_of_two_who_ask_at_once_one_trains_the_model_and_the_other_waits_for_it(studio, monkeypatch) -> None:
    from core.training import vae

    monkeypatch.setattr(vae.fit_spaces, "__kwdefaults__", {**vae.fit_spaces.__kwdefaults__, "epochs": 60})
    monkeypatch.setattr(vae.learn_spaces, "__kwdefaults__", {**vae.learn_spaces.__kwdefaults__, "epochs": 60})
    with ThreadPoolExecutor(2) as pool:
        states = [space.state for space in pool.map(studio.latent_space, ["visual", "visual"])]
    assert sum("trained just now" in state for state in states) == 1


def test_a_library_of_three_fits_nothing_and_believes_the_shipped_numbers(tmp_path: Path) -> None:
    library = Library(tmp_path / "small")
    for number in range(3):
        put(library, number, kind=0, tune=number)
    studio = Studio(Settings(library=library.root, encoder="embedded"))
    for using in ("late", "visual", "audio", "early"):
        result = studio.search(f"{0:016x}", using=using)
        assert len(result.hits) == 2
        assert result.calibration.halves == 0
        assert "real clips" in result.calibration.source
    studio.close()


def test_words_need_clip_and_that_is_known_beforehand(studio: Studio) -> None:
    ready = studio.text_search()
    assert not ready.is_ready
    assert "knows no words" in ready.reason
    with pytest.raises(EncoderUnavailable, match="knows no words"):
        studio.search_text("a red balloon")


def test_a_sentence_finds_the_video_with_the_nearest_frame(studio: Studio, library: Library, monkeypatch) -> None:
    """The text side is a stand-in for CLIP's: it puts every sentence where kind 3 lies."""

    class Reader:
        def encode_text(self, texts: list[str]) -> np.ndarray:
            row = np.repeat(np.eye(KINDS), 24, axis=1)[3]
            return np.repeat((row / np.linalg.norm(row))[None], len(texts), axis=0).astype(np.float32)

    from core.features import registry

    monkeypatch.setitem(registry.ENCODERS, "embedded", replace(registry.ENCODERS["embedded"], reads_text=True))
    studio._equipment._encoders["embedded"] = Reader()
    result = studio.search_text("  waves on a beach ", top=3)
    assert kinds(result) == [3, 3, 3]
    assert (result.query, result.text, result.none, result.calibration) == (None, "waves on a beach", None, None)
    assert not any(hit.is_kin for hit in result.hits)
    with pytest.raises(StudioError, match="few words"):
        studio.search_text("   ")


def test_both_halves_are_listened_to_once(tmp_path: Path) -> None:
    studio = Studio(Settings(library=tmp_path / "library", encoder="embedded"))
    path = clips.numbered(tmp_path / "a.mp4", seconds=5.0, sound="tone")
    studio.ingest([path])
    assert studio.listen_to_halves() == 1
    assert studio.listen_to_halves() == 0
    studio.close()


def test_sound_is_read_as_pictures_once_that_was_learned_and_a_new_query_is_listened_to(tmp_path: Path) -> None:
    studio = Studio(Settings(library=tmp_path / "library", encoder="embedded"))
    files = [clips.numbered(tmp_path / f"{n}.mp4", seconds=2.0 + 0.2 * n, sound="tone") for n in range(9)]
    pictures = [clips.picture(tmp_path / f"{colour}.png", colour) for colour in ("red", "green", "blue")]
    studio.ingest([*files[:8], *pictures])
    with pytest.raises(ModelUnavailable):
        studio.search(studio.videos(order="title").videos[0], model="mel_autoencoder", using="audio")
    assert studio.train("mel_autoencoder").figures["clips"] == 8
    assert not studio.trainable("mel_autoencoder").is_stale  # although pictures have no sound to learn from
    result = studio.search(studio.query(files[8]), model="mel_autoencoder", using="audio")
    assert len(result.hits) == 5
    assert all(-1 <= hit.audio <= 1 for hit in result.hits)
    studio.close()


def test_a_model_says_what_it_can_compare(studio: Studio) -> None:
    assert studio.compares("cosine") == ("visual", "audio", "early", "late")
    assert studio.compares("mel_autoencoder") == ("audio", "late")
