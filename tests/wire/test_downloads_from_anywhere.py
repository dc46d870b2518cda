"""Downloads from URLs that lead to any host: which addresses are reached, and what may come back.

The resolver is replaced, so that names have addresses: the wire is faked below it.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trustme

from support.colours import API_KEY, Colour, both_colours
from support.wire import Answer, LoopbackServer, Sent, fake_wire, few_certificates
from vlmrun._http import strangers
from vlmrun._http.public_addresses import is_public
from vlmrun.client.exceptions import (
    APIError,
    InputError,
    NetworkError,
    PermissionDeniedError,
    RequestTimeoutError,
    ResponseValidationError,
)
from vlmrun.types import ReconRef, UrlRef

PUBLIC = "93.184.215.14"
SECRET = "X-Signature=hunter2"
TARGET = f"https://files.test/out/report.pdf?{SECRET}"
CONTENT = b"%PDF-1.7 report"


@pytest.fixture(autouse=True, scope="module")
def _few_certificates(tmp_path_factory: pytest.TempPathFactory) -> Generator[None, None, None]:
    """Clients are made quickly."""
    with few_certificates(tmp_path_factory.mktemp("certificates")):
        yield


def anything(_: str) -> bool:
    """In place of `is_public`."""
    return True


Found = list[tuple[object, ...]]


def at(address: str) -> Callable[..., Found]:
    """A resolver for which each name has one address."""

    def look_up(_host: str, port: int, **_: object) -> Found:
        return [(0, 0, 0, "", (address, port))]

    return look_up


@pytest.fixture(name="names", autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The addresses of names."""
    known = {"files.test": [PUBLIC]}

    def look_up(host: str, port: int, **_: object) -> Found:
        if host.replace(".", "").isdecimal():
            return [(0, 0, 0, "", (host, port))]
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(0, 0, 0, "", (address, port)) for address in known[host]]

    monkeypatch.setattr(strangers, "getaddrinfo", look_up)
    return known


Others = Mapping[str, "Answer | Exception"]


def answering(others: Others, artifact: str | bytes = TARGET) -> Callable[[Sent], Answer | Exception]:
    """An artifact that is a URL, and what is said at the addresses of others."""

    def answer(sent: Sent) -> Answer | Exception:
        if sent.url.startswith("https://vlmrun.test/"):
            return Answer(200, artifact.encode() if isinstance(artifact, str) else artifact)
        return others[sent.url.partition("?")[0]]

    return answer


AT_FILES = f"https://{PUBLIC}/out/report.pdf"


def download(
    colour: Colour, folder: Path, object_id: Any = "url_a1b2c3", client: Mapping[str, Any] | None = None, **options: Any
) -> Path:
    """The file that an artifact's URL led to."""

    def use(client: Any) -> Any:
        return client.artifacts.download(object_id, folder=folder, session_id="s", **options)

    path: Path = colour.run(use, **(client or {}))
    return path


# Where it goes --------------------------------------------------------------------------------------------------------


@both_colours
def test_what_a_url_leads_to_is_downloaded_without_the_key(colour: Colour, tmp_path: Path) -> None:
    """To the address that was checked, with the name in `Host`; neither key nor headers go along."""
    for object_id in ("url_a1b2c3", UrlRef(id="url_a1b2c3"), ReconRef(id="recon_a1b2c3")):
        with fake_wire(answering({AT_FILES: Answer(200, CONTENT)})) as sent:
            path = download(colour, tmp_path, object_id, client={"default_headers": {"X-Own": "secret"}})
        assert path.read_bytes() == CONTENT
        assert path.suffix == ".pdf"  # of the URL, as neither type nor bytes are more specific
        asked, fetched = sent
        assert asked.header("authorization") == f"Bearer {API_KEY}"
        assert fetched.url == f"{AT_FILES}?{SECRET}"
        assert fetched.header("host") == "files.test"
        assert fetched.header_names <= {"host", "user-agent", "accept", "accept-encoding", "connection"}
        assert fetched.header("accept-encoding") == "identity"
        assert fetched.header("connection") == "close"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@both_colours
