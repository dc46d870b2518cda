"""A job of very many tiny items against a stub: `python _million.py AMOUNT` prints its figures as JSON."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vlmrun import VLMRun
from vlmrun.batch import Batch
from vlmrun.batch._work import Answer, Prepared, Reply


class Stub:
    """Answers at once."""

    is_execution = True
    uploads = 0

    async def prepare(self, item: Any) -> Prepared:
        """Nothing is read."""
        return Prepared(item.source, [])

    async def start(self, item: Prepared, seconds: float | None) -> Reply:
        """The answer, a turn of the loop later."""
        del seconds
        await asyncio.sleep(0)
        return Reply(f"{item.prompt:>032}", Answer('{"total": 12.5}', 1.0), {})

    async def look(self, id: str, seconds: float | None) -> Reply:
        """Nothing is waited for."""
        raise NotImplementedError


class Stubbed(Batch[str]):
    """A job without a server."""

    def _work(self) -> Stub:
        return Stub()


def memory() -> int:
    """What the process has now, in bytes."""
    return int(re.findall(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))[0]) << 10


def main() -> None:
    """Run the job, and once more."""
    amount = int(sys.argv[1])
    early = 0

    def items() -> Iterator[tuple[str, bytes]]:
        nonlocal early
        for number in range(amount):
            if number == amount // 10:
                early = memory()
            yield str(number), b"%d" % number

    with tempfile.TemporaryDirectory() as folder:
        client = VLMRun("key", "http://127.0.0.1:9/v1")
        batch = Stubbed(f"{folder}/a.db", prompt="Read it.", client=client, concurrency=500)
        begun = time.perf_counter()
        counts = batch.run(items(), progress=False)
        seconds = time.perf_counter() - begun
        assert counts.done == counts.total == amount
        found = {"seconds": seconds, "early_memory": early, "memory": memory()}
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
        begun = time.perf_counter()
        assert batch.run(items(), progress=False) == counts
        found |= {"resume": time.perf_counter() - begun, "bytes": size / amount}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
