"""The gateway on the wire, per API.md §5 and §20."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx2
import pytest

from support.colours import API_KEY, BASE_URL, Colour, both_colours
from support.wire import GATEWAY_MODEL, Answer, Sent, closed_port, fake_wire, json_answer
from vlmrun import VLMRun, content
from vlmrun.client.exceptions import (
    APIError,
    AuthenticationError,
    ConfigurationError,
    NetworkError,
    ResponseValidationError,
)
from vlmrun.client.gateway import AsyncGateway, Gateway
from vlmrun.client.types import GatewayModel
from vlmrun.options import GatewayOptions

GATEWAY = "https://gateway.vlm.run/v1"
VARIABLES = ("VLMRUN_GATEWAY_BASE_URL", "VLMRUN_GATEWAY_URL")

# `Any`, because the calls of these tests are written once for clients of both colours.
Use = Callable[[Any], Any]

MESSAGES = [content.user("Read it.", content.document_url("https://files.test/a.pdf"))]
OPENAI: dict[str, tuple[Use, str]] = {
    "completions": (
        lambda c: c.gateway.completions.create(model="zai-org/glm-ocr", messages=MESSAGES),
        "/openai/chat/completions",
    ),
    "embeddings": (lambda c: c.gateway.embeddings.create(model="qwen/e", input="Hello"), "/openai/embeddings"),
    "transcriptions": (
        lambda c: c.gateway.transcriptions.create(model="nvidia/p", file=("a.wav", b"RIFF")),
        "/openai/audio/transcriptions",
    ),
}
NATIVE: dict[str, tuple[Use, str]] = {
    "models": (lambda c: c.gateway.models(), f"{GATEWAY}/openai/models"),
    "health": (lambda c: c.gateway.health(), "https://gateway.vlm.run/health"),
}
each_native = pytest.mark.parametrize(("use", "url"), NATIVE.values(), ids=NATIVE.keys())
each_openai = pytest.mark.parametrize(("use", "path"), OPENAI.values(), ids=OPENAI.keys())


@pytest.fixture
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names no gateway."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def _is_to(sent: Sent, url: str, key: str = API_KEY) -> bool:
    return (sent.url, sent.header("authorization")) == (url, f"Bearer {key}")


@both_colours
@each_native
def test_a_lookup_goes_to_the_gateway(colour: Colour, use: Use, url: str) -> None:
    """Whatever the base URL of the client is; its key, headers and query go along."""
    with fake_wire() as sent:
        colour.run(use, default_headers={"x-team": "blue"}, default_query={"trace": "1"})
    (request,) = sent
    assert _is_to(request, f"{url}?trace=1")
    assert (request.method, request.body, request.header("x-team")) == ("GET", b"", "blue")


@both_colours
def test_models_are_typed(colour: Colour) -> None:
    """Each has its capabilities; what is not known is kept, and what is missing is None."""
    with fake_wire():
        models = colour.run(NATIVE["models"][0])
    assert [type(model) for model in models] == [GatewayModel, GatewayModel]
    assert models[0].model_dump(mode="json") == GATEWAY_MODEL
    assert models[0].capabilities.supports_document_url is True
    bare: dict[str, object] = {"data": [{"id": "a", "task": "of-tomorrow", "speed": 5}]}
    with fake_wire(lambda _: json_answer(bare)):
        (model,) = colour.run(NATIVE["models"][0])
    assert (model.capabilities, model.task, model.speed) == (None, "of-tomorrow", 5)


@both_colours
@pytest.mark.parametrize("body", [[], {}, {"data": None}, {"data": [{"object": "model"}]}, "text"])
def test_what_is_no_list_of_models_is_an_error(colour: Colour, body: object) -> None:
    """An empty answer of another form is not taken for a gateway without models."""
    with fake_wire(lambda _: json_answer(body)), pytest.raises(ResponseValidationError):
        colour.run(NATIVE["models"][0])


def _refused(status: int, _: Sent) -> Answer:
    return json_answer({}, status)


@both_colours
def test_health(colour: Colour) -> None:
    """5xx is down; any other refusal is an error."""
    for status, healthy in ((200, True), (204, True), (500, False), (503, False)):
        with fake_wire(partial(_refused, status)):
            assert colour.run(NATIVE["health"][0]) is healthy
    with fake_wire(lambda _: json_answer({}, 403)), pytest.raises(APIError):
        colour.run(NATIVE["health"][0])


@both_colours
def test_raw_responses(colour: Colour) -> None:
    """`with_raw_response` goes to the gateway, too."""
    with fake_wire() as sent:
        raw = colour.run(lambda c: c.gateway.with_raw_response.models())
    assert raw.parse()[0].id == GATEWAY_MODEL["id"]
    assert [request.url for request in sent] == [f"{GATEWAY}/openai/models"]


@pytest.mark.usefixtures("no_variables")
def test_the_environment_says_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first variable wins; an empty one counts as unset; health is above the version."""
    monkeypatch.setenv(VARIABLES[1], "https://second.test/gateway/v1/openai/")
    with VLMRun(api_key=API_KEY, base_url=BASE_URL) as client, fake_wire(lambda _: json_answer({"data": []})) as sent:
        assert client.gateway.base_url == "https://second.test/gateway/v1"
        assert client.gateway.openai_base_url == "https://second.test/gateway/v1/openai"
        assert client.base_url == BASE_URL
        client.gateway.health()
        assert sent[0].url == "https://second.test/gateway/health"
    monkeypatch.setenv(VARIABLES[0], "https://first.test")
    with VLMRun(api_key=API_KEY) as client, fake_wire(lambda _: json_answer({"data": []})) as sent:
        client.gateway.models()
        client.gateway.health()
        assert [request.url for request in sent] == ["https://first.test/openai/models", "https://first.test/health"]
    monkeypatch.setenv(VARIABLES[0], "")
    with VLMRun(api_key=API_KEY) as client:
        assert client.gateway.base_url == "https://second.test/gateway/v1"


