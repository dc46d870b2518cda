"""Many threads, tasks, event loops and processes on one client; calls that are given up, and clients that are closed.

Each caller gets its own answer or a clear error, the client goes on working, and nothing is left over: every test ends
with the descriptors, threads and connections that it began with. The connections are counted by the server.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import importlib
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
import uuid
import warnings
from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpcore2
import httpx2
import pytest
import trio

from support.wire import few_certificates, nothing_left_over
from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.client.exceptions import ClientError, DependencyError, NetworkError

# Above the imports that need them: where one is missing, the module ends here.
pytest.importorskip("openai", reason="half of these tests are about the accessors")
pytest.importorskip("vlmrun.local", reason="needs the extra 'local'", exc_type=DependencyError)

import openai

from vlmrun._arguments.connection_options import ConnectionOptions
from vlmrun._http._sync import pools
from vlmrun._openai import clients as _openai
from vlmrun._resources.connections import Pools
from vlmrun.client.config import Configuration
from vlmrun.local import Fault, LocalServer, ReceivedRequest
from vlmrun.local._server.running import QuietH11 as Http  # which knows of each connection

NATIVE_POOL = 100
"""How many connections the clients of these tests may have, for native calls and for chats each."""

LONG = 240.0
"""Seconds that nothing of these tests takes, unless it hangs."""

SOON = LONG / 4
"""Seconds for what is not to wait for a timeout, which is `LONG`."""

SESSION = "9f1f0a52-0000-4000-8000-000000000000"

STALLED = {"x-stall": "stalled_headers"}
STALLED_STREAM = {"x-stall": "stalled_body"}


# The server, and what it sees -----------------------------------------------------------------------------------------


@dataclass
class Counted:
    """A server that counts its connections, and stalls where a request says so."""

    server: LocalServer
    connections: set[Http] = field(default_factory=set[Http])
    accepted: int = 0
    most: int = 0
    earlier: int = 0

    def begin(self) -> None:
        """Count from here."""
        self.accepted, self.most = 0, self.open
        self.earlier = len(self.server.requests)

    def made(self, connection: Http, transport: asyncio.Transport) -> None:
        """Count a connection, if it is one of this server: a plugin's serves for as long as the process runs."""
        if transport.get_extra_info("sockname")[1] == urlsplit(self.server.base_url).port:
            self.connections.add(connection)
            self.accepted += 1
            self.most = max(self.most, self.open)

    @property
    def requests(self) -> Sequence[ReceivedRequest]:
        """What was received since."""
        return self.server.requests[self.earlier :]

    def options(self, **more: Any) -> dict[str, Any]:
        """What a client of it is made with."""
        options = {
            "api_key": self.server.api_key,
            "base_url": self.server.base_url,
            "timeout": LONG,
            "max_retries": 0,
            "max_connections": NATIVE_POOL,
        }
        return options | more

    @property
    def open(self) -> int:
        return len(self.connections)

    def stalls(self) -> int:
        """How many requests came that are not answered."""
        return sum("x-stall" in request.headers for request in self.requests)


@pytest.fixture(scope="module", name="running")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counted]:
    """One server for all tests."""
    with few_certificates(tmp_path_factory.mktemp("certificates")), pytest.MonkeyPatch.context() as patch:
        running = Counted(LocalServer(faults=lambda request: stalled(request.headers)))
        made, lost = Http.connection_made, Http.connection_lost

        def count_made(self: Http, transport: asyncio.Transport) -> None:
            running.made(self, transport)
            made(self, transport)

        def count_lost(self: Http, error: Exception | None) -> None:
            running.connections.discard(self)
            lost(self, error)

        patch.setattr(Http, "connection_made", count_made)
        patch.setattr(Http, "connection_lost", count_lost)
        # A client waits five seconds for a connection. A thousand tasks of a busy machine may take longer to come by.
        patch.setattr(Configuration, "connect_timeout", property(attrgetter("timeout")))
        with running.server:
            with VLMRun(**running.options()) as warm:  # what is loaded once is loaded
                native(warm)
                whole(warm)
            gc.collect()
            gc.freeze()  # these tests collect garbage often: not all that others have made
            yield running


@pytest.fixture(autouse=True)
def counted(running: Counted) -> Iterator[Counted]:
    """The server, as if it were new, after which everything must be as before."""
    # Connections are accepted in order: once this one is served, all are that the test before has given up.
    httpx2.get(f"{running.server.base_url}/health", trust_env=False)
    eventually(lambda: running.open == 0)
    running.begin()
    before = leftovers()
    with nothing_left_over():
        # OpenAI's stream stops at the end mark and leaves generators behind: trio tells of it.
        warnings.filterwarnings("ignore", r"Async generator '(openai|httpx|httpcore)")
        yield running
        gc.collect()
    eventually(lambda: running.open == 0 and leftovers()[0] == before[0] and leftovers()[1] <= before[1])


def stalled(headers: Any) -> Fault | None:
    kind = headers.get("x-stall")
    return None if kind is None else Fault(kind)


