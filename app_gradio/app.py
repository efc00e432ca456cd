"""The page: a header, two tabs, and which encoder answers. `build_app` makes it, `launch_settings` serves it."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from app_gradio import examples, frames_tab, sharing, tools, videos_tab
from app_gradio.closed import Closed
from app_gradio.inputs import guard
from app_gradio.line import QUIET, Event
from app_gradio.links import GONE
from app_gradio.theme import STATIC, css, mark, theme
from app_gradio.visitors import Door
from core.config import SAMPLES
from core.errors import StudioError
from core.gate import Gate
from core.studio import Studio

COMPONENTS = Path(__file__).parent / "components"
EXPIRED = f'<p class="ck-notice" role="status">{GONE}</p>'
UNSETTLED = "is chosen with the first question: CLIP when its weights can be had, the built-in descriptor otherwise."
UPLOAD = "/gradio_api/upload"
FRAME = 64 * 1024  # bytes that an upload has around the file itself
MOST = 8  # times the comparisons that may wait: everything, small questions included, that waits
SESSIONS = 512  # visits that are remembered, about 0.1 MB each; scripts never say that they have left
AT_ONCE = 4  # handlers that run at the same time, comparisons apart: those are limited in their tabs


@dataclass(frozen=True)
class Page:
    """The app, and what answers its example pairs before anybody asks."""

    app: gr.Blocks
    warm: tuple[Callable[[], None], ...]

    def forget(self) -> None:
        """Empty the lists of files that Gradio keeps for deleting them; here that is done by age and size instead."""
        for files in self.app.temp_file_sets:
            files.clear()


def build_app(studio: Studio, *, samples: Path = SAMPLES) -> Page:
    """The page over a studio. Reads nothing and loads no model: that waits for `Page.warm`, or the first question."""
    stills = examples.Stills(lambda file, time: studio.still(file, time))
    with gr.Blocks(title="Clipkin · are they kin?", analytics_enabled=False) as app:
        gr.HTML(
            f'<header class="ck-header"><h1><a href="./">{mark()}<span>Clipkin</span></a></h1>'
            "<p>Two frames or two videos: are they kin?</p></header>",
            padding=False,
        )
        opener = sharing.opener()
        guard(studio.settings.limits.file_bytes)
        notice = gr.HTML("", elem_id="notice", padding=False)
        with gr.Tabs(elem_classes="ck-tabs") as tabs:
            with gr.Tab("Frames", id="frames"):
                frames = frames_tab.build(studio, examples.examples(examples.FRAMES, samples), stills)
            with gr.Tab("Videos", id="videos"):
                videos = videos_tab.build(studio, examples.examples(examples.CLIPS, samples), samples)
        encoder = gr.HTML("", elem_id="encoder", padding=False)
        app.load(lambda: encoder_line(studio), None, encoder, **QUIET)
        for built in (frames, videos):
            app.load(lambda about=built.about: examples.illustrated(**about, stills=stills), None, built.cards, **QUIET)
            built.line.after(lambda: (encoder_line(studio), ""), None, [encoder, notice])  # `auto` settles with it

        def arrive(tab: str) -> Callable[[Any], Event]:
            def on(opened: Any) -> Event:
                opened.failure(lambda: (gr.Tabs(selected=tab), EXPIRED), None, [tabs, notice], **QUIET)
                arrived = opened.success(lambda: gr.Tabs(selected=tab), None, tabs, **QUIET)
                return arrived.then

            return on

        frames.when_opened(opener.frames, arrive("frames"))
        videos.when_opened(opener.videos, arrive("videos"))
    most = MOST * studio.settings.hosting.waiting
    app.queue(max_size=most, default_concurrency_limit=AT_ONCE, api_open=False)
    Door(app, studio.settings.hosting)
    return Page(app, (frames.warm, videos.warm))


def gate(studio: Studio, address: str) -> Middleware:
    """Who may talk to this server, and how much they may bring."""
    limits = studio.settings.limits
    return Middleware(
        Gate,
        address=address,
        names=studio.settings.hosts,
        largest=lambda path: limits.file_bytes + FRAME if path.rstrip("/").endswith(UPLOAD) else limits.request_bytes,
    )


def encoder_line(studio: Studio) -> str:
    """Which encoder answers, and why, as HTML."""
    try:
        name, why = studio.encoder(), studio.encoder_reason()
    except StudioError as error:
        return f'<p class="ck-encoder">{escape(str(error))}</p>'
    if not studio.encoder_is_settled():
        return f'<p class="ck-encoder"><span>Encoder</span> {UNSETTLED}</p>'
    label = next((ready.label for ready in studio.readiness() if ready.name == name), name)
    return f'<p class="ck-encoder"><span>Encoder</span> <b>{escape(label)}</b> {escape(why)}</p>'


def launch_settings(studio: Studio, *, address: str = "127.0.0.1") -> dict[str, Any]:
    """What `launch()` needs beside the address: the look, the limits, who may come in, and the few files of ours that a
    visitor may fetch."""
    return {
        "app_kwargs": {"middleware": [gate(studio, address), Middleware(Closed)]},
        "mcp_server": tools.offer(),
        "theme": theme(),
        "css": css(),
        "js": (COMPONENTS / "page.js").read_text(encoding="utf-8"),
        "favicon_path": str(STATIC / "icon.png"),
        "allowed_paths": [str(STATIC)],
        "state_session_capacity": SESSIONS,
        "max_file_size": studio.settings.limits.file_bytes,
        "footer_links": ["api", "settings"],
        "ssr_mode": False,
        "share": False,
        "show_error": True,
    }
