"""Videos: two clips, and which seconds of one are in the other."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from app_gradio import examples
from app_gradio.inputs import clip_slot
from app_gradio.serving import servable
from app_gradio.stage import payload, stage, summary
from app_gradio.work import Task, part, problem, progress_bar, toasts
from core.records import Comparison, Progress, Readiness, Video
from core.studio import Studio

HEADING = "Or try a pair"
Upload = tuple[str | None, str | None]  # what the slot shows, and the file as it came where that is another one
Answer = tuple[Any, str, Any, Any]  # stage, status, go, stop


class Desk:
    """What this tab asks of the studio. Files are paths as text, as Gradio hands them over."""

    def __init__(self, studio: Studio, samples: Path) -> None:
        self._studio = studio
        self._samples = samples
        self._titles = examples.titles(samples)
        self.served: set[str] = set()  # files put where visitors may fetch them; Gradio deletes them when they are old

    def read(self, file: str, progress: Progress) -> Video:
        """The clip as a query, its features extracted."""
        path = Path(file)
        demo = self._samples / path.name
        is_demo = path.name in self._titles and demo.is_file() and servable(demo) == path
        title = self._titles[path.name] if is_demo else path.stem
        video = self._studio.query(path, title, progress=progress)
        # the same file may have come from someone else under a name that is not for this visitor
        return replace(video, title=title) if video.role == "query" else video

    def compare(self, a: str, b: str, model: str, progress: Progress) -> Comparison:
        """Both clips read and compared."""
        query = self.read(a, part(progress, 0.0, 0.45, "Clip A: "))
        reference = self.read(b, part(progress, 0.45, 0.9, "Clip B: "))
        return self._studio.compare_videos(query, reference, model=model, progress=part(progress, 0.9, 0.95))

    def show(self, a: str, b: str, model: str, progress: Progress) -> dict[str, Any]:
        """The comparison as the stage shows it, with files that a browser can play."""
        comparison = self.compare(a, b, model, progress)
        shown = [
            servable(self._studio.playable(video.id, part(progress, 0.95, 1.0, "Preparing the player: ")))
            for video in (comparison.query, comparison.reference)
        ]
        self.served.update(map(str, shown))
        return payload(comparison, files=(shown[0], shown[1]), thumbnail=self._studio.thumbnail)

    def receive(self, file: str, progress: Progress) -> Upload:
        """What an upload slot shows for a file, and the file itself where a preview has to stand in for it."""
        video = self.read(file, part(progress, 0.0, 0.6))
        if self._studio.is_playable_now(video.id) and self._studio.playable(video.id) == video.path:
            return file, None
        preview = self._studio.playable(video.id, part(progress, 0.6, 1.0, "Preparing a preview: "))
        return str(servable(preview)), file


def build(studio: Studio, pairs: list[examples.Example], samples: Path) -> tuple[gr.HTML, dict[str, Any], gr.HTML]:
    """Fill the open tab. Gives the example cards, what they show once the page is open, and where answers appear."""
    desk = Desk(studio, samples)
    models = studio.models("videos")
    with gr.Row(elem_classes="ck-inputs", equal_height=True):
        a = clip_slot(label="Clip A", height=300, elem_id="clip-a")
        swap = gr.Button("Swap A and B", elem_classes="ck-swap", min_width=44, scale=0)
        b = clip_slot(label="Clip B", height=300, elem_id="clip-b")
    original_a, original_b = gr.State(None), gr.State(None)
    with gr.Row(elem_classes="ck-actions"):
        go = gr.Button("Compare", variant="primary", size="lg", elem_id="videos-go", scale=0, min_width=200)
        stop = gr.Button("Cancel", size="lg", elem_id="videos-stop", visible=False, scale=0, min_width=200)
        model = gr.Dropdown(
            [(ready.label, ready.name) for ready in models if ready.is_ready],
            value=next((ready.name for ready in models if ready.is_ready), None),
            label="Method",
            container=False,
            filterable=False,
            scale=0,
            min_width=220,
            elem_id="method",
        )
    missing = gr.HTML(not_ready(models), elem_classes="ck-missing", padding=False)
    status = gr.HTML("", elem_classes="ck-status", padding=False)
    screen = stage()
    desk.served = screen.temp_files
    cards = examples.cards(pairs, heading=HEADING, elem_id="clip-examples")
    inputs = [a, b, original_a, original_b, model]
    answers = [screen, status, go, stop]

    def compare(
        left: str | None, right: str | None, raw_a: str | None, raw_b: str | None, name: str
    ) -> Iterator[Answer]:
        if not (left and right):
            raise problem("Put a clip on each side first.")
        files = raw_a or left, raw_b or right
        task = Task(lambda progress: desk.show(*files, name, progress))
        yield None, progress_bar(0.0, "Starting"), *_buttons(is_busy=True)
        with toasts():
            try:
                for fraction, text in task:
                    yield gr.skip(), progress_bar(fraction, text), gr.skip(), gr.skip()
            except Exception:
                yield None, "", *_buttons(is_busy=False)
                raise
        yield task.result, "", *_buttons(is_busy=False)

    def compare_if_both(
        left: str | None, right: str | None, raw_a: str | None, raw_b: str | None, name: str
    ) -> Iterator[Answer]:
        if left and right:
            yield from compare(left, right, raw_a, raw_b, name)

    def receive(file: str | None) -> Iterator[tuple[Any, Any, Any, str]]:
        task = Task(lambda progress: desk.receive(file or "", progress))
        yield gr.skip(), None, None, progress_bar(0.0, "Reading the clip")
        with toasts():
            try:
                for fraction, text in task:
                    yield gr.skip(), gr.skip(), gr.skip(), progress_bar(fraction, f"Reading the clip: {text}")
            except Exception:
                yield None, None, gr.skip(), ""
                raise
        shown, original = task.result
        yield gr.skip() if shown == file else shown, original, gr.skip(), ""

    def offer(name: str | None) -> tuple[Any, str]:
        found = studio.models("videos")
        ready = [(method.label, method.name) for method in found if method.is_ready]
        names = [value for _, value in ready]
        return gr.update(choices=ready, value=name if name in names else next(iter(names), None)), not_ready(found)

    def pick(event: gr.EventData) -> tuple[str, str, None, None]:
        pair = pairs[int(event.index)]
        return str(servable(pair.a.file)), str(servable(pair.b.file)), None, None

    def compare_videos(a: str, b: str, model: str = "cosine") -> dict[str, Any]:
        """Tell how two videos correspond: how much of each is in the other, and which seconds match which.

        Args:
            a: The first clip, called the query in the answer.
            b: The second clip, called the reference.
            model: The method; "cosine" is frame cosine with Chamfer similarity, "visil" a network over all pairs of
                frames.

        Returns:
            finding (a sentence), similarity, query_in_reference and reference_in_query (-1 to 1),
            query_share_matched and reference_share_matched (0 to 1, of their seconds), matches (query_start,
            query_end, reference_start, reference_end in seconds, score, speed as seconds of b in a second of a,
            is_mirrored, commonness), query_times and reference_times (seconds), frame_matrix (rows are frames of a,
            columns frames of b, at most 600 of each), video_matrix (what a network makes of it, with its own times,
            or null), encoder, model, notes.
        """
        with toasts():
            if not (a and b):
                raise problem("Two clips are needed.")
            return summary(desk.compare(a, b, model, lambda fraction, text: None))

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    gr.on(None, lambda: offer(None), None, [model, missing], **quiet)  # with the page: much may have been trained since
    screen.change(offer, model, [model, missing], **quiet)
    busy: dict[str, Any] = {**quiet, "concurrency_id": "compare", "concurrency_limit": 2}
    received = [
        slot.upload(receive, slot, [slot, original, screen, status], **busy)
        for slot, original in ((a, original_a), (b, original_b))
    ]
    clicked = go.click(compare, inputs, answers, **busy)
    swapped = swap.click(
        lambda left, right, raw_a, raw_b: (right, left, raw_b, raw_a),
        [a, b, original_a, original_b],
        [a, b, original_a, original_b],
        **quiet,
    ).then(compare_if_both, inputs, answers, **busy)
    picked = cards.pick(pick, None, [a, b, original_a, original_b], **quiet).then(
        compare_if_both, inputs, answers, **busy
    )
    stop.click(
        lambda: (None, "", *_buttons(is_busy=False)),
        None,
        answers,
        cancels=[clicked, swapped, picked, *received],
        **quiet,
    ).then(lambda: "", None, status, **quiet)  # a last report may have been under way
    gr.on([a.clear, b.clear], lambda: (None, ""), None, [screen, status], cancels=received, **quiet)
    answer = gr.JSON(label="Answer", visible=False)
    gr.Button(visible=False).click(
        compare_videos,
        [a, b, model],
        answer,
        api_name="compare_videos",
        concurrency_id="compare",
        concurrency_limit=2,
    )
    return cards, {"pairs": pairs, "heading": HEADING}, screen


def not_ready(methods: Sequence[Readiness]) -> str:
    """The methods that cannot be chosen now and why, as HTML."""
    lines = (
        f"<p><b>{escape(method.label)}</b> {escape(method.reason)}</p>" for method in methods if not method.is_ready
    )
    return "".join(lines)


def _buttons(*, is_busy: bool) -> tuple[Any, Any]:
    return gr.update(visible=not is_busy), gr.update(visible=is_busy)
