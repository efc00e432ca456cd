"""The answer to a search, three ways: the hits beside the query, both senses next to each other, the latent space."""

from collections.abc import Callable
from dataclasses import replace
from html import escape

import streamlit as st

from app_streamlit import answers, widgets
from app_streamlit.components import Json, pair
from app_streamlit.tuning import SENSES, Question
from core import plots
from core.errors import NotFound
from core.records import Hit, LibraryStatus, SearchResult, Using, Video
from core.studio import Studio

KEPT = "search_answers"  # what this session has asked about the query so far
MOST = 12  # answers kept
SPACES: dict[Using, str] = {"early": "Picture and sound", "visual": "Picture", "audio": "Sound"}

Act = Callable[[str], None]


def ask(studio: Studio, video: Video, question: Question) -> SearchResult:
    """The answer, kept in the session while question and library stay the same."""
    status: LibraryStatus | None = st.session_state.get(widgets.STATUS)
    name = (video.id, question, status and (status.encoder, status.videos, status.extracted))
    kept: dict[object, SearchResult] = st.session_state.setdefault(KEPT, {})
    if name not in kept:
        with answers.cancellable(f"search_{question.using}", name, "Searching") as report:
            answer = studio.search(
                video,
                model=question.model,
                using=question.using,
                weights=question.weights,
                chances=question.chances,
                top=question.top,
                progress=report,
            )
        while len(kept) >= MOST:
            kept.pop(next(iter(kept)))
        kept[name] = answer
    return kept[name]


def show(studio: Studio, result: SearchResult, *, on_open: Act, on_compare: Act) -> None:
    """The hits with players, and what a person should know to read the numbers."""
    hits = _there(studio, result)
    for note in result.notes:
        (st.caption if hits else st.info)(widgets.plain(note))
    widgets.offer_extraction(studio, key="extract_for_search")
    if not hits:
        if not result.notes:
            st.info("Nothing in your library can be compared with this yet.")
        return
    if result.query is not None and not any(hit["kin"] for hit in hits):
        st.caption("Nothing in your library is clearly kin to this.")
    asked = result.query.id if result.query else result.text
    pair(
        widgets.clip(studio, result.query) if result.query else None,
        hits,
        answer="-".join([asked, result.model, result.using, result.encoder, *(str(hit["id"]) for hit in hits)]),
        none=result.none if result.chances == "calibrated" else None,
        key="pair",
        on_open=on_open,
        on_compare=on_compare,
    )
    if result.calibration and result.chances == "calibrated":
        st.caption(widgets.plain(result.calibration.source))


def show_senses(studio: Studio, video: Video, question: Question) -> None:
    """What sound alone finds, what pictures alone find and what both find: the report's experiments, side by side."""
    offered = studio.compares(question.model)
    st.caption("What each sense finds by itself, most alike first: how likely it is kin, and how alike it is.")
    columns: list[Using] = [using for using in ("audio", "visual", "late") if using in offered]
    with st.container(key="senses"):
        places = st.columns(len(columns))
    for using, column in zip(columns, places, strict=True):
        with column, st.container(key=f"sense_{using}"), widgets.guard():
            st.markdown(f"**{SENSES[using]}**")
            result = ask(studio, video, replace(question, using=using))
            rows = [_row(studio, video, rank, hit) for rank, hit in enumerate(result.hits, 1)]
            if rows:
                st.html(f'<ol class="ranking">{"".join(rows)}</ol>')
            for note in result.notes:
                st.caption(widgets.plain(note))
            if not rows and not result.notes:
                st.caption("Nothing to show.")


def show_space(studio: Studio, video: Video, *, is_dark: bool) -> None:
    """The library in the two dimensions of the published model, and the query in it."""
    using: Using = st.segmented_control(
        "Space",
        list(SPACES),
        default="early",
        required=True,
        format_func=SPACES.__getitem__,
        key="space",
        bind="query-params",
        label_visibility="collapsed",
    )
    status: LibraryStatus | None = st.session_state.get(widgets.STATUS)
    question = (video.id, using, status and (status.encoder, status.videos, status.extracted))
    st.caption(
        "Every clip as a point, by the published method with two dimensions, whatever method is chosen above: "
        "near points are alike. Point at one for its title."
    )
    space = answers.kept(
        "space",
        question,
        "Laying the library out",
        lambda report: studio.latent_space(using, query=video, progress=report),
    )
    if space is None:
        return
    st.plotly_chart(plots.latent_space(space, is_dark=is_dark), key="latent_space", config={"displaylogo": False})
    if space.query is None:
        st.caption("The query has no place here: it has nothing of what this space is made of.")
    st.caption(widgets.plain(space.state))
    if space.loss is not None:
        with st.expander("How it learned"):
            st.plotly_chart(plots.training_curves([space.loss], is_dark=is_dark), key="latent_loss")


def _there(studio: Studio, result: SearchResult) -> list[Json]:
    """The hits as the players show them, without those that were removed in another window since."""
    shown = []
    for hit in result.hits:
        try:
            shown.append(widgets.hit_clip(studio, hit, heard=result.using == "audio"))
        except NotFound:
            continue
    return shown


def _row(studio: Studio, query: Video, rank: int, hit: Hit) -> str:
    picture = f"/clip/thumb/{hit.video_id}?t={hit.reference_time:.2f}"
    return (
        f'<li class="{"kin" if hit.is_kin else ""}"><a href="/compare?a={query.id}&b={hit.video_id}" target="_self">'
        f'<span class="rank">{rank}</span><img alt="" loading="lazy" src="{picture}">'
        f'<span class="words"><span class="title">{escape(hit.title)}</span>'
        f'<span class="numbers">{escape(widgets.percent(hit.probability))} · similarity {hit.similarity:.3f}</span>'
        "</span></a></li>"
    )
