"""Videos: two clips, and which seconds of one are in the other."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from app_gradio import examples
from app_gradio.inputs import clip_slot
from app_gradio.line import EACH, QUIET, Built, Event, Line, Side, buttons, reading, told
from app_gradio.links import Link, find, slug
from app_gradio.serving import servable
from app_gradio.sharing import copier, lasting, shared
from app_gradio.stage import payload, stage, summary
from app_gradio.visitors import COMPARE
from app_gradio.work import Task, noted, part, problem, progress_bar, toasts
from core.records import Comparison, Progress, Readiness, Video, no_progress
from core.studio import Studio

HEADING = "Or try a pair"
METHOD = "cosine"
Upload = tuple[str | None, str | None]  # what the slot shows, and the file as it came where that is another one
Answer = tuple[Any, Any, Any, Any, Any]  # stage, status, go, stop, link


class Desk:
    """What this tab asks of the studio. Files are paths as text, as Gradio hands them over."""

    def __init__(self, studio: Studio, pairs: list[examples.Example], samples: Path) -> None:
        self._studio, self._pairs, self._samples = studio, pairs, samples
        self._titles = examples.titles(samples)
        self._answers = examples.Answers()

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
        """The comparison as the stage shows it, with files that a browser can play; a known pair at once."""
        pair = self.example(a, b)
        basis = pair and (pair.caption, model, self._studio.basis(model))
        known: dict[str, Any] | None = self._answers.find(*basis) if basis else None
        if known is None:
            comparison = self.compare(a, b, model, progress)
            videos = comparison.query, comparison.reference
            shown = [self._playable(video, part(progress, 0.95, 1.0, "Preparing the player: ")) for video in videos]
            known = payload(comparison, files=(shown[0], shown[1]), thumbnail=self._studio.thumbnail)
            if basis:
                self._answers.keep(known, *basis)
        return known

    def example(self, a: str, b: str) -> examples.Example | None:
        """The example pair that these files show, if they do."""
        return next((pair for pair in self._pairs if self.files(pair) == (a, b)), None)

    def files(self, pair: examples.Example) -> tuple[str, str]:
        """The clips of an example pair, where a visitor may fetch them."""
        return str(servable(pair.a.file)), str(servable(pair.b.file))

    def link(self, link: Link) -> dict[str, str]:
        """The address of a comparison, as the page shows it."""
        pair = self.example(link.a, link.b)
        if pair is not None:
            return lasting("videos", slug(pair.caption))
        return shared(link, self._studio.settings.hosting)

    def find(self, name: str) -> Link:
        """What a link names. Raises NotFound."""
        for pair in self._pairs:
            if slug(pair.caption) == name:
                return Link("videos", *self.files(pair))
        return find("videos", name)

    def warm(self) -> None:
        """Compare every example pair, so that whoever clicks one does not wait."""
        for pair in self._pairs:
            self.show(*self.files(pair), METHOD, no_progress)

    def _playable(self, video: Video, progress: Progress) -> Path:
        return servable(self._studio.playable(video.id, progress))

    def receive(self, file: str, progress: Progress) -> Upload:
        """What an upload slot shows for a file, and the file itself where a preview has to stand in for it."""
        video = self.read(file, part(progress, 0.0, 0.6))
        if self._studio.is_playable_now(video.id) and self._studio.playable(video.id) == video.path:
            return file, None
        preview = self._studio.playable(video.id, part(progress, 0.6, 1.0, "Preparing a preview: "))
        return str(servable(preview)), file


def build(studio: Studio, pairs: list[examples.Example], samples: Path) -> Built:
    """Fill the open tab."""
    desk = Desk(studio, pairs, samples)
    models = studio.models("videos")
    with gr.Row(elem_classes="ck-inputs", equal_height=True):
        a = clip_slot(label="Clip A", height=300, elem_id="clip-a")
        swap = gr.Button("Swap A and B", elem_classes="ck-swap", min_width=44, scale=0)
        b = clip_slot(label="Clip B", height=300, elem_id="clip-b")
    original_a, original_b = gr.State(None), gr.State(None)
    with gr.Row(elem_classes="ck-actions"):
        go, stop = buttons("videos")
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
    side_a, side_b = (Side(slot, reading(slot)) for slot in (a, b))
    status = gr.HTML("", elem_classes="ck-status", padding=False)
    screen = stage()
    link = copier()
    cards = examples.cards(pairs, heading=HEADING, elem_id="clip-examples")
    inputs = [a, b, original_a, original_b, model]
    answers = [screen, status, go, stop, link]

    def compare(
        left: str | None, right: str | None, raw_a: str | None, raw_b: str | None, name: str
    ) -> Iterator[Answer]:
        if not (left and right):
            raise problem("Put a clip on each side first.")
        wanted = Link("videos", left, right, raw_a, raw_b, name)
        task = Task(lambda progress: (desk.show(raw_a or left, raw_b or right, name, progress), desk.link(wanted)))
        yield None, progress_bar(0.0, "Comparing"), *told(is_busy=True), None  # also away with an older answer
        with toasts():
            for fraction, text in task:
                yield gr.skip(), progress_bar(fraction, text), *told(is_busy=True), gr.skip()
        answer, shareable = task.result
        yield answer, "", *told(is_busy=False), shareable

    def compare_if_both(
        left: str | None, right: str | None, raw_a: str | None, raw_b: str | None, name: str
    ) -> Iterator[Answer]:
        if left and right:
            yield from compare(left, right, raw_a, raw_b, name)
        else:
            yield None, "", *told(is_busy=False), None

    def receiver(name: str) -> Callable[[str | None], Iterator[tuple[str, Any, Any]]]:
        def receive(file: str | None) -> Iterator[tuple[str, Any, Any]]:
            task = Task(lambda progress: desk.receive(file or "", progress))
            yield progress_bar(0.0, f"Reading {name}"), gr.skip(), None
            with toasts():
                for fraction, text in task:
                    yield progress_bar(fraction, f"Reading {name}: {text}"), gr.skip(), gr.skip()
            shown, original = task.result
            yield "", gr.skip() if shown == file else shown, original

        return receive

    def offer(name: str | None) -> tuple[Any, str]:
        found = studio.models("videos")
        ready = [(method.label, method.name) for method in found if method.is_ready]
        names = [value for _, value in ready]
        return gr.update(choices=ready, value=name if name in names else next(iter(names), None)), not_ready(found)

    def pick(event: gr.EventData) -> tuple[str, str, None, None]:
        return *desk.files(pairs[int(event.index)]), None, None

    def opened(event: gr.EventData) -> tuple[str, str, str | None, str | None, Any]:
        with noted():
            found = desk.find(str(event.name))
        ready = {method.name for method in studio.models("videos") if method.is_ready}
        return found.a, found.b, found.original_a, found.original_b, found.model if found.model in ready else gr.skip()

    def compare_videos(a: str, b: str, model: str = METHOD, matrix: bool = False) -> dict[str, Any]:
        """Tell how two videos correspond: how much of each is in the other, and which seconds match which.

        Args:
            a: The first clip, called the query in the answer: any usual video format.
            b: The second clip, called the reference.
            model: The method; "cosine" is frame cosine with Chamfer similarity, "visil" a network over all pairs of
                frames.
            matrix: Whether the similarities of all pairs of frames are wanted as well. They are many numbers.

        Returns:
            finding (a sentence), similarity, query_in_reference and reference_in_query (-1 to 1),
            query_share_matched and reference_share_matched (0 to 1, of their seconds), matches (query_start,
            query_end, reference_start, reference_end in seconds, score, speed as seconds of b in a second of a,
            is_mirrored, commonness), encoder, model, notes; with the matrix also query_times and reference_times
            (seconds), frame_matrix (rows are frames of a, columns frames of b, at most 600 of each) and video_matrix
            (what a network makes of it, with its own times, or null).
        """
        with toasts():
            if not (a and b):
                raise problem("Two clips are needed.")
            return summary(Task(lambda progress: desk.compare(a, b, model, progress)).finish(), matrix=matrix)

    most = studio.settings.hosting.at_once
    sides = side_a, side_b
    line = Line(sides, inputs, answers, status, concurrency_id=COMPARE, limit=most)
    gr.on(None, lambda: offer(None), None, [model, missing], **QUIET)  # with the page: much may have been trained since
    line.after(offer, model, [model, missing])
    for side, original in zip(sides, (original_a, original_b), strict=True):
        line.read(side, receiver(side.slot.label), [side.slot, original])
    line.ask(go.click, compare)
    swapped = swap.click(
        lambda left, right, raw_a, raw_b: (right, left, raw_b, raw_a),
        [a, b, original_a, original_b],
        [a, b, original_a, original_b],
        **QUIET,
    )
    line.ask(swapped.success, compare_if_both)
    line.ask(cards.pick(pick, None, [a, b, original_a, original_b], **QUIET, **EACH).success, compare_if_both)
    line.renew(model.input)
    line.cancel(stop.click)
    for side in sides:
        line.clear(side)
    answer = gr.JSON(label="Answer", visible=False)
    gr.Button(visible=False).click(
        compare_videos,
        [a, b, model, gr.Checkbox(visible=False)],
        answer,
        api_name="compare_videos",
        concurrency_id=COMPARE,
        concurrency_limit=most,
    )

    def when_opened(event: Event, arrive: Callable[[Any], Event]) -> None:
        line.ask(arrive(event(opened, None, inputs, **QUIET)), compare_if_both)

    return Built(cards, {"pairs": pairs, "heading": HEADING}, line, desk.warm, when_opened)


def not_ready(methods: Sequence[Readiness]) -> str:
    """The methods that cannot be chosen now and why, as HTML."""
    lines = (
        f"<p><b>{escape(method.label)}</b> {escape(method.reason)}</p>" for method in methods if not method.is_ready
    )
    return "".join(lines)
