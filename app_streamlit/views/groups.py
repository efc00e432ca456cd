"""The Groups page: which clips of the library are copies of one another, what holds each to its group, and how alike
every two clips of a selection are."""

from collections.abc import Sequence

import streamlit as st

from app_streamlit import answers, dialogs, selection, selection_bar, widgets
from app_streamlit.components import Json
from app_streamlit.components.comparing import kin_groups, kin_map
from core.records import Edge, Group, LibraryStatus, NearDuplicates, Pairwise, Video
from core.studio import Studio, open_studio

OF, SELECTED, LIBRARY = "of", "selected", "library"  # the query parameter and its values
GROUPS, MAP = "Groups", "Heat map"
MOST_PAIRED = 150  # clips in a heat map: more cells than this a side are too small to point at
COMPARED, OPENED = "kin_compared", "kin_opened"


def render(studio: Studio) -> None:
    """Draw the page."""
    if COMPARED in st.session_state:
        a, b = st.session_state.pop(COMPARED)
        st.switch_page("views/compare.py", query_params={"a": a, "b": b})
    if OPENED in st.session_state:
        st.switch_page("views/library.py", query_params={dialogs.CLIP: st.session_state.pop(OPENED)})
    everyone = studio.videos(limit=1).total
    if everyone < 2:
        st.title("Groups")
        st.markdown("There are not two clips in your library yet, so there is nothing to group.")
        st.page_link("views/library.py", label="Add clips to the library")
        return
    chosen = [video.id for video in selection.existing(studio, selection.chosen())]
    view, ids, model = _head(studio, chosen)
    if model is None:
        st.info("No method is ready yet.")
        return
    with widgets.guard():
        if view == MAP:
            _heat_map(studio, ids, model, everyone)
        else:
            _groups(studio, ids, model)
    selection_bar.show(studio, groups=False)


def _head(studio: Studio, chosen: Sequence[str]) -> tuple[str, tuple[str, ...] | None, str | None]:
    """What is asked: which view, of which ids (None: the whole library), by which method (None: none is ready)."""
    methods = studio.models("videos")
    with st.container(key="kin_head", horizontal=True, vertical_alignment="center"):
        st.title("Groups", width="content")
        st.space("stretch")
        view = st.segmented_control(
            "Show",
            (GROUPS, MAP),
            default=GROUPS,
            required=True,
            key="kin_view",
            label_visibility="collapsed",
            persist_state="session",
        )
        scope = LIBRARY
        if len(chosen) > 1:
            names = {LIBRARY: "Whole library", SELECTED: f"{len(chosen)} selected"}
            scope = st.segmented_control(
                "Of",
                list(names),
                default=SELECTED if st.query_params.get(OF) == SELECTED else LIBRARY,
                required=True,
                format_func=names.__getitem__,
                key="kin_of",
                label_visibility="collapsed",
            )
        model = widgets.method(methods, key="kin_method", bound=False)
    return view or GROUPS, tuple(chosen) if scope == SELECTED else None, model


def _question(*values: object) -> tuple[object, ...]:
    """What an answer depends on: the values asked with, and the state of the library."""
    status: LibraryStatus | None = st.session_state.get(widgets.STATUS)
    return (*values, status and (status.encoder, status.videos, status.extracted))


# --------------------------------------------------------------------------------------------------- groups


def _groups(studio: Studio, ids: tuple[str, ...] | None, model: str) -> None:
    """The groups that were found last. Looking for them is a job, so it goes on while other pages are open."""
    found, job = studio.grouped(ids, model=model), studio.grouping_job(ids, model=model)
    if job is not None and job.is_active:
        st.caption("The clips are being compared. What is found appears here.")
    elif found is None and (job is None or job.state == "done"):
        studio.start_grouping(ids, model=model)
        st.rerun()
    elif found is None or found.is_stale:
        with st.container(key="kin_anew", horizontal=True, vertical_alignment="center"):
            told = "The library has changed since." if found else widgets.plain(job.message if job else "")
            st.caption(told, width="content")
            if st.button("Look again" if found else "Start again", key="kin_again", type="tertiary"):
                studio.start_grouping(ids, model=model)
                st.rerun()
    if found is not None:
        _found(studio, found)


