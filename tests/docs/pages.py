"""README and docs as the tests read them: fenced blocks with where they stand, the files and changes that a page shows,
and which commands no test machine can run, with the reason."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from core.config import ROOT

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w./]+\.\w+)`[^`\n]*:\n+\Z")  # "`core/features/layout.py`:" right before a block

NOT_RUN = (  # command, why it is not run here; test_commands.py checks of each that its names and options exist
    (r"make\b", "it serves until it is stopped, or runs all the tests"),
    (r"docker\b", "there may be no engine here"),
    (r"git (clone|pull)\b|curl\b|sudo\b", "it needs a network or the rights of an administrator"),
    (r"python -m (streamlit|app_gradio)\b|python app\.py|.*exec python -m", "it serves until it is stopped"),
    (r"python -m core (train (?!\w+ --on-library)|evaluate (?!trace .*--queries)|bench)", "it takes minutes"),
    (r"ssh\b", "there is no other machine here"),
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    line: int
    language: str  # as after the fence; "" where none is given
    code: str
    file: str | None  # the file whose content it is
    is_answer: bool  # what the block right above it prints

    @property
    def name(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, from its top down."""
    text = page.read_text("utf-8")
    found, end = [], -1
    for match in FENCE.finditer(text):
        named = FILE.search(text[: match.start()])
        line = text.count("\n", 0, match.start()) + 1
        is_answer = match[1] == "text" and end >= 0 and not text[end : match.start()].strip()
        found.append(Block(page, line, match[1], match[2], named[1] if named else None, is_answer))
        end = match.end()
    return found


def commands(block: Block) -> list[str]:
    """The lines of a block of shell commands: continued ones joined, comments left out."""
    joined = block.code.replace("\\\n", " ")
    plain = (re.sub(r"\s+# .*", "", line).strip() for line in joined.splitlines())
    return [line for line in plain if line and not line.startswith("#")]


def not_run(command: str) -> str | None:
    """Why this command is not run by a test; None when it is."""
    return next((why for pattern, why in NOT_RUN if re.match(rf"(\w+=\S* )*({pattern})", command)), None)


def words(command: str) -> list[str]:
    """A command's words as a shell sees them, the settings before it left out."""
    given = shlex.split(command)
    while re.match(r"\w+=", given[0]):
        del given[0]
    return given
