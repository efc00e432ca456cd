"""The line of the Gradio app: an earlier question of a page ends when the page asks another, or cancels."""

from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest

from app_gradio.line import Line, Side, buttons
from app_gradio.work import problem

KEPT = gr.skip()
ENDED = "", KEPT  # no more word of reading, and the slot as it is


def question(word: str) -> Iterator[str]:
    yield "busy"
    yield f"the answer about {word}"


def reader(word: str) -> Iterator[tuple[str, str]]:
    yield "reading", ""
    if word == "noise":
        raise problem("This is no word.")
    yield "", word


class Handlers:
    """What is done when a question is heard and when it is its turn, when something arrives in the slot and is read,
    when the slot is cleared, and when the question is cancelled."""

    def __init__(self) -> None:
        with gr.Blocks() as app:
            go, stop = buttons("test")
            slot, status, link, result = gr.File(), gr.HTML(), gr.HTML(), gr.HTML()
            side = Side(slot, gr.HTML())
            answers = [result, status, go, stop, link]
            line = Line([side], [slot], answers, status, concurrency_id="test", limit=1)
            line.ask(go.click, question)
            line.read(side, reader, [slot])
            line.cancel(stop.click)
            line.clear(side)

        def first(component: Any, event: str) -> Any:
            return next(
                fn.fn
                for fn in app.fns.values()
                if (component._id, event) in fn.targets and fn.fn and not fn.is_cancel_function
            )

        named = {fn.fn.__name__: fn.fn for fn in app.fns.values() if fn.fn}
        self.ask, self.read = named["question"], named["read"]
        self._hear, self._arrive = first(go, "click"), first(slot, "upload")
        self.cancel, self.clear = first(stop, "click"), first(slot, "clear")

    def hear(self, question: int | None, arrived: int | None = None) -> int:
        """The number of the new question."""
        return int(self._hear(question, arrived)[5])

    def arrive(self, question: int | None, arrived: int | None = None) -> tuple[tuple[Any, ...], int]:
        """What becomes of the answer, and the number of what arrived."""
        told = self._arrive(question, arrived)
        return told[:5], int(told[5])


@pytest.fixture
def line() -> Handlers:
    return Handlers()


def test_an_earlier_question_ends_without_a_word_once_another_is_heard(line: Handlers) -> None:
    first = line.hear(None)
    answers = line.ask(first, "frogs")
    assert next(answers) == "busy"
    second = line.hear(first)
    assert list(answers) == []
    assert list(line.ask(second, "toads")) == ["busy", "the answer about toads"]


def test_what_was_put_off_is_not_asked_after_a_cancel(line: Handlers) -> None:
    number = line.hear(None)
    line.cancel(number)
    assert list(line.ask(number, "frogs")) == []


def test_the_questions_of_two_pages_do_not_end_each_other(line: Handlers) -> None:
    mine = line.hear(None)
    line.hear(None)
    assert list(line.ask(mine, "frogs"))[-1] == "the answer about frogs"


def test_what_arrives_while_a_question_is_at_work_ends_it_and_clears_the_page(line: Handlers) -> None:
    number = line.hear(None)
    answers = line.ask(number, "frogs")
    assert next(answers) == "busy"
    shown, _ = line.arrive(number)
    assert shown[0] is None
    assert list(answers) == []


def test_what_arrived_before_a_question_was_heard_leaves_that_one_alone(line: Handlers) -> None:
    earlier = line.hear(None)
    number = line.hear(earlier)  # overtakes what arrived while the page still knew the earlier number
    shown, _ = line.arrive(earlier)
    assert shown == (KEPT,) * 5
    assert list(line.ask(number, "frogs"))[-1] == "the answer about frogs"


def test_of_what_arrives_in_one_slot_the_last_is_shown(line: Handlers) -> None:
    _, first = line.arrive(None)
    reading = line.read(first, "frogs")
    assert next(reading)[0] == "reading"
    _, second = line.arrive(None, first)
    assert list(reading) == [ENDED]
    assert list(line.read(second, "toads"))[-1] == ("", "toads")


def test_what_is_being_read_does_not_come_over_a_pair_that_was_picked_meanwhile(line: Handlers) -> None:
    _, arrived = line.arrive(None)
    reading = line.read(arrived, "frogs")
    assert next(reading)[0] == "reading"
    line.hear(None, arrived)
    assert list(reading) == [ENDED]


def test_an_emptied_slot_stays_empty_and_nobody_hears_what_was_wrong_with_the_file(line: Handlers) -> None:
    number = line.hear(None)
    _, arrived = line.arrive(number)
    reading = line.read(arrived, "noise")
    assert next(reading)[0] == "reading"
    assert line.clear(number, arrived)[-1] == ""
    assert list(reading) == [ENDED]
    with pytest.raises(gr.Error, match="This is no word"):
        list(line.read(line.arrive(None)[1], "noise"))