@pytest.mark.usefixtures("no_variables")
@pytest.mark.parametrize(
    "base_url", [None, "https://agent.vlm.run/v1", "https://API.VLM.RUN:443/v1", "https://vlm.run"]
)
def test_a_client_of_vlm_run_has_its_gateway(base_url: str | None) -> None:
    """Whatever its host is called, as long as it is VLM Run's."""
    with VLMRun(api_key=API_KEY, base_url=base_url) as client:
        assert client.gateway.base_url == GATEWAY


@pytest.mark.usefixtures("no_variables")
@pytest.mark.parametrize(
    "base_url",
    ["http://127.0.0.1:9/v1", "https://vlm.run.evil.test/v1", "https://notvlm.run/v1", "https://vlm.internal"],
)
@pytest.mark.parametrize("kind", [Gateway, AsyncGateway])
def test_the_key_of_another_server_goes_to_no_gateway(base_url: str, kind: type[Gateway | AsyncGateway]) -> None:
    """The key of a server of one's own is not VLM Run's business: the error says how to name a gateway."""
    with VLMRun(api_key=API_KEY, base_url=base_url) as client, pytest.raises(ConfigurationError) as caught:
        kind(client)
    assert "VLMRUN_GATEWAY_BASE_URL" in str(caught.value)
    assert API_KEY not in str(caught.value)


def _unreached(error: Exception, _: Sent) -> Exception:
    return error


