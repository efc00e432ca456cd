"""Every command and every line of Python in README and docs is run, in a folder with the demo library and a few clips.

What is shown as the answer must be what comes out, numbers apart. A few commands cannot be run here: `pages.NOT_RUN`
says which and why; their verbs, names and options are checked instead.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from core.__main__ import build_parser, main
from core.bench.registry import BENCHMARKS
from core.config import ROOT, SAMPLES, Limits
from core.media.sandbox import Sandbox
from core.training.registry import EXPERIMENTS, LEARNERS, RECIPES
from tests.docs.pages import PAGES, Block, blocks, commands, not_run, words

WALKTHROUGH = "extend.md"  # has a test of its own
RUN = [b for page in PAGES if page.name != WALKTHROUGH for b in blocks(page) if b.language in ("sh", "python")]
SHOWN = {b: after for page in PAGES for b, after in pairwise(blocks(page)) if after.is_answer}
LEFT_OUT = [
    line
    for page in PAGES
    if page.name != WALKTHROUGH
    for b in blocks(page)
    if b.language == "sh"
    for line in commands(b)
    if not_run(line)
]
GIVEN = {  # what a page may take for granted in the folder it is read in
    "clip.mp4": "aurora-near_duplicate.mp4",
    "compilation.mp4": "fireworks-duplicate_scene.mp4",
    "a.mp4": "fireworks-anchor.mp4",
    "b.mp4": "fireworks-duplicate_scene.mp4",
    "films/regatta.mp4": "regatta-anchor.mp4",
    "films/jellyfish.mp4": "jellyfish-anchor.mp4",
}
STILLS = {"a.jpg": ("aurora-anchor.mp4", 2.0), "b.jpg": ("aurora-near_duplicate.mp4", 4.0)}


def write_still(path: Path, film: Path, second: float) -> None:
    with Sandbox(film, Limits()) as sandbox:
        Image.fromarray(sandbox.frame_at(second)).save(path)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo library, made once."""
    folder = tmp_path_factory.mktemp("demo") / "library"
    assert main(["prepare", "--library", str(folder), "--encoder", "embedded"]) == 0
    return folder


@pytest.fixture(scope="module")
def reader(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """By page: a folder as its reader has it before them, with a library of its own."""
    made: dict[Path, Path] = {}

    def open_at(page: Path) -> Path:
        if page not in made:
            made[page] = folder = tmp_path_factory.mktemp(page.stem)
            for name in ("assets", "core", "app_streamlit", "app_gradio", "Makefile"):
                (folder / name).symlink_to(ROOT / name)
            shutil.copytree(demo, folder / "library")
            for name, sample in GIVEN.items():
                for place in (folder, folder / "home"):
                    (place / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(SAMPLES / sample, place / name)
            for name, (sample, second) in STILLS.items():
                write_still(folder / name, SAMPLES / sample, second)
        return made[page]

    return open_at


def environment(folder: Path) -> dict[str, str]:
    """That of a reader who has set nothing, with this very Python, and no network."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLIPKIN_")}
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder / "home"),
        "PYTHONPATH": str(folder),
        "CLIPKIN_LIBRARY": str(folder / "library"),
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
    }


@pytest.mark.parametrize("block", RUN, ids=lambda block: block.name)
def test_a_block_runs_and_answers_what_the_page_shows(block: Block, reader: Callable[[Path], Path]) -> None:
    folder = reader(block.page)
    if block.language == "python":
        program = [sys.executable, "-c", block.code]
    else:
        lines = [line for line in commands(block) if not not_run(line)]
        if not lines:
            pytest.skip("; ".join(sorted({f"{not_run(line)}" for line in commands(block)})))
        program = ["sh", "-e", "-c", "\n".join(lines)]
    done = subprocess.run(
        program, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    if block in SHOWN:
        printed = {shape(line) for line in done.stdout.splitlines()}
        missing = [line for line in SHOWN[block].code.splitlines() if shape(line) not in printed | {"", "…"}]
        assert not missing, f"not printed: {missing}; but: {done.stdout}"


def shape(line: str) -> str:
    """A line of an answer without its numbers, which may differ a little from machine to machine."""
    return re.sub(r"\s+", " ", re.sub(r"-?\d+", "0", line)).strip()


@pytest.mark.parametrize("command", sorted(set(LEFT_OUT)))
def test_a_command_that_is_not_run_names_what_exists(command: str) -> None:
    given = words(command)
    if given[0] == "make":
        subprocess.run(["make", "-n", *given[1:]], cwd=ROOT, capture_output=True, check=True)
    elif given[:3] == ["python", "-m", "core"]:
        options = build_parser().parse_args(given[3:])
        known = {"train": [*RECIPES, *LEARNERS], "evaluate": EXPERIMENTS, "bench": [*BENCHMARKS, None]}[given[3]]
        assert getattr(options, "name", getattr(options, "only", None)) in known
    elif "streamlit" in given:
        from streamlit.config import get_config_options

        given = given[given.index("streamlit") :]
        assert (ROOT / given[2]).is_file()
        options = [word.lstrip("-").split("=")[0] for word in given if word.startswith("--")]
        assert set(options) <= set(get_config_options())
    elif "app_gradio" in given:
        options = {word for word in given[given.index("app_gradio") :] if word.startswith("--")}
        assert options <= set(re.findall(r'"(--[a-z-]+)"', (ROOT / "app_gradio" / "__main__.py").read_text()))
    else:
        assert not_run(command)


def test_every_verb_and_option_that_a_page_names_exists() -> None:
    parser = build_parser()
    (verbs,) = [action.choices for action in parser._actions if action.choices]
    for page in PAGES:
        text = page.read_text("utf-8").replace("\\\n", " ")
        for verb, rest in re.findall(r"python -m core ([a-z]+)([^`\n]*)", text):
            assert verb in verbs, f"{page.name}: {verb}"
            known = {option for action in verbs[verb]._actions for option in action.option_strings}
            named = set(re.findall(r"(?<=\s)--[a-z][a-z-]*", rest.split("#")[0]))
            assert named <= known, f"{page.name}: python -m core {verb} has no {named - known}"


def test_every_target_that_a_page_names_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in [*PAGES, ROOT / "CONTRIBUTING.md"]:
        named = set(re.findall(r"`make ([a-z]+)", page.read_text("utf-8")))
        assert named <= targets, f"{page.name}: {named - targets}"
