"""The line of the Gradio app: an earlier question of a page ends when the page asks another, or cancels."""

from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest

from app_gradio.line import Line, buttons


def question(word: str) -> Iterator[str]:
    yield "busy"
    yield f"the answer about {word}"


@pytest.fixture
def line() -> tuple[Any, Any, Any]:
    """What is done when a question is heard, when it is its turn, and when it is cancelled."""
    with gr.Blocks() as app:
        go, stop = buttons("test")
        word, result, status, link = gr.Textbox(), gr.HTML(), gr.HTML(), gr.HTML()
        made = Line([word], [result, status, go, stop, link], status, concurrency_id="test", limit=1)
        made.ask(go.click, question)
        made.cancel(stop.click)
    functions = list(app.fns.values())
    ended = next(fn for fn in functions if (stop._id, "click") in fn.targets and not fn.is_cancel_function)
    return functions[0].fn, functions[1].fn, ended.fn


def test_an_earlier_question_ends_without_a_word_once_another_is_heard(line: tuple[Any, Any, Any]) -> None:
    hear, ask, _ = line
    first = hear(None)[-1]
    answers = ask(first, "frogs")
    assert next(answers) == "busy"
    second = hear(first)[-1]
    assert list(answers) == []
    assert list(ask(second, "toads")) == ["busy", "the answer about toads"]


def test_what_was_put_off_is_not_asked_after_a_cancel(line: tuple[Any, Any, Any]) -> None:
    hear, ask, end = line
    number = hear(None)[-1]
    end(number)
    assert list(ask(number, "frogs")) == []


def test_the_questions_of_two_pages_do_not_end_each_other(line: tuple[Any, Any, Any]) -> None:
    hear, ask, _ = line
    mine = hear(None)[-1]
    hear(None)
    assert list(ask(mine, "frogs"))[-1] == "the answer about frogs"
