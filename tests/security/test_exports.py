"""What leaves Clipkin for other programs: spreadsheets, editors, terminals and figures get data, never commands."""

import csv
import io
import json
import re

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from app_streamlit.map_lists import _table
from core import plots
from core.commands.terminal import printable
from core.pipelines.edit_list import to_csv, to_edl, to_json
from core.plots import theme
from core.records import LatentSpace, Trace, TraceSegment
from tests.security.test_parsers import fuzz
from tests.traces import trace_of

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NAME = "0123456789abcdef"
LINES = re.compile(r"TITLE: |FCM: |\d{3}  |M2   |\* FROM CLIP NAME: |\* COMMENT: |$")  # how the lines of an EDL begin
titles = st.text(max_size=60) | st.sampled_from(FORMULAS).flatmap(lambda sign: st.text().map(lambda rest: sign + rest))


def traced(title: str) -> Trace:
    return trace_of(TraceSegment(0, 6, NAME, title, 3, 9, 0.9, 0.95), title=title)


@fuzz
@given(titles)
@example("=cmd|' /C calc'!A0")
@example("\t=1+1")
@example('"\r\n=1+1,"')
@example("＝1+1")
@example("\0=1")
def test_a_title_is_one_cell_of_a_table_and_no_formula(title: str) -> None:
    for text, column in ((to_csv(traced(title)), 3), (_table({NAME: title}, [(NAME, 1.0)]), 1)):
        heads, row = list(csv.reader(io.StringIO(text, newline="")))
        assert len(heads) == len(row)
        assert row[column].removeprefix("'") in (title, title.removeprefix("'"))
        assert not row[column].startswith(FORMULAS)


@fuzz
@given(titles)
@example("x\r\n002  AX       V     C        00:00:00:00 00:00:09:00 00:00:00:00 00:00:09:00")
@example("x\u2028y\x85z\x1b[2J")
def test_a_title_stays_on_its_line_of_an_edit_list(title: str) -> None:
    lines = to_edl(traced(title)).split("\r\n")
    assert len(lines) == 7
    assert all(LINES.match(line) and line.isascii() and (line.isprintable() or not line) for line in lines)
    assert sum(bool(re.match(r"\d{3}  ", line)) for line in lines) == 1


@fuzz
@given(titles)
@example('"}],"x":[{"')
@example("</script><script>alert(1)</script>")
def test_a_title_is_one_text_of_a_document(title: str) -> None:
    assert json.loads(to_json(traced(title)))["segments"][0]["title"] == title


@fuzz
@given(st.text())
@example("\x1b]0;owned\x07\x1b[2J")
@example("\x9b31m red \x9d8;;http://evil.example\x9c link")
@example("first\rsecond")
@example("one\r\ntwo\tthree\n")
@example("\udcff")
def test_a_terminal_is_told_nothing_to_obey(text: str) -> None:
    shown = printable(text)
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", shown)
    assert not re.search(r"\r(?!\n)", shown)
    shown.encode()


@fuzz
@given(st.text(st.sampled_from("<>&\"'ab/=()%{}:x")))
@example("<a href='javascript:alert(1)'>x</a>")
@example("%{customdata[0]}")
@example("<img src=x onerror=alert(1)>")
def test_a_title_brings_no_markup_into_a_figure(title: str) -> None:
    space = LatentSpace("visual", (NAME,), (title,), np.zeros((1, 2)), None, "vae", "Trained.")
    figure = plots.latent_space(space).to_dict()
    assert not re.search(r"[<>]", figure["data"][0]["text"][0])
    for shown in (theme.title(title), theme.title(title * 20)):
        assert not re.search(r"[<>\"]|%\{", shown)
