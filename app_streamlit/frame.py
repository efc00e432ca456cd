"""What surrounds every page: the look, the library and its encoder in the sidebar, and the work that is running."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from app_streamlit import dialogs, widgets
from app_streamlit.components import theme_watch
from core.records import Job, LibraryStatus
from core.studio import Studio

HERE = Path(__file__).parent
STATIC = HERE / "static"
POLL_SECONDS = 0.5  # while work is running; nothing is asked when all is quiet
NOTEWORTHY = ("failed", "interrupted")  # ends that stay on the page until they are dismissed
SWITCHING = "Switching to "  # how the title of work begins that ends in another encoder
NOTED = 20  # of these, the latest
WHOLE = "whole_run"  # in the session while more is drawn than the running work alone
BATCH, ENDED = "batch_since", "batch_ended"  # the work seen running: when the first of it was asked for, what has ended
COUNTS = re.compile(r"(\d+) (added|already there|could not be read)")  # as an IngestReport is written


def configure(title: str) -> None:
    """Title, icon and style sheet of a page."""
    st.set_page_config(page_title=f"{title} · Clipkin", page_icon=str(STATIC / "icon.png"), layout="wide")
    theme = "dark" if st.context.theme.type == "dark" else "light"
    st.logo(str(STATIC / f"logo-{theme}.svg"), size="large", icon_image=str(STATIC / f"mark-{theme}.svg"))
    colours = {
        "ground": st.get_option(f"theme.{theme}.backgroundColor"),
        "raised": st.get_option(f"theme.{theme}.secondaryBackgroundColor"),
        "line": st.get_option(f"theme.{theme}.borderColor"),
        "ink": st.get_option(f"theme.{theme}.textColor"),
        "accent": st.get_option(f"theme.{theme}.primaryColor"),
    }
    variables = "".join(f"--{name}: {colour};" for name, colour in colours.items())
    st.html(f"<style>:root {{{variables}}}\n{(HERE / 'look.css').read_text('utf-8')}</style>")


def sidebar(studio: Studio) -> None:
    """The library in numbers, and which encoder looks at it and why."""
    with st.sidebar.container(key="status"):
        st.session_state.pop(widgets.STATUS, None)
        with widgets.guard():
            status = st.session_state.setdefault(widgets.STATUS, studio.status())
            _numbers(status, widgets.encoder_label(studio, status.encoder))
            widgets.offer_extraction(studio, key="extract_rest")
        with st.container(horizontal=True, vertical_alignment="center", key="status_acts"):
            st.button("Switch encoder", key="switch_encoder", on_click=dialogs.ask, args=("encoder",))
            st.button("Keys", key="keys", type="tertiary", on_click=dialogs.ask, args=("keys",))
        with st.container(key="unseen"):
            theme_watch()


def _numbers(status: LibraryStatus, encoder: str) -> None:
    waiting = status.videos - status.extracted
    reason = widgets.plain(widgets.first_sentence(status.encoder_reason))
    st.markdown(
        f"**{widgets.count(status.videos, 'clip')}**  \n"
        f":small[{widgets.length(status.seconds)}, {widgets.size(status.bytes_on_disk)} on disk]"
    )
    st.markdown(
        f"**Encoder: {widgets.plain(encoder)}**  \n:small[{reason}]"
        + (f"  \n:small[{widgets.count(waiting, 'clip')} not extracted with it yet.]" if waiting else "")
    )


def activity(studio: Studio) -> None:
    """The running work with its progress, on every page and in every window."""
    st.session_state[WHOLE] = True
    is_active = any(job.is_active for job in studio.jobs())
    st.fragment(run_every=POLL_SECONDS if is_active else None)(_activity)(studio, is_active)


def _activity(studio: Studio, was_active: bool) -> None:
    is_whole = st.session_state.pop(WHOLE, False)  # the page comes next, with what was just clicked or dropped
    jobs = studio.jobs()
    active = [job for job in reversed(jobs) if job.is_active]
    _announce(jobs)
    clips = studio.videos(limit=1).total
    is_news = clips != st.session_state.setdefault("clips_seen", clips)
    st.session_state["clips_seen"] = clips
    if was_active and (is_news or not active) and not is_whole:
        st.rerun()  # the page shows what has arrived; and the polling stops once nothing is active
    if active:
        _running(studio, active)
    for job in [job for job in jobs if job.state in NOTEWORTHY][:NOTED]:
        _ended(studio, job)


def _running(studio: Studio, active: list[Job]) -> None:
    """A line for each job that runs, as an upload beside a training; those that wait are counted in the last."""
    shown = [job for job in active if job.state == "running"] or active[:1]
    waiting = len(active) - len(shown)
    with st.container(key="activity"):
        for job in shown:
            is_last = job is shown[-1]
            with st.container(key=f"work_{job.id}", horizontal=True, vertical_alignment="center", wrap=False):
                parts = [job.message] if job.message else []
                parts += [f"{waiting:,} more waiting"] if waiting and is_last else []
                text = " · ".join([f"**{widgets.plain(job.title)}**", *map(widgets.plain, parts)])
                st.progress(job.progress, text=text)
                with widgets.guard():
                    if st.button("Cancel", key=f"cancel_{job.id}", type="tertiary"):
                        studio.cancel_job(job.id)
                    if len(active) > 1 and is_last and st.button("Cancel all", key="cancel_all", type="tertiary"):
                        for other in active:
                            studio.cancel_job(other.id)


def _ended(studio: Studio, job: Job) -> None:
    with st.container(key=f"ended_{job.id}", horizontal=True, vertical_alignment="center", border=True, wrap=False):
        text = f"**{widgets.plain(job.title)}:** {widgets.plain(job.message)}"
        status: LibraryStatus | None = st.session_state.get(widgets.STATUS)
        if status and job.title.startswith(SWITCHING):
            text += f" The library stays with {widgets.plain(widgets.encoder_label(studio, status.encoder))}."
        st.markdown(text, width="stretch")
        dismiss = partial(studio.dismiss_job, job.id)
        st.button("Dismiss", key=f"dismiss_{job.id}", type="tertiary", on_click=dismiss)


def _announce(jobs: list[Job]) -> None:
    """One toast when all the work that was seen running has come to its end, also what came and went in between."""
    active = [job for job in jobs if job.is_active]
    if active:
        st.session_state.setdefault(BATCH, min(job.created for job in active))
    if BATCH not in st.session_state:
        return
    ended: dict[str, Job] = st.session_state.setdefault(ENDED, {})  # kept here, for the list has an end
    ended |= {job.id: job for job in jobs if not job.is_active and job.created >= st.session_state[BATCH]}
    if active:
        return
    told = [job for job in st.session_state.pop(ENDED).values() if job.state not in NOTEWORTHY]
    del st.session_state[BATCH]
    if told:
        st.toast(widgets.plain(_summary(told)), duration="long")  # it may have come on another page


def _summary(jobs: Sequence[Job]) -> str:
    """How work ended: "27 files finished: 22 added, 3 could not be read, 2 already there."."""
    if len(jobs) == 1:
        return f"{jobs[0].title}: {jobs[0].message}"
    files: Counter[str] = Counter()
    others, cancelled = 0, 0
    for job in jobs:
        counts = COUNTS.findall(job.message) if job.kind == "ingest" and job.state == "done" else []
        for number, outcome in counts:
            files[outcome] += int(number)
        cancelled += job.state == "cancelled"
        others += not counts and job.state != "cancelled"
    sentences = []
    if files:
        outcomes = ", ".join(f"{number:,} {outcome}" for outcome, number in files.most_common())
        sentences.append(f"{widgets.count(files.total(), 'file')} finished: {outcomes}.")
    if others:
        sentences.append(f"{widgets.count(others, 'task')} finished.")
    if cancelled:
        sentences.append(f"{widgets.count(cancelled, 'task')} cancelled.")
    return " ".join(sentences)
