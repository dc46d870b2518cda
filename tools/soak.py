"""Calls without end, and faults at random: `make soak`. Every call is accounted for, and nothing grows.

The server is a process of its own, whose schedule of faults comes from the seed. Its client makes calls of all kinds,
in threads and in tasks, each with a number of its own in the header `x-call`. At the end the server says what work it
did for which number, and that is held against what the calls came to: one that succeeded was done, one that failed
failed with an error that its faults explain, and native work was never done twice.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openai

from vlmrun import AsyncVLMRun, VLMRun, content
from vlmrun.client.exceptions import APIError
from vlmrun.local import Fault, FaultKind, LocalServer, ReceivedRequest

TIMEOUT = 1.0
"""Seconds; stalled calls end by it."""
RETRIES = 1
SHARE = 0.1
"""Which part of the requests meets a fault."""
MOST_GROWTH = 0.05
"""By how much the peak memory may grow, from the first tenth of the calls to the end."""

QUICK: Sequence[FaultKind] = (
    *("reset_before", "reset_in_body", "reset_after", "rate_limited", "unavailable", "server_error", "bad_gateway"),
    *("no_content", "truncated_json", "wrong_json", "deep_json", "wrong_content_type", "unknown_values"),
    *("missing_fields", "stream_cut", "stream_unfinished", "redirect_loop"),
)
SLOW: Sequence[FaultKind] = ("stalled_headers", "stalled_body", "trickle", "long_poll", "enormous_json")
"""These take a second each, so there are few of them."""


# The server -----------------------------------------------------------------------------------------------------------


def serve(seed: int) -> None:
    """Serve until the input ends; then print what was done, by call."""
    dice = random.Random(seed)  # noqa: S311  # it guards nothing

    def rule(_: ReceivedRequest) -> Fault | None:
        if dice.random() >= SHARE:
            return None
        kind = dice.choice(SLOW) if dice.random() < 0.02 else dice.choice(QUICK)
        if kind in ("rate_limited", "unavailable"):
            return Fault(kind, retry_after="0")
        return Fault(kind, size=1 << 18) if kind == "enormous_json" else Fault(kind)

    with LocalServer(faults=rule, keep_requests=0, keep_work=None) as server:
        print(json.dumps([server.base_url, server.api_key]), flush=True)
        sys.stdin.read()
        work = Counter(f"{work.kind} {work.headers.get('x-call', '?')}" for work in server.work)
    json.dump(work, sys.stdout)


@contextmanager
def server(seed: int) -> Generator[tuple[str, str, Callable[[], dict[str, int]]], None, None]:
    """Where a server is, its key, and how to end it and hear what it did."""
    command = [sys.executable, __file__, "--serve", "--seed", str(seed)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        base_url, api_key = json.loads(process.stdout.readline() if process.stdout else "")
        said: dict[str, int] = {}

        def end() -> dict[str, int]:
            output, _ = process.communicate()
            said.update(json.loads(output))
            return said

        yield base_url, api_key, end


# The calls ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """A kind of call."""

    work: str | None
    """What the server counts for it, if anything."""
    is_native: bool
    """Whether work is done at most once for it."""
    use: Callable[[Any], bool]
    """Makes it, and gives whether what came is whole."""
    use_async: Callable[[Any], Awaitable[bool]]
    """The same, awaited."""


ASK: dict[str, Any] = {"model": "m", "messages": [content.user("Hello!")]}


def _text(completion: Any) -> bool:
    return isinstance(completion.choices[0].message.content, str)


def _list(client: Any) -> bool:
    agents: list[Any] = client.agent.list()
    return agents == []


async def _list_async(client: Any) -> bool:
    agents: list[Any] = await client.agent.list()
    return agents == []


def _execute(client: Any) -> bool:
    return bool(client.agent.execute(config={"prompt": "Read it."}).id)


async def _execute_async(client: Any) -> bool:
    return bool((await client.agent.execute(config={"prompt": "Read it."})).id)


def _run(client: Any) -> bool:
    return isinstance(client.agent.run("Hello!").text, str)


async def _run_async(client: Any) -> bool:
    return isinstance((await client.agent.run("Hello!")).text, str)


def _chat(client: Any) -> bool:
    return _text(client.agent.completions.create(**ASK))


async def _chat_async(client: Any) -> bool:
    return _text(await client.agent.completions.create(**ASK))


def _stream(client: Any) -> bool:
    chunks = list(client.agent.completions.create(**ASK, stream=True))
    return any(choice.finish_reason for chunk in chunks for choice in chunk.choices)


async def _stream_async(client: Any) -> bool:
    chunks = [chunk async for chunk in await client.agent.completions.create(**ASK, stream=True)]
    return any(choice.finish_reason for chunk in chunks for choice in chunk.choices)


KINDS: dict[str, Kind] = {
    "list": Kind(None, True, _list, _list_async),
    "execute": Kind("execution", True, _execute, _execute_async),
    "run": Kind("chat", True, _run, _run_async),
    "chat": Kind("chat", False, _chat, _chat_async),
    "stream": Kind("chat", False, _stream, _stream_async),
}

RIGHT_ERRORS = (APIError, openai.APIError)
"""What a call may fail with: errors of this package, or OpenAI's from the accessors."""


