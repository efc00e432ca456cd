"""Which files visitors may fetch: only those put into Gradio's own folder, one by one.

The library's folder is never opened to the page as a whole: whoever compares two clips sees these two and no others.
"""

import hashlib
import os
import shutil
from pathlib import Path
from urllib.parse import quote

from gradio.utils import get_upload_folder


def servable(file: Path) -> Path:
    """A path with the same content that any visitor of this page may fetch: the file itself when it was uploaded here,
    else a link or copy of it in Gradio's folder."""
    root = Path(get_upload_folder()).resolve()
    resolved = file.resolve()
    if resolved.is_relative_to(root):
        return resolved
    state = resolved.stat()
    key = hashlib.sha256(f"{resolved}:{state.st_mtime_ns}:{state.st_size}".encode()).hexdigest()[:24]
    place = root / key / resolved.name
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f"{os.getpid()}.part")
        try:
            os.link(resolved, part)
        except OSError:  # another disk
            shutil.copyfile(resolved, part)
        part.replace(place)
    return place


def address(file: Path) -> str:
    """Where the page fetches a servable file; relative, so that it also holds behind a proxy's prefix."""
    return f"gradio_api/file={quote(str(servable(file)))}"
