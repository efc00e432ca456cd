"""How a search compares: the senses in sight; method, number of clips, weights and probabilities one click away. All of
it is kept in the address."""

from dataclasses import dataclass
from typing import get_args

import streamlit as st

from core.records import Chances, Readiness, Sense, Using
from core.studio import Studio

TOPS = (5, 10, 20)
SENSES: dict[Using, str] = {"late": "Picture + sound", "visual": "Picture", "audio": "Sound", "early": "As one"}
EXPLAINED: dict[Using, str] = {
    "late": "Pictures and sound are compared apart, then weighed.",
    "visual": "Only what is seen counts.",
    "audio": "Only what is heard counts.",
    "early": "Pictures and sound become one list of numbers, which is compared as a whole.",
}
CHANCES: dict[Chances, str] = {
    "calibrated": "Calibrated on this library",
    "published": "Equation 1 of the report, as written",
}
USUAL_SOUND = 10  # per cent


@dataclass(frozen=True, slots=True)
class Question:
    """Everything that decides an answer but the query."""

    model: str
    using: Using
    sound: int  # per cent of late fusion that sound has to say
    chances: Chances
    top: int

    @property
    def weights(self) -> dict[Sense, float] | None:
        """What late fusion is told; None leaves it at what is usual."""
        if self.using != "late" or self.sound == USUAL_SOUND:
            return None
        return {"visual": 1 - self.sound / 100, "audio": self.sound / 100}


def choose(studio: Studio) -> Question:
    """Draw the controls and give what they say."""
    models = {model.name: model for model in studio.models("search")}
    place = st.container(width="content")
    with st.popover("Method and settings", type="tertiary"):
        model = _model(models)
        offered = [using for using in SENSES if using in studio.compares(model)]
        with place:
            using = _using(offered)
        st.caption(EXPLAINED[using])
        top = st.segmented_control(
            "Clips to show", TOPS, default=TOPS[0], required=True, key="top", bind="query-params"
        )
        sound = _sound() if using == "late" else USUAL_SOUND
        chances: Chances = st.radio(
            "Probabilities",
            get_args(Chances),
            format_func=CHANCES.__getitem__,
            captions=[
                "How likely each clip is kin of the query, and how likely none of them is.",
                "Shares of the clips shown: they are never far apart, whatever the clips are.",
            ],
            key="chances",
            bind="query-params",
        )
        if using != "visual":
            _offer_listening(studio)
    return Question(model, using, sound, chances, top or TOPS[0])


def _using(offered: list[Using]) -> Using:
    using: Using = st.segmented_control(
        "Compare",
        offered,
        default=offered[0],
        required=True,
        format_func=lambda one: SENSES[one],
        key="using",
        bind="query-params",
        label_visibility="collapsed",
    )
    return using


def _model(models: dict[str, Readiness]) -> str:
    def label(name: str) -> str:
        return models[name].label + ("" if models[name].is_ready else " (not trained yet)")

    names = list(models)
    chosen: str = st.selectbox(
        "Method",
        names,
        index=names.index("cosine"),
        format_func=label,
        help="  \n".join(f"**{label(name)}:** {model.reason}" for name, model in models.items()),
        key="model",
        bind="query-params",
    )
    return chosen


def _sound() -> int:
    return st.slider(
        "What sound has to say",
        0,
        100,
        USUAL_SOUND,
        step=5,
        format="%d %%",
        help="The rest is up to the pictures, which decide alone where one of two clips has no sound.",
        key="sound",
        bind="query-params",
    )


def _offer_listening(studio: Studio) -> None:
    """Probabilities of sound want the two halves of every clip to have been heard; that takes a while."""
    if st.button(
        "Calibrate sound on this library",
        help="Listens to both halves of every clip once, so that probabilities hold for sound too.",
        key="listen",
    ):
        studio.start_listening()
        st.rerun()
