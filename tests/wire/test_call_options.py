"""The options of a call on the wire: `timeout`, `extra_headers`, `extra_query`, `extra_body`, for every native call."""

from __future__ import annotations

import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from support.colours import API_KEY, BASE_URL, Colour, both_colours
from support.resources import async_classes, sending_methods
from support.wire import COMPLETED, EXECUTION, FILE, NO_FILE, PROMISE, Answerer, Sent, fake_wire, json_answer, vlm_run
from vlmrun._lifetimes import waiting
from vlmrun.client.exceptions import InputError, RequestTimeoutError

# `Any`, because the calls of these tests are written once for clients of both colours.
Use = Callable[[Any], Any]

CALLS: dict[str, dict[str, Any]] = {
    "healthcheck": {},
    "list_domains": {},
    "get_schema": {"domain": "document.invoice"},
    "get_type": {"domain": "document.invoice"},
    "agent.get": {"name": "reader"},
    "agent.list": {},
    "agent.create": {"config": {"prompt": "Read it."}},
    "agent.execute": {"name": "reader"},
    "agent.run": {"prompt": "Read it.", "mode": "execution"},
    "agent.get_by_id": {"agent_id": "a-1"},
    "artifacts.list": {"session_id": "s-1"},
    "artifacts.get": {"object_id": "img_a1b2c3", "session_id": "s-1"},
    "artifacts.image": {"object_id": "img_a1b2c3", "session_id": "s-1"},
    "artifacts.array": {"object_id": "img_a1b2c3", "session_id": "s-1"},
    "artifacts.url": {"object_id": "url_a1b2c3", "session_id": "s-1"},
    "artifacts.download": {"object_id": "img_a1b2c3", "session_id": "s-1", "folder": "."},
    "datasets.create": {
        "domain": "document.receipt",
        "dataset_directory": "reader",
        "dataset_name": "receipts",
        "dataset_type": "images",
    },
    "datasets.get": {"dataset_id": "d-1"},
    "datasets.list": {},
    "domains.list": {},
    "domains.get_schema": {"domain": "document.invoice"},
    "executions.list": {},
    "executions.get": {"id": "e-1"},
    "executions.wait": {"id": "e-1"},
    "feedback.submit": {"request_id": "p-1", "notes": "No."},
    "feedback.get": {"request_id": "p-1"},
    "fine_tuning.create": {"model": "vlm-1", "training_file": "f-1"},
    "fine_tuning.provision": {"model": "ft:1"},
    "fine_tuning.generate": {
        "model": "ft:1",
        "images": ["https://example.com/a.png"],
        "config": {"prompt": "Read it.", "json_schema": {"type": "object"}},
    },
    "fine_tuning.list": {},
    "fine_tuning.get": {"job_id": "j-1"},
    "fine_tuning.list_models": {},
    "files.upload": {"file": b"bytes", "filename": "a.txt"},
    "files.list": {},
    "files.get": {"file_id": "f-1"},
    "files.delete": {"file_id": "f-1"},
    "gateway.models": {},
    "gateway.health": {},
    "gateway.systemone.decide": {"state": "It is late.", "questions": {"late": {"type": "noul"}}},
    "gateway.systemone.models": {},
    "hub.info": {},
    "hub.list_domains": {},
    "hub.has_domain": {"domain": "document.invoice"},
    "hub.get_schema": {"domain": "document.invoice"},
    "hub.get_pydantic_model": {"domain": "document.invoice"},
    "models.list": {},
    **{
        f"{route}.{method}": arguments
        for route in ("document", "audio", "video")
        for method, arguments in {
            "generate": {"file": "f-1", "domain": "document.invoice"},
            "execute": {"name": "reader", "url": "https://example.com/invoice.pdf"},
            "schema": {"file": "f-1"},
        }.items()
    },
    "image.generate": {"domain": "document.invoice", "urls": ["https://example.com/a.png"]},
    "image.execute": {"name": "reader", "urls": ["https://example.com/a.png"]},
    "image.schema": {"urls": ["https://example.com/a.png"]},
    **{
        f"{route}.{method}": arguments
        for route in ("document", "audio", "video", "image", "predictions")
        for method, arguments in {"list": {}, "get": {"id": "p-1"}, "wait": {"id": "p-1"}}.items()
    },
    "skills.list": {},
    "skills.get": {"id": "s-1"},
    "skills.create": {"prompt": "Read it."},
    "skills.create_from_directory": {"directory": "reader"},
    "skills.update": {"skill_id": "s-1", "description": "Reads."},
    "skills.download": {"skill_id": "s-1"},
}
"""Every method that sends something, with arguments that are good."""