def _found(studio: Studio, found: NearDuplicates) -> None:
    groups = [told for group in found.groups if (told := _group(studio, group)) is not None]
    st.markdown(_said(found, len(groups)), help=f"The {found.threshold:.2f}: {widgets.plain(found.threshold_source)}")
    for note in found.notes:
        st.caption(widgets.plain(note))
    if not groups:
        return
    kin_groups(
        groups,
        answer=str([(member["id"], found.model) for group in groups for member in group["members"]]),
        key="kin_groups",
        selected=selection.chosen(),
        epoch=selection.epoch(),
        on_open=_open,
        on_select=selection.note,
        on_compare=_compare,
    )


def _said(found: NearDuplicates, groups: int) -> str:
    """What was found, as a sentence."""
    within = widgets.count(found.videos, "clip")
    if not groups:
        return f"No two of {within} are alike enough to be copies of one another ({found.threshold:.2f} or more)."
    told = "1 group" if groups == 1 else f"{groups:,} groups"
    return (
        f"**{told} of near-duplicates** among {within}. Every clip is at least {found.threshold:.2f} alike to the "
        "first of its group; under it are the two moments that hold it there."
    )


def _group(studio: Studio, group: Group) -> Json | None:
    """A group as the component shows it; None when all but one of it were removed meanwhile."""
    videos = {video.id: video for video in selection.existing(studio, group.members)}
    if group.representative not in videos or len(videos) < 2:
        return None
    edges = {edge.video_id: edge for edge in group.edges}
    longest = max(videos.values(), key=lambda video: (video.info.duration, video.info.width * video.info.height))
    weakest = min((edge.similarity for edge in group.edges if edge.video_id in videos), default=1.0)
    return {
        "members": [widgets.clip(studio, video) for video in videos.values()],
        "edges": [_edge(edges[video_id], videos) if video_id in edges else None for video_id in videos],
        "spare": [video_id for video_id in videos if video_id != longest.id],
        "said": f"held together by {weakest:.2f} at the least",
    }


def _edge(edge: Edge, videos: dict[str, Video]) -> Json:
    """What holds a clip to the first one of its group, with the middle of the passage that they share."""
    match = edge.match
    times = (
        ((match.query_start + match.query_end) / 2, (match.reference_start + match.reference_end) / 2)
        if match
        else (None, None)
    )
    return {
        "similarity": edge.similarity,
        "self": _moment(videos[edge.video_id], times[0]),
        "other": _moment(videos[edge.representative], times[1]),
    }


def _moment(video: Video, time: float | None) -> Json:
    thumb = f"/clip/thumb/{video.id}"
    return {
        "id": video.id,
        "title": video.title,
        "time": time,
        "moment": thumb if time is None else f"{thumb}?t={time:.2f}",
    }


# ------------------------------------------------------------------------------------------------- heat map


def _heat_map(studio: Studio, ids: tuple[str, ...] | None, model: str, everyone: int) -> None:
    if (len(ids) if ids else everyone) > MOST_PAIRED:
        st.info(
            f"A heat map holds {MOST_PAIRED} clips at most. Select some in the library, or by a tag, and come back."
        )
        st.page_link("views/library.py", label="Select clips in the library")
        return
    wanted = ids or tuple(video.id for video in studio.videos(limit=MOST_PAIRED).videos)
    question = _question(tuple(sorted(wanted)), model)
    found = answers.kept(
        "kin_map",
        question,
        "Comparing every two clips",
        lambda report: studio.pairwise(wanted, model=model, progress=report),
    )
    if found is None:
        return
    st.markdown(
        "How much of the clip of each row is in the clip of each column: 0 is none, 1 is all of it. Clips that are "
        "alike stand next to each other; groups are framed."
    )
    for note in found.notes:
        st.caption(widgets.plain(note))
    kin_map(
        [
            {"id": video_id, "title": title, "thumb": f"/clip/thumb/{video_id}"}
            for video_id, title in zip(found.ids, found.titles, strict=True)
        ],
        found.similarities,
        _runs(found),
        answer=str(question),
        key="kin_map",
        on_compare=_compare,
    )


def _runs(found: Pairwise) -> list[tuple[int, int]]:
    """Neighbours of one group as where they begin and how many they are."""
    runs: list[tuple[int, int]] = []
    for group in found.groups:
        start = previous = -2
        for place in (*sorted(group), -1):
            if place == previous + 1:
                previous = place
                continue
            if previous > start >= 0:
                runs.append((start, previous - start + 1))
            start = previous = place
    return runs


def _compare(pair: list[str]) -> None:
    st.session_state[COMPARED] = tuple(pair)


def _open(video_id: str) -> None:
    st.session_state[OPENED] = video_id


if __name__ == "__main__":
    render(open_studio())
