"""What a visitor's browser may say to the pages: addresses and the values of components, made up at will."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app_streamlit import map_layout, traced
from app_streamlit.components import told
from app_streamlit.map_routes import outline
from app_streamlit.routes import _plain_name
from app_streamlit.widgets import plain
from core.studio import Studio
from tests.apps.conftest import filled, page_studio, three_clips  # noqa: F401
from tests.apps.pages import MAIN, drawn
from tests.security.test_parsers import fuzz

ID = "0123456789abcdef"
texts = st.text(max_size=20) | st.just(ID)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)


@fuzz
@given(values)
@example([ID, ID])
@example([ID, float("nan")])
@example([ID, 1e308])
@example([[ID], {}])
@example([ID] * 20_000)
@example("x" * 100_000)
@example({"0": ID, "1": 3.0})
@example([ID + "\n", True])
@example([ID, -(10**400)])
def test_whatever_a_component_tells_fits_or_is_unsaid(value: object) -> None:
    assert told.video_id(value) in (None, value)
    found = told.video_ids(value)
    assert found is None or (len(found) <= told.MOST_IDS and all(told.video_id(one) for one in found))
    pair = told.two_ids(value)
    assert pair is None or [told.video_id(one) for one in pair] == pair
    moment = told.moment(value)
    assert moment is None or (told.video_id(moment[0]) and 0 <= moment[1] < 1e9)
    text = told.text(value)
    assert text is None or len(text) <= told.LONGEST
    assert all(isinstance(one, dict) for one in told.answers(value))


@fuzz
@given(st.text() | st.text("0123456789abcdef", max_size=3000))
@example("f" * 30)
@example("7000070000" * 256)
@example("7000070000" * 257)
@example("0" * 30 + "\n")
def test_any_outline_is_a_polygon_of_few_corners_or_none(text: str) -> None:
    corners = outline(text)
    assert corners.shape[1] == 2
    assert len(corners) <= 256


@fuzz
@given(st.text())
@example("..")
@example("/")
@example(".mp4")
@example("a/../../b\x00.mp4")
@example("\u202e4pm.exe")
@example("con.mp4")
def test_the_name_of_an_upload_is_one_short_line_and_no_path(name: str) -> None:
    title = _plain_name(name)
    assert title
    assert title.isprintable()
    assert len(title) <= 216
    assert "/" not in title
    assert "\\" not in title
    assert set(traced.file_stem(title)) & set('\\/:*?"<>|') == set()
    assert traced.file_stem(title) not in ("", ".", "..")


@fuzz
@given(st.text())
@example("](javascript:alert(1))")
@example("![x](http://evil.example/x.png)")
@example("<script>alert(1)</script>")
@example("&lt;img src=x&gt;")
@example(":red[x] :material/delete: $x$ `x` | x |")
@example("1. x\n# x\n- x\n***\n    x")
@example("~~x~~ \\](x)")
def test_text_for_markdown_has_no_mark_left_that_is_not_disarmed(text: str) -> None:
    shown, at = plain(text), 0
    while at < len(shown):
        if shown[at] == "\\":
            at += 2
            continue
        assert shown[at] not in "`*_{}[]()<>#+-.!|:$~&\n"
        at += 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://evil.example", r"http\:\u2060//evil\.example"),
        ("www.evil.example", r"www\u2060\.evil\.example"),
        ("a@evil.example", r"a@\u2060evil\.example"),
        (":material/delete:", r"\:\u2060material/delete\:"),
        ("a -> b", r"a \-\u2060\> b"),
        ("half-way: 3 <4", r"half\-way\: 3 \<4"),
    ],
)
def test_what_streamlit_would_make_something_of_is_kept_apart(text: str, shown: str) -> None:
    assert plain(text) == shown.replace(r"\u2060", "\u2060")


PLACES: dict[str, list[dict[str, Any]]] = {
    "library": [
        {"clip": "../../etc/passwd", "text": "x" * 5000, "tag": ["<b>"] * 50, "sort": "drop", "page": "-3"},
        {"clip": "", "text": "%", "sort": "title", "page": "99999999999999999999"},
        {"page": "nan", "tag": "\u202e", "text": "(a+)+$"},
    ],
    "search": [
        {"query": "0" * 16, "view": "x", "text": "<img src=x onerror=alert(1)>"},
        {"query": "' OR 1=1 --", "method": "__import__", "using": "x", "space": "../"},
    ],
    "trace": [{"query": "A" * 16, "trace_method": "x"}, {"query": "\ufffd"}],
    "frame_map": [
        {"sel": "f" * 100_000, "x": "nan", "y": "-inf", "z": "1e309", "find": "x" * 100_000},
        {"sel": "0" * 30, "x": "1,5", "z": "-1"},
    ],
    "compare": [{"a": "x", "b": "../.."}, {"a": ID, "b": ID}],
    "groups": [{"of": "everything"}],
    "models": [{"x": "y"}],
}


@pytest.mark.parametrize("page", PLACES)
def test_any_address_is_a_page(filled: Studio, page: str) -> None:  # noqa: F811
    for query in PLACES[page]:
        app = AppTest.from_file(MAIN, default_timeout=60)
        app.switch_page(f"views/{page}.py")
        for name, value in query.items():
            app.query_params[name] = value
        drawn(app.run())
    assert len(filled.videos().videos) == 3


@pytest.mark.parametrize("place", ["x=nan", "x=inf", "z=1e308", "z=-5", "x=x", "y=1e400"])
def test_any_window_on_the_map_is_a_window(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    name, value = place.split("=")
    monkeypatch.setattr(map_layout.st, "query_params", {name: value})
    (x, y), share = map_layout.in_view()
    assert 0 <= x <= 1
    assert 0 <= y <= 1
    assert 0 < share <= 1
