"""Answers of a real server are recorded in files once, without secrets, and replayed offline."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from support.local import CHAT, data_url, encoded, url_part
from vlmrun import VLMRun
from vlmrun.client.exceptions import APIError, ClientError, ConfigurationError, InputError
from vlmrun.client.types import AgentExecutionConfig
from vlmrun.local import Answer, Fault, LocalServer
from vlmrun.local._faults.breaker import Breaker
from vlmrun.local._recordings.secrets import Discretion
from vlmrun.local._server.running import Running
from vlmrun.local._server.sockets import bind

KEY = "vlm-key-of-the-real-server"
SIGNATURE = "5ca1ab1e0ddba11"
IMAGE = encoded(Image.new("RGB", (2, 2)), "PNG")


@pytest.fixture(name="upstream")
def _upstream() -> Iterator[LocalServer]:
    with LocalServer(api_key=KEY) as server:
        yield server


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    return tmp_path / "answers"


def recorder(upstream: LocalServer, folder: Path) -> LocalServer:
    return LocalServer.record(folder, upstream=upstream.base_url, api_key=KEY)


@contextmanager
def client_of(server: LocalServer) -> Generator[VLMRun]:
    with server, VLMRun(server.api_key, server.base_url, max_retries=0) as made:
        yield made


@contextmanager
def asking(server: LocalServer) -> Generator[httpx2.Client]:
    """A plain HTTP client with the key."""
    headers = {"authorization": f"Bearer {server.api_key}"}
    with server, closing(httpx2.Client(base_url=server.base_url, headers=headers)) as client:
        yield client


@contextmanager
def serving(app: ASGIApp) -> Generator[str]:
    """The origin of another server, with an app of a test."""
    listener = bind("127.0.0.1", 0)
    listener.listen()
    running = Running(app, listener, Breaker())
    running.start()
    try:
        yield f"http://127.0.0.1:{running.port}"
    finally:
        running.stop()


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def written(folder: Path) -> str:
    return "\n".join(path.read_text("utf-8") for path in files(folder))


def both(upstream: LocalServer, folder: Path, use: Callable[[VLMRun], Any]) -> tuple[Any, Any]:
    """What an application sees while answers are recorded, and offline afterwards."""
    with client_of(recorder(upstream, folder)) as client:
        recorded = use(client)
    upstream.stop()
    with client_of(LocalServer.replay(folder)) as client:
        return recorded, use(client)


# What is replayed -----------------------------------------------------------------------------------------------------


def _prediction(client: VLMRun) -> object:
    made = client.image.generate(images=[IMAGE], domain="document.invoice")
    return client.predictions.wait(made.id, poll_interval=0.01)


def _execution(client: VLMRun) -> object:
    """Its polls differ, in order."""
    made = client.agent.execute(config=AgentExecutionConfig(prompt="Read it."))
    seen = [client.executions.get(made.id).status for _ in range(3)]
    assert len(set(seen)) > 1
    return made, seen, client.executions.get(made.id)


def _upload(client: VLMRun) -> object:
    """Also that it is found by its hash afterwards, which the same request could not say before."""
    return client.files.upload(IMAGE, filename="a.png"), client.files.upload(IMAGE, filename="a.png")


def _presigned(client: VLMRun) -> object:
    return client.files.upload(b"%PDF-1.4", filename="a.pdf", method="presigned-url").id


def _error(client: VLMRun) -> object:
    with pytest.raises(APIError) as caught:
        client.executions.get("nobody")
    return type(caught.value), str(caught.value).replace(caught.value.request_id or "-", "")


USES: dict[str, Callable[[VLMRun], object]] = {
    "prediction": _prediction,
    "execution": _execution,
    "upload": _upload,
    "presigned": _presigned,
    "error": _error,
    "models": lambda client: client.models.list(),
}


@pytest.mark.parametrize("name", USES)
def test_what_was_recorded_is_replayed(upstream: LocalServer, folder: Path, name: str) -> None:
    """With the other server stopped; and no key reaches a file."""
    recorded, replayed = both(upstream, folder, USES[name])
    # Each server has a port of its own.
    assert re.sub(r"127\.0\.0\.1:\d+", "", repr(replayed)) == re.sub(r"127\.0\.0\.1:\d+", "", repr(recorded))
    assert KEY not in written(folder)
    assert "authorization" not in written(folder).lower()


def _asked(**more: object) -> dict[str, object]:
    content = [{"type": "text", "text": "What is it?"}, url_part("image_url", data_url(IMAGE, "image/png"))]
    return {"model": "vlmrun-orion-2:auto", "messages": [{"role": "user", "content": content}], **more}


def test_chats_whole_and_streamed(upstream: LocalServer, folder: Path) -> None:
    """What the client sees while recording is what it sees offline, byte for byte; a stream is its events."""
    upstream.answer(Answer(chunks=["An ", "image", "\n\n", "of ä."]))
    with asking(recorder(upstream, folder)) as client:
        recorded = [client.post(CHAT, json=_asked(stream=stream)) for stream in (False, True)]
    upstream.stop()
    with asking(LocalServer.replay(folder)) as client:
        replayed = [client.post(CHAT, json=_asked(stream=stream)) for stream in (False, True)]
    assert [answer.content for answer in replayed] == [answer.content for answer in recorded]
    assert replayed[1].headers["content-type"].startswith("text/event-stream")
    whole, streamed = (json.loads(path.read_text("utf-8")) for path in files(folder))
    assert whole["response"]["json"]["choices"][0]["message"]["content"] == "An image\n\nof ä."
    pieces = [event["data"]["choices"][0]["delta"].get("content") for event in streamed["response"]["events"][:-1]]
    assert "".join(piece or "" for piece in pieces) == "An image\n\nof ä."
    assert streamed["response"]["events"][-1] == {"data": "[DONE]"}


def test_openai_reads_a_replayed_stream(upstream: LocalServer, folder: Path) -> None:
    """With its own client, through the accessor."""
    pytest.importorskip("openai", reason="the client that reads it")
    upstream.answer("Twenty-five.")

    def ask(client: VLMRun) -> str:
        stream = client.agent.completions.create(
            model="vlmrun-orion-2:auto", messages=[{"role": "user", "content": "The total?"}], stream=True
        )
        return "".join(chunk.choices[0].delta.content or "" for chunk in stream)

    assert both(upstream, folder, ask) == ("Twenty-five.", "Twenty-five.")


def test_files_are_readable(upstream: LocalServer, folder: Path) -> None:
    """A name that says what was asked, the prompt as it is, a file as its digest."""
    upstream.answer("An image.")
    with asking(recorder(upstream, folder)) as client:
        client.post(CHAT, json=_asked(), params={"b": "2", "a": "1"})
    (path,) = files(folder)
    assert path.name == "0001-post-v1-openai-chat-completions.json"
    request = json.loads(path.read_text("utf-8"))["request"]
    text, image = request["json"]["messages"][0]["content"]
    assert (request["method"], request["path"], request["query"]) == ("POST", f"/v1{CHAT}", "a=1&b=2")
    assert text["text"] == "What is it?"
    assert re.fullmatch(r"data:image/png \(\d+ bytes, sha256 [0-9a-f]{64}\)", image["image_url"]["url"])


def test_artifacts_are_replayed(upstream: LocalServer, folder: Path) -> None:
    """Bytes as they are."""
    upstream.answer(Answer(text="Here.", artifacts={"img_a1b2c3": IMAGE}))

    def ask(client: VLMRun) -> object:
        made = client.agent.execute(config=AgentExecutionConfig(prompt="Draw it."))
        client.executions.wait(made.id, poll_interval=0.01)
        return client.artifacts.get("img_a1b2c3", execution_id=made.id)

    assert both(upstream, folder, ask) == (IMAGE, IMAGE)


def test_repeated_requests_get_their_answers_in_order(upstream: LocalServer, folder: Path) -> None:
    """Then the last one again; `reset` starts from the first."""
    for text in ("One.", "Two."):
        upstream.answer(text, times=1)
    with asking(recorder(upstream, folder)) as client:
        for _ in range(2):
            client.post(CHAT, json=_asked())
    server = LocalServer.replay(folder)

    def said(client: httpx2.Client) -> str:
        text: str = client.post(CHAT, json=_asked()).json()["choices"][0]["message"]["content"]
        return text

    with asking(server) as client:
        assert [said(client) for _ in range(3)] == ["One.", "Two.", "Two."]
        server.reset()
        assert said(client) == "One."
        assert len(server.requests) == 1


def test_members_may_come_in_another_order(upstream: LocalServer, folder: Path) -> None:
    """A request is compared as JSON, and its query by names."""
    with asking(recorder(upstream, folder)) as client:
        client.get("/files", params={"skip": 0, "limit": 5})
        client.post("/agent/lookup", json={"name": "a", "version": "1"})
    with asking(LocalServer.replay(folder)) as client:
        assert client.get("/files", params={"limit": 5, "skip": 0}).status_code == 200
        assert client.post("/agent/lookup", json={"version": "1", "name": "a"}).status_code != 400


def test_an_unknown_request_is_refused(upstream: LocalServer, folder: Path) -> None:
    """With what differs from the recorded ones, and without what it says; another route gets the list."""
    with client_of(recorder(upstream, folder)) as client:
        client.agent.execute(config=AgentExecutionConfig(prompt="Read it."))
    with client_of(LocalServer.replay(folder)) as client:
        with pytest.raises(
            APIError, match=r"0001-post-v1-agent-execute\.json differs at json\.config\.prompt"
        ) as caught:
            client.agent.execute(config=AgentExecutionConfig(prompt="Read the secret."))
        assert (caught.value.http_status, "secret" in str(caught.value)) == (400, False)
        with pytest.raises(APIError, match=r"GET /v1/models.*Recorded are: 0001-post-v1-agent-execute\.json"):
            client.models.list()


def test_another_file_is_another_request(upstream: LocalServer, folder: Path) -> None:
    """In a form, in a `data:` URL, and as plain bytes, though none of them is written."""
    with client_of(recorder(upstream, folder)) as client:
        client.files.upload(b"one", filename="a.txt", force=True)
    with client_of(LocalServer.replay(folder)) as client:
        client.files.upload(b"one", filename="a.txt", force=True)
        with pytest.raises(APIError, match=r"differs at json\.file"):
            client.files.upload(b"two", filename="a.txt", force=True)


def test_faults_are_injected_into_recorded_answers(upstream: LocalServer, folder: Path) -> None:
    """A replaying server is a local server."""
    with client_of(recorder(upstream, folder)) as client:
        client.models.list()
    server = LocalServer.replay(folder)
    server.add_fault(Fault("unavailable", times=1))
    with client_of(server) as client:
        with pytest.raises(APIError) as caught:
            client.models.list()
        assert caught.value.http_status == 503
        client.models.list()


# What is not written --------------------------------------------------------------------------------------------------

SIGNED = f"https://bucket.example.com/a.pdf?X-Amz-Signature={SIGNATURE}&X-Amz-Date=1"

SECRETS: dict[str, Any] = {
    "url": SIGNED,
    "in a text": f"See [it](https://cdn.example.com/a.png?sig={SIGNATURE}), please.",
    "unknown name": f"https://cdn.example.com/a.png?s={SIGNATURE}",
    "parentheses": f"https://cdn.example.com/a(1).png?name=a(1)'b'.png&sig={SIGNATURE}",
    "fragment": f"https://cdn.example.com/#access_token={SIGNATURE}",
    "credentials": f"https://me:{SIGNATURE}@cdn.example.com/a.png",
    "JSON in a text": json.dumps({"url": SIGNED}).replace("&", "\\u0026"),
    "JSON in JSON in a text": json.dumps(json.dumps({"url": f"https://a.example?b=1&sig={SIGNATURE}"})).replace(
        "&", "\\u0026"
    ),
    "relative": f"/storage/a.png?token={SIGNATURE}",
    "encoded": f"https://proxy.example.com/https%3A%2F%2Fbucket%2Fa%3FX-Amz-Signature%3D{SIGNATURE}",
    "members": {"fields": {"X-Amz-Signature": SIGNATURE, "access_token": SIGNATURE}},
    "name of a member": {SIGNED: 1},
    "other scheme": f"wss://live.example.com/?token={SIGNATURE}",
    "list": [[SIGNED]],
    "key": f"your key is {KEY}",
}


def _saying(answer: Callable[[Request], Response]) -> ASGIApp:
    async def say(request: Request) -> Response:
        request.state.data = await request.body()
        return answer(request)

    return Starlette(routes=[Route("/{path:path}", say, methods=["GET", "POST", "PUT"])])


def _recorded(
    folder: Path, answer: Callable[[Request], Response], ask: Callable[[httpx2.Client], httpx2.Response]
) -> tuple[httpx2.Response, httpx2.Response]:
    with serving(_saying(answer)) as origin:
        server = LocalServer.record(folder, upstream=f"{origin}/v1", api_key=KEY)
        with asking(server) as client:
            recorded = ask(client)
    with asking(LocalServer.replay(folder)) as client:
        return recorded, ask(client)


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_of_an_answer_is_written(folder: Path, name: str) -> None:
    """Neither in JSON nor in a text, nor in a header."""

    def answer(request: Request) -> Response:
        if request.url.path == "/v1/text":
            return Response(str(SECRETS[name]), media_type="text/plain", headers={"set-cookie": f"a={SIGNATURE}"})
        return JSONResponse({"answer": SECRETS[name]}, headers={"x-signed": SIGNED})

    for path in ("json", "text"):

        def ask(client: httpx2.Client, path: str = path) -> httpx2.Response:
            return client.get(path)

        recorded, replayed = _recorded(folder / path, answer, ask)
        assert (recorded.status_code, replayed.status_code) == (200, 200)
        assert KEY not in written(folder / path)
        # A text that is no JSON has no members.
        if path == "json" or name != "members":
            assert SIGNATURE not in written(folder / path)


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_of_a_request_is_written(folder: Path, name: str) -> None:
    """It reaches the real server as it is; another signature is the same request."""
    came: list[bytes] = []

    def answer(request: Request) -> Response:
        came.append(request.state.data)
        return JSONResponse({})

    body = {"messages": [{"role": "user", "content": SECRETS[name]}]}
    with serving(_saying(answer)) as origin:
        server = LocalServer.record(folder, upstream=f"{origin}/v1", api_key=KEY)
        with asking(server) as client:
            assert client.post("/echo", json=body, params={"token": SIGNATURE}).status_code == 200
    assert json.loads(came[0]) == body
    assert SIGNATURE not in written(folder)
    assert KEY not in written(folder)
    if name in ("url", "list", "in a text"):
        again = json.loads(json.dumps(body).replace(SIGNATURE, "another1"))
        with asking(LocalServer.replay(folder)) as client:
            assert client.post("/echo", json=again, params={"token": "another"}).status_code == 200


def test_a_secret_in_pieces_of_a_stream_is_not_written(folder: Path) -> None:
    """Nor can it be joined from what is written; the number of events and the rest of the text stay."""
    text = f"See {SIGNED} for more."
    pieces = [text[at : at + 7] for at in range(0, len(text), 7)]

    def answer(_: Request) -> Response:
        chunks = [{"choices": [{"index": 1, "delta": {"content": piece}}], "id": "a"} for piece in pieces]
        events = "".join(f"data: {json.dumps(chunk)}\r\n\r\n" for chunk in chunks)
        return Response(f": hello\n\n{events}data: [DONE]\n\n", media_type="text/event-stream")

    recorded, replayed = _recorded(folder, answer, lambda client: client.post("/stream", json={}))
    events = json.loads(files(folder)[0].read_text("utf-8"))["response"]["events"]
    joined = "".join(event["data"]["choices"][0]["delta"]["content"] for event in events[:-1])
    assert len(events) == len(pieces) + 1
    assert re.fullmatch(r"See http://recorded\.invalid/storage/[0-9a-f]{24} for more\.", joined)
    assert recorded.text.count("data: ") == replayed.text.count("data: ") == len(events)


def test_urls_without_a_query_stay(folder: Path) -> None:
    """Answers are changed where they must be; what was a link of the real server leads to this one."""
    said = {"source": "https://example.com/a.png", "text": "1 < 2? Yes: a/b?c"}

    def answer(request: Request) -> Response:
        return JSONResponse({**said, "next": f"{request.base_url}v1/files/1"})

    recorded, replayed = _recorded(folder, answer, lambda client: client.get("/models"))
    for got in (recorded, replayed):
        here = str(got.url).removesuffix("/models")
        assert got.json() == {**said, "next": f"{here}/files/1"}


def test_signed_urls_work_through_this_server(upstream: LocalServer, folder: Path) -> None:
    """Uploads go to them and downloads come from them, while recording and offline; the real ones are not written."""

    def use(client: VLMRun) -> object:
        file = client.files.upload(IMAGE, filename="a.png", method="presigned-url", generate_public_url=True)
        assert file.public_url is not None
        assert file.public_url.startswith(str(client.base_url).removesuffix("/v1"))
        got = httpx2.get(file.public_url)
        return got.content, got.headers["content-type"]

    recorded, replayed = both(upstream, folder, use)
    assert recorded == replayed == (IMAGE, "image/png")
    real = {request.path.rpartition("/")[2] for request in upstream.requests if request.path.startswith("/storage/")}
    assert real
    assert [token for token in real if token in written(folder)] == []


def test_urls_of_this_server_are_real_ones_upstream(upstream: LocalServer, folder: Path) -> None:
    """A public URL that a client got from this server, and sends back in a message."""
    upstream.answer("An image.")

    def use(client: VLMRun) -> object:
        file = client.files.upload(IMAGE, filename="a.png", generate_public_url=True)
        part = url_part("image_url", file.public_url or "")
        body = {"messages": [{"role": "user", "content": [part]}]}
        key = {"authorization": f"Bearer {client.api_key}"}
        return httpx2.post(f"{client.base_url}{CHAT}", json=body, headers=key).status_code

    origin = upstream.base_url.removesuffix("/v1")
    assert both(upstream, folder, use) == (200, 200)
    (image,) = next(request for request in upstream.requests if request.path.endswith("completions")).images
    assert (image.url or "").startswith(f"{origin}/storage/")


def test_redirects_are_answers(folder: Path) -> None:
    """A long chat polls, with the key; a redirect to another server leads through this one, without the key."""
    seen: list[tuple[str, str | None]] = []

    def answer(request: Request) -> Response:
        seen.append((request.url.path, request.headers.get("authorization")))
        match request.url.path:
            case "/v1/chat":
                return RedirectResponse("/v1/polls/1", 303)
            case "/v1/polls/1":
                return RedirectResponse(f"{other}/done/secret-path?sig={SIGNATURE}", 303)
            case _:
                return JSONResponse({"done": True})

    def follow(client: httpx2.Client) -> httpx2.Response:
        return client.post("/chat", json={}, follow_redirects=True)

    with serving(_saying(answer)) as other:
        recorded, replayed = _recorded(folder, answer, follow)
    assert recorded.json() == replayed.json() == {"done": True}
    assert seen == [
        ("/v1/chat", f"Bearer {KEY}"),
        ("/v1/polls/1", f"Bearer {KEY}"),
        ("/done/secret-path", None),
    ]
    assert SIGNATURE not in written(folder)
    assert "secret-path" not in written(folder)


def test_the_key_is_not_read_from_netrc(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the key that was given is sent, and the key of this server is not."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hidden\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("VLMRUN_API_KEY", KEY)
    seen: list[str | None] = []

    def answer(request: Request) -> Response:
        seen.append(request.headers.get("authorization"))
        return JSONResponse({})

    with serving(_saying(answer)) as origin, asking(LocalServer.record(folder, upstream=f"{origin}/v1")) as client:
        client.get("/models")
        httpx2.get(client.base_url.join("health"))
    assert seen == [f"Bearer {KEY}", None]


def test_half_of_a_surrogate_pair(folder: Path) -> None:
    """JSON may escape what no text can hold; `2.50` may become `2.5`."""
    said = '{"a": "\\ud83d", "b": 2.50, "c": "\\u00e4"}'
    recorded, replayed = _recorded(
        folder, lambda _: Response(said, media_type="application/json"), lambda client: client.get("/models")
    )
    assert json.loads(replayed.content) == json.loads(recorded.content) == json.loads(said)


# What is refused ------------------------------------------------------------------------------------------------------


def test_a_server_that_is_away_is_told(folder: Path) -> None:
    """As 502, which clients retry; it is not recorded."""
    with LocalServer() as away:
        pass
    listener = bind("127.0.0.1", 0)  # has the port, and does not listen
    try:
        upstream = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        with asking(LocalServer.record(folder, upstream=upstream, api_key=KEY)) as client:
            answer = client.get("/models")
    finally:
        listener.close()
    assert (answer.status_code, "ConnectError" in answer.text, folder.exists()) == (502, True, False)
    assert away.requests == ()


def test_a_folder_that_cannot_be_written_is_told(upstream: LocalServer, folder: Path) -> None:
    """At once, and not after retries."""
    server = recorder(upstream, folder)
    folder.write_text("a file now")
    with client_of(server) as client, pytest.raises(APIError, match="cannot be written") as caught:
        client.models.list()
    assert caught.value.http_status == 400


def test_other_paths_are_refused(upstream: LocalServer, folder: Path) -> None:
    """The gateway, and URLs of the storage that this server has not given out."""
    with recorder(upstream, folder) as server:
        origin = server.base_url.removesuffix("/v1")
        assert httpx2.get(f"{origin}/storage/nothing").status_code == 404
        key = {"authorization": f"Bearer {server.api_key}"}
        assert httpx2.get(f"{origin}/elsewhere", headers=key).status_code == 404
        assert httpx2.get(f"{server.base_url}/models").status_code == 401
    assert not folder.exists()
    assert upstream.requests == ()


def test_a_form_that_is_none_is_refused(upstream: LocalServer, folder: Path) -> None:
    """As 400: there is no part to compare."""
    with asking(recorder(upstream, folder)) as client:
        answer = client.post("/files", content=b"a", headers={"content-type": "multipart/form-data"})
    assert answer.status_code == 400


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (lambda _: LocalServer.record("", api_key=KEY), "to must be"),
    "number": (lambda _: LocalServer.record(1, api_key=KEY), "to must be"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # is refused
    "bytes": (lambda _: LocalServer.replay(b"a"), "folder must be"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # is refused
    "file": (lambda _: LocalServer.record(__file__, api_key=KEY), "to is a file"),
    "upstream": (lambda path: LocalServer.record(path, upstream="ftp://a", api_key=KEY), "upstream cannot be used"),
    "password": (lambda path: LocalServer.record(path, upstream="http://a:b@c", api_key=KEY), "upstream cannot"),
    "no text": (lambda path: LocalServer.record(path, upstream=1, api_key=KEY), "upstream must be"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # is refused
    "nothing there": (lambda path: LocalServer.replay(path / "none"), "no recorded answers"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused(tmp_path: Path, name: str) -> None:
    call, match = REFUSED[name]
    with pytest.raises(InputError, match=match):
        call(tmp_path)


def test_a_missing_key_is_told(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="api_key is missing"):
        LocalServer.record(folder)


def test_certificates_that_are_none_are_told(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="verify cannot be loaded"):
        LocalServer.record(folder, api_key=KEY, verify=os.devnull)


def test_recorded_answers_are_not_overwritten(upstream: LocalServer, folder: Path) -> None:
    """Nor are requests sent, and billed, a second time by mistake; a stopped recorder goes on where it was."""
    server = recorder(upstream, folder)
    for _ in range(2):
        with client_of(server) as client:
            client.models.list()
    assert [path.name for path in files(folder)] == ["0001-get-v1-models.json", "0002-get-v1-models.json"]
    with pytest.raises(InputError, match="has recorded answers already"):
        recorder(upstream, folder)


@pytest.mark.parametrize("text", ["", "[]", '{"request": {"method": "GET", "path": "/"}}', '{"a": 1}'])
def test_a_broken_file_is_named(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "0001-a.json").write_text(text)
    with pytest.raises(InputError, match=r"0001-a\.json is no recorded answer"):
        LocalServer.replay(folder)


def test_a_recorded_server_is_not_told_answers(upstream: LocalServer, folder: Path) -> None:
    with pytest.raises(ClientError, match="records or replays"):
        recorder(upstream, folder).answer("a")


@pytest.mark.parametrize(
    "url", ["https://storage.test/put/a_", "https://storage.test/put?sig=a_", "https://storage.test/a."]
)
def test_a_private_url_may_end_as_a_sentence_does(url: str) -> None:
    """Whole, and not without the end: one token of 64 ends with an underscore."""
    discretion = Discretion(KEY, "https://api.test/v1")
    told = discretion.answered(url, is_private=True)
    assert "storage.test" not in told
    assert discretion.url_of(told.rpartition("/")[2]) == url
