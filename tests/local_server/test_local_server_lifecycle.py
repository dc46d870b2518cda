"""Starting, stopping, and being one of many."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import httpx2
import pytest

from vlmrun.client.exceptions import ClientError, DependencyError, InputError, NetworkError

pytest.importorskip("vlmrun.local", reason="needs the extra 'local'", exc_type=DependencyError)

from support.local import CHAT
from vlmrun.local import LocalServer, ReceivedRequest  # after the check that it can be imported
from vlmrun.local._server import running
from vlmrun.local._server.running import QuietH11


def test_server_is_reachable_inside_with_and_gone_after() -> None:
    """The server accepts from the first moment of the block, and refuses connections after it."""
    with LocalServer() as server:
        url = f"{server.base_url}/health"
        assert httpx2.get(url).status_code == 200
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(url)


def test_stop_leaves_no_thread_and_no_socket() -> None:
    """What start() made, stop() unmakes: threads and file descriptors are as before, even after work in threads."""

    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0

    gc.collect()
    threads, files = set(threading.enumerate()), descriptors()
    for _ in range(3):
        with (
            LocalServer() as server,
            closing(httpx2.Client(headers={"authorization": f"Bearer {server.api_key}"})) as client,
        ):
            body = {"messages": [{"role": "user", "content": "hello"}], "stream": True}
            assert client.post(f"{server.base_url}/openai/chat/completions", json=body).status_code == 200
    gc.collect()
    # Not more: an idle thread or connection of the plugin's server, which serves all tests, may end meanwhile.
    assert set(threading.enumerate()) <= threads
    assert descriptors() <= files


def test_stop_does_not_wait_for_idle_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that keeps its connection open does not keep the server: one that waited would be an error."""
    monkeypatch.setattr(running, "GRACE", 120)
    monkeypatch.setattr(running, "STOP_DEADLINE", 60.0)
    server = LocalServer()
    server.start()
    with closing(httpx2.Client()) as client:
        assert client.get(f"{server.base_url}/health").status_code == 200
        server.stop()


def test_base_url_needs_a_started_server() -> None:
    """Before start() and after stop() there is no base_url, and the error says what to do."""
    server = LocalServer()
    with pytest.raises(ClientError, match="not started") as caught:
        _ = server.base_url
    assert caught.value.suggestion is not None
    with server:
        assert server.base_url.startswith("http://127.0.0.1:")
        assert server.base_url.endswith("/v1")
    with pytest.raises(ClientError, match="not started"):
        _ = server.base_url


def test_start_twice_is_an_error_and_stop_twice_is_not() -> None:
    """A second start() says that it is started; a second stop() has nothing to do."""
    server = LocalServer()
    with server, pytest.raises(ClientError, match="already started"):
        server.start()
    server.stop()


def test_start_again_keeps_key_and_requests() -> None:
    """A server may be started again: the same key is let in, and what was received is still there."""
    server = LocalServer()
    key = server.api_key
    for _ in range(2):
        with server:
            answer = httpx2.get(f"{server.base_url}/agent", headers={"authorization": f"Bearer {key}"})
            assert answer.status_code == 200
    assert [request.path for request in server.requests] == ["/v1/agent", "/v1/agent"]


def test_same_port_can_be_bound_again_at_once() -> None:
    """A port that was given can be had again as soon as stop() returned."""
    with LocalServer() as first:
        port = httpx2.URL(first.base_url).port
        httpx2.get(f"{first.base_url}/health")
    assert port is not None
    server = LocalServer(port=port)
    for _ in range(2):
        with server:
            assert httpx2.URL(server.base_url).port == port
            assert httpx2.get(f"{server.base_url}/health").status_code == 200