def leftovers() -> tuple[list[str], int]:
    """The threads, and how many descriptors are open."""
    gc.collect()
    folder = Path("/proc/self/fd")
    # Idle threads of event loops, the server's among them, are kept for the next who asks.
    names = [thread.name for thread in threading.enumerate()]
    idle = re.compile(r"AnyIO|Trio|asyncio_|vlmrun\.local:\d+:_")
    threads = sorted(name for name in names if not idle.match(name))
    return threads, len(list(folder.iterdir())) if folder.exists() else 0


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for what other threads are about to do."""
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.005)


async def eventually_async(condition: Callable[[], bool], sleep: Callable[[float], Awaitable[None]]) -> None:
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end, "it does not come about"
        await sleep(0.005)


# Calls: each has an answer of its own ---------------------------------------------------------------------------------

# `Any`, because a call is written once for clients and accessors of both colours.


def chat_arguments(session: str, **options: Any) -> dict[str, Any]:
    """A chat; the server answers with the session that it is told."""
    options.setdefault("timeout", LONG)
    return {
        "model": "vlmrun-orion-1:auto",
        "messages": [{"role": "user", "content": "Hello!"}],
        "extra_body": {"session_id": session},
        **options,
    }


def native(client: Any) -> None:
    name = str(uuid.uuid4())
    assert client.agent.create({"prompt": "Read it."}, name=name).name == name


def whole(client: Any) -> None:
    whole_chat(client.agent.completions)


def whole_chat(completions: Any) -> None:
    session = str(uuid.uuid4())
    assert completions.create(**chat_arguments(session)).session_id == session


def streamed(client: Any) -> None:
    session = str(uuid.uuid4())
    chunks = list(client.agent.completions.create(**chat_arguments(session), stream=True))
    assert {chunk.session_id for chunk in chunks} == {session}
    assert chunks[-1].choices[0].finish_reason == "stop"


async def native_async(client: Any) -> None:
    name = str(uuid.uuid4())
    assert (await client.agent.create({"prompt": "Read it."}, name=name)).name == name


async def whole_async(client: Any) -> None:
    await whole_chat_async(client.agent.async_completions)


async def whole_chat_async(completions: Any) -> None:
    session = str(uuid.uuid4())
    assert (await completions.create(**chat_arguments(session))).session_id == session


async def streamed_async(client: Any) -> None:
    session = str(uuid.uuid4())
    stream = await client.agent.async_completions.create(**chat_arguments(session), stream=True)
    chunks = [chunk async for chunk in stream]
    assert {chunk.session_id for chunk in chunks} == {session}
    assert chunks[-1].choices[0].finish_reason == "stop"


CALLS = {"native": native, "whole": whole, "streamed": streamed}
ASYNC_CALLS = {"native": native_async, "whole": whole_async, "streamed": streamed_async}
every_call = pytest.mark.parametrize("kind", CALLS)

STALL: dict[str, Callable[[Any], Any]] = {
    "native": lambda client: client.with_options(default_headers=STALLED).agent.create({"prompt": "Read it."}),
    "native GET": lambda client: client.with_options(default_headers=STALLED).agent.list(),
    "whole": lambda client: client.agent.completions.create(**chat_arguments(SESSION, extra_headers=STALLED)),
    "streamed": lambda client: read(
        client.agent.completions.create(**chat_arguments(SESSION, extra_headers=STALLED_STREAM), stream=True)
    ),
}
"""Calls that are not answered; the last one is answered by half."""
every_stall = pytest.mark.parametrize("kind", STALL)


def read(stream: Any) -> Any:
    """Read a stream of either colour to its end, which does not come."""
    return [*stream] if hasattr(stream, "__iter__") else read_async(stream)


async def read_async(stream: Any) -> list[Any]:
    return [chunk async for chunk in await stream]


def test_connections_of_other_servers_are_not_counted(counted: Counted) -> None:
    """The plugin's server serves for as long as the process runs, and loses connections when it likes."""
    with LocalServer() as other, VLMRun(other.api_key, other.base_url) as client:
        native(client)
    assert (counted.accepted, counted.open, counted.most) == (0, 0, 0)


# Threads --------------------------------------------------------------------------------------------------------------


@contextmanager
def counting_openai_clients(monkeypatch: pytest.MonkeyPatch) -> Generator[list[object]]:
    made: list[object] = []
    for name in ("connect", "connect_async"):
        connect = getattr(_openai, name)

        def counting(*arguments: Any, connect: Any = connect) -> Any:
            time.sleep(0.05)  # for another thread to come in as well, where nothing keeps it out
            made.append(connect(*arguments))
            return made[-1]

        monkeypatch.setattr(_openai, name, counting)
    yield made


