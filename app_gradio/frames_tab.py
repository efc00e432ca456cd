"""Frames: two pictures, one question. Do they come from the same video?"""

from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from app_gradio import examples
from app_gradio.inputs import clip_slot, picture_slot
from app_gradio.line import EACH, QUIET, Built, Event, Line, Side, buttons, reading, told
from app_gradio.links import Link, find, slug
from app_gradio.sharing import copier, lasting, shared
from app_gradio.spread import scale
from app_gradio.visitors import COMPARE, LOOK
from app_gradio.wording import caution, chance, methods, reason, verdict
from app_gradio.work import Task, noted, problem, progress_bar, toasts
from core.records import FramePair
from core.studio import Studio

HEADING = "Or try a pair"
MODEL = "same_video"  # whose weights decide
Answer = tuple[Any, Any, Any, Any, Any]  # result, status, go, stop, link
Take = Callable[[gr.Image], Any]  # connects a button to the slot it fills; gives the event to go on from


class Desk:
    """What this tab asks of the studio. Files are paths as text, as Gradio hands them over."""

    def __init__(self, studio: Studio, pairs: list[examples.Example], stills: examples.Stills) -> None:
        self._studio, self._pairs, self._stills = studio, pairs, stills
        self._answers = examples.Answers()

    def ask(self, a: str, b: str) -> FramePair:
        """The studio's answer for two picture files."""
        return self._studio.compare_frames(Path(a), Path(b))

    def show(self, a: str, b: str) -> str:
        """The answer as HTML; at once for an example pair that was asked about before."""
        pair = self.example(a, b)
        if pair is None:
            return verdict_html(self.ask(a, b))
        basis = pair.caption, self._studio.basis(MODEL)
        known = self._answers.find(*basis)
        if known is None:
            known = verdict_html(self.ask(a, b))
            self._answers.keep(known, *basis)
        return str(known)

    def example(self, a: str, b: str) -> examples.Example | None:
        """The example pair that these files show, if they do."""
        files = Path(a), Path(b)
        return next((pair for pair in self._pairs if self._places(pair) == files), None)

    def files(self, pair: examples.Example) -> tuple[str, str]:
        """The pictures of an example pair."""
        return str(self._stills.file(pair.a)), str(self._stills.file(pair.b))

    def link(self, a: str, b: str) -> dict[str, str]:
        """The address of this comparison, as the page shows it."""
        pair = self.example(a, b)
        if pair is not None:
            return lasting("frames", slug(pair.caption))
        return shared(Link("frames", a, b), self._studio.settings.hosting)

    def find(self, name: str) -> tuple[str, str]:
        """The pictures that a link names. Raises NotFound."""
        for pair in self._pairs:
            if slug(pair.caption) == name:
                return self.files(pair)
        link = find("frames", name)
        return link.a, link.b

    def warm(self) -> None:
        """Answer every example pair, so that whoever clicks one does not wait."""
        for pair in self._pairs:
            self.show(*self.files(pair))

    def _places(self, pair: examples.Example) -> tuple[Path, Path]:
        return self._stills.place(pair.a), self._stills.place(pair.b)


def build(studio: Studio, pairs: list[examples.Example], stills: examples.Stills) -> Built:
    """Fill the open tab."""
    desk = Desk(studio, pairs, stills)
    with gr.Row(elem_classes="ck-inputs", equal_height=True):
        a = picture_slot(label="Frame A", height=300, elem_id="frame-a")
        swap = gr.Button("Swap A and B", elem_classes="ck-swap", min_width=44, scale=0)
        b = picture_slot(label="Frame B", height=300, elem_id="frame-b")
    moments = _moments(studio, stills)
    with gr.Row(elem_classes="ck-actions"):
        go, stop = buttons("frames")
    sides = [Side(slot, reading(slot)) for slot in (a, b)]
    status = gr.HTML("", elem_classes="ck-status", padding=False)
    result = gr.HTML("", elem_id="verdict", padding=False)
    link = copier()
    cards = examples.cards(pairs, heading=HEADING, elem_id="frame-examples")
    answers = [result, status, go, stop, link]

    def compare(left: str | None, right: str | None) -> Iterator[Answer]:
        if not (left and right):
            raise problem("Put a picture on each side first.")
        task = Task(lambda progress: (desk.show(left, right), desk.link(left, right)))
        yield None, progress_bar(0.0, "Comparing"), *told(is_busy=True), None  # also away with an older answer
        with toasts():
            for _ in task:
                yield gr.skip(), progress_bar(0.6, "Comparing"), *told(is_busy=True), gr.skip()
        answer, shareable = task.result
        yield answer, "", *told(is_busy=False), shareable

    def compare_if_both(left: str | None, right: str | None) -> Iterator[Answer]:
        if left and right:
            yield from compare(left, right)
        else:
            yield "", "", *told(is_busy=False), None

    def pick(event: gr.EventData) -> tuple[str, str]:
        with toasts():
            return desk.files(pairs[int(event.index)])

    def opened(event: gr.EventData) -> tuple[str, str]:
        with noted():
            return desk.find(str(event.name))

    def compare_frames(a: str, b: str) -> dict[str, Any]:
        """Tell whether two pictures are frames of the same video, and how sure that is.

        Args:
            a: The first picture: PNG, JPEG, WebP, BMP or TIFF.
            b: The second picture. The order does not matter.

        Returns:
            same_video (true or false), verdict (in words), cosine (-1 to 1), threshold (the cosine from which on the
            cosine alone says yes), threshold_source, margin (cosine minus threshold), probability (0 to 1, calibrated,
            of the cosine), head_probability (the same of the trained head, which decides), network_probability (of the
            published network, not calibrated), is_blank (a frame shows next to nothing) and encoder. A probability is
            null where that method was not trained for the encoder.
        """
        with toasts():
            if not (a and b):
                raise problem("Two pictures are needed.")
            return numbers(Task(lambda progress: desk.ask(a, b)).finish())

    def receive(file: str | None) -> Iterator[tuple[str, Any]]:
        task = Task(lambda progress: studio.still(Path(file)) if file else None)
        yield progress_bar(0.0, "Reading the picture"), gr.skip()
        with toasts():
            for _ in task:
                yield gr.skip(), gr.skip()
        yield "", gr.skip()

    line = Line(sides, [a, b], answers, status, concurrency_id=COMPARE, limit=studio.settings.hosting.at_once)
    line.ask(go.click, compare)
    swapped = swap.click(lambda left, right: (right, left), [a, b], [a, b], **QUIET)
    line.ask(swapped.success, compare_if_both)
    line.ask(cards.pick(pick, None, [a, b], **QUIET, **EACH).success, compare_if_both)
    for side, take in zip(sides, moments, strict=True):
        line.read(side, receive, [side.slot], concurrency_id=LOOK)
        line.ask(take(side.slot).success, compare_if_both)
    line.cancel(stop.click)
    for side in sides:
        line.clear(side)
    answer = gr.JSON(label="Answer", visible=False)
    gr.Button(visible=False).click(
        compare_frames,
        [a, b],
        answer,
        api_name="compare_frames",
        concurrency_id=COMPARE,
        concurrency_limit=studio.settings.hosting.at_once,
    )

    def when_opened(event: Event, arrive: Callable[[Any], Event]) -> None:
        line.ask(arrive(event(opened, None, [a, b], **QUIET)), compare_if_both)

    return Built(cards, {"pairs": pairs, "heading": HEADING}, line, desk.warm, when_opened)