each_call = pytest.mark.parametrize("name", CALLS)


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is downloaded goes nowhere else."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reader").mkdir()
    (tmp_path / "reader" / "SKILL.md").write_text("---\nname: reader\ndescription: Reads.\n---\n")


def called(name: str, **arguments: Any) -> Use:
    """Calling a method by its name, for a client of either colour."""
    return lambda client: operator.attrgetter(name)(client)(**CALLS.get(name, {}), **arguments)


def query_of(sent: Sent) -> list[tuple[str, str]]:
    """The parameters of a URL, in their order."""
    return parse_qsl(urlsplit(sent.url).query, keep_blank_values=True)


def test_every_call_is_tested() -> None:
    """A method that is added later is missing above."""
    methods = {f"{home}.{name}".lstrip(".") for home, cls in async_classes().items() for name in sending_methods(cls)}
    assert set(CALLS) == methods


# timeout --------------------------------------------------------------------------------------------------------------


@both_colours
@each_call
def test_the_timeout_reaches_every_request(colour: Colour, name: str) -> None:
    """It is the time that each request of the call may take, or what is left of it where it is for a wait."""
    with fake_wire() as sent:
        colour.run(called(name, timeout=7.5))
    assert sent != []
    for request in sent:
        read = request.timeout["read"]
        assert read is not None
        assert 0 < read <= 7.5


@both_colours
@each_call
def test_no_timeout_is_no_limit(colour: Colour, name: str) -> None:
    """`None` waits as long as it takes; connecting is limited all the same.

    Where it is the limit of a wait, the requests of the wait keep that of the client.
    """
    with fake_wire() as sent:
        colour.run(called(name, timeout=None), timeout=3.0)
    assert sent != []
    limits = (3.0, 3.0) if name == "agent.run" or name.endswith(".wait") else (None, 5.0)
    assert [(request.timeout["read"], request.timeout["connect"]) for request in sent] == [limits] * len(sent)


@both_colours
@each_call
def test_the_default_is_the_timeout_of_the_client(colour: Colour, name: str) -> None:
    """Without it, the client's counts."""
    with fake_wire() as sent:
        colour.run(called(name), timeout=3.0)
    for request in sent:
        read = request.timeout["read"]
        assert read is not None
        assert 0 < read <= 3.0


@both_colours
@pytest.mark.parametrize(("timeout", "expected"), [(2.0, 2.0), (None, None)])
def test_the_timeout_reaches_the_storage(colour: Colour, timeout: float | None, expected: float | None) -> None:
    """An upload by way of the storage has the same limit there."""
    with fake_wire() as sent:
        colour.run(called("files.upload", method="presigned-url", timeout=timeout))
    assert [request.method for request in sent] == ["GET", "POST", "PUT", "GET"]
    assert [request.timeout["read"] for request in sent] == [expected] * 4


@both_colours
def test_a_timeout_of_a_call_is_not_kept(colour: Colour) -> None:
    """The next call has the client's again."""

    def blocking(client: Any) -> None:
        client.agent.list(timeout=1)
        client.agent.list()

    async def awaited(client: Any) -> None:
        await client.agent.list(timeout=1)
        await client.agent.list()

    with fake_wire() as sent:
        colour.run(awaited if colour.is_async else blocking, timeout=3.0)
    assert [request.timeout["read"] for request in sent] == [1, 3.0]


