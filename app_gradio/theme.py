"""The look of the Gradio app: warm paper and near-black, one accent, Inter from this machine.

The Streamlit app carries the same colours in its config.toml; the plots carry them in `core.plots`.
"""

import inspect
from pathlib import Path

import gradio as gr

from core.config import ROOT
from core.plots import DARK, LIGHT, Palette

STATIC = ROOT / "app_streamlit" / "static"  # font and marks; the other app can serve them from its own folder only
STYLE = ROOT / "assets" / "style"
FONTS = {
    "inter-latin-wght-normal.woff2": "U+0000-02BA, U+02BD-02FF, U+1E00-1EFF, U+2000-206F, U+20A0-20CF, U+2190-22FF",
    "inter-latin-ext-wght-normal.woff2": "U+0100-02BA, U+1E00-1E9F, U+1EF2-1EFF",
}
PAPER, NIGHT = ("#FBFAF8", "#F1EEE9", "#DFDBD4"), ("#101114", "#1A1C20", "#2C2F35")  # page, raised, line


def theme() -> gr.themes.Base:
    """Gradio's variables, light and dark."""
    pairs = {
        "body_background_fill": (PAPER[0], NIGHT[0]),
        "body_text_color": (LIGHT.ink, DARK.ink),
        "body_text_color_subdued": (LIGHT.muted, DARK.muted),
        "background_fill_primary": ("#FFFFFF", NIGHT[1]),
        "background_fill_secondary": (PAPER[1], NIGHT[1]),
        "border_color_primary": (PAPER[2], NIGHT[2]),
        "border_color_accent": (LIGHT.accent, DARK.accent),
        "block_background_fill": ("#FFFFFF", NIGHT[1]),
        "block_border_color": (PAPER[2], NIGHT[2]),
        "block_label_background_fill": ("transparent", "transparent"),
        "block_label_text_color": (LIGHT.muted, DARK.muted),
        "block_title_text_color": (LIGHT.muted, DARK.muted),
        "color_accent_soft": (PAPER[1], NIGHT[2]),
        "link_text_color": (LIGHT.accent, DARK.accent),
        "input_background_fill": ("#FFFFFF", NIGHT[1]),
        "input_border_color": (PAPER[2], NIGHT[2]),
        "input_border_color_focus": (LIGHT.accent, DARK.accent),
        "button_primary_background_fill": (LIGHT.accent, DARK.accent),
        "button_primary_background_fill_hover": ("#8F4206", "#F7BA68"),
        "button_primary_text_color": ("#FFFFFF", NIGHT[0]),
        "button_secondary_background_fill": (PAPER[1], NIGHT[1]),
        "button_secondary_background_fill_hover": (PAPER[2], NIGHT[2]),
        "button_secondary_text_color": (LIGHT.ink, DARK.ink),
        "loader_color": (LIGHT.accent, DARK.accent),
        "shadow_drop": ("none", "none"),
        "block_shadow": ("none", "none"),
        "button_primary_shadow": ("none", "none"),
        "button_secondary_shadow": ("none", "none"),
    }
    known = inspect.signature(gr.themes.Base.set).parameters  # some variables have no dark side
    values = {name: light for name, (light, _) in pairs.items()}
    values |= {f"{name}_dark": dark for name, (_, dark) in pairs.items() if f"{name}_dark" in known}
    look = gr.themes.Base(
        primary_hue=gr.themes.colors.orange,
        neutral_hue=gr.themes.colors.stone,
        radius_size=gr.themes.sizes.radius_lg,
        font=("Inter", "system-ui", "sans-serif"),
        font_mono=("ui-monospace", "Consolas", "monospace"),
    )
    return look.set(**values, button_large_radius="10px", button_border_width="0px", block_radius="12px")


def css() -> str:
    """The page's own rules: the font faces, both palettes as variables, and `assets/style/gradio.css`."""
    faces = "".join(
        f"@font-face {{ font-family: 'Inter'; font-weight: 100 900; font-display: swap; unicode-range: {marks};"
        f" src: url('{_address(STATIC / name)}') format('woff2'); }}\n"
        for name, marks in FONTS.items()
    )
    variables = f":root {{ {_variables(LIGHT, PAPER)} }}\n.dark {{ {_variables(DARK, NIGHT)} }}\n"
    return faces + variables + (STYLE / "gradio.css").read_text(encoding="utf-8")


def mark() -> str:
    """The mark as inline SVG that takes the colours of the page."""
    drawing = (STATIC / "mark-light.svg").read_text(encoding="utf-8")
    for colour, variable in (("#1C1B19", "--ck-ink"), ("#A84E08", "--ck-accent"), ("#B4530A", "--ck-accent")):
        drawing = drawing.replace(colour, f"var({variable})")
    return drawing.replace('role="img" aria-label="Clipkin"', 'aria-hidden="true"')  # the word stands beside it


def _address(file: Path) -> str:
    """Where this page finds a file of this machine; relative, so that it also holds behind a proxy's prefix."""
    return f"gradio_api/file={file}"


def _variables(colours: Palette, grounds: tuple[str, str, str]) -> str:
    ramp = " ".join(f"--ck-ramp-{k}: {colour};" for k, colour in enumerate(colours.ramp))
    return (
        f"--ck-ink: {colours.ink}; --ck-muted: {colours.muted}; --ck-accent: {colours.accent};"
        f" --color-accent: {colours.accent};"
        f" --ck-quiet: {colours.quiet}; --ck-page: {grounds[0]}; --ck-raised: {grounds[1]}; --ck-line: {grounds[2]};"
        f" {ramp}"
    )
