"""What a page shows of links: the button that copies one, and what opens the one by which a visitor came."""

import gradio as gr

from app_gradio.examples import component
from app_gradio.links import Link, Tab, keep
from core.config import Hosting


def copier() -> gr.HTML:
    """The button. Its value is what `shared` or `lasting` give, or None while there is nothing to share."""
    button = component("link", value=None, elem_classes="ck-shared")
    button.copied(lambda: gr.Info("Link copied."), None, None, api_visibility="private", show_progress="hidden")
    return button


def opener() -> gr.HTML:
    """An unseen part of the page whose events `frames` and `videos` carry the `name` in the link."""
    return component("opener", value=None, template="<span></span>", visible=True, elem_id="opener")


def lasting(tab: Tab, name: str) -> dict[str, str]:
    """The link of an example pair, which always works."""
    return {"name": f"{tab}.{name}", "note": ""}


def shared(link: Link, hosting: Hosting) -> dict[str, str]:
    """A link of two uploads, which works while they are kept."""
    hours = hosting.keep_hours
    kept = f"{hours / 24:g} days" if hours >= 48 else "1 hour" if hours == 1 else f"{hours:g} hours"
    return {
        "name": f"{link.tab}.{keep(link)}",
        "note": f"Whoever has the link sees both files. They are deleted within {kept}, and the link then ends.",
    }
