"""One test for both colours: the same use of `VLMRun` and of `AsyncVLMRun`."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from vlmrun import AsyncVLMRun, VLMRun

BASE_URL = "https://vlmrun.test/v1"
API_KEY = "key-of-the-tests"


class Colour:
    """A way to make a client and to use it: `colour.run(lambda client: client.agent.list())`."""

    def __init__(self, client: type[VLMRun | AsyncVLMRun]) -> None:
        self.client = client
        self.is_async = client is AsyncVLMRun

    # `Any`, because what a lambda makes of either client has no common type to name.
    def run(self, use: Callable[[Any], Any], **options: Any) -> Any:
        """Make a client, use it, wait for what comes back where there is something to wait for, and close it."""
        arguments: dict[str, Any] = {"api_key": API_KEY, "base_url": BASE_URL, "max_retries": 0} | options
        if self.client is VLMRun:
            with VLMRun(**arguments) as client:
                return use(client)

        async def main() -> Any:
            async with AsyncVLMRun(**arguments) as client:
                result = use(client)
                return await result if inspect.isawaitable(result) else result

        return asyncio.run(main())


both_colours = pytest.mark.parametrize("colour", [Colour(VLMRun), Colour(AsyncVLMRun)], ids=["sync", "async"])
"""Runs a test once for each colour; it takes the argument `colour`."""