@both_colours
@each_call
def test_a_timeout_that_is_none_is_refused(colour: Colour, name: str) -> None:
    """What is no number of seconds is sent nowhere."""
    with fake_wire() as sent, pytest.raises(InputError, match="timeout"):
        colour.run(called(name, timeout="soon"))
    assert sent == []


@both_colours
def test_a_timeout_of_httpx_belongs_to_the_client(colour: Colour) -> None:
    """It is refused, and the error says who takes it."""
    with fake_wire() as sent, pytest.raises(InputError, match="timeout must be a number of seconds") as caught:
        colour.run(called("agent.list", timeout=httpx2.Timeout(5.0, connect=1.0)))
    assert sent == []
    assert "client.with_options(timeout=...)" in (caught.value.suggestion or "")


# extra_headers --------------------------------------------------------------------------------------------------------


@both_colours
@each_call
def test_headers_are_added_to_every_request(colour: Colour, name: str) -> None:
    """They stand beside the client's own and replace those of the same name, whatever its case."""
    with fake_wire() as sent:
        colour.run(
            called(name, extra_headers={"x-team": "green", "X-More": "1", "user-agent": "mine"}),
            default_headers={"X-Team": "blue", "X-Office": "west"},
        )
    assert sent != []
    for request in sent:
        got = [request.header(header) for header in ("X-Team", "X-More", "X-Office", "User-Agent", "Authorization")]
        assert got == ["green", "1", "west", "mine", f"Bearer {API_KEY}"]


@both_colours
def test_a_header_of_ours_can_be_replaced(colour: Colour) -> None:
    """The caller has the last word, also about the key and the media type."""
    with fake_wire() as sent:
        headers = {"Authorization": "Bearer another", "Accept": "text/plain", "content-type": "application/x-json"}
        colour.run(called("agent.execute", extra_headers=headers))
    got = [sent[0].header(header) for header in ("Authorization", "Accept", "Content-Type")]
    assert got == ["Bearer another", "text/plain", "application/x-json"]


@both_colours
@pytest.mark.parametrize(
    "headers",
    [
        {"a b": "c"},
        {"a": "b\r\nc: d"},
        {"a": 5},
        [("a", "b")],
        {5: "b"},
        {"Content-Length": "5"},
        {"transfer-encoding": "chunked"},
    ],
)
def test_headers_that_are_none_are_refused(colour: Colour, headers: Any) -> None:
    """What HTTP has no place for is sent nowhere."""
    with fake_wire() as sent, pytest.raises(InputError, match="extra_headers"):
        colour.run(called("agent.list", extra_headers=headers))
    assert sent == []


# extra_query ----------------------------------------------------------------------------------------------------------


@both_colours
@each_call
def test_parameters_are_added_to_every_request(colour: Colour, name: str) -> None:
    """They come after those of the call."""
    with fake_wire() as plain:
        colour.run(called(name))
    with fake_wire() as sent:
        colour.run(called(name, extra_query={"more": "a&b", "page": 2}))
    assert [query_of(request) for request in sent] == [
        [*query_of(request), ("more", "a&b"), ("page", "2")] for request in plain
    ]


@both_colours
@pytest.mark.parametrize(
    ("extra", "query"),
    [
        ({"tag": ["a", "b"]}, [("tag", "a"), ("tag", "b")]),
        ({"tag": ("a", 5, True)}, [("tag", "a"), ("tag", "5"), ("tag", "true")]),
        ({"tag": []}, []),
        ({"tag": None}, []),
        ({"tag": None, "other": ""}, [("other", "")]),
        ({"tag": False, "number": 1.5}, [("tag", "false"), ("number", "1.5")]),
        ({"tag": "ü/?#"}, [("tag", "ü/?#")]),
    ],
)
def test_a_parameter_may_be_a_list_or_none(colour: Colour, extra: dict[str, Any], query: list[object]) -> None:
    """A list repeats its parameter, `None` leaves it out, and booleans are those of JSON."""
    with fake_wire() as sent:
        colour.run(called("agent.list", extra_query=extra))
    assert query_of(sent[0]) == query


