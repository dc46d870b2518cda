"""One call at a time, over a connection that is open."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks._environments import Environment
from benchmarks._server import EVENTS
from benchmarks._timing import Bench, Comparison, Result, alternate, joined, milliseconds, worker


def measure(bench: Bench) -> Iterator[Result]:
    """Chats beside the bare OpenAI client, then native calls beside bare httpx2 and beside the official SDK."""
    for name, what, parts in (
        ("chat", "one chat", 1),
        ("async_chat", "one chat, async", 1),
        ("stream", "a streamed chat, per event", EVENTS),
        ("async_stream", "a streamed chat, async, per event", EVENTS),
    ):
        compared = _together(bench, f"vlmrun.{name}", f"openai.{name}", 20 if parts == 1 else 2)
        yield _result(what, compared, "bare OpenAI client", parts, target=1.02)
    for name, what in (
        ("list", "`client.agent.list()`"),
        ("async_list", "the same, async"),
        ("execute", "`client.agent.execute(...)`"),
    ):
        compared = _together(bench, f"vlmrun.{name}", f"httpx2.{name}", 20)
        yield _result(what, compared, "httpx2 and pydantic", 1, target=1.3)
    if bench.official is not None:
        for name, what, target in (
            ("list", "`client.agent.list()`", 0.6),
            ("execute", "`client.agent.execute(...)`", 0.6),
            ("chat", "one chat", None),
        ):
            compared = _apart(bench, bench.official, f"vlmrun.{name}", f"official.{name}", 20)
            yield _result(what, compared, "official SDK", 1, target=target)


def _result(what: str, compared: Comparison, beside: str, parts: int, target: float | None) -> Result:
    ours, theirs = ([value / parts for value in values] for values in (compared.ours, compared.theirs))
    return Result(what, milliseconds(ours), beside, milliseconds(theirs), compared.ratio(), target=target)


def _together(bench: Bench, ours: str, theirs: str, amount: int) -> Comparison:
    """Both sides in one process, so that nothing of it favours one; and in several, as each is laid out anew.

    Two bare clients in one process differ by up to a hundredth, so that who is made first changes, too.
    """
    found: list[Comparison] = []
    for number in range(bench.rounds(10)):
        with worker(bench.ours, bench.origin) as side:
            timers = side.timer(ours, amount), side.timer(theirs, amount)
            timers[number % 2]()
            found.append(alternate(*timers, bench.rounds(30), 5))
    return bench.keep(ours, theirs, joined(found))


def _apart(bench: Bench, other: Environment, ours: str, theirs: str, amount: int) -> Comparison:
    """Sides of two environments: in two processes, in turn."""
    found: list[Comparison] = []
    for _ in range(bench.rounds(3)):
        with worker(bench.ours, bench.origin) as side, worker(other, bench.origin) as that:
            rounds = bench.rounds(50)
            found.append(alternate(side.timer(ours, amount), that.timer(theirs, amount), rounds, 5))
    return bench.keep(f"{ours} (apart)", theirs, joined(found))
