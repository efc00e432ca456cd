"""Answers that are kept: the newest of each name, so many in all, whoever else saves at that moment."""

import os
import threading

import pytest

from core.store.kept_answers import MOST_KEPT, KeptAnswers
from core.store.library import Library


def test_an_answer_is_kept_with_its_state_until_the_next_of_that_name(library: Library) -> None:
    answers = KeptAnswers(library)
    assert answers.load("one") is None
    answers.save("one", "before", {"found": [1]})
    answers.save("one", "after", {"found": [2]})
    assert KeptAnswers(library).load("one") == ("after", {"found": [2]})


def test_beyond_a_dozen_the_oldest_answer_goes(library: Library) -> None:
    answers = KeptAnswers(library)
    for number in range(MOST_KEPT):
        answers.save(f"n{number}", "", {})
        os.utime(library.index_folder() / f"answer-n{number}.json", (number, number))
    answers.save("one-more", "", {})
    assert answers.load("n0") is None
    assert all(answers.load(name) for name in [*(f"n{number}" for number in range(1, MOST_KEPT)), "one-more"])


def test_a_damaged_answer_is_as_good_as_none(library: Library) -> None:
    answers = KeptAnswers(library)
    answers.save("one", "", {})
    (library.index_folder() / "answer-one.json").write_text("[1")
    assert answers.load("one") is None


def test_an_answer_that_another_process_deletes_meanwhile_is_no_error(library: Library) -> None:
    """The other prunes between the listing of the answers and the look at their age."""
    answers = KeptAnswers(library)
    (library.index_folder() / "answer-gone.json").symlink_to("nowhere")  # is in the listing, and cannot be found
    answers.save("one", "", {"found": 1})
    assert answers.load("one") == ("", {"found": 1})


def test_many_save_at_once_and_a_dozen_answers_are_left(library: Library) -> None:
    """Each works with a library of its own, as another process would; one answer is saved anew by all of them."""
    errors: list[BaseException] = []

    def save(thread: int) -> None:
        own = Library(library.root)
        try:
            for number in range(30):
                KeptAnswers(own).save(f"t{thread}-{number}", "", {"found": number})
                KeptAnswers(own).save("shared", "", {"found": number})
                assert KeptAnswers(own).load("shared"), "the newest but one is never cleared away"
        except BaseException as error:
            errors.append(error)
        finally:
            own.close()

    threads = [threading.Thread(target=save, args=[number]) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(list(library.index_folder().glob("answer-*"))) == MOST_KEPT


@pytest.mark.parametrize("name", ["", "../x", "A", "a/b", "x" * 61])
def test_a_name_that_is_no_name_is_refused(library: Library, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name an answer"):
        KeptAnswers(library).save(name, "", {})
