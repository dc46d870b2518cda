"""A client's own connections, over real sockets: certificates, proxies, how many, how long, and who is told.

Each test is for native calls and for chats, in both colours.
"""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import logging
import os
import pickle
import select
import socket
import ssl
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trustme

from support.colours import API_KEY, Colour, both_colours
from support.wire import Answer, LoopbackServer, Sent, closed_port, few_certificates, json_answer, vlm_run
from vlmrun import VLMRun
from vlmrun.client.exceptions import ConfigurationError, DependencyError, NetworkError, RequestTimeoutError
from vlmrun.hooks import RequestInfo, ResponseInfo

openai = pytest.importorskip("openai", reason="half of these tests are about the accessors")

SECRET = "hunter2"


def listed(client: Any) -> Any:
    return client.agent.list()


def native(client: Any) -> Any:
    return client.agent.list()


def chat(client: Any) -> Any:
    return client.agent.completions.create(model="m", messages=[{"role": "user", "content": "Hello!"}])


def made(colour: Colour, **options: Any) -> Any:
    """A client that nobody uses."""
    return colour.client(API_KEY, **options)


both_paths = pytest.mark.parametrize("use", [native, chat], ids=["native", "openai"])


@pytest.fixture(autouse=True, scope="module")
def _few_certificates(tmp_path_factory: pytest.TempPathFactory) -> Generator[None, None, None]:
    """Clients are made quickly."""
    with few_certificates(tmp_path_factory.mktemp("certificates")):
        yield


# Certificates ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Secure:
    """A server that speaks TLS, and what its clients need."""

    base_url: str
    ca: Path
    certificate: Path
    key: Path
    locked_key: Path