@both_colours
@each_native
@pytest.mark.parametrize("variable", VARIABLES)
def test_a_gateway_that_is_not_there(
    colour: Colour, use: Use, url: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What to check is the gateway's own variable: the base URL of the client has nothing to do with it."""
    del url
    monkeypatch.delenv(VARIABLES[0])
    with closed_port() as closed:
        monkeypatch.setenv(variable, closed)
        with pytest.raises(NetworkError) as caught:
            colour.run(use)
    assert f"host and port of {variable}." in str(caught.value)
    monkeypatch.setenv(variable, "https://gateway.test/v1")
    for error in (httpx2.ReadError(""), httpx2.ConnectTimeout("")):
        with fake_wire(partial(_unreached, error)), pytest.raises(APIError) as failed:
            colour.run(use)
        assert f"check {variable}, " in str(failed.value)


@both_colours
@each_native
def test_a_gateway_that_is_elsewhere(colour: Colour, use: Use, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 404 of an address without a version says which variable led there; only the platform's ends in /v1."""
    monkeypatch.setenv(VARIABLES[0], "https://gateway.test")
    with fake_wire(lambda _: json_answer({"detail": "Not Found"}, 404)), pytest.raises(APIError) as caught:
        colour.run(use)
    path = url.partition("/v1")[2] or "/health"
    assert f"check VLMRUN_GATEWAY_BASE_URL: https://gateway.test{path} was requested." in str(caught.value)


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.usefixtures("no_variables")
def test_bad_url_is_named_and_not_quoted(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """The error says which variable; a client that does not use the gateway works."""
    monkeypatch.setenv(variable, "https://user:sesame@gateway.test")
    with VLMRun(api_key=API_KEY, base_url=BASE_URL) as client:
        with fake_wire():
            client.agent.list()
        with pytest.raises(ConfigurationError, match=variable) as caught:
            _ = client.gateway
        assert "sesame" not in str(caught.value)


def test_clear_text_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that crosses a network in the clear is worth a warning, as for the platform."""
    monkeypatch.setenv(VARIABLES[0], "http://gateway.test/v1")
    with VLMRun(api_key=API_KEY) as client, pytest.warns(UserWarning, match=r"http://gateway\.test/v1 .* in the clear"):
        _ = client.gateway


def test_resource_of_any_client_goes_to_the_gateway() -> None:
    """`Gateway(client)` is the same as `client.gateway`; the base URL of the client is not used."""
    with VLMRun(api_key=API_KEY, base_url=BASE_URL) as client, fake_wire() as sent:
        assert client.gateway is client.gateway
        Gateway(client).models()
        assert AsyncGateway(client).base_url == GATEWAY
        assert repr(client.gateway) == f"<Gateway of {GATEWAY}>"
    assert [request.url for request in sent] == [f"{GATEWAY}/openai/models"]


def test_copies_and_pickles_have_their_own() -> None:
    """A copy with another key uses it at the gateway, and so does an unpickled client."""
    with VLMRun(api_key=API_KEY, base_url=BASE_URL) as client, fake_wire() as sent:
        client.gateway.models()
        client.with_options(api_key="other").gateway.models()
        with pickle.loads(pickle.dumps(client)) as restored:  # noqa: S301  # our own
            restored.gateway.models()
        client.agent.list()
    assert [request.header("authorization") for request in sent] == [
        f"Bearer {key}" for key in (API_KEY, "other", API_KEY, API_KEY)
    ]
    assert sent[-1].url == f"{BASE_URL}/agent"


@both_colours
@each_native
def test_no_key_is_needed(colour: Colour, use: Use, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key, the documented key of anonymous users is sent; the platform still wants one."""
    monkeypatch.delenv("VLMRUN_API_KEY", raising=False)
    with fake_wire() as sent:
        colour.run(use, api_key=None, require_api_key=False)
        assert _is_to(sent[0], url, "vlmrun")
        with pytest.raises(AuthenticationError):
            colour.run(lambda c: c.agent.list(), api_key=None, require_api_key=False)
    assert len(sent) == 1


# OpenAI's resources ---------------------------------------------------------------------------------------------------


@both_colours
@each_openai
def test_openais_own_resources_answer(colour: Colour, use: Use, path: str) -> None:
    """They are OpenAI's classes, send to the gateway, and read its answers."""
    pytest.importorskip("openai")
    with fake_wire() as sent:
        answer = colour.run(use)
    assert type(answer).__module__.startswith("openai.")
    (request,) = sent
    assert _is_to(request, f"{GATEWAY}{path}")


def test_classes_are_openais() -> None:
    """Each accessor gives the class of its colour, one instance for all who ask."""
    pytest.importorskip("openai")
    from openai.resources.audio import AsyncTranscriptions, Transcriptions
    from openai.resources.chat.completions import AsyncCompletions, Completions
    from openai.resources.embeddings import AsyncEmbeddings, Embeddings

    client = VLMRun(api_key=API_KEY, base_url=BASE_URL)
    blocking = client.gateway
    awaited = AsyncGateway(client)
    for resource, expected in (
        (lambda: blocking.completions, Completions),
        (lambda: blocking.async_completions, AsyncCompletions),
        (lambda: blocking.embeddings, Embeddings),
        (lambda: blocking.transcriptions, Transcriptions),
        (lambda: awaited.completions, AsyncCompletions),
        (lambda: awaited.async_completions, AsyncCompletions),
        (lambda: awaited.embeddings, AsyncEmbeddings),
        (lambda: awaited.transcriptions, AsyncTranscriptions),
    ):
        assert type(resource()) is expected
        assert resource() is resource()
    assert awaited.completions is awaited.async_completions
    assert blocking.completions is not client.agent.completions


def test_async_completions_of_a_blocking_client() -> None:
    """They work in one event loop after another."""
    pytest.importorskip("openai")
    with VLMRun(api_key=API_KEY, base_url=BASE_URL) as client, fake_wire() as sent:
        for _ in range(2):
            create = client.gateway.async_completions.create
            asyncio.run(create(model="m", messages=[{"role": "user", "content": "Hello"}]))
    assert [request.url for request in sent] == [f"{GATEWAY}/openai/chat/completions"] * 2


@both_colours
def test_its_own_fields_and_parts_are_sent(colour: Colour) -> None:
    """`GatewayOptions` goes into the body as it is, and a document as a part of the gateway's own."""
    pytest.importorskip("openai")
    options = GatewayOptions(method="ocr", method_params={"lang": "en"}, document_pages=[0, 2], document_dpi=200)
    with fake_wire() as sent:
        colour.run(lambda c: c.gateway.completions.create(model="m", messages=MESSAGES, extra_body=options))
    assert sent[0].json() == {"model": "m", "messages": MESSAGES, **options}
    assert MESSAGES[0] == {
        "role": "user",
        "content": [
            {"type": "text", "text": "Read it."},
            {"type": "document_url", "document_url": {"url": "https://files.test/a.pdf"}},
        ],
    }


@both_colours
def test_a_broken_chat_is_an_error(colour: Colour) -> None:
    """What holds for chats with agents holds here: an empty success is none."""
    openai = pytest.importorskip("openai")
    with fake_wire(lambda _: json_answer({"unexpected": True})), pytest.raises(openai.APIStatusError) as caught:
        colour.run(OPENAI["completions"][0])
    assert API_KEY not in repr(caught.value)


def test_closed_client_has_no_gateway() -> None:
    """Closing the client closes what the gateway uses."""
    client = VLMRun(api_key=API_KEY, base_url=BASE_URL)
    gateway = client.gateway
    client.close()
    with pytest.raises(Exception, match="closed"):
        gateway.models()