@both_colours
def test_a_parameter_of_ours_can_be_replaced(colour: Colour) -> None:
    """One of the same name takes its place, and `None` takes it away."""
    with fake_wire() as sent:
        colour.run(called("files.list", extra_query={"limit": 5, "skip": None}))
    assert query_of(sent[0]) == [("limit", "5")]


@both_colours
@pytest.mark.parametrize("query", [{"a": {"b": 1}}, [("a", 1)], {5: 1}, {"": 1}, {"a": object()}, {"a": float("nan")}])
def test_parameters_that_are_none_are_refused(colour: Colour, query: Any) -> None:
    """What a query has no place for is sent nowhere."""
    with fake_wire() as sent, pytest.raises(InputError, match="extra_query"):
        colour.run(called("agent.list", extra_query=query))
    assert sent == []


# extra_body -----------------------------------------------------------------------------------------------------------


@both_colours
def test_members_are_added_to_the_body(colour: Colour) -> None:
    """They replace those of the same name; a member that is `None` is sent as null, as the caller says it."""
    with fake_wire() as sent:
        colour.run(
            called("agent.execute", inputs={"a": 1}, extra_body={"new": {"x": [1, None]}, "name": "b", "nothing": None})
        )
    assert sent[0].json() == {
        "name": "b",
        "inputs": {"a": 1},
        "batch": True,
        "model": "vlmrun-orion-1:auto",
        "new": {"x": [1, None]},
        "nothing": None,
    }


@both_colours
@pytest.mark.parametrize("name", ["agent.list", "executions.get", "files.delete", "healthcheck", "hub.info"])
def test_a_call_without_a_body_gets_one(colour: Colour, name: str) -> None:
    """A GET or DELETE with `extra_body` sends it as its JSON body, and none without."""
    with fake_wire() as plain:
        colour.run(called(name))
    with fake_wire() as sent:
        colour.run(called(name, extra_body={"new": 1}))
    assert [(request.body, request.header("content-type")) for request in plain] == [(b"", None)]
    assert [(request.json(), request.header("content-type")) for request in sent] == [({"new": 1}, "application/json")]
    assert [(request.method, request.url) for request in sent] == [(request.method, request.url) for request in plain]


@both_colours
@pytest.mark.parametrize("body", [[1], "text", {5: 1}, {"a": object()}, {"a": float("nan")}])
def test_a_body_that_is_none_is_refused(colour: Colour, body: Any) -> None:
    """What is no JSON object is sent nowhere."""
    with fake_wire() as sent, pytest.raises(InputError, match="extra_body"):
        colour.run(called("agent.list", extra_body=body))
    assert sent == []


@both_colours
def test_what_the_caller_hands_in_stays_as_it_is(colour: Colour) -> None:
    """The mappings are read, not kept."""
    options: dict[str, Any] = {
        "extra_headers": {"x-a": "b"},
        "extra_query": {"a": [1], "b": None},
        "extra_body": {"a": {"b": None}},
    }
    with fake_wire():
        colour.run(called("agent.execute", **options))
    assert options == {
        "extra_headers": {"x-a": "b"},
        "extra_query": {"a": [1], "b": None},
        "extra_body": {"a": {"b": None}},
    }


@both_colours
@pytest.mark.parametrize("name", ["agent.list", "agent.execute", "agent.run", "files.upload", "hub.has_domain"])
def test_empty_options_change_nothing(colour: Colour, name: str) -> None:
    """Not even by a `?` or a body `{}`, which some servers refuse of a GET."""
    with fake_wire() as plain:
        colour.run(called(name))
    with fake_wire() as sent:
        colour.run(called(name, extra_headers={}, extra_query={"tag": []}, extra_body={}))
    assert [(one.method, one.url) for one in sent] == [(one.method, one.url) for one in plain]
    assert [one.body == b"" for one in sent] == [one.body == b"" for one in plain]
    assert [one.header_names for one in sent] == [one.header_names for one in plain]


