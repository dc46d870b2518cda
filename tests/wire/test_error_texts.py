"""What an error says: which call failed, how often it was tried, what the cause was and the right remedy."""

from __future__ import annotations

import inspect
import re
import socket
import ssl
import sys
from collections.abc import Callable
from importlib.util import find_spec
from operator import attrgetter
from pathlib import Path
from types import FunctionType
from typing import Any

import httpcore2
import httpx2
import pytest
from typing_extensions import get_overloads

from support.colours import BASE_URL, Colour, both_colours
from support.resources import async_classes, public_members, raw_of, twin_of
from support.wire import Answer, Answerer, LoopbackServer, Sent, closed_port, fake_wire, json_answer, vlm_run
from vlmrun import AsyncVLMRun, Skill, content
from vlmrun._lifetimes import waiting
from vlmrun.client.audio import Audio
from vlmrun.client.document import Document
from vlmrun.client.exceptions import (
    APIError,
    ConfigurationError,
    ExecutionFailedError,
    ExecutionTimeoutError,
    InputError,
    MissingFileError,
    NetworkError,
    RequestTimeoutError,
    VLMRunError,
)

Use = Callable[[Any], Any]


pytestmark = pytest.mark.usefixtures("no_pauses")


def raised(colour: Colour, answer: Answerer | Answer | Exception, use: Use, **options: Any) -> Any:
    """The error that a use of a client ends with, and how many requests were sent."""
    answerer: Answerer = answer if callable(answer) else lambda _: answer
    with fake_wire(answerer) as sent, pytest.raises(VLMRunError) as caught:
        colour.run(use, **options)
    return caught.value, len(sent)


def listed(client: Any) -> Any:
    return client.agent.list()


# Which call -----------------------------------------------------------------------------------------------------------


@both_colours
def test_error_says_which_call_failed(colour: Colour) -> None:
    """Method, route, status, attempts and request id, as attributes and in the text; the message stays bare."""
    answer = json_answer({"detail": "Slow down."}, 429, x_request_id="abc")
    error, sent = raised(colour, answer, lambda client: client.agent.get("reader"), max_retries=2)
    assert sent == 3
    assert (error.method, error.url, error.attempts) == ("POST", f"{BASE_URL}/agent/lookup", 3)
    assert isinstance(error.seconds, float)
    assert error.message == "Slow down."
    assert str(error).startswith("Slow down. (POST /agent/lookup: 429 after 3 attempts, request id abc) Try: ")


