"""The run: two servers at a time, a table, an exit code."""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from language_servers.probes import Memory, Probe, probes_of
from language_servers.session import SERVERS, Server, ServerError, Session, running
from language_servers.verdicts import Question, Result, is_listed, judge, score, table

__all__ = ["main"]

# Seconds that a server gets in all, and that it gets to change answers that are not what they should be.
_BUDGET = 300.0
_SETTLE = 15.0
_PAUSE = 0.5


@dataclass
class _Arguments(argparse.Namespace):
    server: list[str] = field(default_factory=lambda: [server.name for server in SERVERS])
    json: Path | None = None
    without_native: bool = False


def main() -> int:
    """Run the gate; 0 where everything agrees."""
    arguments = _arguments()
    servers = [server for server in SERVERS if server.name in arguments.server]
    _say(f"python {platform.python_version()}, {_versions('openai', 'vlmrun', 'pygls', 'lsprotocol')}, in {sys.prefix}")
    _say(_versions(*(name for server in servers for name in server.distributions)))
    try:
        results = asyncio.run(_all(servers, native=not arguments.without_native))
    except asyncio.CancelledError:
        return 128 + signal.SIGTERM
    if arguments.json:
        arguments.json.write_text(json.dumps([_as_json(result) for result in results], indent=1), encoding="utf-8")
    agreeing, counted = score(results)
    _say(f"\n{table(results)}\n")
    _say(f"{len(results) - counted} not offered by the server, or known to be wrong, as listed")
    _say(f"{agreeing} of {counted} agree")
    return 0 if agreeing == counted > 0 else 1


def _arguments() -> _Arguments:
    parser = argparse.ArgumentParser(description="Compare what language servers say of vlmrun and of plain openai.")
    names = [server.name for server in SERVERS]
    parser.add_argument("--server", nargs="+", choices=names, metavar="NAME", help=f"ask only these of {names}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every answer to this file")
    parser.add_argument("--without-native", action="store_true", help="ask nothing about native calls")
    return parser.parse_args(namespace=_Arguments())


def _versions(*distributions: str) -> str:
    return ", ".join(f"{name} {_version(name)}" for name in distributions)


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "is not installed"


async def _all(servers: Sequence[Server], *, native: bool) -> list[Result]:
    """The results of every server, two at a time: jedi, which takes one core, takes as long as the others together."""
    task = asyncio.current_task()
    if task is not None:
        # Cancelled, unlike killed, this ends what it started.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    places = asyncio.Semaphore(2)

    async def interview(server: Server) -> list[Result]:
        async with places:
            return await _interview(server, native=native)

    longest_first = sorted(servers, key=lambda server: server.name != "jedi")
    return [result for results in await asyncio.gather(*map(interview, longest_first)) for result in results]


async def _interview(server: Server, *, native: bool) -> list[Result]:
    """The results of a server; what it was not asked, because it failed or its time was up, is vacuous."""
    probes = probes_of(server.name, native=native)
    results = {probe.question: judge(probe.question, "not asked", "", "") for probe in probes}
    started = time.monotonic()
    try:
        with _folder() as folder:
            await asyncio.wait_for(_ask_all(server, folder, probes, results), _BUDGET)
    except asyncio.TimeoutError:
        _say(f"{server.name}: not done in {_BUDGET:.0f} s")
    except (ServerError, OSError) as error:
        _say(f"{server.name}: {error}")
    _say(f"{server.name}: {len(results)} questions in {time.monotonic() - started:.1f} s")
    return list(results.values())


@contextmanager
def _folder() -> Generator[Path, None, None]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name).resolve()


async def _ask_all(server: Server, folder: Path, probes: Sequence[Probe], results: dict[Question, Result]) -> None:
    async with running(server, folder) as session:
        for document in {document.name: document for probe in probes for document in probe.documents}.values():
            session.show(document)
        # What it should have no answer to comes last, when its other answers have shown that it has read everything.
        await _ask(session, sorted(probes, key=lambda probe: is_listed(probe.question)), results)
        # What is not as it should be may be so because it had not.
        deadline = time.monotonic() + _SETTLE
        while again := [probe for probe in probes if not results[probe.question].is_settled]:
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(_PAUSE)
            await _ask(session, again, results)


async def _ask(session: Session, probes: Sequence[Probe], results: dict[Question, Result]) -> None:
    memory = Memory(session)
    for probe in probes:
        results[probe.question] = await probe.ask(memory)


def _as_json(result: Result) -> dict[str, str]:
    question = result.question
    return {
        "server": question.server,
        "subject": question.subject,
        "place": question.place,
        "verdict": result.verdict.name.lower(),
        "vlmrun": result.ours,
        "openai": result.theirs,
    }


def _say(text: str) -> None:
    print(text, flush=True)