# Calls that send more than one request --------------------------------------------------------------------------------

OPTIONS: dict[str, Any] = {
    "extra_headers": {"x-team": "green"},
    "extra_query": {"more": "1"},
    "extra_body": {"text": "whole", "n": 5, "deep": {"a": None}},
}


def form_of(sent: Sent) -> dict[str, bytes]:
    """The fields of a multipart form, the file among them."""
    kind = sent.header("content-type")
    assert kind is not None
    assert kind.startswith("multipart/form-data; boundary=")
    boundary = kind.partition("boundary=")[2].encode()
    parts = [part.strip(b"\r\n").split(b"\r\n\r\n", 1) for part in sent.body.split(b"--" + boundary)[1:-1]]
    return {head.split(b'name="', 1)[1].split(b'"', 1)[0].decode(): value for head, value in parts}


@both_colours
def test_a_direct_upload_has_them_as_fields_of_its_form(colour: Colour) -> None:
    """Texts as they are and all else in JSON, beside the file; the lookup by hash has no body."""
    with fake_wire() as sent:
        colour.run(called("files.upload", method="direct", **OPTIONS))
    lookup, upload = sent
    assert (lookup.method, lookup.body) == ("GET", b"")
    assert form_of(upload) == {"text": b"whole", "n": b"5", "deep": b'{"a":null}', "file": b"bytes"}
    for request in sent:
        assert request.header("x-team") == "green"
        assert ("more", "1") in query_of(request)


@both_colours
def test_a_form_keeps_its_media_type(colour: Colour) -> None:
    """`Content-Type` cannot be replaced there, because only the form knows its boundary."""
    with fake_wire() as sent:
        colour.run(called("files.upload", force=True, extra_headers={"content-type": "application/json"}))
    assert form_of(sent[0]) == {"file": b"bytes"}


@both_colours
def test_the_storage_gets_none_of_them(colour: Colour) -> None:
    """What asks for a presigned URL has them; the storage, which is not VLM Run's API, does not."""
    with fake_wire() as sent:
        colour.run(called("files.upload", method="presigned-url", **OPTIONS))
    lookup, promise, put, verify = sent
    assert promise.json() == {
        "filename": "a.txt",
        "purpose": "assistants",
        "expiration": 86400,
        **OPTIONS["extra_body"],
    }
    assert (lookup.body, verify.body) == (b"", b"")
    for request in (lookup, promise, verify):
        assert request.header("x-team") == "green"
        assert ("more", "1") in query_of(request)
    assert (put.method, put.url, put.body) == ("PUT", PROMISE["url"], b"bytes")
    assert put.header_names.isdisjoint({"x-team", "authorization"})


@both_colours
def test_a_file_that_is_there_is_asked_for_without_a_body(colour: Colour) -> None:
    """A public URL of a file that was uploaded before takes a second lookup, which has no body either."""
    known = json_answer({**FILE, "id": "f-1", "purpose": "assistants"})
    with fake_wire(lambda _: known) as sent:
        colour.run(called("files.upload", generate_public_url=True, **OPTIONS))
    assert [(request.method, request.body) for request in sent] == [("GET", b""), ("GET", b"")]
    assert all(request.header("x-team") == "green" for request in sent)
    assert NO_FILE["id"] is None  # which is what the server says of one that it does not know