class Ledger:
    """What calls came to. It has its room from the beginning, so that what grows is not it.

    Args:
        count: How many calls there will be, which are numbered from 0.
    """

    def __init__(self, count: int) -> None:
        self._outcomes: list[str | None] = [None] * count

    def enter(self, number: int, outcome: str) -> None:
        """Enter the outcome of a call: an error's name, `answer`, or what must not be."""
        self._outcomes[number] = outcome

    def outcome(self, number: int) -> str | None:
        """What a call came to, or `None` where it came to nothing."""
        return self._outcomes[number]


def _outcome(error: Exception | None, *, is_whole: bool) -> str:
    if error is None:
        return "answer" if is_whole else "SHORT"
    return type(error).__name__ if isinstance(error, RIGHT_ERRORS) else f"WRONG {type(error).__name__}: {error}"


def call(client: VLMRun, number: int, kind: str, ledger: Ledger) -> None:
    """Make a call, blocking."""
    named = client.with_options(default_headers={"x-call": str(number)})
    error: Exception | None = None
    is_whole = False
    try:
        is_whole = KINDS[kind].use(named)
    except Exception as caught:  # noqa: BLE001  # whatever it is, it is accounted for
        error = caught
    ledger.enter(number, _outcome(error, is_whole=is_whole))


async def call_async(client: AsyncVLMRun, number: int, kind: str, ledger: Ledger) -> None:
    """Make a call, awaiting."""
    named = client.with_options(default_headers={"x-call": str(number)})
    error: Exception | None = None
    is_whole = False
    try:
        is_whole = await KINDS[kind].use_async(named)
    except Exception as caught:  # noqa: BLE001  # whatever it is, it is accounted for
        error = caught
    ledger.enter(number, _outcome(error, is_whole=is_whole))


def in_threads(client: VLMRun, calls: Sequence[tuple[int, str]], ledger: Ledger) -> None:
    """Make calls in sixteen threads."""
    with ThreadPoolExecutor(16) as pool:
        for future in [pool.submit(call, client, number, kind, ledger) for number, kind in calls]:
            future.result()


async def in_tasks(client: AsyncVLMRun, calls: Sequence[tuple[int, str]], ledger: Ledger) -> None:
    """Make calls in a hundred tasks."""
    waiting = iter(calls)

    async def work() -> None:
        for number, kind in waiting:
            await call_async(client, number, kind, ledger)

    await asyncio.gather(*(work() for _ in range(100)))


# What the process takes -----------------------------------------------------------------------------------------------


def memory() -> int:
    """Bytes of memory that this process has at most had since `reset_peak`."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) << 10
    sys.exit("This system does not tell how much memory a process has used.")


def reset_peak() -> None:
    """Begin to measure the peak anew."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def descriptors() -> int:
    """How many file descriptors are open."""
    return len(os.listdir("/proc/self/fd"))


