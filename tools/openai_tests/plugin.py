"""A pytest plugin for OpenAI's tests: reports what each came to, and may put our clients in the place of OpenAI's.

`OPENAI_TESTS_CLIENT=ours` makes `openai.OpenAI` the class of `VLMRun(...).openai`, over connections as that has them.
Tests that import the name from openai afterwards make our client with the arguments that they would give OpenAI's.
"""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import Any

import openai
import pytest

from vlmrun import VLMRun

_outcomes: dict[str, str] = {}
_WORST = ["passed", "skipped", "failed"]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the worst of setup, call and teardown."""
    before = _outcomes.get(report.nodeid, "passed")
    _outcomes[report.nodeid] = max(before, report.outcome, key=_WORST.index)


def pytest_sessionfinish() -> None:
    """Write what was kept."""
    Path(os.environ["OPENAI_TESTS_REPORT"]).write_text(json.dumps(_outcomes), encoding="utf-8")


def _pool(accessor: str) -> object:
    """The connections of one of our clients, for which OpenAI's has no public name."""
    client: Any = getattr(VLMRun("key"), accessor)
    pool: object = client._client  # noqa: SLF001
    return pool


def _is_stock(pool: object) -> bool:
    """Whether OpenAI's client would have made these connections itself, so that ours has its own."""
    return pool is None or type(pool) in (openai.DefaultHttpxClient, openai.DefaultAsyncHttpxClient)


def _substitute(name: str, accessor: str) -> None:
    client: Any = getattr(VLMRun("key"), accessor)
    ours: Any = client.__class__

    @functools.wraps(ours.__init__)
    def __init__(self: Any, **options: Any) -> None:  # noqa: N807  # it is one
        if _is_stock(options.get("http_client")):
            options["http_client"] = _pool(accessor)
        ours.__init__(self, **options)

    setattr(openai, name, type(name, (ours,), {"__init__": __init__}))


if os.environ["OPENAI_TESTS_CLIENT"] == "ours":
    _substitute("OpenAI", "openai")
    _substitute("AsyncOpenAI", "async_openai")
