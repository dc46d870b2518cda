"""`python -m vlmrun.local` under many requests, beside a route of starlette that does nothing."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

from benchmarks._environments import BUILD, Environment, clean_environment, make
from benchmarks._timing import Bench, Comparison, Result, Spread, alternate, milliseconds

REQUESTS = 10_000
_PIECE = 100
"""How many requests are timed together."""

_PATH = "/v1/openai/chat/completions"
_BODY = json.dumps({"model": "vlmrun-orion-1:auto", "messages": [{"role": "user", "content": "What is the total?"}]})

_OURS = "import sys; from vlmrun.local.__main__ import main; sys.exit(main(['--port', '0', '--api-key', 'k']))"
_BARE = f"""
import json, socket, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def chat(request):
    asked = json.loads(await request.body())
    return JSONResponse({{"model": asked["model"], "choices": []}})

listener = socket.socket(proto=socket.IPPROTO_TCP)  # named, or Nagle would hold back each second packet
listener.bind(("127.0.0.1", 0))
print(f"http://127.0.0.1:{{listener.getsockname()[1]}}/v1", flush=True)
app = Starlette(routes=[Route("{_PATH}", chat, methods=["POST"])])
uvicorn.Server(uvicorn.Config(app, http="h11", log_level="critical", lifespan="off")).run(sockets=[listener])
"""


def measure(bench: Bench) -> Iterator[Result]:
    """The median of a request on one connection that is kept, and the memory after some and after many more."""
    (wheel,) = (BUILD / "wheel").glob("*.whl")
    environment = make("local", f"vlmrun[local] @ {wheel.as_uri()}")
    with _serving(environment, _OURS) as ours, _serving(environment, _BARE) as bare:
        rounds = bench.rounds(REQUESTS // _PIECE)
        early = alternate(ours.requests, bare.requests, rounds // 5)
        before = ours.memory()
        late = alternate(ours.requests, bare.requests, rounds - rounds // 5)
        after = ours.memory()
    compared = bench.keep(
        "local server", "bare starlette", Comparison(early.ours + late.ours, early.theirs + late.theirs)
    )
    what = "one chat at `vlmrun.local`"
    yield Result(
        what, milliseconds(compared.ours), "a route of starlette", milliseconds(compared.theirs), compared.ratio()
    )
    median = Spread.of([seconds * 1e3 for seconds in compared.ours])
    yield Result(f"{what}, in ms", milliseconds(compared.ours), figure=median, unit="ms", target=1.5)
    many = rounds * _PIECE
    yield Result(
        f"memory of `vlmrun.local`: {many // 5:,} chats, then {many:,}",
        f"{before / 1e6:.1f} MB, then {after / 1e6:.1f} MB",
    )


class _Serving:
    """A server in a process of its own, and a connection to it."""

    def __init__(self, process: subprocess.Popen[str], connection: HTTPConnection) -> None:
        self._process = process
        self._connection = connection

    def requests(self) -> float:
        """How many seconds a request takes, of some in a row."""
        headers = {"authorization": "Bearer k", "content-type": "application/json"}
        start = time.perf_counter()
        for _ in range(_PIECE):
            self._connection.request("POST", _PATH, _BODY, headers)
            answer = self._connection.getresponse()
            answer.read()
            assert answer.status == 200
        return (time.perf_counter() - start) / _PIECE

    def memory(self) -> int:
        """How many bytes of memory the server has; 0 where the system does not tell."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        except OSError:
            return 0
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) << 10 if found else 0


@contextmanager
def _serving(environment: Environment, code: str) -> Generator[_Serving, None, None]:
    with subprocess.Popen(
        [environment.python, "-I", "-c", code], stdout=subprocess.PIPE, text=True, env=clean_environment()
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:(\d+)/v1", process.stdout.readline())
            assert found is not None
            with closing(HTTPConnection("127.0.0.1", int(found[1]), timeout=60)) as connection:
                yield _Serving(process, connection)
        finally:
            process.terminate()