def test_port_in_use_is_named_with_a_remedy() -> None:
    """A busy port is an error that names it and says what to do, and nothing is left open."""
    with LocalServer() as first:
        port = httpx2.URL(first.base_url).port
        assert port is not None
        second = LocalServer(port=port)
        with pytest.raises(NetworkError, match=rf"Port {port} .* in use") as caught:
            second.start()
        assert caught.value.suggestion is not None
        assert httpx2.get(f"{first.base_url}/health").status_code == 200
    with second:
        assert httpx2.get(f"{second.base_url}/health").status_code == 200


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "192.168.0.1", "8.8.8.8", "example.com", "", "127.0.0.1.evil", "::ffff:127.0.0.1"],  # noqa: S104  # it must not
)
def test_only_loopback_hosts_are_taken(host: str) -> None:
    """No address that another machine could reach is ever bound."""
    with pytest.raises(InputError, match=f"host .*{re.escape(repr(host))}"):
        LocalServer(host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_ipv4_loopback_is_served(host: str) -> None:
    """127.0.0.1 and localhost are served under the address that was bound."""
    with LocalServer(host=host) as server:
        assert httpx2.URL(server.base_url).host == "127.0.0.1"
        assert httpx2.get(f"{server.base_url}/health").status_code == 200


def test_ipv6_loopback_is_bracketed() -> None:
    """::1 stands in brackets in base_url, as a URL needs it."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with LocalServer(host="::1") as server:
        assert server.base_url.startswith("http://[::1]:")
        assert httpx2.get(f"{server.base_url}/health").status_code == 200


@pytest.mark.parametrize("port", [-1, 65_536, True])
def test_ports_beyond_the_range_are_refused(port: int) -> None:
    """A port is from 0 to 65535."""
    with pytest.raises(InputError, match="port"):
        LocalServer(port=port)


@pytest.mark.parametrize("api_key", ["", "two words", "schlüssel", "line\nbreak"])
def test_keys_that_no_header_can_carry_are_refused(api_key: str) -> None:
    """A key that could not arrive is refused at once, without being shown."""
    with pytest.raises(InputError) as caught:
        LocalServer(api_key=api_key)
    assert not api_key or api_key not in str(caught.value)


def test_keep_requests_must_not_be_negative() -> None:
    """There is no keeping of fewer than no requests."""
    with pytest.raises(InputError, match="keep_requests"):
        LocalServer(keep_requests=-1)


def test_key_is_never_in_repr() -> None:
    """Neither a stopped nor a started server shows its key, nor do its requests."""
    server = LocalServer()
    assert server.api_key not in repr(server)
    with server:
        httpx2.get(f"{server.base_url}/agent", headers={"authorization": f"Bearer {server.api_key}"})
        assert server.api_key not in repr(server)
        assert server.base_url in repr(server)
        assert server.api_key not in repr(server.requests)


def test_each_server_has_its_own_random_key() -> None:
    """Keys differ unless they are given."""
    assert LocalServer().api_key != LocalServer().api_key
    assert LocalServer(api_key="mine").api_key == "mine"


def test_two_servers_do_not_see_each_other() -> None:
    """Keys, agents and requests of one server are nothing to the other."""
    with LocalServer() as one, LocalServer() as two:
        mine = {"authorization": f"Bearer {one.api_key}"}
        theirs = {"authorization": f"Bearer {two.api_key}"}
        made = httpx2.post(f"{one.base_url}/agent/create", headers=mine, json={"config": {"prompt": "look"}})
        assert made.status_code == 201
        assert httpx2.get(f"{two.base_url}/agent", headers=mine).status_code == 401
        assert httpx2.get(f"{two.base_url}/agent", headers=theirs).json() == []
        assert httpx2.get(f"{two.base_url}/agents/{made.json()['id']}", headers=theirs).status_code == 404
        assert len(one.requests) == 1
        assert len(two.requests) == 3


def test_64_threads_get_their_own_answers() -> None:
    """Requests at the same time do not mix: each answer is about its own text, and all of them are noted."""
    with LocalServer() as server, closing(httpx2.Client(timeout=60)) as client:

        def ask(number: int) -> str:
            answer = client.post(
                f"{server.base_url}/openai/chat/completions",
                headers={"authorization": f"Bearer {server.api_key}"},
                json={"messages": [{"role": "user", "content": "word " * number}]},
            )
            return str(answer.json()["choices"][0]["message"]["content"])

        with ThreadPoolExecutor(64) as pool:
            answers = list(pool.map(ask, range(2, 130)))
        for number, answer in enumerate(answers, 2):
            assert f"text ({number} words)" in answer
        assert len(server.requests) == 128


def test_logging_is_left_alone() -> None:
    """Starting a server adds no handler, level or filter to anybody's logging, and requests are not logged."""
    names = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")
    records: list[logging.LogRecord] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    def state() -> list[object]:
        return [
            (list(log.handlers), log.level, log.propagate, list(log.filters)) for log in map(logging.getLogger, names)
        ]

    listener, access = Listener(), logging.getLogger("uvicorn.access")
    access.addHandler(listener)
    access.setLevel(logging.INFO)
    try:
        before = state()
        with LocalServer() as server:
            httpx2.get(f"{server.base_url}/health")
        assert state() == before
    finally:
        access.removeHandler(listener)
        access.setLevel(logging.NOTSET)
    assert records == []


def test_received_requests_are_told_without_the_key() -> None:
    """A received request has method, path, query, body and headers; the key is nowhere in it."""
    with LocalServer() as server:
        httpx2.post(
            f"{server.base_url}/agent/lookup?a=1&b=2",
            headers={"authorization": f"Bearer {server.api_key}", "x-api-key": server.api_key, "x-mine": "yes"},
            json={"name": "nobody"},
        )
        httpx2.post(f"{server.base_url}/agent/create", content=b"{broken")
        first, second = server.requests
    assert isinstance(first, ReceivedRequest)
    assert (first.method, first.path, dict(first.query)) == ("POST", "/v1/agent/lookup", {"a": "1", "b": "2"})
    assert first.body == {"name": "nobody"}
    assert first.headers["x-mine"] == "yes"
    assert "authorization" not in first.headers
    assert "x-api-key" not in first.headers
    assert server.api_key not in repr(first)
    assert second.body is None


def test_keep_requests_keeps_the_newest() -> None:
    """With keep_requests=2 the third request pushes out the first."""
    with LocalServer(keep_requests=2) as server:
        for number in range(3):
            httpx2.get(f"{server.base_url}/health", params={"n": number})
        assert [request.query["n"] for request in server.requests] == ["1", "2"]


# The command line.


def _start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603  # this very interpreter
        [sys.executable, "-W", "error", "-m", "vlmrun.local", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=Path(__file__).parents[2],
    )


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process on Windows")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_command_line_serves_until_it_is_stopped(sign: signal.Signals) -> None:
    """`python -m vlmrun.local` prints its URL, its key and a usage snippet, serves, and ends with 0."""
    with _start("--port", "0") as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            printed = ""
            for line in process.stdout:
                printed += line
                if "completions.create" in line:
                    break
            url = re.search(r"http://127\.0\.0\.1:\d+/v1", printed)
            key = re.search(r'api_key="([^"]+)"', printed)
            assert url is not None
            assert key is not None
            assert httpx2.get(f"{url[0]}/health").status_code == 200
            assert httpx2.get(f"{url[0]}/agent", headers={"authorization": f"Bearer {key[1]}"}).status_code == 200
            process.send_signal(sign)
            assert process.wait(20) == 0
            assert process.stderr.read() == ""
        finally:
            process.kill()


def test_command_line_says_that_a_port_is_busy() -> None:
    """A busy port is a message on stderr and the exit code 1, without a traceback."""
    with LocalServer() as server:
        port = httpx2.URL(server.base_url).port
        with _start("--port", str(port)) as process:
            out, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert out == ""
    assert f"Port {port}" in err
    assert "Traceback" not in err


def test_command_line_refuses_other_hosts() -> None:
    """A host that is not loopback is refused on the command line too."""
    with _start("--host", "0.0.0.0", "--port", "0") as process:  # noqa: S104  # it must not
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "loopback" in err


# The extra.

_WITHOUT = """
import sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0].removeprefix("python_") == {package!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Block())
from vlmrun.client.exceptions import DependencyError
try:
    import vlmrun.local
except DependencyError as error:
    assert isinstance(error, ImportError)
    assert isinstance(error.__cause__, ImportError)
    assert error.suggestion == "pip install 'vlmrun[local]'", error.suggestion
    assert error.error_type == "missing_dependency"
    assert {package!r} in str(error)
else:
    raise SystemExit("imported")
"""


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # this very interpreter
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )


