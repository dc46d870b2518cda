"""The programs of `examples/bulk` while processes are killed: what is lost, and what is paid for twice.

One Ray of this machine serves all tests of it. Starting it takes half a minute, and its workers some seconds more.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from pydantic import BaseModel

from vlmrun import VLMRun
from vlmrun.batch import Extractor
from vlmrun.local import Answer, Fault, LocalServer

PROGRAMS = Path(__file__).parents[2] / "examples" / "bulk"

GOOD = 40
BLOCK = 5
"""Documents in a file."""

CLUSTER = """
import sys, ray
context = ray.init(num_cpus=4, include_dashboard=False, log_to_driver=False)
print(context.address_info["address"], context.address_info["session_dir"], flush=True)
sys.stdin.read()
"""

RAY = {
    "RAY_AUTH_MODE": "disabled",  # it listens on this machine only
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_raylet_start_wait_time_s": "60",
}


class Invoice(BaseModel):
    """As in the programs."""

    number: str
    total: float


@dataclass(frozen=True)
class Cluster:
    """A Ray of this machine."""

    address: str
    logs: Path
    process: int

    def workers(self) -> list[int]:
        """The processes that run a `Reader`."""
        return [pid for pid in _below(self.process) if b"MapBatches(Reader)" in _read(pid, "cmdline")]


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:  # it has ended
        return b""


def _below(process: int) -> list[int]:
    """All processes that a process has started, directly or through others."""
    parents = {
        int(path.name): int(fields[1])
        for path in Path("/proc").iterdir()
        if path.name.isdigit() and len(fields := _read(int(path.name), "stat").rpartition(b")")[2].split()) > 1
    }
    found = [process]
    for parent in found:
        found += [pid for pid, above in parents.items() if above == parent]
    return found[1:]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Ray, with room for two workers, until the tests have run.

    On a busy machine Ray gives up when one of its own processes has not started after 30 seconds, so that it is tried
    again.
    """
    command = [sys.executable, "-c", CLUSTER]
    for _ in range(5):
        with subprocess.Popen(command, stdin=-1, stdout=-1, env=os.environ | RAY, text=True) as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            if line:
                address, folder = line.split()
                yield Cluster(address, Path(folder) / "logs", process.pid)
                return
    raise RuntimeError("Ray does not start on this machine")


@pytest.fixture
def server() -> Iterator[LocalServer]:
    """A server that refuses three requests because there are too many."""
    with LocalServer() as started:
        started.answer(Answer(output=Invoice(number="A-7", total=2.5), usage={"credits_used": 3}))
        started.add_fault(Fault("rate_limited", "POST", "/v1/agent/execute", times=3, retry_after="1"))
        yield started


class Job:
    """A program, its documents and its table.

    Args:
        program: The program.
        folder: Where all of it is.
        server: What it asks.
        arguments: Further arguments.
        environment: Further variables.
    """

    def __init__(self, program: str, folder: Path, server: LocalServer, *arguments: str, **environment: str) -> None:
        self._server = server
        self._folder = folder
        names = [f"{number}.txt" for number in range(GOOD)]
        for name in names:
            (folder / name).write_text(f"Invoice {name}", encoding="utf-8")
        self.paths = [str(folder / name) for name in [*names, "missing.pdf"]]
        pyarrow.parquet.write_table(pyarrow.table({"path": self.paths}), folder / "documents.parquet")
        own = [str(folder / "documents.parquet"), str(folder / "invoices"), *arguments, str(BLOCK)]
        self._command = [sys.executable, str(PROGRAMS / program), *own]
        key = {"VLMRUN_API_KEY": server.api_key, "VLMRUN_BASE_URL": server.base_url}
        self._environment = {**os.environ, **RAY, **key, **environment}

    @property
    def executions(self) -> int:
        """How many documents the server has read."""
        return sum(work.kind == "execution" for work in self._server.work)

    def start(self) -> subprocess.Popen[bytes]:
        """Run the program."""
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )

    def reach(self, process: subprocess.Popen[bytes], executions: int) -> None:
        """Wait until the server has read so many documents."""
        while self.executions < executions:
            assert process.poll() is None, self.log
            time.sleep(0.05)

    @property
    def log(self) -> str:
        """What the program has printed."""
        return (self._folder / "log").read_text(encoding="utf-8")

    def rows(self) -> list[dict[str, Any]]:
        """The table, which has each document once, and says why one was not read."""
        table = pyarrow.parquet.read_table(self._folder / "invoices")
        found: list[dict[str, Any]] = table.to_pylist()
        assert sorted(row["path"] for row in found) == sorted(self.paths)
        (bad,) = (row for row in found if row["error"])
        assert bad["error"].startswith("MissingFileError: ")
        assert not bad["may_be_billed"]
        return found


@pytest.fixture
def ray_job(cluster: Cluster, server: LocalServer, tmp_path: Path) -> Job:
    """The program for Ray."""
    return Job("ray_invoices.py", tmp_path, server, str(tmp_path / "done"), RAY_ADDRESS=cluster.address)


def report(what: str, job: Job) -> None:
    """Print the figure of the guide."""
    print(f"\n{what}: {job.executions - GOOD} of {GOOD} read twice")  # noqa: T201  # pytest -s shows it


def test_ray_replaces_a_worker(cluster: Cluster, server: LocalServer, ray_job: Job) -> None:
    """Nothing is lost, the blocks of the worker are read again, and no log has the key."""
    process = ray_job.start()
    ray_job.reach(process, 12)
    workers = cluster.workers()
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    assert process.wait() == 0, ray_job.log
    rows = ray_job.rows()
    report("Ray, a worker killed", ray_job)
    assert GOOD <= ray_job.executions <= GOOD + 4 * BLOCK
    extractor = Extractor(VLMRun(server.api_key), prompt="Read it.", response_model=Invoice, column="path")
    results = [result for result in extractor.results(rows) if result.error is None]
    assert {result.output.total for result in results} == {2.5}
    key = server.api_key.encode()
    assert not [path for path in cluster.logs.rglob("*") if path.is_file() and key in path.read_bytes()]
    assert server.api_key not in ray_job.log


def test_ray_goes_on_where_it_was(ray_job: Job) -> None:
    """A program that was killed is started again: what is in a file is not read again."""
    process = ray_job.start()
    ray_job.reach(process, 25)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert ray_job.start().wait() == 0, ray_job.log
    ray_job.rows()
    report("Ray, the program killed", ray_job)
    assert GOOD <= ray_job.executions <= GOOD + 25


@pytest.mark.parametrize("runner", ["native", "ray"])
def test_daft_goes_on_where_it_was(
    runner: str, server: LocalServer, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The same; it is the program that leaves out what is in a file."""
    environment = {"DAFT_RUNNER": runner}
    if runner == "ray":
        environment["RAY_ADDRESS"] = request.getfixturevalue("cluster").address
    job = Job("daft_invoices.py", tmp_path, server, **environment)
    process = job.start()
    job.reach(process, 12)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert job.start().wait() == 0, job.log
    job.rows()
    report(f"Daft, {runner}, the program killed", job)
    assert GOOD <= job.executions <= GOOD + 2 * BLOCK
