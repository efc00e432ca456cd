"""Frames: two pictures, one question. Do they come from the same video?"""

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from app_gradio import examples
from app_gradio.inputs import picture_slot
from app_gradio.wording import chance, reason, verdict
from app_gradio.work import Task, problem, progress_bar, toasts
from core.records import FramePair
from core.studio import Studio

HEADING = "Or try a pair"
Answer = tuple[Any, str, Any, Any]  # result, status, go, stop


def build(
    studio: Studio, pairs: list[examples.Example], stills: examples.Stills
) -> tuple[gr.HTML, dict[str, Any], gr.HTML]:
    """Fill the open tab. Gives the example cards, what they show once the page is open, and where answers appear."""
    with gr.Row(elem_classes="ck-inputs", equal_height=True):
        a = picture_slot(label="Frame A", height=300, elem_id="frame-a")
        swap = gr.Button("Swap A and B", elem_classes="ck-swap", min_width=44, scale=0)
        b = picture_slot(label="Frame B", height=300, elem_id="frame-b")
    with gr.Row(elem_classes="ck-actions"):
        go = gr.Button("Compare", variant="primary", size="lg", elem_id="frames-go", scale=0, min_width=200)
        stop = gr.Button("Cancel", size="lg", elem_id="frames-stop", visible=False, scale=0, min_width=200)
    status = gr.HTML("", elem_classes="ck-status", padding=False)
    result = gr.HTML("", elem_id="verdict", padding=False)
    cards = examples.cards(pairs, heading=HEADING, elem_id="frame-examples")
    answers = [result, status, go, stop]

    def compare(left: str | None, right: str | None) -> Iterator[Answer]:
        if not (left and right):
            raise problem("Put a picture on each side first.")
        task: Task[FramePair] = Task(lambda progress: ask(studio, left, right))
        yield "", progress_bar(0.3, "Comparing"), *_buttons(is_busy=True)
        with toasts():
            try:
                for _ in task:
                    yield gr.skip(), progress_bar(0.6, "Comparing"), gr.skip(), gr.skip()
            except Exception:
                yield "", "", *_buttons(is_busy=False)
                raise
        yield verdict_html(task.result), "", *_buttons(is_busy=False)

    def compare_if_both(left: str | None, right: str | None) -> Iterator[Answer]:
        if left and right:
            yield from compare(left, right)

    def pick(event: gr.EventData) -> tuple[str, str]:
        with toasts():
            pair = pairs[int(event.index)]
            return str(stills.file(pair.a)), str(stills.file(pair.b))

    def compare_frames(a: str, b: str) -> dict[str, Any]:
        """Tell whether two pictures are frames of the same video.

        Args:
            a: The first picture.
            b: The second picture. The order does not matter.

        Returns:
            same_video (true or false), cosine (-1 to 1), threshold (the cosine from which on the answer is yes),
            threshold_source, probability (0 to 1, calibrated, or null),
            margin (cosine minus threshold), verdict (in words) and encoder.
        """
        with toasts():
            if not (a and b):
                raise problem("Two pictures are needed.")
            return numbers(ask(studio, a, b))

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    busy: dict[str, Any] = {**quiet, "concurrency_id": "compare", "concurrency_limit": 2}
    clicked = go.click(compare, [a, b], answers, **busy)
    swapped = swap.click(lambda left, right: (right, left), [a, b], [a, b], **quiet).then(
        compare_if_both, [a, b], answers, **busy
    )
    picked = cards.pick(pick, None, [a, b], **quiet).success(compare_if_both, [a, b], answers, **busy)
    stop.click(
        lambda: ("", "", *_buttons(is_busy=False)), None, answers, cancels=[clicked, swapped, picked], **quiet
    ).then(lambda: "", None, status, **quiet)  # a last report may have been under way
    gr.on([a.upload, b.upload, a.clear, b.clear], lambda: "", None, result, **quiet)
    answer = gr.JSON(label="Answer", visible=False)
    gr.Button(visible=False).click(
        compare_frames,
        [a, b],
        answer,
        api_name="compare_frames",
        concurrency_id="compare",
        concurrency_limit=2,
    )
    return cards, {"pairs": pairs, "heading": HEADING}, result


def ask(studio: Studio, a: str, b: str) -> FramePair:
    """The studio's answer for two picture files."""
    return studio.compare_frames(Path(a), Path(b))


def numbers(pair: FramePair) -> dict[str, Any]:
    """The answer for scripts."""
    return {
        "same_video": pair.is_same,
        "cosine": pair.cosine,
        "threshold": pair.threshold,
        "threshold_source": pair.threshold_source,
        "probability": pair.probability,
        "margin": pair.cosine - pair.threshold,
        "verdict": verdict(pair),
        "encoder": pair.encoder,
    }


def verdict_html(pair: FramePair) -> str:
    """The answer for the eye: words, where the cosine lies between 0 and 1, and where the threshold is from."""
    here, line = (100 * min(max(value, 0.0), 1.0) for value in (pair.cosine, pair.threshold))
    kind = "ck-yes" if pair.is_same else "ck-no"
    return f"""
<section class="ck-verdict {kind}" aria-live="polite">
  <h2>{escape(verdict(pair))}</h2>
  <p>{escape(chance(pair))}{escape(reason(pair))}.</p>
  <div class="ck-scale" role="img" aria-label="{escape(reason(pair), quote=True)}, on a scale from 0 to 1">
    <i style="left:{line:.2f}%;right:0"></i>
    <s style="left:{line:.2f}%"><span>threshold {pair.threshold:.3f}</span></s>
    <b style="left:{here:.2f}%"><span>{pair.cosine:.3f}</span></b>
    <em>0</em><em>1</em>
  </div>
  <p class="ck-source">Threshold: {escape(pair.threshold_source)}</p>
</section>"""


def _buttons(*, is_busy: bool) -> tuple[Any, Any]:
    return gr.update(visible=not is_busy), gr.update(visible=is_busy)
