"""The Models page: what can learn from this library, what it has learned so far, and which encoders are ready."""

import time
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from app_streamlit import dialogs, widgets
from core import plots
from core.records import Curve, Job, LibraryStatus, Trainable
from core.studio import Studio, open_studio

MARKS = {
    "library": ":orange-badge[Learned here]",
    "shipped": ":gray-badge[As shipped]",
    "none": ":gray-badge[Untrained]",
}
EXPLAINED = {
    "Loss": "What training makes as small as it can. Validation: the same on clips that it does not learn from.",
    "Accuracy": "The share of right answers. Validation: on clips that it does not learn from.",
    "Threshold of the cosine": "From which similarity two frames count as one video's, and what every other choice "
    "would have let through. Drawn from the pairs that it learned from.",
}
REPLACED = "What it learned before stays in use until this is done, and is then replaced."
STALE = ":red-badge[Out of date]"


def render(studio: Studio) -> None:
    """Draw the page."""
    st.title("Models")
    status: LibraryStatus | None = st.session_state.get(widgets.STATUS)
    is_empty = status is None or not status.extracted
    if is_empty:
        widgets.first_clips(
            studio, "Your library is empty, so nothing can learn from it yet. Everything that ships works as it is."
        )
    else:
        clips = widgets.count(status.extracted, "clip") if status else ""
        encoder = widgets.plain(widgets.encoder_label(studio, studio.encoder()))
        st.caption(
            f"Each of these can learn from the {clips} of this library, as the encoder in use ({encoder}) sees them. "
            "Nothing leaves this machine, and what ships stays at hand."
        )
    jobs = [job for job in studio.jobs() if job.is_active and job.kind == "train"]
    for model in studio.trainables():
        _card(model, jobs, is_empty=is_empty, studio=studio)
    _encoders(studio)


def _card(model: Trainable, jobs: Sequence[Job], *, is_empty: bool, studio: Studio) -> None:
    """One model: what it is, where its weights are from, how its training went, and what can be done."""
    job = next((job for job in jobs if job.title == f"Training {model.label}"), None)
    with st.container(border=True, key=f"model_{model.name}"):
        with st.container(horizontal=True, vertical_alignment="center", key=f"head_{model.name}"), widgets.guard():
            st.markdown(f"**{widgets.plain(model.label)}**", width="content")
            st.markdown(MARKS[model.origin] + (f" {STALE}" if model.is_stale else ""), width="content")
            st.space("stretch")
            act = "Train again" if model.origin == "library" else "Train on this library"
            kind = "primary" if (model.origin == "none" and not model.is_quick) or model.is_stale else "secondary"
            if st.button(
                "Training" if job else act,
                key=f"train_{model.name}",
                type=kind,  # type: ignore[arg-type]
                disabled=is_empty or job is not None,
                help=REPLACED if model.origin == "library" else None,
            ):
                studio.start_training(model.name)
                st.rerun()
            if model.origin == "library":
                back = "Go back to what shipped" if model.has_shipped else "Forget what was learned"
                st.button(
                    back,
                    key=f"forget_{model.name}",
                    type="tertiary",
                    disabled=job is not None,
                    on_click=dialogs.ask,
                    args=("forget_training", model.name),
                )
        st.markdown(f"{widgets.plain(model.explanation)}  \n:small[{_state(model)}]")
        if model.report is not None:
            st.markdown(widgets.plain(model.report.summary))
        if model.report is not None and (model.report.curves or "roc" in model.report.figures):
            with st.expander("How it learned", key=f"curves_{model.name}"):
                _curves(model)


def _state(model: Trainable) -> str:
    """Where the weights in use come from, as a sentence."""
    if model.origin == "none" and model.is_quick:
        return "It has learned nothing yet. It does by itself when it is first used, which takes seconds."
    if model.origin == "none":
        return "It has learned nothing for this encoder yet, so it cannot be used before it is trained."
    if model.origin == "shipped":
        return "In use as it came with Clipkin."
    if model.report is None or model.learned_at is None:
        return "Learned from this library, but the file cannot be read. Train it again."
    when = time.strftime("%d %B %Y, %H:%M", time.localtime(model.learned_at))
    took = widgets.length(model.report.seconds)
    told = f"Learned from {widgets.count(model.report.videos, 'clip')} of this library on {when}, in {took}."
    return told + (" The library has changed much since." if model.is_stale else "")


def _curves(model: Trainable) -> None:
    """The losses, whatever else was measured over the epochs, and the curve of thresholds where there is one."""
    assert model.report is not None
    is_dark = st.context.theme.type == "dark"
    losses = [curve for curve in model.report.curves if "loss" in curve.name]
    others = [curve for curve in model.report.curves if "loss" not in curve.name]
    drawn: dict[str, list[Curve]] = {"Loss": losses, "Accuracy" if _are_rates(others) else "Measured": others}
    figures = [
        (name, plots.training_curves([_short(curve) for curve in curves], is_dark=is_dark))
        for name, curves in drawn.items()
        if curves
    ]
    if "roc" in model.report.figures:
        figures.append(("Threshold of the cosine", plots.roc(model.report.figures["roc"], is_dark=is_dark)))
    for place, (column, (name, figure)) in enumerate(zip(st.columns(len(figures)), figures, strict=True)):
        with column:
            st.caption(name, help=EXPLAINED.get(name))
            st.plotly_chart(figure, theme=None, key=f"chart_{model.name}_{place}", config={"displayModeBar": False})


def _short(curve: Curve) -> Curve:
    """The same under a name that fits into a legend: what is measured stands above the drawing."""
    return replace(curve, name=curve.name.removesuffix(" loss").removesuffix(" accuracy"))


def _are_rates(curves: Sequence[Curve]) -> bool:
    return all("accuracy" in curve.name for curve in curves)


def _encoders(studio: Studio) -> None:
    """Which encoders can be used now, and what the others lack."""
    st.subheader("Encoders")
    in_use = studio.encoder()
    for ready in studio.readiness():
        mark = ":orange-badge[In use]" if ready.name == in_use else ""
        mark = mark or (":green-badge[Ready]" if ready.is_ready else ":gray-badge[Not ready]")
        st.markdown(f"**{widgets.plain(ready.label)}** {mark}  \n:small[{widgets.plain(ready.reason)}]")


if __name__ == "__main__":
    render(open_studio())
