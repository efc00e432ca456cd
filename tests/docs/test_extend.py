"""docs/extend.md followed word for word on a copy of the project: files written, registries changed, commands run."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.__main__ import main
from core.config import ROOT, SAMPLES
from tests.docs.pages import Block, blocks, commands, not_run
from tests.docs.test_commands import environment, shape

PAGE = ROOT / "docs" / "extend.md"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as a newcomer has it, with a demo library and the clips of the page."""
    folder = tmp_path_factory.mktemp("extend") / "clipkin"
    for name in ("core", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "assets").symlink_to(ROOT / "assets")
    for name, sample in {
        "clip": "aurora-near_duplicate",
        "a": "fireworks-anchor",
        "b": "fireworks-duplicate_scene",
    }.items():
        shutil.copy(SAMPLES / f"{sample}.mp4", folder / f"{name}.mp4")
    assert main(["prepare", "--library", str(folder / "library"), "--encoder", "embedded"]) == 0
    return folder


def change(folder: Path, code: str) -> None:
    """Apply a change as the page shows it: files after +++, parts after @@, each found once by its old lines."""
    target, old, new = folder, [], []

    def apply() -> None:
        if old or new:
            assert old, f"nothing says where this goes: {new}"
            text = target.read_text("utf-8")
            before = "".join(old)
            assert text.count(before) == 1, f"{target.name} holds this {text.count(before)} times: {before}"
            target.write_text(text.replace(before, "".join(new)), "utf-8")
            old.clear()
            new.clear()

    for line in code.splitlines(keepends=True):
        if line.startswith(("--- ", "@@")):
            apply()
        elif line.startswith("+++ "):
            target = folder / line[4:].strip()
        else:
            sign, rest = line[0], line[1:]
            assert sign in "+- \n", line
            if sign != "+":
                old.append(rest or "\n")
            if sign != "-":
                new.append(rest or "\n")
    apply()


def do(block: Block, folder: Path) -> str:
    """Follow one block; gives what it prints."""
    if block.file is not None:
        assert not (folder / block.file).exists(), f"{block.file} is there already"
        (folder / block.file).write_text(block.code, "utf-8")
        return ""
    if block.language == "diff":
        change(folder, block.code)
        return ""
    lines = [line for line in commands(block) if not not_run(line) or "--only layout" in line]
    program = [sys.executable, "-c", block.code] if block.language == "python" else ["sh", "-e", "-c", "\n".join(lines)]
    done = subprocess.run(
        program, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, f"{block.name}: {done.stdout[-3000:]}{done.stderr[-2000:]}"
    return done.stdout


def test_a_newcomer_who_follows_the_page_adds_one_thing_of_each_kind(copy: Path) -> None:
    printed = ""
    for block in blocks(PAGE):
        if block.is_answer:
            assert {shape(line) for line in block.code.splitlines()} <= {shape(line) for line in printed.splitlines()}
        else:
            printed = do(block, copy)
    lint = [sys.executable, "-m", "ruff", "check", "--select", "E,F,I,B,UP,ANN", "--line-length", "130", "."]
    written = [block.file for block in blocks(PAGE) if block.file]
    subprocess.run([*lint[:-1], *written], cwd=copy, check=True)
