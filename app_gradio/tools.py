"""The two public functions as tools for agents, over the Model Context Protocol, where its package is installed.

Gradio makes tools of every public function: names, docstrings and types become their descriptions. What it does not do
is answer in JSON, which is what agents read.
"""

import json
from importlib.util import find_spec
from typing import Any


def offer() -> bool:
    """Whether there are tools; makes their answers JSON from now on."""
    if find_spec("mcp") is None:
        return False
    from gradio.mcp import GradioMCPServer

    if not hasattr(GradioMCPServer, "_in_python"):
        GradioMCPServer._in_python = GradioMCPServer.postprocess_output_data  # type: ignore[attr-defined]
        GradioMCPServer.postprocess_output_data = _in_json  # type: ignore[method-assign]
    return True


def _in_json(self: Any, data: Any, root_url: str) -> Any:
    told = [json.dumps(output) if isinstance(output, dict) else output for output in data]
    return self._in_python(told, root_url)
