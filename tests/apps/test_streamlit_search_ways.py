"""The ways to ask on the Search page, drawn without a browser: senses, methods, probabilities, views and words."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app_streamlit.tuning import USUAL_SOUND, Question
from core.studio import Studio
from tests import clips
from tests.apps.pages import HOSTILE, MAIN, data_of, drawn, ids_by_title, searching, text_of


def asking(query: str, **controls: str) -> AppTest:
    """The page with its controls set. In a browser the address sets them; AppTest does not read it."""
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.switch_page("views/search.py")
    app.query_params["query"] = query
    for name, value in controls.items():
        app.session_state[name] = value
    return drawn(app.run())


@pytest.fixture
def heard(filled: Studio, tmp_path: Path) -> Studio:
    """Three silent clips and two with a tone."""
    made = [
        clips.numbered(tmp_path / "low.mp4", sound="tone"),
        clips.numbered(tmp_path / "other.mp4", fps=6, sound="tone"),
    ]
    assert len(filled.ingest(made).added) == 2
    return filled


def test_every_row_says_what_each_sense_found(heard: Studio) -> None:
    data = data_of(asking(ids_by_title(heard)["low"]), "pair")
    by_title = {hit["title"]: hit for hit in data["hits"]}
    assert by_title["other"]["visual"] is not None
    assert by_title["other"]["audio"] is not None
    assert by_title["red"]["audio"] is None
    assert 0 <= data["none"] <= 1


def test_sound_alone_finds_only_what_is_heard(heard: Studio) -> None:
    app = asking(ids_by_title(heard)["low"], using="audio")
    data = data_of(app, "pair")
    assert [hit["title"] for hit in data["hits"]] == ["other"]
    assert data["hits"][0]["heard"]
    assert data["hits"][0]["visual"] is None
    assert "cannot be found by sound" in text_of(app)


def test_a_clip_without_sound_asked_by_sound_gets_a_sentence_and_no_hits(heard: Studio) -> None:
    app = asking(ids_by_title(heard)["red"], using="audio")
    assert "nothing to compare" in text_of(app)
    with pytest.raises(StopIteration):
        data_of(app, "pair")


def test_published_probabilities_know_no_none(heard: Studio) -> None:
    data = data_of(asking(ids_by_title(heard)["low"], chances="published"), "pair")
    assert data["none"] is None
    assert sum(hit["probability"] for hit in data["hits"]) == pytest.approx(1)


def test_a_method_that_cannot_compare_a_sense_does_not_offer_it(heard: Studio) -> None:
    app = asking(ids_by_title(heard)["low"], model="mel_autoencoder")
    (senses,) = [group for group in app.get("button_group") if group.key == "using"]
    assert {"Picture + sound", "Sound"} == set(senses.options)


def test_both_senses_stand_next_to_each_other_and_titles_are_text(heard: Studio) -> None:
    ids = ids_by_title(heard)
    heard.rename(ids["other"], HOSTILE)
    app = asking(ids["low"], view="Sense by sense")
    rankings = [element.proto.body for element in app.get("html") if element.proto.body.startswith("<ol")]
    assert len(rankings) == 3
    assert all("<img src=x" not in ranking and "&lt;img src=x" in ranking for ranking in rankings)


def test_the_latent_space_is_drawn_with_the_query_in_it(heard: Studio) -> None:
    app = asking(ids_by_title(heard)["low"], view="Latent space", space="visual")
    (figure,) = [chart for chart in app.get("plotly_chart") if "query" in chart.proto.spec]
    assert figure
    assert "5 videos" in text_of(app)


def test_words_are_refused_before_they_are_typed_when_the_encoder_knows_none(filled: Studio) -> None:
    app = searching()
    (box,) = [box for box in app.text_input if box.key == "search_words"]
    assert box.disabled
    assert "knows no words" in text_of(app)


def test_a_link_with_words_says_why_it_cannot_be_answered_and_leads_back(filled: Studio) -> None:
    app = searching(text="a red balloon")
    assert "knows no words" in app.error[0].value
    drawn(app.button(key="new_search").click().run())
    assert data_of(app, "drop_zone")["purpose"] == "search"


def test_the_weight_of_sound_is_left_to_the_usual_until_it_is_moved() -> None:
    assert Question("cosine", "late", USUAL_SOUND, "calibrated", 5).weights is None
    assert Question("cosine", "late", 40, "calibrated", 5).weights == {"visual": 0.6, "audio": 0.4}
    assert Question("cosine", "visual", 40, "calibrated", 5).weights is None
