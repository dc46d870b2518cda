"""Files larger than the memory pass through a client a piece at a time, both ways.

Whoever sends or fetches, and whoever answers, are processes of their own, so that what is measured is the client alone.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from vlmrun.client.exceptions import DependencyError

pytest.importorskip("resource", reason="this system does not tell how much memory a process has used")
pytest.importorskip("vlmrun.local", reason="needs the extra 'local'", exc_type=DependencyError)

MIB = 1 << 20
MOST = 32 * MIB
"""By how much the memory of a client may grow, whatever the size of the file."""

CLIENT = """
import asyncio, inspect, json, re, resource, sys
from pathlib import Path
import vlmrun


def peak():
    # Linux counts the process that this one was started from into ru_maxrss, and not into VmHWM.
    try:
        return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) << 10
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << (0 if sys.platform == "darwin" else 10)


def {use}


async def main(colour, base_url, api_key, small, large, *arguments):
    client = getattr(vlmrun, colour)(base_url=base_url, api_key=api_key, max_retries=0, timeout=300)
    seen = []
    for name in (small, large):
        made = use(client, name, *arguments)
        made = await made if inspect.isawaitable(made) else made
        seen.append(peak())
    print(json.dumps({{"size": size(made), "grown": seen[1] - seen[0]}}))

asyncio.run(main(*sys.argv[1:]))
"""
"""Does something small, so that all is loaded, then something large, and tells by how much its memory grew."""

UPLOAD = """size(file):
    return file.bytes

def use(client, path, method):
    return client.files.upload(path, method=method)
"""
VIDEO = """size(prediction):
    # The server here tells what it received.
    told = prediction.response.segments[0].video.content
    return int(re.search(r"video/mp4, ([0-9,]+) bytes", told)[1].replace(",", ""))

def use(client, path):
    return client.video.generate(file=path, domain="video.transcription")
"""
DOWNLOAD = """size(path):
    return path.stat().st_size

def use(client, name, folder):
    return client.artifacts.download(name, folder=folder, session_id="s")
"""
HOARDING = """size(file):
    return len(file)

def use(client, path, method):
    return Path(path).read_bytes()
"""
"""What must not pass."""


class Outcome(NamedTuple):
    """What a client did."""

    size: int
    """The bytes that arrived."""
    grown: int
    """By how many bytes its memory grew."""


def run(use: str, *arguments: str | Path) -> Outcome:
    """Run a client in a process of its own."""
    done = subprocess.run(  # noqa: S603  # this very interpreter
        [sys.executable, "-W", "error", "-c", CLIENT.format(use=use), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    return Outcome(**json.loads(done.stdout))


class Server(NamedTuple):
    """Where a server is, and its key."""

    base_url: str
    api_key: str


@pytest.fixture(scope="module")
def server() -> Generator[Server, None, None]:
    """A server of `vlmrun.local` in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "vlmrun.local", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=Path(__file__).parents[2],
    ) as process:
        try:
            assert process.stdout is not None
            printed = ""
            for line in process.stdout:
                printed += line
                found = re.search(r'api_key="([^"]+)", base_url="([^"]+)"', printed)
                if found is not None and "completions.create" in line:
                    yield Server(base_url=found[2], api_key=found[1])
                    break
            else:
                pytest.fail("the server has not started")
        finally:
            process.terminate()  # so that it removes its files
            try:
                process.wait(60)
            finally:
                process.kill()


def sparse(folder: Path, size: int, head: bytes = b"") -> tuple[Path, Path]:
    """A small file and a large one, which takes no room on the disk."""
    small, large = folder / "small.bin", folder / "large.bin"
    small.write_bytes(head + b"small" + bytes(2 * MIB))
    with large.open("wb") as file:
        file.write(head)
        file.truncate(size)
    return small, large


@pytest.mark.parametrize(
    ("colour", "method", "size"),
    [
        ("VLMRun", "auto", 256 * MIB),
        ("AsyncVLMRun", "auto", 256 * MIB),
        ("VLMRun", "direct", 80 * MIB),
        ("AsyncVLMRun", "direct", 80 * MIB),
    ],
)
def test_a_large_upload_takes_no_memory(server: Server, tmp_path: Path, colour: str, method: str, size: int) -> None:
    """Hashed, sent and verified, a file is never in memory, whatever its size and however it goes out."""
    # A byte more or less for each, so that none of them is there already.
    size -= len(colour) * 10 + len(method)
    outcome = run(UPLOAD, colour, *server, *sparse(tmp_path, size), method)
    assert outcome.size == size
    assert outcome.grown < MOST


@pytest.mark.parametrize(("colour", "size"), [("VLMRun", 1024 * MIB), ("AsyncVLMRun", 80 * MIB)])
def test_a_prediction_from_a_large_video_takes_no_memory(
    server: Server, tmp_path: Path, colour: str, size: int
) -> None:
    """`generate` uploads it as `files.upload` does, and is answered about the whole of it."""
    outcome = run(VIDEO, colour, *server, *sparse(tmp_path, size, b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"))
    assert outcome.size == size
    assert outcome.grown < MOST


def test_memory_is_noticed(tmp_path: Path) -> None:
    """A client that reads a file as a whole does not pass the test above."""
    outcome = run(HOARDING, "VLMRun", "http://127.0.0.1:9/v1", "k", *sparse(tmp_path, 64 * MIB), "auto")
    assert outcome.grown > MOST


DOWNLOADED = 128 * MIB


class _Zeros(BaseHTTPRequestHandler):
    """Serves zeros: many for what is called large."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def do_GET(self) -> None:  # the name that http.server looks for
        size = DOWNLOADED if "large" in self.path else MIB
        self.send_response(200)
        self.send_header("content-type", "application/octet-stream")
        self.send_header("content-length", str(size))
        self.end_headers()
        for _ in range(size // MIB):
            self.wfile.write(bytes(MIB))


@pytest.fixture(scope="module")
def zeros() -> Generator[str, None, None]:
    """The base URL of a server with large artifacts."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Zeros) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("colour", ["VLMRun", "AsyncVLMRun"])
def test_a_large_download_takes_no_memory(zeros: str, tmp_path: Path, colour: str) -> None:
    """An artifact goes into its file as it arrives."""
    outcome = run(DOWNLOAD, colour, zeros, "k", "small", "large", tmp_path)
    assert outcome.size == DOWNLOADED
    assert outcome.grown < MOST