@both_colours
def test_error_has_the_time_of_all_attempts(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is asked before the first attempt and after the last."""
    clock = iter(range(0, 10_000, 7))
    monkeypatch.setattr(waiting, "monotonic", lambda: float(next(clock)))
    error, _ = raised(colour, json_answer({"detail": "No."}, 404), listed)
    assert error.seconds > 0
    assert f"(GET /agent: 404 in {error.seconds:.1f} s)" in str(error)


@both_colours
def test_error_shows_no_query(colour: Colour) -> None:
    """A query may hold a secret: it is in neither the text nor the URL."""
    error, _ = raised(
        colour, json_answer({"detail": "No."}, 404), lambda client: client.agent.list(extra_query={"token": "s3cret"})
    )
    assert error.url == f"{BASE_URL}/agent"
    assert "s3cret" not in str(error)


@both_colours
def test_error_names_only_the_host_of_a_presigned_url(colour: Colour) -> None:
    """The path of a presigned URL may say what a file is called, and its query lets anybody in."""

    def answer(sent: Sent) -> Answer:
        return Answer(403) if sent.method == "PUT" else vlm_run(sent)

    def upload(client: Any) -> Any:
        return client.files.upload(b"%PDF-1.7", method="presigned-url", force=True)

    error, _ = raised(colour, answer, upload)
    assert error.method == "PUT"
    assert error.url.endswith("/...")
    assert f"(PUT {error.url}: 403" in str(error)


@both_colours
def test_error_of_an_answer_that_cannot_be_read_says_which_call(colour: Colour) -> None:
    """A success that is none has the call as well."""
    error, _ = raised(colour, json_answer({"no": "list"}, x_request_id="r-7"), listed)
    assert (error.method, error.url, error.http_status, error.request_id) == ("GET", f"{BASE_URL}/agent", 200, "r-7")
    assert "(GET /agent: 200, request id r-7)" in str(error)


@both_colours
def test_404_of_a_base_url_without_version_names_the_url(colour: Colour) -> None:
    """`base_url="https://api.vlm.run"` is a mistake that is easily made."""
    answer = json_answer({"detail": "Not Found"}, 404)
    error, _ = raised(colour, answer, listed, base_url="https://vlmrun.test")
    assert "https://vlmrun.test/agent" in error.suggestion
    assert "/v1" in error.suggestion
    assert "base_url" in error.suggestion
    error, _ = raised(colour, answer, listed)
    assert error.suggestion is None


@both_colours
def test_403_says_to_check_the_key(colour: Colour) -> None:
    """The API answers a wrong key with 403."""
    error, _ = raised(colour, json_answer({"detail": "Forbidden"}, 403), listed)
    assert "check the API key, from api_key=... or VLMRUN_API_KEY" in error.suggestion


# Executions -----------------------------------------------------------------------------------------------------------

RUNNING = {"id": "exec-7", "created_at": "2025-01-01T00:00:00Z", "status": "running"}


@both_colours
@pytest.mark.parametrize(("status", "what"), [("failed", "failed"), ("cancelled", "was cancelled")])
def test_failed_execution_is_named(colour: Colour, status: str, what: str) -> None:
    """The text has the execution's id."""
    error, _ = raised(
        colour,
        json_answer(RUNNING | {"status": status, "response": "No pages."}),
        lambda c: c.executions.wait("exec-7"),
    )
    assert type(error) is ExecutionFailedError
    assert error.message == f"Execution exec-7 {what}: No pages."


@both_colours
def test_execution_that_takes_too_long_is_named(colour: Colour) -> None:
    """The text has the execution's id, its status, the seconds, and that it is still running."""
    error, _ = raised(colour, json_answer(RUNNING), lambda client: client.executions.wait("exec-7", timeout=0.2))
    assert type(error) is ExecutionTimeoutError
    assert error.message == "Execution exec-7 did not finish within 0.2 s (status: running); it is still running."
    assert isinstance(error, TimeoutError)


# No connection --------------------------------------------------------------------------------------------------------


def _unreachable(colour: Colour, base_url: str) -> NetworkError:
    with pytest.raises(NetworkError) as caught:
        colour.run(listed, base_url=base_url, max_retries=5)
    return caught.value


@both_colours
def test_bad_certificate_is_not_retried(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """It will not get better, and the hint is about certificates."""
    handshakes: list[object] = []

    def refuse(self: object, *_: object) -> None:
        handshakes.append(self)
        error = ssl.SSLCertVerificationError(1, "certificate verify failed")
        error.verify_message = "certificate has expired"
        raise error

    monkeypatch.setattr(ssl.SSLSocket, "do_handshake", refuse)
    monkeypatch.setattr(ssl.SSLObject, "do_handshake", refuse)
    with LoopbackServer() as server:
        origin = server.origin.replace("http:", "https:")
        error = _unreachable(colour, f"{origin}/v1")
    assert (len(handshakes), error.attempts) == (1, 1)
    assert error.message == f"The TLS certificate of {origin} was not accepted: certificate has expired."
    assert error.suggestion is not None
    assert "verify=..." in error.suggestion
    assert "SSL_CERT_FILE" in error.suggestion


class _Alerting:
    """A TLS connection whose server refuses the client after the handshake: anyio raises OpenSSL's error as it is."""

    async def read(self, *_: object) -> bytes:
        raise ssl.SSLError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required")

    async def write(self, *_: object) -> None:
        """Nothing."""

    async def aclose(self) -> None:
        """Nothing."""

    def get_extra_info(self, _: str) -> None:
        """Nothing."""


def test_server_that_wants_a_certificate_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Async: a native call raises no error of `ssl`. It will not get better, and the hint is about `cert`."""
    opened: list[object] = []

    async def connect_tcp(*arguments: object, **_: object) -> _Alerting:
        opened.append(arguments)
        return _Alerting()

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", connect_tcp)
    error = _unreachable(Colour(AsyncVLMRun), "http://localhost:1/v1")
    assert (len(opened), error.attempts) == (1, 1)
    assert error.message == "http://localhost:1 requires a client certificate."
    assert error.suggestion is not None
    assert "cert=..." in error.suggestion


@pytest.mark.parametrize("attempt", ["read", "write"])
def test_broken_tls_is_no_answer(attempt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Async: whatever OpenSSL says of a record, while reading and while writing."""

    async def fail(*_: object) -> bytes:
        raise ssl.SSLError(1, "[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC] bad record mac")

    async def connect_tcp(*_: object, **__: object) -> _Alerting:
        stream = _Alerting()
        monkeypatch.setattr(stream, attempt, fail)
        return stream

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", connect_tcp)
    error = _unreachable(Colour(AsyncVLMRun), "http://localhost:1/v1")
    assert error.attempts == 6
    assert "bad record mac" in error.message


def _resolving_to(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(code, "no address")

    monkeypatch.setattr(socket, "getaddrinfo", fail)


@both_colours
def test_unknown_host_is_not_retried(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """It will not get better, and the hint is about its name."""
    _resolving_to(monkeypatch, socket.EAI_NONAME)
    error = _unreachable(colour, "http://localhost:1/v1")
    assert error.attempts == 1
    assert error.message == "The host of http://localhost:1 is unknown."
    assert error.suggestion is not None
    assert "spelling of base_url" in error.suggestion


@both_colours
def test_failing_name_server_is_retried(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that does not answer may answer the next time."""
    _resolving_to(monkeypatch, socket.EAI_AGAIN)
    assert _unreachable(colour, "http://localhost:1/v1").attempts == 6


@both_colours
def test_cause_that_is_a_sentence_ends_once(colour: Colour) -> None:
    """As httpcore's are; those of a system have no full stop."""
    error, _ = raised(colour, httpx2.RemoteProtocolError("Server disconnected without a response."), listed)
    assert ": Server disconnected without a response. (" in str(error)
    assert ".." not in error.message


@both_colours
def test_refused_connection_is_retried_twice_at_most(colour: Colour) -> None:
    """Over a real socket: a server that restarts is waited for, and not for long."""
    with closed_port() as base_url, pytest.raises(NetworkError) as caught:
        colour.run(listed, base_url=base_url, max_retries=5)
    assert caught.value.attempts == 3
    assert "refused the connection" in caught.value.message
    assert caught.value.suggestion is not None
    assert "host and port of base_url" in caught.value.suggestion
    assert "after 3 attempts" in str(caught.value)


@both_colours
def test_max_retries_still_bounds_a_refused_connection(colour: Colour) -> None:
    """Who wants no retry gets none."""
    with closed_port() as base_url, pytest.raises(APIError) as caught:
        colour.run(listed, base_url=base_url, max_retries=0)
    assert caught.value.attempts == 1


@both_colours
def test_refused_by_each_address_is_refused(colour: Colour) -> None:
    """A host may have several addresses, as `localhost` has, of which each refuses."""
    with closed_port() as base_url:
        error = _unreachable(colour, base_url.replace("127.0.0.1", "localhost"))
    assert error.attempts == 3


# What was passed ------------------------------------------------------------------------------------------------------


BY_ID: list[tuple[Callable[[Any, Any], Any], str]] = [
    (lambda client, thing: client.executions.wait(thing), "pass its id."),
    (lambda client, thing: client.executions.get(thing), "pass its id."),
    (lambda client, thing: client.files.get(thing), "pass file.id."),
    (lambda client, thing: client.files.delete(thing), "pass file.id."),
    (lambda client, thing: client.artifacts.list(execution_id=thing), "pass execution.id."),
    (lambda client, thing: client.predictions.wait(thing), "pass its id."),
    (lambda client, thing: client.document.get(thing), "pass its id."),
    (lambda client, thing: client.feedback.submit(thing, notes="Fine."), "pass prediction.id."),
    (lambda client, thing: client.feedback.get(thing), "pass prediction.id."),
    (lambda client, thing: client.feedback.get(agent_execution_id=thing), "pass execution.id."),
    (lambda client, thing: client.skills.create(file_id=thing), "pass file.id."),
    (lambda client, thing: client.skills.update(thing), "pass skill.id."),
    (lambda client, thing: client.skills.get(thing), "pass its name."),
    (lambda client, thing: client.agent.get(thing), "pass its name."),
    (lambda client, thing: client.fine_tuning.create("vlm-1", thing), "pass the id of an uploaded file."),
    (lambda client, thing: client.datasets.get(thing), "pass dataset.id."),
]


@both_colours
@pytest.mark.parametrize(("use", "text"), BY_ID)
def test_thing_in_place_of_its_id(colour: Colour, use: Callable[[Any, Any], Any], text: str) -> None:
    """Who passes the object reads how to get its id."""

    class Thing:
        id = "thing-1"
        name = "thing"

    error, sent = raised(colour, vlm_run, lambda client: use(client, Thing()))
    assert (error.suggestion, sent) == (text, 0)
    assert "must be a non-empty string, not Thing" in error.message


@both_colours
def test_empty_prompt(colour: Colour) -> None:
    """The hint is about prompts, and not about identifiers."""
    error, _ = raised(colour, vlm_run, lambda client: client.agent.run("", mode="execution"))
    assert str(error) == "prompt must be a non-empty string. Try: pass a non-empty prompt: what the agent should do."


@both_colours
def test_empty_prompt_of_a_skill(colour: Colour) -> None:
    """The same where a prompt makes a skill."""
    error, _ = raised(colour, vlm_run, lambda client: client.skills.create(""))
    assert str(error) == "prompt must be a non-empty string. Try: pass a non-empty prompt."


MISSING: list[tuple[Use, str, str]] = [
    (lambda client: client.files.upload("nope.png"), "file does not exist: 'nope.png'.", "current folder"),
    (lambda client: client.files.upload("/nope/nope.png"), "file does not exist: '/nope/nope.png'.", "check the path."),
    (lambda client: client.files.upload("~/nope.png"), "file does not exist: '~/nope.png': ~ is not", "expanduser()"),
    (
        lambda client: client.artifacts.download("img_a1b2c3", session_id="s", folder="nope"),
        "folder does not exist: 'nope'.",
        "create the folder first.",
    ),
    (
        lambda client: client.artifacts.download("img_a1b2c3", session_id="s", folder="~/nope"),
        "folder does not exist: '~/nope': ~ is not expanded.",
        "expanduser()",
    ),
]


@both_colours
@pytest.mark.parametrize(("use", "message", "hint"), MISSING)
def test_missing_file_is_named(
    colour: Colour, use: Use, message: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file or folder that does not exist is named as it was passed, and is a `FileNotFoundError`."""
    monkeypatch.chdir(tmp_path)
    error, sent = raised(colour, vlm_run, use)
    assert (type(error), sent) == (MissingFileError, 0)
    assert error.message.startswith(message)
    assert hint in error.suggestion


@both_colours
def test_prompt_in_place_of_an_agents_name(colour: Colour) -> None:
    """`execute("Describe this image")` looks for an agent of that name; a name without spaces gets no such hint."""
    answer = json_answer({"detail": "Agent not found."}, 404)
    error, _ = raised(colour, answer, lambda client: client.agent.execute("Describe this image"))
    assert error.suggestion.startswith('pass a prompt as config={"prompt": ...}')
    error, _ = raised(colour, answer, lambda client: client.agent.execute("reader"))
    assert error.suggestion is None


PDF = b"%PDF-1.7\n"

OF_PREDICTIONS: list[tuple[Use, str, str]] = [
    (
        lambda client: client.image.generate("document.receipt", [PDF]),
        "images[0]: expected an image, got application/pdf.",
        "pass it to client.document.generate(file=...).",
    ),
    (
        lambda client: client.image.generate("document.receipt", [b"..."]),
        "images[0]: unrecognised file format.",
        'pass content.image(..., media_type="image/png"), or the type that it is.',
    ),
    (
        lambda client: client.image.generate("document.receipt", ["nope.png"]),
        "images[0] does not exist: 'nope.png'.",
        "check the path, which is relative to the current folder.",
    ),
    (
        lambda client: client.document.generate(url="nope.pdf", domain="document.receipt"),
        "url must be an http: or https: URL.",
        "pass a URL such as https://example.com/invoice.pdf; pass a file as file=...",
    ),
    (
        lambda client: client.document.generate(url=Path("nope.pdf"), domain="document.receipt"),
        "url must be a non-empty string, not PosixPath.",
        "pass a URL such as https://example.com/invoice.pdf; pass a file as file=...",
    ),
    (
        lambda client: client.document.generate(Path("nope.pdf"), "document.receipt"),
        "domain is missing.",
        'pass domain="document.invoice" or the like, or skills in config=...',
    ),
]


@both_colours
@pytest.mark.parametrize(("use", "message", "hint"), OF_PREDICTIONS)
def test_predictions_name_the_argument_and_the_remedy(colour: Colour, use: Use, message: str, hint: str) -> None:
    """The remedy is one of these methods, and not of `content`."""
    error, sent = raised(colour, vlm_run, use)
    assert (error.message.replace("WindowsPath", "PosixPath"), error.suggestion, sent) == (message, hint, 0)


@both_colours
@pytest.mark.parametrize("name", ["image", "document", "audio", "video"])
def test_prompt_in_place_of_a_predictions_name(colour: Colour, name: str) -> None:
    """`document.execute("Describe this")` looks for a prediction of that name, as `agent.execute` for an agent."""
    source: dict[str, Any] = {"urls": ["https://a.test/a.png"]} if name == "image" else {"url": "https://a.test/a.pdf"}
    answer = json_answer({"detail": "Not found."}, 404)
    error, _ = raised(colour, answer, lambda client: getattr(client, name).execute("Describe this", **source))
    assert error.suggestion == (
        "pass a prompt to client.agent.run(...): the first argument is the name of a stored prediction."
    )
    error, _ = raised(colour, answer, lambda client: getattr(client, name).execute("reader", **source))
    assert error.suggestion is None


# The host of another setting ------------------------------------------------------------------------------------------


@both_colours
def test_storage_that_cannot_be_reached(colour: Colour) -> None:
    """The server has named it: no setting of the client is the remedy."""

    def answer(sent: Sent) -> Answer | Exception:
        return httpx2.ConnectError("no route") if sent.method == "PUT" else vlm_run(sent)

    error, _ = raised(colour, answer, lambda c: c.files.upload(PDF, method="presigned-url", force=True), max_retries=0)
    assert error.suggestion == "check the network and the proxy."


CHATS = "client.agent.completions.create(...), or client.openai.chat.completions.create(...)"
ELSEWHERE: list[tuple[str, str, str]] = [
    ("client", "chat", CHATS),
    ("client", "completions", CHATS),
    ("client", "responses", f"{CHATS}: VLM Run answers chat completions, and no responses"),
    ("client", "embeddings", "client.gateway.embeddings.create(...)"),
    ("client.agent", "chat", "client.agent.completions.create(...)"),
    ("client.agent", "responses", "client.agent.completions.create(...)"),
    ("client.gateway", "chat", "client.gateway.completions.create(...)"),
    ("client.gateway", "responses", "client.gateway.completions.create(...)"),
    ("client.gateway", "audio", "client.gateway.transcriptions.create(...)"),
    ("client.audio", "transcriptions", "client.gateway.transcriptions.create(...)"),
    ("client.files", "create", "client.files.upload(...)"),
    ("client.files", "retrieve", "client.files.get(...)"),
    ("client.fine_tuning", "jobs", "client.fine_tuning.create(...)"),
]


def at(client: Any, path: str) -> Any:
    """What is at a path such as `client.agent`."""
    return attrgetter(path.removeprefix("client."))(client) if path != "client" else client


@both_colours
@pytest.mark.parametrize(("path", "name", "where"), ELSEWHERE)
def test_openais_name_says_where_it_is(colour: Colour, path: str, name: str, where: str) -> None:
    """It is not offered, and what the text names exists."""
    client = colour.client(api_key="k")
    owner = at(client, path)
    with pytest.raises(AttributeError) as caught:
        getattr(owner, name)
    assert str(caught.value) == f"{type(owner).__name__!r} object has no attribute {name!r}. Try: {where}"
    assert name not in dir(owner)
    assert not hasattr(owner, name)
    if find_spec("openai") is not None:
        for found in re.findall(r"(client[\w.]+)\(", where):
            assert callable(at(client, found))


@both_colours
@pytest.mark.parametrize("path", ["client", "client.agent", "client.gateway", "client.document"])
def test_any_other_name_fails_as_ever(colour: Colour, path: str) -> None:
    """With Python's own text."""
    with pytest.raises(AttributeError, match=r"object has no attribute 'chats'$"):
        _ = at(colour.client(api_key="k"), path).chats


@both_colours
def test_wrong_keyword_names_the_client(colour: Colour) -> None:
    """Not a class of ours that nobody knows."""
    with pytest.raises(TypeError, match=rf"^{colour.client.__name__}\.__init__\(\) got an unexpected keyword"):
        colour.run(lambda client: client, keys="k")


CLASSES = [
    cls
    for found in async_classes().values()
    for colour in (found, twin_of(found))
    for cls in (colour, raw_of(colour))
    if cls is not None
]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_wrong_keyword_names_the_class_that_has_the_method(cls: type[object]) -> None:
    """The resource that users write, and no base that it shares with others: `Document.generate()`."""
    for name, member in public_members(cls).items():
        if isinstance(member, FunctionType) and (name != "__init__" or not cls.__name__.endswith("WithRawResponse")):
            with pytest.raises(TypeError, match=rf"^{cls.__name__}\.{name}\(\) "):
                getattr(object.__new__(cls), name)(there_is_none=1)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_tools_find_the_overloads_of_inherited_methods(cls: type[object]) -> None:
    """`typing.get_overloads` knows those of `Document.generate` as it knows those of the base that wrote it."""
    for name, member in public_members(cls).items():
        if isinstance(member, FunctionType):
            written = [vars(base)[name] for base in cls.__mro__[:-1] if name in vars(base)]
            assert len(get_overloads(member)) == len(get_overloads(written[-1])), name


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python keeps no overloads before 3.11")
def test_there_are_overloads_to_find() -> None:
    """What the test above compares is something."""
    assert len(get_overloads(Document.generate)) == 6
    assert [signature.__qualname__ for signature in get_overloads(Document.wait)] == ["Document.wait"] * 2


class Derived(Document):
    """A resource of a user's own."""


def test_methods_of_a_users_own_class_are_those_of_its_base() -> None:
    """A user's patch of `Document` reaches what is derived of it."""
    assert Derived.generate is Document.generate
    assert vars(Document)["generate"] is not vars(Audio)["generate"]
    assert inspect.signature(Document.generate) == inspect.signature(Audio.generate)


class Secret:
    """As pydantic's `SecretStr`."""

    def get_secret_value(self) -> str:
        """The key."""
        return "k"


@both_colours
@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"api_key": Secret()},
            "api_key must be a str, not Secret. Try: pass the key itself: api_key=key.get_secret_value().",
        ),
        ({"timeout": -1}, "timeout must be positive and at most about 292 years, not -1.0."),
    ],
)
def test_configuration_error_has_the_remedy(colour: Colour, options: dict[str, Any], text: str) -> None:
    """The hint is about what was passed."""
    with pytest.raises(ConfigurationError) as caught:
        colour.run(lambda client: client, **options)
    assert str(caught.value).startswith(text)


@both_colours
def test_timeout_names_how_to_raise_it(colour: Colour) -> None:
    """The hint is about the `timeout` of the method and of the client."""
    pytest.importorskip("openai", reason="chats are OpenAI's")
    error, _ = raised(colour, httpx2.ReadTimeout("slow"), lambda client: client.agent.run("Hi", timeout=1))
    assert type(error) is RequestTimeoutError
    assert error.message == "No response from https://vlmrun.test within 1 s."
    assert "to this method or to the client" in str(error)


@both_colours
@pytest.mark.parametrize(("timeout", "hints"), [(600.0, False), (1.0, True)])
def test_connect_timeout_is_not_blamed_on_the_timeout(colour: Colour, timeout: float, hints: bool) -> None:
    """Connecting is limited to 5 s; only where the client's timeout is shorter does raising it help."""
    error, _ = raised(colour, httpx2.ConnectTimeout("slow"), listed, timeout=timeout)
    assert error.message == f"Could not connect to https://vlmrun.test within {min(timeout, 5):.0f} s."
    assert ("longer timeout" in error.suggestion) is hints
    assert "the network and the proxy" in error.suggestion


@both_colours
@pytest.mark.parametrize(("connect", "timeout"), [(0.5, 60.0), (0.5, None), (8.0, 60.0)])
def test_own_limit_of_connecting_is_the_one_to_raise(colour: Colour, connect: float, timeout: float | None) -> None:
    """Where it was chosen, a longer timeout for the answer would change nothing."""
    chosen = httpx2.Timeout(timeout, connect=connect)
    error, _ = raised(colour, httpx2.ConnectTimeout("slow"), listed, timeout=chosen)
    assert error.message.endswith(f"within {connect:g} s.")
    assert "pass a longer connect=... in timeout=httpx2.Timeout(...) to the client" in (error.suggestion or "")
    assert "the network" in (error.suggestion or "")


SVG = b'<?xml version="1.0"?>\n<!-- drawn by hand -->\n<svg xmlns="http://www.w3.org/2000/svg"></svg>'


def test_svg_is_not_called_an_image() -> None:
    """An SVG has the right hint: no media type makes a picture of it."""
    with pytest.raises(InputError) as caught:
        content.image(SVG)
    assert (
        str(caught.value)
        == "source: expected an image, got SVG. Try: convert it to PNG first: VLM Run does not read SVG."
    )


def test_wrong_file_is_named(tmp_path: Path) -> None:
    """Of many files, one wants to know which."""
    path = tmp_path / "bad.png"
    path.write_bytes(b"%PDF-1.7")
    with pytest.raises(InputError, match=r"expected an image, got application/pdf: '.*bad\.png'\."):
        content.image(path)


def test_base64_is_not_quoted() -> None:
    """A text that is no path may be a document: the error counts its characters, and names the remedy."""
    with pytest.raises(InputError) as caught:
        content.image("iVBORw0KGgo/" * 40)
    assert "iVBOR" not in str(caught.value)
    assert "480 characters" in caught.value.message
    assert "base64.b64decode" in str(caught.value)


@pytest.mark.parametrize("name", ["", "~/"])
def test_missing_source_is_a_file_not_found_error(name: str) -> None:
    """`content.image("nope.png")`."""
    with pytest.raises(FileNotFoundError, match=r"source does not exist: '.*nope\.png'"):
        content.image(f"{name}nope.png")


def test_missing_skill_is_a_file_not_found_error(tmp_path: Path) -> None:
    """A folder that does not exist, and one without SKILL.md."""
    with pytest.raises(FileNotFoundError, match="directory does not exist"):
        Skill.from_directory(tmp_path / "nope")
    with pytest.raises(FileNotFoundError, match=r"contains no SKILL\.md"):
        Skill.from_directory(tmp_path)
