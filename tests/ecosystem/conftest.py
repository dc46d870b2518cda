"""No library sees the keys, URLs, proxies or tracing of whoever runs the tests."""

from __future__ import annotations

import os

import pytest

# LiteLLM reads this when it is imported: it would fetch a list of prices.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

_PREFIXES = ("VLMRUN_", "OPENAI_", "AZURE_", "LANGCHAIN_", "LANGSMITH_")


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(_PREFIXES) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    # openai-agents would send its traces to OpenAI, from a thread.
    monkeypatch.setenv("OPENAI_AGENTS_DISABLE_TRACING", "1")
