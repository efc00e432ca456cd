"""The rules of the house, read from the imports: they point down only, and heavy libraries have one door each."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from core.config import ROOT

GROUND = {"records", "errors", "config", "device", "batches", "checkpoints", "gate", "resampling"}
MAY_IMPORT = {
    **dict.fromkeys(GROUND, GROUND),
    "media": GROUND,
    "features": GROUND | {"media"},
    "models": GROUND,
    "store": GROUND,
    "pipelines": GROUND | {"media", "features", "models", "store"},
    "training": GROUND | {"media", "features", "models", "store"},
    "plots": GROUND,
    "bench": GROUND | {"media", "features", "models", "store", "training", "pipelines"},
    "equipment": GROUND | {"features", "models", "store", "pipelines"},
    "studio": GROUND | {"media", "features", "models", "store", "pipelines", "training", "equipment"},
    "commands": GROUND | {"studio", "training", "bench"},
    "__main__": GROUND | {"commands"},
    "app": {"studio", "plots", "records", "errors", "config", "gate"},
}
ONE_DOOR = {"moviepy", "open_clip", "timm", "pyAudioAnalysis", "faiss", "plotly", "sqlite3", "streamlit", "gradio"}
SLOW = ("torch", "faiss", "av", "open_clip", "timm", "plotly", "sklearn", "moviepy", "pyAudioAnalysis")


def modules() -> list[Path]:
    return sorted(
        path
        for folder in ("core", "app_streamlit", "app_gradio")
        for path in (ROOT / folder).rglob("*.py")
        if "__pycache__" not in path.parts
    )


def room(path: Path) -> str:
    """The part of the house a file belongs to: "media", "studio", "app", …"""
    parts = path.relative_to(ROOT).parts
    return "app" if parts[0] != "core" else Path(parts[1]).stem


def imports(path: Path) -> set[str]:
    """Every module a file imports, at the top or inside functions, with dots."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module or ""}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down_only(path: Path) -> None:
    here = room(path)
    if path == ROOT / "core" / "__init__.py":
        assert not imports(path)
        return
    rooms = {name.split(".")[1] for name in imports(path) if name.startswith("core.") and name.count(".") >= 1}
    assert rooms <= MAY_IMPORT[here] | {here}, f"{here} may not import {rooms - MAY_IMPORT[here] - {here}}"


@pytest.mark.parametrize("path", [p for p in modules() if room(p) == "app"], ids=lambda p: str(p.relative_to(ROOT)))
def test_apps_leave_the_heavy_work_to_core(path: Path) -> None:
    top = {name.split(".")[0] for name in imports(path)}
    assert not top & {"torch", "faiss", "av", "sqlite3", "sklearn", "open_clip", "timm", "moviepy"}


@pytest.mark.parametrize("path", [p for p in modules() if room(p) == "models"], ids=lambda p: str(p.relative_to(ROOT)))
def test_models_know_no_paths_and_no_devices(path: Path) -> None:
    assert not imports(path) & {"pathlib", "pathlib.Path", "os", "core.device"}


@pytest.mark.parametrize("library", sorted(ONE_DOOR - {"streamlit", "gradio"}))
def test_a_heavy_library_is_imported_in_one_file(library: str) -> None:
    doors = [
        str(path.relative_to(ROOT))
        for path in modules()
        if path.parts[-2] != "bench" and library in {name.split(".")[0] for name in imports(path)}
    ]
    assert len(doors) <= 1, f"{library} is imported in {doors}"


def test_core_imports_no_front_end() -> None:
    for path in modules():
        if room(path) != "app":
            assert not {name.split(".")[0] for name in imports(path)} & {"streamlit", "gradio"}, path


def test_no_file_holds_more_than_one_idea() -> None:
    long = {str(p.relative_to(ROOT)): n for p in modules() if (n := len(p.read_text().splitlines())) > 350}
    assert not long, f"over 350 lines: {long}"


@pytest.mark.parametrize("module", ["core.studio", "core.plots", "core.__main__"])
def test_opening_the_door_loads_nothing_slow(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {SLOW!r} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert answer.stdout.strip() == "[]"