@every_call
def test_64_threads_share_a_client(kind: str, counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each gets its own answers, over one pool and by one OpenAI client."""
    threads, rounds = 64, 3
    start = threading.Barrier(threads)

    def work(_: int) -> None:
        start.wait(LONG)
        for _round in range(rounds):
            CALLS[kind](client)

    with (
        counting_openai_clients(monkeypatch) as made,
        VLMRun(**counted.options()) as client,
        ThreadPoolExecutor(threads) as pool,
    ):
        assert len(list(pool.map(work, range(threads)))) == threads
        assert len(made) == (kind != "native")
    assert len(counted.requests) == threads * rounds
    # OpenAI's client closes the connection of a stream at the end mark, before the body's end; so does a plain one.
    assert counted.accepted <= threads * (rounds if kind == "streamed" else 1)


def test_threads_queue_for_connections(counted: Counted) -> None:
    """More native calls at once than the pool has connections wait for one another, and all are answered."""
    with VLMRun(**counted.options()) as client, ThreadPoolExecutor(NATIVE_POOL + 28) as pool:
        calls = [pool.submit(native, client) for _ in range(NATIVE_POOL + 28)]
        for call in calls:
            call.result(LONG)
    assert counted.most <= NATIVE_POOL


# Tasks ----------------------------------------------------------------------------------------------------------------


class AsyncioLibrary:
    """asyncio, by the names of trio's that these tests use."""

    sleep = staticmethod(asyncio.sleep)

    @staticmethod
    def run(main: Callable[[], Awaitable[None]]) -> None:
        async def checked() -> None:
            complaints: list[object] = []
            asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
            await main()
            gc.collect()
            await eventually_async(lambda: asyncio.all_tasks() == {asyncio.current_task()}, asyncio.sleep)
            assert complaints == []

        asyncio.run(checked())

    @staticmethod
    async def all(calls: list[Callable[[], Awaitable[None]]]) -> None:
        await asyncio.gather(*(call() for call in calls))

    @staticmethod
    async def cancelled(calls: list[Callable[[], Awaitable[None]]], when: Callable[[], bool]) -> None:
        """Begin all calls, and cancel them in the middle."""
        tasks = [asyncio.ensure_future(call()) for call in calls]
        await eventually_async(when, asyncio.sleep)
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results), results


class TrioLibrary:
    """trio, by the same names."""

    sleep = staticmethod(trio.sleep)

    @staticmethod
    def run(main: Callable[[], Awaitable[None]]) -> None:
        trio.run(main)

    @staticmethod
    async def all(calls: list[Callable[[], Awaitable[None]]]) -> None:
        async with trio.open_nursery() as nursery:
            for call in calls:
                nursery.start_soon(call)

    @staticmethod
    async def cancelled(calls: list[Callable[[], Awaitable[None]]], when: Callable[[], bool]) -> None:
        async with trio.open_nursery() as nursery:
            for call in calls:
                nursery.start_soon(call)
            await eventually_async(when, trio.sleep)
            nursery.cancel_scope.cancel()


both_libraries = pytest.mark.parametrize("library", [AsyncioLibrary, TrioLibrary], ids=["asyncio", "trio"])