def numbers(pair: FramePair) -> dict[str, Any]:
    """The answer for scripts."""
    return {
        "same_video": pair.is_same,
        "cosine": pair.cosine,
        "threshold": pair.threshold,
        "threshold_source": pair.threshold_source,
        "probability": pair.probability,
        "head_probability": pair.head_probability,
        "network_probability": pair.network_probability,
        "is_blank": pair.is_blank,
        "margin": pair.cosine - pair.threshold,
        "verdict": verdict(pair),
        "encoder": pair.encoder,
    }


def _moments(studio: Studio, stills: examples.Stills) -> tuple[Take, Take]:
    """A video to take frames from. Gives, for each side, what connects its button to the slot that takes the frame."""
    quiet: dict[str, Any] = {**QUIET, "concurrency_id": LOOK}
    with gr.Accordion("Take frames from a video", open=False, elem_id="moments"):
        with gr.Row(elem_classes="ck-inputs", equal_height=True):
            clip = clip_slot(label="Video", height=220, elem_id="moment-clip")
            shown = picture_slot(label="Frame", height=220, elem_id="moment-frame", interactive=False)
        second = gr.Slider(0, 1, value=0, step=0.1, label="Second", interactive=False, elem_id="moment-second")
        with gr.Row(elem_classes="ck-actions"):
            takes = [
                gr.Button(f"Take as {side}", elem_id=f"take-{side.lower()}", scale=0, min_width=140, interactive=False)
                for side in ("A", "B")
            ]

    def arrive(file: str | None) -> tuple[Any, ...]:
        ready = gr.update(interactive=bool(file))
        if not file:
            return gr.update(value=0, interactive=False), None, ready, ready
        with toasts():
            length = studio.length(Path(file))
            frame = str(stills.file(examples.Moment(Path(file), 0.0)))
        return gr.update(maximum=max(round(length, 1), 0.1), value=0, interactive=length > 0), frame, ready, ready

    def look(file: str | None, time: float) -> str | None:
        with toasts():
            return str(stills.file(examples.Moment(Path(file), float(time)))) if file else None

    arrived = gr.on([clip.upload, clip.clear], arrive, clip, [second, shown, *takes], **quiet)
    arrived.failure(lambda: None, None, clip, **quiet)  # ready for another one
    gr.on([second.release, second.input], look, [clip, second], shown, trigger_mode="always_last", **quiet)

    def connector(button: gr.Button) -> Take:
        return lambda slot: button.click(look, [clip, second], slot, **quiet)

    return connector(takes[0]), connector(takes[1])


def verdict_html(pair: FramePair) -> str:
    """The answer for the eye: words, where the cosine falls among known pairs, every method, where the line is from."""
    kind = "ck-yes" if pair.is_same else "ck-no"
    warned = f'<p class="ck-caution">{escape(caution(pair))}</p>' if pair.is_blank else ""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(told)}</dd>" for name, told in methods(pair))
    table = f'<dl class="ck-methods">{rows}</dl>' if rows else ""
    return f"""
<section class="ck-verdict {kind}" aria-live="polite">
  <h2>{escape(verdict(pair))}</h2>
  <p>{escape(chance(pair))}{escape(reason(pair))}.</p>{warned}
  {scale(pair)}
  {table}
  <p class="ck-source">Threshold: {escape(pair.threshold_source)}</p>
</section>"""