@pytest.fixture(scope="module", name="secure")
def _secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    """One that asks its clients for a certificate."""
    folder = tmp_path_factory.mktemp("tls")
    authority: Any = trustme.CA()  # its types name a class of another library
    ca, certificate, key, locked_key = (folder / name for name in ("ca.pem", "client.pem", "client.key", "locked.key"))
    authority.cert_pem.write_to_path(str(ca))
    own = authority.issue_cert("client@example.com")
    own.cert_chain_pems[0].write_to_path(str(certificate))
    own.private_key_pem.write_to_path(str(key))
    from cryptography.hazmat.primitives import serialization

    locked_key.write_bytes(
        serialization.load_pem_private_key(own.private_key_pem.bytes(), None).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(SECRET.encode()),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL
    with LoopbackServer(answer_tls, context) as server:
        yield Secure(server.base_url, ca, certificate, key, locked_key)


def answer_tls(sent: Sent) -> Answer | Exception:
    if sent.header("x-needs-certificate") and not sent.client_certificate:
        return json_answer({"detail": "no certificate"}, status=403)
    return vlm_run(sent)


NEEDS = {"default_headers": {"X-Needs-Certificate": "1"}}


@both_colours
@both_paths
@pytest.mark.parametrize("kind", ["str", "path", "context"])
def test_own_authority_is_trusted(colour: Colour, use: Callable[[Any], Any], kind: str, secure: Secure) -> None:
    """`verify` as a path or a context."""
    verify: Any = str(secure.ca) if kind == "str" else secure.ca
    if kind == "context":
        verify = ssl.create_default_context(cafile=secure.ca)
    assert colour.run(use, base_url=secure.base_url, verify=verify)


@both_colours
@both_paths
def test_folder_of_authorities_is_trusted(
    colour: Colour, use: Callable[[Any], Any], secure: Secure, tmp_path: Path
) -> None:
    """`verify` as a folder, as OpenSSL has it: a file without certificates is no trust."""
    with pytest.raises((NetworkError, openai.APIConnectionError)):
        colour.run(use, base_url=secure.base_url, verify=tmp_path)


@both_colours
@both_paths
def test_other_authorities_are_not_trusted(colour: Colour, use: Callable[[Any], Any], secure: Secure) -> None:
    """Without `verify` the server is unknown."""
    with pytest.raises((NetworkError, openai.APIConnectionError)) as caught:
        colour.run(use, base_url=secure.base_url)
    assert "CERTIFICATE_VERIFY_FAILED" in "".join(traceback.format_exception(caught.value))


@both_colours
@both_paths
def test_verification_can_be_turned_off_with_a_warning(
    colour: Colour, use: Callable[[Any], Any], secure: Secure
) -> None:
    """`verify=False` works, and is warned of at the line that asks for it."""
    with pytest.warns(UserWarning, match="verify=False") as caught:
        assert colour.run(use, base_url=secure.base_url, verify=False)
    assert caught[0].filename.endswith("colours.py")


@both_colours
@both_paths
@pytest.mark.parametrize("kind", ["one file", "two files", "password"])
def test_client_certificate_is_shown(
    colour: Colour, use: Callable[[Any], Any], kind: str, secure: Secure, tmp_path: Path
) -> None:
    """`cert` in each of its forms; without it the server refuses."""
    one = tmp_path / "one.pem"
    one.write_bytes(secure.certificate.read_bytes() + secure.key.read_bytes())
    forms: dict[str, Any] = {
        "one file": one,
        "two files": (secure.certificate, str(secure.key)),
        "password": (secure.certificate, secure.locked_key, SECRET),
    }
    assert colour.run(use, base_url=secure.base_url, verify=secure.ca, cert=forms[kind], **NEEDS)
    with pytest.raises(Exception, match=r"no certificate|403"):
        colour.run(use, base_url=secure.base_url, verify=secure.ca, **NEEDS)


@both_colours
def test_wrong_password_is_a_configuration_error(colour: Colour, secure: Secure) -> None:
    """Nobody is asked for it at the terminal, and it is not quoted."""
    for password in ("", "wrong-" + SECRET):
        cert = (
            (secure.certificate, secure.locked_key, password) if password else (secure.certificate, secure.locked_key)
        )
        with pytest.raises(ConfigurationError, match="cert cannot be loaded") as caught:
            colour.run(native, base_url=secure.base_url, verify=secure.ca, cert=cert)
        assert SECRET not in "".join(traceback.format_exception(caught.value))


@both_colours
@pytest.mark.parametrize("option", ["verify", "cert"])
def test_missing_file_is_a_configuration_error(colour: Colour, option: str, tmp_path: Path) -> None:
    """When connections are opened: a client is made without looking."""
    with closed_port() as base_url, pytest.raises(ConfigurationError, match=rf"^{option} cannot be loaded: No such"):
        colour.run(native, base_url=base_url, max_retries=5, **{option: tmp_path / "missing.pem"})


# The environment ------------------------------------------------------------------------------------------------------


@both_colours
@pytest.mark.parametrize("content", [None, "no certificate"], ids=["missing", "empty"])
def test_bad_certificate_variable_is_named(
    colour: Colour, content: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`SSL_CERT_FILE` that points nowhere, or to something else."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(ConfigurationError, match=r"^SSL_CERT_FILE cannot be loaded") as caught:
        colour.run(native, max_retries=5)
    assert "verify" in (caught.value.suggestion or "")


@both_colours
@pytest.mark.parametrize("url", [f"socks://user:{SECRET}@127.0.0.1:1080", f"http://user:{SECRET}@[::1"])
def test_bad_proxy_variable_is_named(colour: Colour, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ALL_PROXY` that is no proxy that can be used."""
    monkeypatch.setenv("ALL_PROXY", url)
    with pytest.raises(ConfigurationError, match=r"^ALL_PROXY cannot be used as a proxy") as caught:
        colour.run(native, max_retries=5)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@both_colours
@pytest.mark.parametrize("where", ["proxy", "ALL_PROXY"])
def test_socks_without_its_package_says_what_to_install(
    colour: Colour, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra, and who asked for it."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    url = f"socks5://user:{SECRET}@127.0.0.1:1080"
    options: dict[str, Any] = {"proxy": url} if where == "proxy" else {}
    if where == "ALL_PROXY":
        monkeypatch.setenv("ALL_PROXY", url)
    with pytest.raises(DependencyError, match=rf"^{where} is a SOCKS proxy") as caught:
        colour.run(native, max_retries=5, **options)
    assert caught.value.suggestion == "pip install 'vlmrun[socks]'"
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@both_colours
def test_openai_client_says_the_same(colour: Colour, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It lets through what its connections raise, or, in older releases, has it as the cause of its own error."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    with pytest.raises((ConfigurationError, openai.APIConnectionError)) as caught:
        colour.run(chat)
    assert isinstance(caught.value, ConfigurationError) or isinstance(caught.value.__cause__, ConfigurationError)


# Proxies --------------------------------------------------------------------------------------------------------------


class Proxy:
    """A proxy for CONNECT and SOCKS5 that passes bytes on. What it is asked for is kept.

    Attributes:
        asked: The first line and the credentials of each CONNECT, or the host and credentials of SOCKS5.
    """

    def __init__(self, answer: bytes = b"200 Connection established") -> None:
        self.asked: list[tuple[str, str | None]] = []
        self._answer = answer
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(10)
            first = connection.recv(1, socket.MSG_PEEK)
            host, port = self._socks(connection) if first == b"\x05" else self._connect(connection)
            with socket.create_connection((host, port)) as other:
                sockets = [connection, other]
                while True:
                    for ready in select.select(sockets, [], [], 10)[0]:
                        data = ready.recv(65_536)
                        if not data:
                            return
                        sockets[ready is connection].sendall(data)

    def _connect(self, connection: socket.socket) -> tuple[str, int]:
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        lines = head.decode().split("\r\n")
        sent = [line.split(": ", 1)[1] for line in lines if line.lower().startswith("proxy-authorization:")]
        self.asked.append((lines[0], sent[0] if sent else None))
        connection.sendall(b"HTTP/1.1 " + self._answer + b"\r\n\r\n")
        host, port = lines[0].split()[1].rsplit(":", 1)
        return host, int(port)

    def _socks(self, connection: socket.socket) -> tuple[str, int]:
        methods = connection.recv(256)[2:]
        name = None
        if 2 in methods:
            connection.sendall(b"\x05\x02")
            data = connection.recv(512)
            name = f"{data[2 : 2 + data[1]].decode()}:{data[3 + data[1] :].decode()}"
            connection.sendall(b"\x01\x00")
        else:
            connection.sendall(b"\x05\x00")
        data = connection.recv(512)
        host = socket.inet_ntoa(data[4:8]) if data[3] == 1 else data[5 : 5 + data[4]].decode()
        port = int.from_bytes(data[-2:], "big")
        self.asked.append((f"SOCKS {host}:{port}", name))
        connection.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        return host, port


@contextmanager
def proxies(answer: bytes = b"200 Connection established") -> Generator[Proxy]:
    proxy = Proxy(answer)
    try:
        yield proxy
    finally:
        proxy.close()


@both_colours
@both_paths
def test_proxy_of_the_client_tunnels_tls(colour: Colour, use: Callable[[Any], Any], secure: Secure) -> None:
    """It is asked to connect, and gets the credentials; the server's certificate is verified through it."""
    with proxies() as proxy:
        url = f"http://user:{SECRET}@127.0.0.1:{proxy.port}"
        assert colour.run(use, base_url=secure.base_url, verify=secure.ca, proxy=url)
    host = secure.base_url.split("/")[2]
    credentials = base64.b64encode(f"user:{SECRET}".encode()).decode()
    assert proxy.asked == [(f"CONNECT {host} HTTP/1.1", f"Basic {credentials}")]


@both_colours
@both_paths
def test_socks_proxy_tunnels(colour: Colour, use: Callable[[Any], Any], secure: Secure) -> None:
    """With a user name and password."""
    with proxies() as proxy:
        url = f"socks5://user:{SECRET}@127.0.0.1:{proxy.port}"
        assert colour.run(use, base_url=secure.base_url, verify=secure.ca, proxy=url)
    assert proxy.asked == [(f"SOCKS {secure.base_url.split('/')[2]}", f"user:{SECRET}")]


@both_colours
@both_paths
def test_proxy_is_asked_for_the_whole_url_without_tls(colour: Colour, use: Callable[[Any], Any]) -> None:
    """As HTTP has it. The proxy of the client comes before those of the environment."""
    with LoopbackServer() as proxy, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        colour.run(use, base_url="http://vlmrun.test/v1", proxy=proxy.origin.replace("//", f"//user:{SECRET}@"))
    (sent,) = proxy.sent
    assert sent.url.startswith("http://vlmrun.test/v1/")
    assert (sent.header("proxy-authorization") or "").startswith("Basic ")


@both_colours
@pytest.mark.parametrize("scheme", ["http", "socks5"])
@pytest.mark.parametrize("target", ["http://vlmrun.test/v1", "https://vlmrun.test/v1"])
@pytest.mark.parametrize("where", ["proxy", "ALL_PROXY"])
def test_a_proxy_that_refuses_is_blamed_and_not_the_server(
    colour: Colour, scheme: str, target: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the proxy, without its password, and where it is set."""
    with closed_port() as origin:
        proxy = origin.removesuffix("/v1").replace("http://", f"{scheme}://")
        url = proxy.replace("//", f"//user:{SECRET}@")
        if where == "ALL_PROXY":
            monkeypatch.setenv("ALL_PROXY", url)
        with pytest.raises(NetworkError) as caught:
            colour.run(listed, base_url=target, max_retries=0, **({"proxy": url} if where == "proxy" else {}))
    assert caught.value.message == f"The proxy {proxy} refused the connection: nothing listens there."
    assert "check proxy=..., HTTPS_PROXY, HTTP_PROXY and ALL_PROXY" in str(caught.value)
    assert SECRET not in str(caught.value)


@both_colours
@pytest.mark.parametrize("secure", [False, True])
def test_a_proxy_that_wants_a_password_says_so(colour: Colour, secure: bool) -> None:
    """Whether it refuses a tunnel, or a request that it should pass on; neither is tried again."""
    asked: list[Any]
    with LoopbackServer(lambda _: Answer(407)) as plain, proxies(b"407 Proxy Authentication Required") as tunnel:
        url, asked = (f"http://127.0.0.1:{tunnel.port}", tunnel.asked) if secure else (plain.origin, plain.sent)
        base_url = f"http{'s' * secure}://127.0.0.1:1/v1"
        with pytest.raises(NetworkError) as caught:
            colour.run(listed, base_url=base_url, proxy=url, max_retries=5)
    assert len(asked) == 1
    assert "requires a user name and password" in caught.value.message
    assert "http://user:password@" in str(caught.value)


def test_credentials_of_a_proxy_are_never_shown() -> None:
    """Neither by the client, nor by its configuration, nor by an error of the proxy."""
    with closed_port() as base_url:
        client = made(
            Colour(VLMRun),
            base_url="http://127.0.0.1:9/v1",
            proxy=base_url.removesuffix("/v1").replace("//", f"//user:{SECRET}@"),
            max_retries=0,
            cert=("a", "b", SECRET),
        )
        config = client.__connections__.config
        assert SECRET not in repr((client, config, config.connections))
        client = client.with_options(cert=None)
        with pytest.raises(NetworkError) as caught:
            client.agent.list()
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = "".join(line for line in shown.format(chain=False))
    assert SECRET not in ours


# Time -----------------------------------------------------------------------------------------------------------------


@contextmanager
def deaf_server() -> Generator[str]:
    """An address that answers no attempt to connect: its queue is full."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        address = listening.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{address[1]}/v1"
        finally:
            for each in waiting:
                each.close()


@both_colours
@both_paths
@pytest.mark.parametrize("kind", [httpx2.Timeout, openai.Timeout])
def test_connect_timeout_is_kept(colour: Colour, use: Callable[[Any], Any], kind: Any) -> None:
    """Connecting gives up after `connect`, however long the answer may take."""
    with deaf_server() as base_url:
        start = time.monotonic()
        with pytest.raises((RequestTimeoutError, openai.APITimeoutError)):
            colour.run(use, base_url=base_url, timeout=kind(60.0, connect=0.2))
        assert 0.15 < time.monotonic() - start < 4


@both_colours
@both_paths
def test_read_timeout_is_that_of_the_answer(colour: Colour, use: Callable[[Any], Any]) -> None:
    """`read` limits the whole answer."""
    go_on = threading.Event()

    def slow(sent: Sent) -> Answer | Exception:
        go_on.wait(10)
        return vlm_run(sent)

    with LoopbackServer(slow) as server:
        with pytest.raises((RequestTimeoutError, openai.APITimeoutError)):
            colour.run(use, base_url=server.base_url, timeout=httpx2.Timeout(0.2, connect=60.0))
        go_on.set()


# How many -------------------------------------------------------------------------------------------------------------


class Held:
    """Answers when it is told to, and knows how many wait for it."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self._lock = threading.Lock()
        self.now = self.most = 0

    def __call__(self, sent: Sent) -> Answer | Exception:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.go_on.wait(10)
        with self._lock:
            self.now -= 1
        return vlm_run(sent)


def at_once(colour: Colour, uses: list[Callable[[Any], Any]], meanwhile: Callable[[], None], **options: Any) -> Any:
    """Make calls at once: what each returns or raises."""

    def attempt(client: Any, use: Callable[[Any], Any]) -> Any:
        try:
            return use(client)
        except Exception as error:  # noqa: BLE001  # it is looked at
            return error

    def threads(client: Any) -> list[Any]:
        results: list[Any] = []

        def keep(use: Callable[[Any], Any]) -> None:
            results.append(attempt(client, use))

        all_threads = [threading.Thread(target=keep, args=(use,)) for use in uses]
        for thread in all_threads:
            thread.start()
        meanwhile()
        for thread in all_threads:
            thread.join()
        return results

    async def tasks(client: Any) -> list[Any]:
        calls = [asyncio.ensure_future(use(client)) for use in uses]
        await asyncio.to_thread(meanwhile)
        return await asyncio.gather(*calls, return_exceptions=True)

    return colour.run(tasks if colour.is_async else threads, **options)


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


@both_colours
@both_paths
def test_calls_over_the_limit_wait(colour: Colour, use: Callable[[Any], Any]) -> None:
    """The third of three waits for one of two connections, and is answered."""
    held = Held()

    def meanwhile() -> None:
        until(lambda: held.now == 2)
        time.sleep(0.2)
        held.go_on.set()

    with LoopbackServer(held) as server:
        answers = at_once(colour, [use] * 3, meanwhile, base_url=server.base_url, max_connections=2)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert (held.most, server.connections) == (2, 2)


@both_colours
@both_paths
def test_a_call_that_gets_no_connection_says_so(colour: Colour, use: Callable[[Any], Any]) -> None:
    """What waits too long for a connection was not sent, and says what to raise."""
    held = Held()
    is_late = threading.Event()

    def third(client: Any) -> Any:
        until(lambda: held.now == 2)
        try:
            return use(client.with_options(timeout=0.5))
        finally:
            is_late.set()

    async def third_awaited(client: Any) -> Any:
        await asyncio.to_thread(until, lambda: held.now == 2)
        try:
            return await use(client.with_options(timeout=0.5))
        finally:
            is_late.set()

    def meanwhile() -> None:
        is_late.wait(20)
        held.go_on.set()

    with LoopbackServer(held) as server:
        calls = [use, use, third_awaited if colour.is_async else third]
        answers = at_once(colour, calls, meanwhile, base_url=server.base_url, max_connections=2)
        assert len(server.sent) == 2
    (error,) = (answer for answer in answers if isinstance(answer, Exception))
    assert isinstance(error, (RequestTimeoutError, openai.APITimeoutError))
    said = "".join(traceback.format_exception(error))
    assert "no connection was free within 0.5 s" in said
    assert "max_connections" in said


@both_colours
@both_paths
def test_a_connection_that_the_server_has_closed_is_not_used_again(colour: Colour, use: Callable[[Any], Any]) -> None:
    """The next call opens another, and does not fail."""

    def twice(client: Any) -> Any:
        use(client)
        server.hang_up()
        return use(client)

    async def twice_awaited(client: Any) -> Any:
        await use(client)
        server.hang_up()
        return await use(client)

    with LoopbackServer() as server:
        call = twice_awaited if colour.is_async else twice
        assert colour.run(call, base_url=server.base_url, max_retries=0)
        assert (len(server.sent), server.connections) == (2, 2)


@both_colours
def test_many_native_calls_are_all_sent(colour: Colour) -> None:
    """More calls than one group of connections has, all at once: none waits."""
    held = Held()

    def meanwhile() -> None:
        until(lambda: held.now == 60)
        held.go_on.set()

    with LoopbackServer(held) as server:
        answers = at_once(colour, [native] * 60, meanwhile, base_url=server.base_url)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert server.connections == 60


@both_colours
def test_download_holds_its_connection_until_it_is_read(colour: Colour, tmp_path: Path) -> None:
    """With one connection, one file after the other."""

    def three(client: Any) -> Any:
        for _ in range(3):
            client.artifacts.download("img_a1b2c3", session_id="s", folder=tmp_path)

    async def three_awaited(client: Any) -> Any:
        for _ in range(3):
            await client.artifacts.download("img_a1b2c3", session_id="s", folder=tmp_path)

    with LoopbackServer() as server:
        use = three_awaited if colour.is_async else three
        colour.run(use, base_url=server.base_url, max_connections=1, timeout=5)
        assert (len(server.sent), server.connections) == (3, 1)


# The query ------------------------------------------------------------------------------------------------------------


@both_colours
@both_paths
def test_default_query_is_sent(colour: Colour, use: Callable[[Any], Any]) -> None:
    """With every request, on both paths; a copy adds to it."""
    with LoopbackServer() as server:
        query = {"team": "blue", "trace": True, "n": 2}
        colour.run(use, base_url=server.base_url, default_query=query)
        changed = {"team": "red", "x": "a&b"}
        colour.run(lambda client: use(client.with_options(default_query=changed)), base_url=server.base_url)
    queries = [dict(httpx2.URL(sent.url).params) for sent in server.sent]
    assert queries == [{"team": "blue", "trace": "true", "n": "2"}, {"team": "red", "x": "a&b"}]


@both_colours
def test_query_of_a_call_comes_before_that_of_the_client(colour: Colour) -> None:
    """A parameter that a call sets is not sent twice, and one that it leaves out is the client's."""

    def use(client: Any) -> Any:
        return client.agent.list(extra_query={"team": "red"})

    with LoopbackServer() as server:
        colour.run(use, base_url=server.base_url, default_query={"team": "blue", "x": 1})
    assert httpx2.URL(server.sent[0].url).query == b"team=red&x=1"


# Hooks ----------------------------------------------------------------------------------------------------------------


class Seen:
    """What hooks were called with."""

    def __init__(self) -> None:
        self.requests: list[RequestInfo] = []
        self.responses: list[ResponseInfo] = []

    @property
    def options(self) -> dict[str, Any]:
        return {"on_request": self.requests.append, "on_response": self.responses.append}


@both_colours
@both_paths
def test_hooks_see_each_attempt(colour: Colour, use: Callable[[Any], Any]) -> None:
    """Both that fails and that succeeds, with no secret."""
    statuses = iter([503, 200])

    def answer(sent: Sent) -> Answer | Exception:
        return vlm_run(sent) if next(statuses) == 200 else json_answer({}, status=503, retry_after="0")

    seen = Seen()
    with LoopbackServer(answer) as server:
        query = {"token": SECRET}
        colour.run(use, base_url=server.base_url, max_retries=1, default_query=query, **seen.options)
        url = server.sent[0].url.partition("?")[0]
    method = server.sent[0].method
    assert SECRET not in url
    assert seen.requests == [RequestInfo(method, url, 1), RequestInfo(method, url, 2)]
    assert [(each.status, each.attempt, each.error) for each in seen.responses] == [(503, 1, None), (200, 2, None)]
    assert all(each.url == url and 0 < each.seconds < 10 for each in seen.responses)


@both_colours
@both_paths
def test_hooks_see_what_fails(colour: Colour, use: Callable[[Any], Any]) -> None:
    """A request that has no response is told of as well."""
    seen = Seen()
    with closed_port() as base_url, pytest.raises((NetworkError, openai.APIConnectionError)):
        colour.run(use, base_url=base_url, **seen.options)
    ((response,), (request,)) = seen.responses, seen.requests
    assert (response.status, response.error, response.url) == (None, "ConnectError", request.url)


@both_colours
@both_paths
def test_hooks_see_other_hosts_without_their_paths(colour: Colour, use: Callable[[Any], Any]) -> None:
    """Where a redirect leads to another host, its URL may be presigned."""
    seen = Seen()
    with LoopbackServer() as other:

        def answer(_: Sent) -> Answer | Exception:
            where = f"{other.base_url}/{SECRET}/agent?signature={SECRET}"
            return Answer(307, headers={"location": where})

        with LoopbackServer(answer) as server, suppress(Exception):
            colour.run(use, base_url=server.base_url, **seen.options)
        assert len(other.sent) == 1
    assert [each.url for each in seen.requests[1:]] == [f"{other.origin}/..."]
    assert SECRET not in repr((seen.requests, seen.responses))


@both_colours
def test_hooks_see_uploads_without_their_paths(colour: Colour) -> None:
    """A presigned URL is a secret."""
    seen = Seen()
    storage = f"/{SECRET}?signature={SECRET}"

    def answer(sent: Sent) -> Answer | Exception:
        found = vlm_run(sent)
        if sent.path.endswith("presigned-url"):
            promise = {**json.loads(found.body), "url": server.origin + storage}
            return json_answer(promise)
        return found

    with LoopbackServer(answer) as server:
        colour.run(lambda c: c.files.upload(b"x" * 9, filename="a.txt"), base_url=server.base_url, **seen.options)
    assert len(seen.requests) == len(server.sent) == len(seen.responses)
    assert SECRET not in repr((seen.requests, seen.responses))


@both_colours
@both_paths
def test_failing_hook_changes_nothing(
    colour: Colour, use: Callable[[Any], Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Its error is logged; the call is made once, and answered."""

    def fails(_: object) -> None:
        raise RuntimeError("a bug")

    with LoopbackServer() as server, caplog.at_level(logging.ERROR, "vlmrun"):
        assert colour.run(use, base_url=server.base_url, max_retries=2, on_request=fails, on_response=fails)
        assert len(server.sent) == 1
    assert [record.getMessage() for record in caplog.records if record.name == "vlmrun"] == [
        "on_request raised an error",
        "on_response raised an error",
    ]


# Copies and pickles ---------------------------------------------------------------------------------------------------


@both_colours
def test_copy_shares_connections_unless_they_differ(colour: Colour) -> None:
    """Another timeout or query needs no other connections; another proxy does."""
    seen = Seen()
    differing: list[dict[str, Any]] = [
        {"verify": False},
        {"cert": "a.pem"},
        {"proxy": "http://127.0.0.1:1"},
        {"max_connections": 7},
        {"on_request": seen.requests.append},
        {"on_response": None},
    ]
    client = made(colour, on_response=seen.responses.append)
    pools = client.__connections__.pools
    for options in ({"timeout": 3}, {"default_query": {"a": 1}}, {"max_connections": 1000}, {"verify": True}):
        assert client.with_options(**options).__connections__.pools is pools
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert [options for options in differing if client.with_options(**options).__connections__.pools is pools] == []


@both_colours
def test_copy_is_warned_of_as_a_client(colour: Colour) -> None:
    """`verify=False` of a copy, once."""
    client = made(colour)
    with pytest.warns(UserWarning, match="verify=False") as caught:
        copy = client.with_options(verify=False)
    assert [Path(warning.filename).name for warning in caught] == ["test_connections.py"]
    assert copy.with_options(timeout=1).timeout == 1


@both_colours
def test_options_travel_in_a_pickle(colour: Colour) -> None:
    """All of them that are paths, texts, numbers and functions of modules."""
    client = made(
        colour,
        timeout=httpx2.Timeout(9.0, connect=7.0),
        default_query={"team": "blue"},
        verify="ca.pem",
        cert=("a.pem", Path("a.key"), SECRET),
        proxy=f"http://user:{SECRET}@127.0.0.1:1",
        max_connections=7,
        on_request=os.path.getsize,
    )
    there = client.__connections__.config
    here = pickle.loads(pickle.dumps(client)).__connections__.config  # noqa: S301  # our own bytes
    assert here.connections == there.connections
    assert (here.connect_timeout, here.timeout, dict(here.default_query)) == (7.0, 9.0, {"team": "blue"})


@both_colours
@pytest.mark.parametrize("option", ["verify", "on_request", "on_response"])
def test_what_cannot_be_pickled_is_named(colour: Colour, option: str) -> None:
    """A context and a lambda stay here; the error says which option it is."""
    seen = Seen()
    value: Any = ssl.create_default_context() if option == "verify" else lambda: seen
    with pytest.raises(ConfigurationError, match=rf"^{option} cannot be pickled"):
        pickle.dumps(made(colour, **{option: value}))


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("verify", ""),
        ("verify", 5),
        ("verify", None),
        ("cert", ("a",)),
        ("cert", ("a", "b", 5)),
        ("cert", ["a", "b"]),
        ("proxy", SECRET),
        ("proxy", f"ftp://user:{SECRET}@host"),
        ("proxy", f"http://user:{SECRET}@"),
        ("proxy", f"http://user:{SECRET}@host:99999"),
        ("proxy", f"http://user:{SECRET}@host/path"),
        ("proxy", f"http://us er:{SECRET}@host"),
        ("max_connections", 0),
        ("max_connections", True),
        ("max_connections", 2.0),
        ("default_query", [("a", "b")]),
        ("default_query", {"": 1}),
        ("default_query", {"a": [SECRET]}),
        ("on_request", SECRET),
        ("on_response", 5),
    ],
)
@both_colours
def test_bad_option_is_named_and_not_quoted(colour: Colour, argument: str, value: Any) -> None:
    """In the constructor and in `with_options`."""
    client = made(colour)
    makes: list[Callable[[], Any]] = [
        lambda: made(colour, **{argument: value}),
        lambda: client.with_options(**{argument: value}),
    ]
    for make in makes:
        if argument == "default_query" or value is not None:
            with pytest.raises(ConfigurationError, match=argument) as caught:
                make()
            assert caught.value.suggestion
            assert SECRET not in "".join(traceback.format_exception(caught.value))


@both_colours
def test_async_hook_is_refused(colour: Colour) -> None:
    """Nobody would await it."""

    async def hook(_: object) -> None:
        """Nothing."""

    class Hooks:
        async def __call__(self, _: object) -> None:
            """Nothing."""

    assert inspect.iscoroutinefunction(hook)
    for one in (hook, partial(hook), partial(partial(hook)), Hooks(), Hooks().__call__, partial(Hooks())):
        with pytest.raises(ConfigurationError, match="on_request must not be an async function"):
            made(colour, on_request=one)


@both_colours
def test_certificate_and_context_are_refused_together(colour: Colour) -> None:
    """A context has its own; ours would change the caller's object."""
    context = ssl.create_default_context()
    with pytest.raises(ConfigurationError, match="cert cannot be combined"):
        made(colour, cert="a.pem", verify=context)
    with pytest.raises(ConfigurationError, match="cert cannot be combined"):
        made(colour, cert="a.pem").with_options(verify=context)


def test_timeout_with_connect_is_kept_by_copies() -> None:
    """A number leaves the limit of connecting as it is."""
    client: Any = VLMRun(API_KEY, timeout=httpx2.Timeout(60.0, connect=30.0))
    assert client.timeout == 60.0
    assert client.__connections__.config.connect_timeout == 30.0
    copy = client.with_options(timeout=50)
    assert (copy.timeout, copy.__connections__.config.connect_timeout) == (50.0, 30.0)
    copy = client.with_options(timeout=httpx2.Timeout(None))
    assert (copy.timeout, copy.__connections__.config.connect_timeout) == (None, None)
