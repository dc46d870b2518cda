"""The examples of docs/guides/libraries.md run as they stand, each where its library is installed."""

from __future__ import annotations

import re
import runpy
from importlib.util import find_spec
from pathlib import Path

import pytest

from vlmrun.local import LocalServer

PAGE = Path(__file__).parents[2] / "docs/guides/libraries.md"
EXAMPLE = re.compile(r"^## ([^\n]+)\n+```py\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = dict(EXAMPLE.findall(PAGE.read_text(encoding="utf-8")))
MODULES = {
    "instructor": "instructor",
    "LangChain": "langchain_openai",
    "openai-agents": "agents",
    "pydantic-ai": "pydantic_ai",
    "LiteLLM": "litellm",
    "LlamaIndex": "llama_index",
}


def test_the_page_has_each_library() -> None:
    """So that none is skipped everywhere."""
    assert EXAMPLES.keys() == MODULES.keys()


@pytest.mark.parametrize("library", MODULES)
def test_the_example_runs(library: str, vlmrun_server: LocalServer, tmp_path: Path) -> None:
    """It asks the server once, and gets its answer."""
    if find_spec(MODULES[library]) is None:
        pytest.skip("installed elsewhere")
    (tmp_path / "example.py").write_text(EXAMPLES[library], encoding="utf-8")
    runpy.run_path(str(tmp_path / "example.py"), run_name="__main__")
    assert [work.kind for work in vlmrun_server.work] == ["chat"]