@contextmanager
def many_descriptors(least: int) -> Generator[None]:
    """Client and server are one process here: each connection takes two descriptors."""
    resource = pytest.importorskip("resource", reason="needs a system that counts descriptors")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < least:
        pytest.skip(f"needs {least} descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, least), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@both_libraries
@pytest.mark.parametrize("kinds", [["native"], ["whole", "streamed"]], ids=["native", "chats"])
def test_1000_tasks_share_a_client(library: Any, kinds: list[str], counted: Counted) -> None:
    """Each gets its own answer. None fails for want of a connection, and there are no more of them than is allowed."""
    tasks = 1000
    made = AsyncVLMRun(**counted.options(timeout=LONG))

    async def main() -> None:
        async with made as client:
            calls = [functools.partial(ASYNC_CALLS[kind], client) for kind in kinds]
            await library.all(calls * (tasks // len(calls)))

    with many_descriptors(2 * tasks + 200):
        library.run(main)
    assert len(counted.requests) == tasks
    assert counted.most <= (NATIVE_POOL if kinds == ["native"] else tasks)


# Event loops ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [VLMRun, AsyncVLMRun])
@both_libraries
def test_one_event_loop_after_another(library: Any, make: Any, counted: Counted) -> None:
    """One client and one accessor, kept over 20 loops; each loop closes the connections that it opened."""
    client = make(**counted.options())
    completions = client.agent.async_completions

    async def main() -> None:
        await whole_chat_async(completions)
        await streamed_async(client)
        if make is AsyncVLMRun:
            await native_async(client)

    for loop in range(20):
        library.run(main)
        eventually(lambda: counted.open == 0)
        assert counted.accepted == (loop + 1) * (2 if make is AsyncVLMRun else 1)


def test_event_loops_in_threads(counted: Counted) -> None:
    """Two of asyncio and two of trio at once, with one client and one accessor."""
    client = AsyncVLMRun(**counted.options())
    completions = client.agent.completions
    start = threading.Barrier(4)

    async def main() -> None:
        start.wait(LONG)
        for _ in range(5):
            await whole_chat_async(completions)
            await native_async(client)

    with ThreadPoolExecutor(4) as pool:
        runs: list[Callable[[Callable[[], Awaitable[None]]], None]] = [AsyncioLibrary.run, TrioLibrary.run]
        for done in [pool.submit(run, main) for run in runs * 2]:
            done.result(LONG)
    assert counted.accepted == 8


# Processes ------------------------------------------------------------------------------------------------------------

COMMON = """
    import asyncio, faulthandler, os, sys, threading, time, uuid
    from vlmrun import AsyncVLMRun, VLMRun

    OPTIONS = {"api_key": sys.argv[1], "base_url": sys.argv[2], "timeout": 240, "max_retries": 0}

    def arguments(session):
        return {"model": "vlmrun-orion-1:auto", "messages": [{"role": "user", "content": "Hello!"}],
                "extra_body": {"session_id": session}}

    def native(client):
        name = str(uuid.uuid4())
        assert client.agent.create({"prompt": "Read it."}, name=name).name == name

    def chat(completions):
        session = str(uuid.uuid4())
        assert completions.create(**arguments(session)).session_id == session

    def stream(completions):
        session = str(uuid.uuid4())
        chunks = list(completions.create(**arguments(session), stream=True))
        assert {chunk.session_id for chunk in chunks} == {session}

    async def all_async(client, completions):
        name, session = str(uuid.uuid4()), str(uuid.uuid4())
        assert (await client.agent.create({"prompt": "Read it."}, name=name)).name == name
        assert (await completions.create(**arguments(session))).session_id == session

    def link_of(fd):
        try:
            return os.readlink(f"/proc/self/fd/{fd}")
        except OSError:
            return None

    def sockets():
        # Those of this process that are connected to the server.
        lines = [line.split() for line in open("/proc/self/net/tcp").readlines()[1:]]
        port = f":{int(sys.argv[2].rsplit(':', 1)[1].split('/')[0]):04X}"
        connected = {f"socket:[{line[9]}]" for line in lines if line[2].endswith(port) and line[3] == "01"}
        return {link_of(fd) for fd in os.listdir("/proc/self/fd")} & connected

    def fork(work):
        child = os.fork()
        if child:
            return child
        faulthandler.dump_traceback_later(60, exit=True)  # a child that hangs says where
        try:
            work()
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    def joined(*children):
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * len(children)
"""


def run_script(counted: Counted, script: str, folder: Path, *flags: str) -> None:
    """Run a program of its own: a process with a server in it has threads, and is not to be forked."""
    path = folder / "program.py"
    path.write_text(textwrap.dedent(COMMON) + textwrap.dedent(script), encoding="utf-8")
    command = [sys.executable, *flags, str(path), counted.server.api_key, counted.server.base_url]
    run = subprocess.run(command, capture_output=True, text=True, timeout=LONG, check=False)  # noqa: S603  # our own code
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


with_proc = pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="needs /proc")
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@forks
def test_a_forked_process_has_connections_of_its_own(counted: Counted, tmp_path: Path) -> None:
    """A used client and a kept accessor work in parent and children at once, each over connections of its own."""
    run_script(
        counted,
        """
        client = VLMRun(**OPTIONS)
        completions = client.agent.completions

        def work():
            for _ in range(10):
                native(client)
                chat(completions)

        work()
        children = [fork(work), fork(work)]
        work()
        joined(*children)
        work()
        stream(completions)
        joined(fork(lambda: stream(completions)))
        client.close()
        """,
        tmp_path,
        "-Werror",
    )
    assert counted.accepted == 3 * 2 + 1  # native calls and chats of three processes; the stream of a fourth


@forks
@with_proc
def test_a_forked_process_gives_up_the_sockets_of_its_parent(counted: Counted, tmp_path: Path) -> None:
    """What the parent closes is closed, although its children live on; what they close is open in the parent."""
    run_script(
        counted,
        """
        client = VLMRun(**OPTIONS)
        completions = client.agent.completions
        runner = asyncio.new_event_loop()
        twin = AsyncVLMRun(**OPTIONS)
        twin_completions = twin.agent.completions

        def work():
            native(client)
            chat(completions)
            runner.run_until_complete(all_async(twin, twin_completions))

        work()
        assert len(sockets()) == 4, sockets()

        def child():
            assert sockets() == set(), sockets()
            client.close()

        joined(fork(child))
        assert len(sockets()) == 4
        work()
        runner.run_until_complete(twin.close())
        runner.run_until_complete(runner.shutdown_asyncgens())
        runner.close()
        client.close()
        """,
        tmp_path,
        "-Wignore::DeprecationWarning",  # of forking beside threads: OpenAI's async client starts one, which is idle
    )
    assert counted.accepted == 4


@forks
def test_a_process_that_is_forked_among_busy_threads_works(counted: Counted, tmp_path: Path) -> None:
    """Whatever locks other threads hold at that moment, the child hangs on none of ours.

    The client was used before: Python's imports, pydantic and platform have locks for what is done the first time, and
    a child that is forked then may hang on those.
    """
    run_script(
        counted,
        """
        client = VLMRun(**OPTIONS)
        completions = client.agent.completions
        done = threading.Event()

        def work():
            while not done.is_set():
                native(client)
                chat(completions)

        def once():
            native(client)
            chat(completions)

        once()
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(10):
                joined(fork(once), fork(once))
        finally:
            done.set()
            for thread in threads:
                thread.join()
        client.close()
        """,
        tmp_path,
        "-Wignore::DeprecationWarning",
    )


@forks
def test_a_lock_that_another_thread_holds_does_not_stop_a_forked_process(counted: Counted, tmp_path: Path) -> None:
    """A fork while OpenAI's client is being made: the child makes one of its own."""
    run_script(
        counted,
        """
        from vlmrun._openai import clients as _openai

        client = VLMRun(**OPTIONS)
        parent, connect = os.getpid(), _openai.connect
        making, go_on = threading.Event(), threading.Event()

        def slow(*arguments):
            if os.getpid() == parent:
                making.set()
                go_on.wait(240)
            return connect(*arguments)

        _openai.connect = slow
        thread = threading.Thread(target=lambda: chat(client.agent.completions))
        thread.start()
        making.wait(240)
        joined(fork(lambda: chat(client.agent.completions)))
        go_on.set()
        thread.join()
        client.close()
        """,
        tmp_path,
        "-Wignore::DeprecationWarning",
    )


@forks
@with_proc
def test_a_forked_process_starts_with_an_empty_pool(counted: Counted, tmp_path: Path) -> None:
    """Connections that other threads of the parent wait for take no place in the child, and are closed there."""
    run_script(
        counted,
        f"""
        client = VLMRun(**OPTIONS)
        native(client)

        def stall():
            try:
                client.with_options(default_headers={STALLED!r}).agent.list()
            except Exception:
                ended.append(1)

        ended = []
        threads = [threading.Thread(target=stall) for _ in range({NATIVE_POOL})]
        for thread in threads:
            thread.start()
        while len(sockets()) < {NATIVE_POOL}:
            time.sleep(0.01)

        def child():
            assert sockets() == set(), sockets()
            native(client)
            assert len(sockets()) == 1

        joined(fork(child))
        assert len(sockets()) == {NATIVE_POOL}
        client.close()
        for thread in threads:
            thread.join()
        assert len(ended) == {NATIVE_POOL}
        """,
        tmp_path,
        "-Wignore::DeprecationWarning",
    )


@forks
def test_an_async_client_is_used_on_both_sides_of_a_fork(counted: Counted, tmp_path: Path) -> None:
    """Between two event loops, and within one that goes on in the parent."""
    run_script(
        counted,
        """
        client = AsyncVLMRun(**OPTIONS)
        completions = client.agent.completions
        one = lambda: asyncio.run(all_async(client, completions))

        one()
        child = fork(one)
        one()
        joined(child)

        async def main():
            await all_async(client, completions)
            child = fork(one)
            await all_async(client, completions)
            while os.waitpid(child, os.WNOHANG) == (0, 0):
                await asyncio.sleep(0.01)
            await all_async(client, completions)

        asyncio.run(main())
        """,
        tmp_path,
    )
    assert counted.accepted == 5 * 2  # a pool for each loop: native calls and chats


@pytest.mark.parametrize("method", ["spawn", pytest.param("fork", marks=forks)])
def test_workers_take_a_client(method: str, counted: Counted, tmp_path: Path) -> None:
    """A client that was used goes to worker processes, by pickle or by inheritance, and works in each."""
    run_script(
        counted,
        f"""
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        def work(client):
            native(client)
            chat(client.agent.completions)
            asyncio.run(ask(client.agent.async_completions))
            return os.getpid()

        async def ask(completions):
            session = str(uuid.uuid4())
            assert (await completions.create(**arguments(session))).session_id == session

        if __name__ == "__main__":
            with VLMRun(**OPTIONS) as client:
                work(client)
                with ProcessPoolExecutor(2, multiprocessing.get_context("{method}")) as workers:
                    assert os.getpid() not in workers.map(work, [client] * 4)
                work(client)
        """,
        tmp_path,
    )


# Giving up ------------------------------------------------------------------------------------------------------------


@both_libraries
@every_stall
def test_cancelled_calls_give_their_connections_back(library: Any, kind: str, counted: Counted) -> None:
    """More calls are cancelled in the middle than a pool has connections; the client works all the time."""
    batch, times = 40, 3
    assert batch * times > NATIVE_POOL

    async def main() -> None:
        async with AsyncVLMRun(**counted.options()) as client:
            for time_ in range(times):
                stalls = [lambda: STALL[kind](client)] * batch
                await library.cancelled(stalls, lambda: counted.stalls() == (time_ + 1) * batch)  # noqa: B023
                await ASYNC_CALLS["native"](client)
                await ASYNC_CALLS["streamed"](client)
                await eventually_async(lambda: counted.open <= 2, library.sleep)

    library.run(main)


@every_stall
def test_calls_that_someone_waits_too_long_for(kind: str, counted: Counted) -> None:
    """`asyncio.wait_for` around a call."""

    async def main() -> None:
        async with AsyncVLMRun(**counted.options()) as client:
            for _ in range(3):
                with pytest.raises((TimeoutError, asyncio.TimeoutError)):
                    await asyncio.wait_for(STALL[kind](client), 0.2)
                await ASYNC_CALLS["native"](client)
                await ASYNC_CALLS["whole"](client)

    AsyncioLibrary.run(main)


def test_cancelled_before_it_is_sent(counted: Counted) -> None:
    """Calls that wait for a connection, and are cancelled as well, free the way for others."""

    async def main() -> None:
        async with AsyncVLMRun(**counted.options()) as client:
            stalls = [lambda: STALL["native"](client)] * (NATIVE_POOL + 50)
            await AsyncioLibrary.cancelled(stalls, lambda: counted.stalls() == NATIVE_POOL)
            await native_async(client)

    AsyncioLibrary.run(main)
    assert counted.stalls() == NATIVE_POOL


@both_libraries
@pytest.mark.parametrize("closes", [True, False], ids=["closed", "let go"])
def test_a_stream_that_is_left(library: Any, closes: bool, counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    """`break` out of a stream, with or without closing it: its connection is closed, at the latest with the client."""
    # trio finalizes the generators that a stream of OpenAI's leaves behind, a plain client's as well, all at once and
    # in no order: some then find another that still runs, and leave their connection to the client.
    is_left_to_the_client = library is TrioLibrary and not closes
    if library is TrioLibrary:
        monkeypatch.setattr(sys, "unraisablehook", print)

    async def leave(client: Any) -> None:
        stream = await client.agent.completions.create(
            **chat_arguments(SESSION, extra_headers=STALLED_STREAM), stream=True
        )
        async for _ in stream:
            break
        if closes:
            await stream.close()

    async def main() -> None:
        async with AsyncVLMRun(**counted.options()) as client:
            for _ in range(30):
                await leave(client)
            gc.collect()
            if not is_left_to_the_client:
                await eventually_async(lambda: gc.collect() >= 0 and counted.open == 0, library.sleep)
            await streamed_async(client)

    library.run(main)
    eventually(lambda: gc.collect() >= 0 and counted.open == 0)


@pytest.mark.parametrize("closes", [True, False], ids=["closed", "let go"])
def test_a_stream_that_is_left_sync(closes: bool, counted: Counted) -> None:
    """The same without await."""
    with VLMRun(**counted.options()) as client:
        for _ in range(30):
            stream = client.agent.completions.create(
                **chat_arguments(SESSION, extra_headers=STALLED_STREAM), stream=True
            )
            for _chunk in stream:
                break
            if closes:
                stream.close()
            del stream
            # Here, as httpcore 1 waits for itself where garbage that holds a stream is collected under its own lock;
            # a stream of OpenAI's is a cycle, so that a plain client does the same.
            gc.collect()
        eventually(lambda: counted.open == 0)
        streamed(client)


def test_a_stream_that_is_left_is_found_by_the_garbage_collector_at_a_bad_moment(
    counted: Counted, tmp_path: Path
) -> None:
    """While the next call holds the lock of the pool, which closing the stream takes as well: it does not hang."""
    run_script(
        counted,
        """
        import gc, importlib, openai

        core = openai.DefaultHttpxClient.__base__.__module__.replace("httpx", "httpcore")
        module = importlib.import_module(f"{core}._sync.connection_pool")

        class Collecting(module.PoolRequest):  # made within the lock
            def __init__(self, request):
                gc.collect()
                super().__init__(request)

        faulthandler.dump_traceback_later(60, exit=True)
        client = VLMRun(**OPTIONS)
        completions = client.agent.completions
        chat(completions)
        gc.disable()
        left = completions.create(**arguments(str(uuid.uuid4())), stream=True)
        for chunk in left:
            break
        ring = [left]
        ring.append(ring)
        del left, ring, chunk
        module.PoolRequest = Collecting
        chat(completions)
        client.close()
        """,
        tmp_path,
    )


def waits_for_an_answer() -> bool:
    """Whether the main thread is where it reads from a socket."""
    frames = sys._current_frames()  # pyright: ignore[reportPrivateUsage]
    code = frames[threading.main_thread().ident or 0].f_code
    return code.co_name == "read" and Path(code.co_filename).name == "sync.py"


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs signals for threads")
@every_stall
def test_interrupted_calls_give_their_connections_back(kind: str, counted: Counted) -> None:
    """Ctrl-C in the middle of a call, more often than a pool has connections."""
    assert threading.current_thread() is threading.main_thread()
    times = NATIVE_POOL + 5 if kind == "native" else 10

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    def after(stalls: int) -> None:
        eventually(lambda: counted.stalls() > stalls and waits_for_an_answer())
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    previous = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with VLMRun(**counted.options()) as client:
            for _ in range(times):
                thread = threading.Thread(target=after, args=[counted.stalls()])
                thread.start()
                with pytest.raises(KeyboardInterrupt):
                    STALL[kind](client)
                thread.join()
            native(client)
            whole(client)
            eventually(lambda: counted.open <= 2)
    finally:
        signal.signal(signal.SIGUSR1, previous)


# Closing --------------------------------------------------------------------------------------------------------------

CLEAR = (ClientError, NetworkError, openai.APIConnectionError)
"""What a call may end with whose client is closed."""


def says_closed(error: BaseException) -> bool:
    """Whether an error of OpenAI's tells of it; older releases leave that to the cause."""
    return "closed" in f"{error} {error.__cause__}"


def fate(call: Callable[[], object]) -> object:
    """What a call ended with."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001  # whatever it is, the test looks at it
        return error


@every_stall
@pytest.mark.parametrize("max_retries", [0, 2])
def test_closing_ends_the_calls_of_other_threads(kind: str, max_retries: int, counted: Counted) -> None:
    """They do not wait for an answer that cannot come any more: each ends with a clear error."""
    client = VLMRun(**counted.options(max_retries=max_retries))
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(fate, lambda: STALL[kind](client)) for _ in range(8)]
        eventually(lambda: counted.stalls() == 8)
        time.sleep(0.05)  # streams have begun
        client.close()
        for call in calls:
            error = call.result(SOON)
            assert isinstance(error, CLEAR), repr(error)
            assert says_closed(error)
    client.close()
    assert counted.accepted == 8


@both_libraries
@every_stall
@pytest.mark.parametrize("max_retries", [0, 2])
def test_closing_ends_the_calls_of_other_tasks(library: Any, kind: str, max_retries: int, counted: Counted) -> None:
    """The same with await."""
    errors: list[Exception] = []

    async def main() -> None:
        client = AsyncVLMRun(**counted.options(max_retries=max_retries))

        async def call() -> None:
            try:
                await STALL[kind](client)
            except Exception as error:  # noqa: BLE001  # as above
                errors.append(error)

        async def close() -> None:
            await eventually_async(lambda: counted.stalls() == 8, library.sleep)
            await library.sleep(0.05)  # streams have begun
            await client.close()
            await client.close()
            await eventually_async(lambda: len(errors) == 8, library.sleep)

        await library.all([call] * 8 + [close])

    library.run(main)
    assert [error for error in errors if not (isinstance(error, CLEAR) and says_closed(error))] == []
    assert counted.accepted == 8


def test_closing_ends_calls_that_wait_for_a_connection(counted: Counted) -> None:
    """They open none for a client that is closed."""
    client = VLMRun(**counted.options())
    threads = NATIVE_POOL + 20
    with ThreadPoolExecutor(threads) as pool:
        calls = [pool.submit(fate, lambda: STALL["native"](client)) for _ in range(threads)]
        eventually(lambda: counted.stalls() == NATIVE_POOL)
        client.close()
        assert all(isinstance(call.result(SOON), CLEAR) for call in calls)
    assert counted.accepted == NATIVE_POOL


def core_of(kind: str) -> Any:
    """The httpcore under a kind of call: that of OpenAI's client may be an older one."""
    name = openai.DefaultHttpxClient.__base__.__module__.replace("httpx", "httpcore")
    return httpcore2 if kind == "native" else importlib.import_module(name)


@pytest.mark.parametrize("kind", ["native", "whole"])
def test_a_connection_that_comes_about_after_closing_is_closed(
    kind: str, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else would close it."""
    client = VLMRun(**counted.options())
    connecting, go_on = threading.Event(), threading.Event()
    backend = core_of(kind).SyncBackend
    connect = backend.connect_tcp

    def slow(self: Any, *arguments: Any, **options: Any) -> Any:
        stream = connect(self, *arguments, **options)
        connecting.set()
        assert go_on.wait(LONG)
        return stream

    monkeypatch.setattr(backend, "connect_tcp", slow)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(fate, lambda: CALLS[kind](client))
        assert connecting.wait(LONG)
        client.close()
        go_on.set()
        assert isinstance(call.result(LONG), CLEAR)
    eventually(lambda: (counted.accepted, counted.open) == (1, 0))
    assert len(counted.requests) == 0


@pytest.mark.parametrize("kind", ["native", "whole"])
def test_a_connection_that_comes_about_after_closing_is_closed_async(
    kind: str, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same with await."""
    backend = core_of(kind).AnyIOBackend
    connect = backend.connect_tcp
    errors: list[object] = []

    async def main() -> None:
        client = AsyncVLMRun(**counted.options())
        connecting, go_on = asyncio.Event(), asyncio.Event()

        async def slow(self: Any, *arguments: Any, **options: Any) -> Any:
            stream = await connect(self, *arguments, **options)
            connecting.set()
            await go_on.wait()
            return stream

        monkeypatch.setattr(backend, "connect_tcp", slow)

        async def call() -> None:
            try:
                await ASYNC_CALLS[kind](client)
            except Exception as error:  # noqa: BLE001  # as above
                errors.append(error)

        async def close() -> None:
            await connecting.wait()
            await client.close()
            go_on.set()

        await AsyncioLibrary.all([call, close])
        await eventually_async(lambda: counted.open == 0, asyncio.sleep)

    AsyncioLibrary.run(main)
    assert [isinstance(error, CLEAR) for error in errors] == [True]
    assert len(counted.requests) == 0


def test_closing_while_connections_are_prepared(counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that finds its pool of connections made after the client was closed does not use it."""
    client = VLMRun(**counted.options())
    making, go_on = threading.Event(), threading.Event()
    open_pool = pools.open_pool

    def slow(options: ConnectionOptions) -> Any:
        making.set()
        assert go_on.wait(LONG)
        return open_pool(options)

    monkeypatch.setattr(pools, "open_pool", slow)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(fate, lambda: native(client))
        assert making.wait(LONG)
        client.close()
        go_on.set()
        assert isinstance(call.result(LONG), ClientError)
    assert counted.accepted == 0


def test_closing_just_before_a_call_is_sent(counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pool that a call was given is closed when the call comes to it."""
    client, twin = VLMRun(**counted.options()), AsyncVLMRun(**counted.options())
    native_pool, async_native_pool = Pools.native, Pools.async_native

    def closed(pools: Pools) -> Any:
        pool = native_pool(pools)
        pools.close()
        return pool

    async def closed_async(pools: Pools) -> Any:
        pool = await async_native_pool(pools)
        await pools.aclose()
        return pool

    monkeypatch.setattr(Pools, "native", closed)
    monkeypatch.setattr(Pools, "async_native", closed_async)
    with pytest.raises(NetworkError, match="closed"):
        native(client)
    with pytest.raises(NetworkError, match="closed"):
        asyncio.run(native_async(twin))
    assert counted.accepted == 0


def test_closing_from_a_signal_handler(counted: Counted) -> None:
    """A handler that closes the client whose call it interrupts does not hang."""
    client = VLMRun(**counted.options(timeout=None))

    def close(*_: object) -> None:
        client.close()

    def after() -> None:
        eventually(lambda: counted.stalls() == 1 and waits_for_an_answer())
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    previous = signal.signal(signal.SIGUSR1, close)
    thread = threading.Thread(target=after)
    try:
        thread.start()
        with pytest.raises(NetworkError):
            STALL["native"](client)
    finally:
        thread.join()
        signal.signal(signal.SIGUSR1, previous)


def test_threads_go_on_calling_while_a_client_is_closed(counted: Counted) -> None:
    """At whatever moment it is closed, a call ends with its answer or with a clear error."""
    for attempt in range(15):
        client = VLMRun(**counted.options())
        completions = client.agent.completions
        start = threading.Barrier(7)

        def work(kind: int, client: Any = client, completions: Any = completions, start: Any = start) -> object:
            start.wait(LONG)
            while True:
                error = fate(lambda: native(client) if kind % 2 else whole_chat(completions))
                if error is not None:
                    return error

        with ThreadPoolExecutor(6) as pool:
            calls = [pool.submit(work, kind) for kind in range(6)]
            start.wait(LONG)
            time.sleep(attempt * 0.004)
            client.close()
            for call in calls:
                error = call.result(LONG)
                assert isinstance(error, CLEAR), repr(error)
        eventually(lambda: counted.open == 0)


def test_a_closed_client_says_so(counted: Counted) -> None:
    """Native calls and accessors raise ClientError, an accessor from before OpenAI's APIConnectionError."""
    with VLMRun(**counted.options(max_retries=2)) as client:
        completions, openai_client = client.agent.completions, client.openai
        native(client)
        whole(client)
    client.close()
    uses: list[Callable[[Any], object]] = [native, whole, attrgetter("openai"), attrgetter("async_openai")]
    for use in uses:
        with pytest.raises(ClientError, match="closed"):
            use(client)
    for call in (lambda: whole_chat(completions), lambda: openai_client.with_options(timeout=1).models.list()):
        with pytest.raises(openai.APIConnectionError) as caught:
            call()
        assert says_closed(caught.value)
    with client, pytest.raises(ClientError, match="closed"):  # opening it again is no way back
        native(client)
    assert len(counted.requests) == 2


def test_a_closed_async_client_says_so(counted: Counted) -> None:
    """The same with await, also in the next event loop."""
    client = AsyncVLMRun(**counted.options(max_retries=2))
    completions = client.agent.completions

    async def use() -> None:
        async with client:
            await native_async(client)
            await whole_async(client)
        await client.close()
        await closed()

    async def closed() -> None:
        for call in (native_async, whole_async):
            with pytest.raises(ClientError, match="closed"):
                await call(client)
        with pytest.raises(openai.APIConnectionError) as caught:
            await whole_chat_async(completions)
        assert says_closed(caught.value)

    AsyncioLibrary.run(use)
    AsyncioLibrary.run(closed)
    assert len(counted.requests) == 2


# Letting go -----------------------------------------------------------------------------------------------------------


def test_clients_that_nobody_closes(counted: Counted) -> None:
    """What is let go closes its connections; the fixture counts the descriptors."""

    def use() -> None:
        client = VLMRun(**counted.options())
        native(client)
        whole(client)
        streamed(client)
        asyncio.run(whole_async(client))

    for _ in range(20):
        use()
    gc.collect()
    eventually(lambda: counted.open == 0)
    assert counted.accepted == 20 * 3


@both_libraries
def test_async_clients_that_nobody_closes(library: Any, counted: Counted) -> None:
    """Their loop closes the connections as it shuts down, or before, where nobody holds the client."""

    async def main() -> None:
        for _ in range(10):
            client = AsyncVLMRun(**counted.options())
            await native_async(client)
            await whole_async(client)

    library.run(main)
    assert counted.accepted == 10 * 2
