"""The examples of docs/guides/frameworks.md for Django and Celery; those for FastAPI and Flask run with the suite."""

from __future__ import annotations

import io
import re
import runpy
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from vlmrun import VLMRun
from vlmrun.client.types import AgentExecutionConfig
from vlmrun.local import LocalServer

ROOT = Path(__file__).parents[2]
EXAMPLE = re.compile(r"^## ([^\n]+)\n[^#]*?^```py\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = dict(EXAMPLE.findall((ROOT / "docs/guides/frameworks.md").read_text(encoding="utf-8")))
RECEIPT = (ROOT / "examples/assets/receipt.png").read_bytes()


def _run(name: str, folder: Path) -> dict[str, Any]:
    """The names of an example, which makes its client while the server runs."""
    (folder / "example.py").write_text(EXAMPLES[name], encoding="utf-8")
    return runpy.run_path(str(folder / "example.py"))


def test_django(vlmrun_server: LocalServer, tmp_path: Path) -> None:
    """The view reads the file that is uploaded."""
    # By name: neither has types.
    import_module("django.conf").settings.configure()
    uploaded = io.BytesIO(RECEIPT)
    request = import_module("django.test").RequestFactory().post("/receipts", {"file": uploaded})
    vlmrun_server.answer("25.00", when="Read this receipt.")
    answer = _run("Django", tmp_path)["read"](request)
    assert (answer.status_code, answer.content) == (200, b'{"text": "25.00"}')
    (image,) = vlmrun_server.requests[-1].images
    assert image.read() == RECEIPT


def test_celery(vlmrun_server: LocalServer, vlmrun_client: VLMRun, tmp_path: Path) -> None:
    """The task returns the response of the execution, however often it is delivered, and starts none."""
    vlmrun_server.answer({"total": 25.0})
    execution = vlmrun_client.agent.execute(
        config=AgentExecutionConfig(prompt="Read it.", json_schema={"type": "object"})
    )
    collect = _run("Celery", tmp_path)["collect"]
    for _ in range(2):
        assert collect.apply(args=[execution.id]).get() == {"total": 25.0}
    assert len(vlmrun_server.work) == 1


@pytest.mark.parametrize("name", ["Django", "Celery"])
def test_the_page_has_it(name: str) -> None:
    """So that neither example goes unrun."""
    assert name in EXAMPLES
