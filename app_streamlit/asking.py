"""What a page is asked about: dropped, picked from the library or named by the address, and kept over page switches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from app_streamlit import widgets
from app_streamlit.components import drop_zone
from app_streamlit.routes import UPLOADS
from app_streamlit.uploads import Upload, inbox
from core.errors import NotFound
from core.records import Progress, Video
from core.studio import Studio

QUERY = "query"  # the query parameter
CHOICES = 200  # videos offered in the list to pick from; more are found by typing their title in the library


@dataclass(frozen=True, slots=True)
class Asking:
    """The query of one page."""

    page: str
    forgets: Sequence[str] = ()  # what else of the session and of the address goes with the query

    def query(self, studio: Studio) -> Video | None:
        """The query of the address, else the one this session had when it left the page."""
        video_id = st.query_params.get(QUERY) or st.session_state.get(self._query)
        if video_id is None:
            return None
        try:
            video = studio.video(video_id)
        except NotFound:
            self.forget()
            st.session_state[self._gone] = True
            return None
        self.remember(video)
        return video

    def remember(self, video: Video) -> None:
        """From now on the page is about this one."""
        st.session_state[self._query] = video.id
        if st.query_params.get(QUERY) != video.id:
            st.query_params[QUERY] = video.id

    def forget(self) -> None:
        """Ask anew."""
        for name in (self._query, *self.forgets):
            st.session_state.pop(name, None)
        for name in (QUERY, *self.forgets):
            st.query_params.pop(name, None)

    def drop(self, studio: Studio, *, title: str, hint: str, pictures: bool = False) -> None:
        """A place to drop the query on."""
        if st.session_state.pop(self._gone, False):
            st.warning("The clip of this address is no longer there. Drop it again.")
        arrived = drop_zone(
            "search",
            title=title,
            hint=hint,
            url=UPLOADS,
            limit=studio.settings.limits.file_bytes,
            many=False,
            large=True,
            pictures=pictures,
        )
        for answer in arrived:
            upload = inbox.take(str(answer.get("token")))
            if upload:
                st.session_state[self._pending] = upload
                st.rerun()

    def pick(self, studio: Studio, *, empty: str) -> bool:
        """A video of the library instead; false, and `empty` said, when there is none."""
        videos = studio.videos(order="title", limit=CHOICES).videos
        if not videos:
            widgets.first_clips(studio, empty)
            return False
        titles = {video.id: video.title for video in videos}
        picked = st.selectbox(
            "Or take a clip of the library",
            list(titles),
            index=None,
            format_func=lambda video_id: titles[video_id],
            placeholder="Choose a clip",
            key=f"{self.page}_pick",
        )
        if picked:
            st.query_params[QUERY] = picked
            st.rerun()
        return True

    @property
    def upload(self) -> Upload | None:
        """What was dropped and not yet looked at."""
        return st.session_state.get(self._pending)

    def look(self, studio: Studio, upload: Upload) -> None:
        """Look at what was dropped. It goes on where it was when another input interrupts it."""

        def work(report: Progress) -> Video:
            return studio.query(upload.path, Path(upload.title).stem, owned=True, progress=report)

        self.make(upload.title, "Looking at the clip", work, self.cancel, {upload.path.name: upload.title})

    def make(
        self,
        title: str,
        label: str,
        work: Callable[[Progress], Video],
        cancel: Callable[[], None],
        names: dict[str, str] | None = None,
    ) -> None:
        """Get a query ready, with progress and a way to cancel, and go on with it; returns when that failed."""
        with st.container():
            st.markdown(f"**{widgets.plain(title)}**")
            place, stop = st.container(), st.empty()
            stop.button("Cancel", key=f"{self.page}_take_cancel", on_click=cancel)
        st.empty()  # takes the place of what was asked, which would stay in view while the work goes on
        with widgets.guard(names):
            with place, widgets.progress(label) as report:
                video = work(report)
            st.session_state.pop(self._pending, None)
            self.remember(video)
            st.rerun()
        cancel()
        stop.empty()

    def cancel(self) -> None:
        """Drop what was dropped."""
        upload: Upload | None = st.session_state.pop(self._pending, None)
        if upload:
            upload.path.unlink(missing_ok=True)

    @property
    def _query(self) -> str:
        return f"{self.page}_query"

    @property
    def _pending(self) -> str:
        return f"{self.page}_pending"

    @property
    def _gone(self) -> str:
        return f"{self.page}_gone"
