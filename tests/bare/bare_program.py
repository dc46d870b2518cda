"""What a program sees of this package where openai is not as it should be; run by `test_without_openai.py`.

A process of its own, because an import that has happened cannot be undone. Arguments, as one JSON object:

    openai    the folder to find openai in; "" for nowhere; null for wherever it is
    base_url  a server for native calls, or null for none
    then      whether to take the hindrance away afterwards, and to look again

It prints what it saw as one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from vlmrun import AsyncVLMRun, VLMRun

# `Any`, because an accessor's type is what this program is here to find out.
ACCESSORS: dict[str, Callable[[Any, Any], Any]] = {
    "VLMRun.openai": lambda client, _: client.openai,
    "VLMRun.async_openai": lambda client, _: client.async_openai,
    "VLMRun.agent.completions": lambda client, _: client.agent.completions,
    "VLMRun.agent.async_completions": lambda client, _: client.agent.async_completions,
    "AsyncVLMRun.openai": lambda _, client: client.openai,
    "AsyncVLMRun.async_openai": lambda _, client: client.async_openai,
    "AsyncVLMRun.agent.completions": lambda _, client: client.agent.completions,
    "AsyncVLMRun.agent.async_completions": lambda _, client: client.agent.async_completions,
}


class Doorman:
    """Is asked for every import: keeps count of those of openai, and lets it be found in one folder, or nowhere."""

    def __init__(self, folder: str | None) -> None:
        self.folder = folder
        self.asked = 0

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of openai; other modules, and what is inside openai, are left to Python."""
        if name != "openai":
            return None
        self.asked += 1
        if self.folder is None:
            return None
        spec = PathFinder.find_spec(name, [self.folder], target) if self.folder and path is None else None
        if spec is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return spec


def look(reach: Callable[[], Any]) -> dict[str, Any]:
    """What reaching for something comes to: an object, or an error."""
    try:
        found = reach()
    except Exception as error:  # noqa: BLE001  # whatever it is, the test is to see it
        return {
            "raised": [kind.__name__ for kind in type(error).__mro__],
            "message": getattr(error, "message", None),
            "suggestion": getattr(error, "suggestion", None),
            "error_type": getattr(error, "error_type", None),
            "text": str(error),
            "cause": type(error.__cause__).__name__,
        }
    return {"found": f"{type(found).__module__}.{type(found).__name__}", "value": found if found is True else None}


def look_at_all(client: VLMRun, async_client: AsyncVLMRun) -> dict[str, Any]:
    """What reaching for each accessor comes to."""
    return {name: look(partial(reach, client, async_client)) for name, reach in ACCESSORS.items()}


def call_native(base_url: str) -> dict[str, Any]:
    """What native calls give, in both colours."""

    async def asynchronously() -> list[object]:
        async with AsyncVLMRun(api_key="k", base_url=base_url, max_retries=0) as client:
            agents = await client.agent.list()
            execution = await client.agent.execute("reader", {"n": 1})
            return [await client.healthcheck(), [agent.name for agent in agents], execution.status]

    with VLMRun(api_key="k", base_url=base_url, max_retries=0) as client:
        agents = client.agent.list()
        execution = client.agent.execute("reader", {"n": 1})
        blocking = [client.healthcheck(), [agent.name for agent in agents], execution.status]
    return {"sync": blocking, "async": asyncio.run(asynchronously())}


def main(openai: str | None, base_url: str | None, then: bool) -> dict[str, Any]:
    """Look at everything."""
    doorman = Doorman(openai)
    sys.meta_path.insert(0, doorman)
    client = VLMRun(api_key="k", base_url=base_url)
    async_client = AsyncVLMRun(api_key="k", base_url=base_url)
    seen: dict[str, Any] = {}
    if base_url is not None:
        seen["native"] = call_native(base_url)
        seen["native asked for openai"] = doorman.asked
    seen["first"] = look_at_all(client, async_client)
    seen["again"] = look_at_all(client, async_client)
    seen["hasattr"] = look(lambda: hasattr(client, "openai"))
    seen["getattr"] = look(lambda: getattr(client.agent, "completions", None))
    seen["accessors asked for openai"] = doorman.asked
    if then:
        sys.meta_path.remove(doorman)
        seen["then"] = look_at_all(client, async_client)
        answer = client.agent.completions.create(model="m", messages=[{"role": "user", "content": "Hello!"}])
        seen["answer"] = answer.choices[0].message.content
        client.close()
    return seen


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(**json.loads(sys.argv[1]))))