def test_a_reconstruction_that_is_no_url_is_what_came(colour: Colour, tmp_path: Path) -> None:
    """Of `recon_` some are URLs and some point clouds; a `url_` that the server resolved is what came as well."""
    for object_id, content in (("recon_a1b2c3", b"ply\nformat ascii 1.0\n"), ("url_a1b2c3", bytes(10_000))):
        with fake_wire(answering({}, content)) as sent:
            assert download(colour, tmp_path, object_id).read_bytes() == content
        assert len(sent) == 1


@both_colours
def test_a_url_is_returned_as_text(colour: Colour) -> None:
    """Without what is around it; what is no URL is an error that does not quote it."""
    for told in (TARGET, f"{TARGET}\n", f'"{TARGET}"'):
        with fake_wire(answering({}, told)) as sent:
            got = colour.run(lambda client: client.artifacts.url(UrlRef(id="url_a1b2c3"), session_id="s"))
        assert got == TARGET
        assert len(sent) == 1
    for told in ("", "ftp://files.test/x", "https://", "two https://files.test/x", "https://files.test/a b", "\u00fc"):
        with fake_wire(answering({}, told)), pytest.raises(ResponseValidationError, match="is not a URL") as failure:
            colour.run(lambda client: client.artifacts.url("url_a1b2c3", session_id="s"))
        assert "files.test" not in str(failure.value)


NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104  # not a bind
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.8.9.10",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.215.14",
    "64:ff9b::7f00:1",
    "64:ff9b::5db8:d70e",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "not an address",
    "",
]
IS_PUBLIC = [
    *("1.1.1.1", "8.8.8.8", PUBLIC, "100.63.255.255", "172.32.0.1", "223.255.255.255"),
    *("2606:4700:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888", "2620:fe::fe"),
]


def test_addresses_are_told_apart() -> None:
    """Whatever is not of the public internet, or contains another address, is not public."""
    assert [address for address in NOT_PUBLIC if is_public(address)] == []
    assert [address for address in IS_PUBLIC if not is_public(address)] == []


@both_colours
@pytest.mark.parametrize(
    "address", ["127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::a00:1", "fe80::1%eth0"]
)
def test_a_name_of_a_private_address_is_refused(
    colour: Colour, address: str, names: dict[str, list[str]], tmp_path: Path
) -> None:
    """Nothing is sent there; the error says what to do and shows no signature."""
    names["files.test"] = [address]
    with fake_wire(answering({})) as sent, pytest.raises(InputError, match="not a public address") as failure:
        download(colour, tmp_path)
    assert len(sent) == 1
    assert "allow_private=True" in str(failure.value)
    assert "hunter2" not in str(failure.value)
    assert list(tmp_path.iterdir()) == []


@both_colours
def test_of_several_addresses_only_public_ones_are_reached(
    colour: Colour, names: dict[str, list[str]], tmp_path: Path
) -> None:
    """One after another, until one can be connected to."""
    names["files.test"] = ["10.0.0.1", "8.8.8.8", PUBLIC]
    answers: dict[str, Answer | Exception] = {
        "https://8.8.8.8/out/report.pdf": httpx2.ConnectError("refused"),
        AT_FILES: Answer(200, CONTENT),
    }
    with fake_wire(answering(answers)) as sent:
        assert download(colour, tmp_path).read_bytes() == CONTENT
    assert [one.url.split("/")[2] for one in sent] == ["vlmrun.test", "8.8.8.8", PUBLIC]


@both_colours
@pytest.mark.parametrize("location", ["http://127.0.0.1:8080/admin", "https://inner.test/", "//inner.test/x"])
def test_each_redirect_is_checked(colour: Colour, location: str, names: dict[str, list[str]], tmp_path: Path) -> None:
    """A public host may not send anybody to a private one."""
    names.update({"inner.test": ["10.0.0.1"], "127.0.0.1": ["127.0.0.1"]})
    moved = {AT_FILES: Answer(302, headers={"location": location})}
    with fake_wire(answering(moved)) as sent, pytest.raises(APIError, match="was redirected to") as failure:
        download(colour, tmp_path)
    assert len(sent) == 2
    assert not isinstance(failure.value, InputError)
    assert "hunter2" not in str(failure.value)