@pytest.mark.parametrize("package", ["starlette", "uvicorn", "PIL", "pypdfium2", "multipart", "jsonschema"])
def test_missing_extra_is_named(package: str) -> None:
    """Without any package of the extra, the import says which is missing and how to install it."""
    done = _python(_WITHOUT.format(package=package))
    assert (done.returncode, done.stderr) == (0, "")


def test_defect_of_our_own_is_not_called_a_missing_extra() -> None:
    """Where a module of vlmrun itself is missing, no extra is blamed."""
    code = _WITHOUT.format(package="vlmrun.local._store").replace('name.partition(".")[0]', "name")
    done = _python(code)
    assert "ModuleNotFoundError: No module named 'vlmrun.local._store'" in done.stderr
    assert "imported" not in done.stderr


def test_importing_vlmrun_does_not_import_the_server() -> None:
    """`import vlmrun` is cheap: it brings neither this package nor the extra."""
    done = _python(
        "import sys, vlmrun; print([n for n in ('vlmrun.local', 'starlette', 'uvicorn') if n in sys.modules])"
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_abandoned_request_harms_nobody() -> None:
    """A client that goes away in the middle of a request is forgotten: nothing is noted, and the server goes on."""
    with LocalServer() as server:
        url = httpx2.URL(server.base_url)
        connection = HTTPConnection("127.0.0.1", url.port or 0)
        connection.putrequest("POST", "/v1/agent/create")
        connection.putheader("content-length", "100")
        connection.endheaders(b"{")
        connection.close()
        assert httpx2.get(f"{server.base_url}/health").status_code == 200
        assert [request.path for request in server.requests] == ["/v1/health"]


def test_answers_are_sent_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection has Nagle's algorithm off: with it, a second packet waits for a delayed acknowledgement."""
    options: list[int] = []
    made = QuietH11.connection_made

    def connection_made(self: QuietH11, transport: asyncio.Transport) -> None:
        made(self, transport)
        opened: socket.socket = transport.get_extra_info("socket")
        options.append(opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr(QuietH11, "connection_made", connection_made)
    with LocalServer() as server:
        assert httpx2.get(f"{server.base_url}/health").status_code == 200
    assert len(options) == 1
    assert options[0] != 0


def test_stream_that_is_left_early_warns_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """A client that closes its connection in the middle of a stream is noticed, and nothing more is written to it."""
    with LocalServer() as server:
        body = json.dumps({"messages": [{"role": "user", "content": "hello"}], "stream": True, "n": 128}).encode()
        head = f"authorization: Bearer {server.api_key}\r\ncontent-length: {len(body)}\r\n"
        request = f"POST /v1{CHAT} HTTP/1.1\r\nhost: here\r\n{head}\r\n".encode() + body
        for _ in range(5):
            with closing(socket.create_connection(("127.0.0.1", httpx2.URL(server.base_url).port or 0))) as connection:
                connection.sendall(request)
                assert connection.recv(1)
                # What is not read makes this a reset.
        assert httpx2.get(f"{server.base_url}/health").status_code == 200
    assert len(server.work) == 5
    assert [record.getMessage() for record in caplog.records if record.name != "httpx2"] == []