@pytest.fixture
def _no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sleeps."""

    def sleep(seconds: float) -> None:
        del seconds

    async def async_sleep(seconds: float) -> None:
        del seconds

    monkeypatch.setattr(waiting, "sleep", sleep)
    monkeypatch.setattr(waiting, "async_sleep", async_sleep)


def pending_twice() -> Answerer:
    """An execution that is done when it is asked for the third time."""
    left = [EXECUTION, EXECUTION]

    def answer(sent: Sent) -> Any:
        if "/agent/executions/" not in sent.url:
            return vlm_run(sent)
        return json_answer(left.pop() if left else COMPLETED)

    return answer


@both_colours
@pytest.mark.usefixtures("_no_time")
def test_each_poll_has_them(colour: Colour) -> None:
    """Every request of a wait has headers, parameters and body."""
    with fake_wire(pending_twice()) as sent:
        colour.run(called("executions.wait", **OPTIONS))
    assert len(sent) == 3
    for request in sent:
        assert request.header("x-team") == "green"
        assert query_of(request) == [("more", "1")]
        assert request.json() == OPTIONS["extra_body"]


@both_colours
@pytest.mark.usefixtures("_no_time")
def test_a_run_passes_them_on(colour: Colour) -> None:
    """All requests of a run have headers and parameters; the body is for what starts it."""
    with fake_wire(pending_twice()) as sent:
        colour.run(called("agent.run", **OPTIONS))
    started, *polls = sent
    assert {name: started.json()[name] for name in OPTIONS["extra_body"]} == OPTIONS["extra_body"]
    assert [request.body for request in polls] == [b"", b"", b""]
    for request in sent:
        assert request.header("x-team") == "green"
        assert query_of(request) == [("more", "1")]


@both_colours
def test_a_run_as_a_chat_passes_them_on(colour: Colour) -> None:
    """The one request of a chat has them all."""
    pytest.importorskip("openai", reason="chats are OpenAI's")
    with fake_wire() as sent:
        colour.run(lambda c: c.agent.run("Read it.", timeout=7.5, **OPTIONS))
    [request] = sent
    assert request.url == f"{BASE_URL}/openai/chat/completions?more=1"
    assert request.header("x-team") == "green"
    assert {name: request.json()[name] for name in OPTIONS["extra_body"]} == OPTIONS["extra_body"]
    read = request.timeout["read"]
    assert read is not None
    assert 0 < read <= 7.5


@both_colours
def test_pages_have_them(colour: Colour) -> None:
    """Each page is asked for with the options of the first."""

    def collected(client: Any) -> Any:
        pages = client.files.list(limit=2, timeout=7.5, **OPTIONS)
        if not colour.is_async:
            return list(pages)

        async def collect() -> list[object]:
            return [file async for file in pages]

        return collect()

    answers = iter([[FILE, FILE], []])
    with fake_wire(lambda _: json_answer(next(answers))) as sent:
        assert len(colour.run(collected)) == 2
    assert [query_of(request) for request in sent] == [
        [("skip", "0"), ("limit", "2"), ("more", "1")],
        [("skip", "2"), ("limit", "2"), ("more", "1")],
    ]
    for request in sent:
        assert (request.header("x-team"), request.json()) == ("green", OPTIONS["extra_body"])
        assert request.timeout["read"] == 7.5


@both_colours
@pytest.mark.usefixtures("_no_time")
def test_a_retry_has_them(colour: Colour) -> None:
    """The request is the same when it is repeated."""
    answers = iter([json_answer({}, 503), json_answer([])])
    with fake_wire(lambda _: next(answers)) as sent:
        colour.run(called("agent.list", timeout=7.5, **OPTIONS), max_retries=1)
    assert sent[0] == sent[1]
    assert [request.timeout["read"] for request in sent] == [7.5, 7.5]


@both_colours
def test_the_error_of_a_short_timeout_is_the_clients_own(colour: Colour) -> None:
    """A call that has run out of its own time raises what one does that has run out of the client's."""
    with fake_wire(lambda _: httpx2.ReadTimeout("slow")), pytest.raises(RequestTimeoutError):
        colour.run(called("agent.list", timeout=0.5))