# The soak -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tenth:
    """What was measured after a tenth of the calls."""

    calls: int
    peak: int
    threads: int


def soak(count: int, seed: int) -> int:
    """Make calls and print a report: how many are unaccounted for, or grew."""
    dice = random.Random(seed)  # noqa: S311  # it guards nothing
    plan = [(number, dice.choice(list(KINDS))) for number in range(count)]
    ledger, tenths, start = Ledger(count), list[Tenth](), time.monotonic()
    with server(seed) as (base_url, api_key, end):
        options: dict[str, Any] = {"api_key": api_key, "base_url": base_url, "timeout": TIMEOUT, "max_retries": RETRIES}
        before = descriptors()
        with VLMRun(**options) as client:
            twin = AsyncVLMRun(**options)
            for tenth in range(10):
                reset_peak()
                part = plan[tenth * count // 10 : (tenth + 1) * count // 10]
                # In pieces, so that threads and tasks take turns, and each piece of tasks has a loop of its own.
                for begin in range(0, len(part), 1_000):
                    piece = part[begin : begin + 1_000]
                    half = len(piece) // 2
                    in_threads(client, piece[:half], ledger)
                    asyncio.run(in_tasks(twin, piece[half:], ledger))
                gc.collect()
                tenths.append(Tenth((tenth + 1) * count // 10, memory(), threading.active_count()))
                print(f"{tenths[-1].calls:>8} calls, peak {tenths[-1].peak / 1e6:.1f} MB", file=sys.stderr)
        gc.collect()
        left_open = descriptors() - before  # while it was used, the client kept as many connections as were of use
        work = end()
    return report(plan, ledger, work, tenths, left_open, time.monotonic() - start)


def report(
    plan: Sequence[tuple[int, str]],
    ledger: Ledger,
    work: dict[str, int],
    tenths: Sequence[Tenth],
    left_open: int,
    seconds: float,
) -> int:
    """Print what came of it: how many findings there are."""
    findings: list[str] = []
    counts: Counter[tuple[str, str]] = Counter()
    repeated = 0
    for number, kind in plan:
        outcome = ledger.outcome(number)
        if outcome is None:
            findings.append(f"call {number} ({kind}) came to nothing")
            continue
        counts[kind, outcome] += 1
        if outcome == "SHORT" or outcome.startswith("WRONG"):
            findings.append(f"call {number} ({kind}): {outcome}")
        counted = KINDS[kind].work
        if counted is None:
            continue
        done = work.get(f"{counted} {number}", 0)
        repeated += done > 1
        if KINDS[kind].is_native and done > 1:
            findings.append(f"call {number} ({kind}) was done {done} times")
        if not KINDS[kind].is_native and done > RETRIES + 1:
            findings.append(f"call {number} ({kind}) was done {done} times, more than OpenAI's client asks for")
        if outcome == "answer" and done == 0:
            findings.append(f"call {number} ({kind}) was answered without work")
    print(f"{len(plan):,} calls in {seconds:.0f} s, {len(plan) / seconds:.0f} a second")
    for (kind, outcome), number in sorted(counts.items()):
        print(f"  {kind:<8} {outcome:<28} {number:>8,}")
    print(f"  work that OpenAI's client asked for again after a failure: {repeated:,} chats")
    first, last = tenths[0], tenths[-1]
    growth = last.peak / first.peak - 1
    megabytes = f"{first.peak / 1e6:.1f} MB in the first tenth, {last.peak / 1e6:.1f} MB in the last"
    print(f"peak memory: {megabytes} ({growth:+.1%})")
    print(f"descriptors left open: {left_open}; threads: {first.threads}, then {last.threads}")
    if growth >= MOST_GROWTH:
        findings.append("memory grew")
    if left_open > 0:
        findings.append("descriptors were left open")
    if last.threads > first.threads:
        findings.append("threads grew")
    print(f"unaccounted: {len(findings)}")
    for finding in findings[:20]:
        print(f"  {finding}")
    return len(findings)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Calls without end, and faults at random.")
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.seed)
    else:
        sys.exit(1 if soak(asked.calls, asked.seed) else 0)