@both_colours
@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://files.test/x", "https://", "gopher://10.0.0.1/"])
def test_redirects_lead_to_http_only(colour: Colour, location: str, tmp_path: Path) -> None:
    """No other scheme is followed."""
    moved = {AT_FILES: Answer(302, headers={"location": location})}
    with fake_wire(answering(moved)), pytest.raises(APIError):
        download(colour, tmp_path)


@both_colours
def test_redirects_are_relative_to_the_name(colour: Colour, names: dict[str, list[str]], tmp_path: Path) -> None:
    """And not to the address that was connected to; another host is looked up by itself."""
    names["cdn.test"] = ["8.8.8.8"]
    answers = {
        AT_FILES: Answer(302, headers={"location": "/again"}),
        f"https://{PUBLIC}/again": Answer(307, headers={"location": f"https://cdn.test:444/x.pdf?{SECRET}"}),
        "https://8.8.8.8:444/x.pdf": Answer(200, CONTENT),
    }
    with fake_wire(answering(answers)) as sent:
        assert download(colour, tmp_path).read_bytes() == CONTENT
    assert [one.header("host") for one in sent[1:]] == ["files.test", "files.test", "cdn.test:444"]


@both_colours
def test_a_name_is_looked_up_once(colour: Colour, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What it means a moment later does not count: the connection goes to the address that was checked."""
    answers = iter([PUBLIC, "127.0.0.1", "127.0.0.1", "127.0.0.1"])

    def look_up(host: str, port: int, **_: object) -> Found:
        return at(next(answers))(host, port)

    monkeypatch.setattr(strangers, "getaddrinfo", look_up)
    with fake_wire(answering({AT_FILES: Answer(200, CONTENT)})) as sent:
        assert download(colour, tmp_path).read_bytes() == CONTENT
    assert len(sent) == 2
    assert list(answers) == ["127.0.0.1"] * 3


@both_colours
def test_proxies_of_the_environment_are_not_asked(
    colour: Colour, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A proxy would look the name up by itself."""
    with LoopbackServer() as proxy, LoopbackServer(lambda _: Answer(200, CONTENT)) as files:

        def artifact(_: Sent) -> Answer:
            return Answer(200, files.origin.replace("127.0.0.1", "files.test").encode())

        with LoopbackServer(artifact) as server:
            monkeypatch.setenv("HTTP_PROXY", proxy.origin)
            monkeypatch.setattr(strangers, "is_public", anything)
            names["files.test"] = ["127.0.0.1"]

            def use() -> Any:
                return colour.run(
                    lambda client: client.artifacts.download("url_a1b2c3", folder=tmp_path, session_id="s"),
                    base_url=server.base_url,
                )

            # To an address that NO_PROXY does not name, if it were asked.
            monkeypatch.setenv("NO_PROXY", server.origin.rpartition("/")[2])
            assert use().read_bytes() == CONTENT
    assert proxy.sent == []


# TLS ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["files.test", "other.test"])
@both_colours
def test_certificates_are_verified_against_the_name(
    colour: Colour, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The connection goes to an address, and the certificate has to be that of the name."""
    authority: Any = trustme.CA()  # its types name a class of another library
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    asked: list[str | None] = []

    def note(_socket: object, name: str | None, _context: object) -> None:
        asked.append(name)

    context.sni_callback = note
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    with LoopbackServer(lambda _: Answer(200, CONTENT), context) as files:
        port = files.origin.rpartition(":")[2]
        with LoopbackServer(lambda _: Answer(200, f"https://files.test:{port}/x".encode())) as server:
            monkeypatch.setattr(strangers, "is_public", anything)
            monkeypatch.setattr(strangers, "getaddrinfo", at("127.0.0.1"))

            def use() -> Any:
                return colour.run(
                    lambda client: client.artifacts.download("url_a1b2c3", folder=tmp_path, session_id="s"),
                    base_url=server.base_url,
                    verify=str(ca),
                )

            if name == "files.test":
                assert use().read_bytes() == CONTENT
            else:
                with pytest.raises(NetworkError, match=r"files\.test:\d+ was not accepted"):
                    use()
                assert files.sent == []
    assert asked == ["files.test"]


# What comes back ------------------------------------------------------------------------------------------------------


@both_colours
def test_compressed_content_is_decompressed(colour: Colour, tmp_path: Path) -> None:
    """Some storages send files as they were stored, whatever is asked for; a file may have several members."""
    packed = {
        "gzip": gzip.compress(CONTENT[:5]) + gzip.compress(CONTENT[5:]),
        "deflate": zlib.compress(CONTENT),
    }
    for encoding, body in packed.items():
        answers = {AT_FILES: Answer(200, body, {"content-encoding": encoding})}
        with fake_wire(answering(answers)):
            assert download(colour, tmp_path).read_bytes() == CONTENT


@both_colours
@pytest.mark.parametrize(
    ("encoding", "body"),
    [("gzip", gzip.compress(CONTENT)[:-9]), ("gzip", CONTENT), ("br", CONTENT), ("gzip, gzip", gzip.compress(CONTENT))],
    ids=["cut off", "not compressed", "unknown", "twice"],
)
def test_broken_compression_is_an_error(colour: Colour, encoding: str, body: bytes, tmp_path: Path) -> None:
    """And never a file with less in it."""
    with (
        LoopbackServer(lambda _: Answer(200, body, {"content-encoding": encoding})) as files,
        LoopbackServer(lambda _: Answer(200, files.origin.encode())) as server,
        pytest.raises(APIError),
    ):
        colour.run(
            lambda client: client.artifacts.download("url_a1b2c3", folder=tmp_path, session_id="s", allow_private=True),
            base_url=server.base_url,
        )
    assert list(tmp_path.iterdir()) == []


@both_colours
def test_a_refusal_tells_the_host_and_no_more(colour: Colour, tmp_path: Path) -> None:
    """Its body may quote the signature, and be of any size: it is not read."""
    with (
        fake_wire(answering({AT_FILES: Answer(403, SECRET.encode() * 1000)})),
        pytest.raises(PermissionDeniedError, match=r"https://files\.test refused the download with 403") as failure,
    ):
        download(colour, tmp_path)
    assert "hunter2" not in f"{failure.value} {failure.value.body!r} {failure.value.url}"
    assert failure.value.url == "https://files.test/..."


@both_colours
def test_an_unknown_host_is_told_by_its_name(colour: Colour, tmp_path: Path) -> None:
    """And is not asked for again."""
    with (
        fake_wire(answering({}, "https://nowhere.test/x")) as sent,
        pytest.raises(NetworkError, match=r"host of https://nowhere\.test is unknown"),
    ):
        download(colour, tmp_path, timeout=5)
    assert len(sent) == 1


@both_colours
def test_a_look_up_that_takes_too_long_is_abandoned(
    colour: Colour, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The system's own patience is longer."""
    released = threading.Event()

    def stuck(*_: object, **__: object) -> list[object]:
        released.wait(60)
        return []

    monkeypatch.setattr(strangers, "getaddrinfo", stuck)
    try:
        with fake_wire(answering({})), pytest.raises(RequestTimeoutError, match=r"https://files\.test"):
            download(colour, tmp_path, timeout=0.2)
    finally:
        released.set()


# When private addresses are allowed -----------------------------------------------------------------------------------


@both_colours
def test_private_addresses_are_reached_if_they_are_allowed(colour: Colour, tmp_path: Path) -> None:
    """Of a server on this machine, say: the key stays away all the same."""
    with LoopbackServer(lambda _: Answer(200, CONTENT)) as files:

        def artifact(_: Sent) -> Answer:
            return Answer(200, f"{files.origin}/x.pdf?{SECRET}".encode())

        with LoopbackServer(artifact) as server:

            def use(**options: Any) -> Any:
                return colour.run(
                    lambda client: client.artifacts.download("url_a1b2c3", folder=tmp_path, session_id="s", **options),
                    base_url=server.base_url,
                )

            assert use(allow_private=True).read_bytes() == CONTENT
            with pytest.raises(InputError):
                use()
    (sent,) = files.sent
    assert sent.header("authorization") is None


@both_colours
def test_whether_they_are_allowed_is_a_bool(colour: Colour, tmp_path: Path) -> None:
    """Nothing is sent where it is something else."""
    with fake_wire() as sent, pytest.raises(InputError, match="allow_private must be a bool"):
        download(colour, tmp_path, allow_private="no")
    assert sent == []
