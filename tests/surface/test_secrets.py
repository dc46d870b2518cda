"""The key, a signed URL and what is in a document are shown to nobody: no `repr`, no error, no traceback, no log.

Calls go over real connections, so that all is logged that there is to log. What a caller hands in is in his own frames
as well; what is looked for in ours is what we make of it.
"""

from __future__ import annotations

import base64
import functools
import gc
import inspect
import io
import logging
import os
import re
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any, NamedTuple, cast

import httpx2
import pytest
from pydantic import BaseModel

from support.colours import Colour, both_colours
from support.wire import (
    ARTIFACT,
    COMPLETED,
    FILE,
    PROMISE,
    Answer,
    Answerer,
    LoopbackServer,
    Sent,
    closed_port,
    fake_wire,
    json_answer,
    vlm_run,
)
from vlmrun import AsyncVLMRun, VLMRun, content
from vlmrun._arguments.discretion import discreet_errors
from vlmrun.client.exceptions import (
    APIError,
    ConfigurationError,
    InputError,
    NetworkError,
    OutputValidationError,
    RequestTimeoutError,
    ResponseValidationError,
)

# The secrets, and how they may be spelled -----------------------------------------------------------------------------

KEY = "vlmrun-key-of-mallory"
SIGNATURE = "signed-by-the-storage"
WORDS = "what-is-in-the-document"
DOCUMENT = f"%PDF-1.7\n{WORDS}\n%%EOF".encode()
SECRETS = {"key": KEY, "URL": SIGNATURE, "document": WORDS}


def _spellings(secret: str) -> set[str]:
    """A text as it is, and in base64, wherever it stands in what is encoded."""
    # The first and the last group have letters of what is around it.
    in_base64 = {base64.b64encode(bytes(before) + secret.encode()).decode()[4:-4] for before in range(3)}
    return {secret, *in_base64}


SPELLINGS = {name: _spellings(secret) for name, secret in SECRETS.items()}


class Leak(NamedTuple):
    """A secret, and what shows it."""

    secret: str
    where: str


def found_in(where: str, *texts: str) -> Iterator[Leak]:
    """The secrets in texts."""
    for name, spelled in SPELLINGS.items():
        if any(one in text for one in spelled for text in texts):
            yield Leak(name, where)


# What is looked at ----------------------------------------------------------------------------------------------------


def shown_by(value: object) -> Iterator[Leak]:
    """What all objects of ours tell that an object leads to."""
    for item in reachable(value):
        yield from found_in(f"repr of {type(item).__name__}", repr(item), str(item))


def reachable(value: object) -> list[object]:
    """The objects of ours that an object leads to, and itself."""
    seen: list[object] = []  # held, so that no identity is used twice
    todo = [value]
    while todo:
        item = todo.pop()
        if not isinstance(item, type) and all(item is not one for one in seen):
            seen.append(item)
            todo += _led_to(item)
    return [item for item in seen if _is_ours(type(item).__module__)]


def _led_to(item: object) -> list[object]:
    if isinstance(item, FunctionType):
        return [cell.cell_contents for cell in item.__closure__ or ()]
    if isinstance(item, MethodType):
        return [item.__self__]
    if isinstance(item, functools.partial):
        call = cast("functools.partial[object]", item)
        return [call.func, *call.args, *call.keywords.values()]
    if isinstance(item, (list, tuple)):
        return list(cast("list[object]", item))
    if isinstance(item, dict):
        return list(cast("dict[object, object]", item).values())
    return list(vars(item).values()) if _is_ours(type(item).__module__) and hasattr(item, "__dict__") else []


def _is_ours(module: object) -> bool:
    return str(module).partition(".")[0] == "vlmrun"


def told_by(error: BaseException | None, given: Iterable[object] = ()) -> Iterator[Leak]:
    """What an error tells, with all it came of, shown or not, and with the variables of our frames that it passed.

    Args:
        error: The error.
        given: What the caller handed in.
    """
    seen: list[BaseException] = []
    todo = [error]
    while todo:
        one = todo.pop()
        if one is None or any(one is other for other in seen):
            continue
        seen.append(one)
        todo += [one.__cause__, one.__context__]
        yield from found_in(type(one).__name__, str(one), repr(one), repr(one.args))
        for frame, _ in traceback.walk_tb(one.__traceback__):
            if _is_ours(frame.f_globals.get("__name__")):
                for name, value in frame.f_locals.items():
                    if not _is_given(value, given):
                        yield from found_in(f"{name} in {frame.f_code.co_name}", _repr(value))


def _is_given(value: object, given: Iterable[object]) -> bool:
    if isinstance(value, tuple):  # what `*arguments` are
        return all(_is_given(item, given) for item in cast("tuple[object, ...]", value))
    return any(value is one for one in given)


def _repr(value: object) -> str:
    try:
        return repr(value)
    except AttributeError:  # it is only half made
        return ""


@contextmanager
def all_records() -> Generator[list[logging.LogRecord], None, None]:
    """All that anybody logs, at any level."""
    records: list[logging.LogRecord] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    handler = Keep(level=0)
    found = logging.root.manager.loggerDict.values()
    loggers = [logging.root, *(logger for logger in found if isinstance(logger, logging.Logger))]
    levels = [logger.level for logger in loggers]
    logging.root.addHandler(handler)
    for logger in loggers:
        logger.setLevel(1)
    try:
        yield records
    finally:
        logging.root.removeHandler(handler)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def logged_in(records: Iterable[logging.LogRecord]) -> Iterator[Leak]:
    """What records tell as text, and to those who look at their parts."""
    for record in records:
        text = logging.Formatter().format(record)
        yield from found_in(f"log of {record.name}", text, repr(record.msg), repr(record.args))


# Calls ----------------------------------------------------------------------------------------------------------------

PDF = content.document(DOCUMENT)
PARTS = [PDF, content.image(b"\x89PNG\r\n\x1a\n" + DOCUMENT)]
MESSAGES: list[Any] = [content.user(PDF, WORDS)]
ASK: dict[str, Any] = {"model": "m", "messages": MESSAGES}
INPUTS: dict[str, Any] = {"file": PDF}
NO_JSON: dict[str, Any] = {"file": PDF, "object": object()}
NO_TEXT: dict[str, Any] = {"file": f"{WORDS}\ud800"}
NO_CONFIG: dict[str, Any] = {"prompt": [WORDS], "skills": WORDS}
NO_METADATA: dict[str, Any] = {"environment": [WORDS]}
NO_PARTS: list[Any] = [PDF, DOCUMENT]
NO_FILE = Path(f"https://h.test/?{SIGNATURE}")
NO_SKILLS: list[Any] = [WORDS]
SENT = (KEY, DOCUMENT, WORDS, PDF, PARTS, MESSAGES, INPUTS)
REFUSED = (NO_JSON, NO_TEXT, NO_CONFIG, NO_METADATA, NO_PARTS, NO_SKILLS, NO_FILE)


class Invoice(BaseModel):
    """What the agent of these tests is to read."""

    total: float


class Letter(BaseModel):
    """What it does not find."""

    sender: str


@dataclass(frozen=True)
class Case:
    """Something that is done with a client."""

    use: Callable[[Any], Any]
    """What is done, written once for both colours."""
    error: type[Exception] | None = None
    """How it ends, or `None` where it goes well."""
    answer: Answerer | None = vlm_run
    """What the server says; `None` where there is none."""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """How the client is made."""


def says(status: int, body: object, **headers: str) -> Answerer:
    """A server that says the same whatever it is asked."""
    return lambda _: json_answer(body, status, **headers)


GAVE_UP = threading.Event()
"""Whether the call has ended."""


def slowly(_: Sent) -> Answer:
    """A server that is later than anybody waits."""
    GAVE_UP.wait(60)
    return json_answer({})


def signed(sent: Sent, query: str = "") -> str:
    """Where a file lies: on the same host, by a URL that lets anybody in."""
    return f"{sent.url.partition('/v1/')[0].partition('/bucket/')[0]}/bucket/file?X-Signature={SIGNATURE}{query}"


def with_storage(answer: Answerer) -> Answerer:
    """A VLM Run that sends everybody who wants a file, or has one, to a storage with this answer."""

    def everything(sent: Sent) -> Answer | Exception:
        if "/bucket/" in sent.path:
            return answer(sent)
        if sent.path.endswith("/presigned-url"):
            return json_answer({**PROMISE, "url": signed(sent), "public_url": signed(sent)})
        if sent.path.endswith("/artifacts") or "/files/file-" in sent.path:
            return Answer(302, headers={"location": signed(sent)})
        return vlm_run(sent)

    return everything


def promises(**promise: str) -> Answerer:
    """A server that wants uploads to be made in another way, or elsewhere."""
    return says(200, {**PROMISE, "url": f"https://storage.test/?{SIGNATURE}", "old_url": SIGNATURE, **promise})


def execute(client: Any) -> Any:
    return client.agent.execute(name="a", inputs=INPUTS)


def presigned(client: Any) -> Any:
    return client.files.upload(DOCUMENT, method="presigned-url", force=True)


def artifact(client: Any) -> Any:
    return client.artifacts.get("img_1", session_id="s")


def run(mode: str, **options: Any) -> Callable[[Any], Any]:
    return lambda client: client.agent.run(WORDS, mode=mode, **{"inputs": PARTS, **options})


def chat(client: Any) -> Any:
    return client.agent.completions.create(**ASK)


def stream(client: Any) -> Any:
    events = client.agent.completions.create(**ASK, stream=True)
    if not inspect.isawaitable(events):
        return list(events)

    async def read() -> list[Any]:
        return [event async for event in await events]

    return read()


NOWHERE = {"location": f"http://127.0.0.1:1/?{SIGNATURE}"}
UNREADABLE = {"id": [SIGNATURE], "url": f"https://storage.test/?{SIGNATURE}", "text": WORDS, "key": KEY}
PUBLIC = {**FILE, "object_id": "i", "public_url": SIGNATURE, "download_url": SIGNATURE, "links": [{"href": SIGNATURE}]}
ECHO = {"detail": [{"loc": ["body", "inputs"], "msg": "is wrong", "input": DOCUMENT.decode()}]}
NATIVE: dict[str, Case] = {
    "list": Case(lambda client: client.agent.list()),
    "execute": Case(execute),
    "run": Case(run("execution", timeout=9.0), None, says(200, COMPLETED)),
    "upload": Case(lambda client: client.files.upload(DOCUMENT, filename="a.pdf", force=True)),
    "presigned upload": Case(presigned, None, with_storage(says(200, {}))),
    "public URL": Case(lambda client: client.files.get("f", generate_public_url=True), None, says(200, PUBLIC)),
    "public URLs": Case(lambda client: client.files.list(limit=9), None, says(200, [PUBLIC])),
    "artifacts": Case(lambda client: client.artifacts.list(session_id="s"), None, says(200, {"items": [PUBLIC]})),
    "artifact": Case(artifact, None, with_storage(lambda _: Answer(200, ARTIFACT))),
    "refused": Case(execute, APIError, says(401, {"detail": "no"})),
    "refused with an echo": Case(execute, APIError, says(422, ECHO)),
    "out of order": Case(execute, APIError, says(500, "no")),
    "unreadable execution": Case(execute, ResponseValidationError, says(200, UNREADABLE)),
    "unreadable file": Case(lambda client: client.files.get("f"), ResponseValidationError, says(200, UNREADABLE)),
    "unreadable promise": Case(presigned, ResponseValidationError, says(200, UNREADABLE)),
    "not there": Case(execute, NetworkError, None),
    "not there for an upload": Case(lambda client: client.files.upload(DOCUMENT, force=True), NetworkError, None),
    "too late": Case(execute, RequestTimeoutError, slowly, {"timeout": 0.1}),
    "storage at no URL": Case(presigned, ResponseValidationError, promises(url=f"ftp://h.test/?{SIGNATURE}")),
    "storage of no type": Case(presigned, ResponseValidationError, promises(content_type="\n")),
    "storage of another kind": Case(presigned, ResponseValidationError, promises(upload_method="POST")),
    "storage that refuses": Case(
        presigned, APIError, with_storage(lambda sent: json_answer({"error": {"message": sent.url}}, 403))
    ),
    "storage that is elsewhere": Case(
        presigned, APIError, with_storage(lambda sent: Answer(307, headers={"location": sent.url}))
    ),
    "storage that is too late": Case(presigned, RequestTimeoutError, with_storage(slowly), {"timeout": 0.1}),
    "artifact that is refused": Case(artifact, APIError, with_storage(lambda _: Answer(403))),
    "artifact that is everywhere": Case(
        artifact, NetworkError, with_storage(lambda sent: Answer(302, headers={"location": signed(sent, "&again=1")}))
    ),
    "artifact that is not there": Case(artifact, NetworkError, with_storage(lambda _: Answer(302, headers=NOWHERE))),
    "file that is unreadable": Case(
        lambda client: client.files.get("file-1"), ResponseValidationError, with_storage(says(200, UNREADABLE))
    ),
    "inputs that are no JSON": Case(lambda client: client.agent.execute("a", NO_JSON), InputError),
    "inputs that are no text": Case(lambda client: client.agent.execute("a", NO_TEXT), InputError),
    "config of no execution": Case(lambda client: client.agent.execute("a", config=NO_CONFIG), InputError),
    "config of no agent": Case(lambda client: client.agent.create(NO_CONFIG), InputError),
    "metadata of no execution": Case(lambda client: client.agent.execute("a", metadata=NO_METADATA), InputError),
    "metadata of no run": Case(run("execution", metadata=NO_METADATA), InputError),
    "parts of no run": Case(run("execution", inputs=NO_PARTS), InputError),
    "skills of no run": Case(run("execution", skills=NO_SKILLS), InputError),
    "text for the inputs of a run": Case(run("execution", inputs=WORDS), InputError),
    "run that is too late": Case(run("execution", timeout=0.1), RequestTimeoutError, slowly),
    "file that is none": Case(lambda client: client.files.upload(INPUTS), InputError),
    "URL for a file": Case(lambda client: client.files.upload(NO_FILE), InputError),
    "output of an execution": Case(
        run("execution", response_model=Invoice), OutputValidationError, says(200, {**COMPLETED, "response": {}})
    ),
}  # fmt: skip
CHATS: dict[str, Case] = {
    "chat": Case(chat),
    "raw chat": Case(lambda client: client.agent.completions.with_raw_response.create(**ASK)),
    "chat with extras": Case(
        lambda client: client.agent.completions.create(**ASK, extra_body={"more": WORDS})
    ),
    "stream": Case(stream),
    "chat of a copy": Case(lambda client: chat(client.with_options(timeout=9.0))),
    "chat of a copy of OpenAI's": Case(
        lambda client: client.openai.with_options(timeout=9).copy().chat.completions.create(**ASK)
    ),
    "run": Case(run("chat")),
    "chat that is refused": Case(chat, Exception, says(400, {"error": {"message": "no"}})),
    "chat that is refused twice": Case(chat, Exception, says(500, {}, retry_after="0"), {"max_retries": 1}),
    "chat that is unreadable": Case(chat, Exception, lambda _: Answer(200, b"{", {"content-type": "application/json"})),
    "chat that is not there": Case(chat, Exception, None),
    "chat that is too late": Case(chat, Exception, slowly, {"timeout": 0.1}),
    "stream that is refused": Case(stream, Exception, says(400, {"error": {"message": "no"}})),
    "stream that is too late": Case(stream, Exception, slowly, {"timeout": 0.1}),
    "run that is refused": Case(run("chat"), APIError, says(400, {"error": {"message": "no"}})),
    "run that is unreadable": Case(run("chat"), ResponseValidationError, says(200, [])),
    "run that is not there": Case(run("chat"), NetworkError, None),
    "run that is too late": Case(run("chat", timeout=0.1), RequestTimeoutError, slowly),
    "run with another output": Case(run("chat", response_model=Letter), OutputValidationError),
    "run with half a letter": Case(run("chat", metadata={"session_id": "\ud800"}), InputError),
}  # fmt: skip
CASES = {**NATIVE, **(CHATS if find_spec("openai") else {})}


@both_colours
@pytest.mark.parametrize("name", CASES)
def test_no_call_gives_a_secret_away(colour: Colour, name: str) -> None:
    """Neither one that goes well nor one that fails: not in what it gives or raises, and not in a log."""
    case = CASES[name]
    leaks: list[Leak] = []
    GAVE_UP.clear()

    def use(client: Any) -> Any:
        leaks.extend(shown_by(client))
        return case.use(client)

    result: object = None
    with all_records() as records, LoopbackServer(case.answer or vlm_run) as server, closed_port() as nowhere:
        options = {"api_key": KEY, "base_url": server.base_url if case.answer else nowhere, **case.options}
        try:
            result = colour.run(use, **options)
        except Exception as error:
            if case.error is None or not isinstance(error, case.error):
                raise
            leaks += told_by(error, [*SENT, *REFUSED])
        else:
            assert case.error is None
        finally:
            GAVE_UP.set()
    assert records or case.error is InputError
    assert [*leaks, *shown_by(result), *logged_in(records)] == []


# What needs no call ---------------------------------------------------------------------------------------------------

PICTURE = b"\x89PNG\r\n\x1a\n" + DOCUMENT
ENCODED = base64.b64encode(DOCUMENT).decode()


class Breaking(io.BytesIO):
    """A file that can be read for a while."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise OSError("the disk is gone")
        return super().read(size)[: len(DOCUMENT)]


def _on_disk(folder: Path) -> Path:
    path = folder / "document.pdf"
    path.write_bytes(DOCUMENT)
    return path


def _large_page(folder: Path) -> Path:
    image = pytest.importorskip("PIL.Image", reason="it draws the PDF").new("1", (3000, 3000))
    path = folder / "large.pdf"
    image.save(path, format="PDF", resolution=3)
    path.write_bytes(path.read_bytes() + f"%{WORDS}\n".encode())
    return path


def _pages(source: Any) -> object:
    return list(content.document_pages(source))


# What is called, with what, and with which options.
CONTENT: dict[str, tuple[Callable[..., object], Callable[[Path], object], dict[str, Any]]] = {
    "bytes of another kind": (content.image, lambda _: DOCUMENT, {}),
    "path of another kind": (content.image, _on_disk, {}),
    "path of another media type": (content.video, _on_disk, {"media_type": "video/mp4"}),
    "path of no media type": (content.document, _on_disk, {"media_type": "pdf"}),
    "picture without such a detail": (content.image, lambda _: PICTURE, {"detail": "fine"}),
    "data URL that is none": (content.document, lambda _: f"data:application/pdf;base64,{ENCODED}!", {}),
    "data URL of another kind": (content.image, lambda _: f"data:image/png;base64,{ENCODED}", {}),
    "URL that is none": (content.document, lambda _: f"https://storage.test:x/?{SIGNATURE}", {}),
    "URL with a media type": (content.document, lambda _: f"https://h.test/?{SIGNATURE}", {"media_type": "a/b"}),
    "URL as a path": (content.document, lambda _: Path(f"https://h.test/?{SIGNATURE}"), {}),
    "URL as an id": (content.file, lambda _: f"{WORDS}/", {}),
    "text that is no path": (content.document, lambda _: WORDS + 2000 * "x", {}),
    "file that breaks": (content.document, lambda _: Breaking(DOCUMENT + DOCUMENT), {}),
    "file of text": (content.document, lambda _: io.StringIO(WORDS), {}),
    "file that is too large": (content.document, lambda _: io.BytesIO(DOCUMENT + bytes(32 << 20)), {}),
    "half a letter": (content.text, lambda _: f"{WORDS}\ud800", {}),
    "half a letter in a message": (content.user, lambda _: f"{WORDS}\ud800", {}),
    "no part of a message": (content.user, lambda _: DOCUMENT, {}),
    "pages of no PDF": (_pages, _on_disk, {}),
    "pages that are too large": (_pages, _large_page, {}),
    "pages of a picture": (_pages, lambda _: io.BytesIO(PICTURE), {}),
}


@pytest.mark.parametrize("name", CONTENT)
def test_no_part_that_is_refused_is_quoted(name: str, tmp_path: Path) -> None:
    """What was handed in is not in the error, and what was read of it is not in our frames."""
    if name.startswith("pages"):
        pytest.importorskip("pypdfium2", reason="it opens PDFs")
    make, take, options = CONTENT[name]
    source = take(tmp_path)
    with pytest.raises(InputError) as caught:
        make(source, **options)
    assert list(told_by(caught.value, [source])) == []


CLIENTS: dict[str, dict[str, Any]] = {
    "key": {"api_key": f"{KEY}\n{KEY}"},
    "key of bytes": {"api_key": KEY.encode()},
    "timeout": {"timeout": -1},
    "retries": {"max_retries": -1},
    "password": {"base_url": f"https://user:{KEY}@vlmrun.test"},
    "host": {"base_url": f"https://[{KEY}]"},
    "header": {"default_headers": {"Authorization": f"Bearer {KEY}\n"}},
    "headers": {"default_headers": [KEY]},
}


@pytest.mark.parametrize("kind", [VLMRun, AsyncVLMRun])
@pytest.mark.parametrize("name", CLIENTS)
def test_no_client_that_is_refused_shows_its_key(
    kind: type[VLMRun | AsyncVLMRun], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it came as an argument, or from the environment, which is in no frame of ours either."""
    monkeypatch.setenv("VLMRUN_API_KEY", "".join(KEY))
    options = CLIENTS[name]
    with pytest.raises(ConfigurationError) as caught:
        kind(**options)
    assert list(told_by(caught.value, options.values())) == []
    with pytest.raises(ConfigurationError) as caught:
        kind().with_options(**options)
    assert list(told_by(caught.value, options.values())) == []


# What there is while calls are made -----------------------------------------------------------------------------------


@pytest.fixture
def all_objects() -> Iterator[None]:
    """Python's list of objects has those, too, that were there before the first test."""
    gc.unfreeze()
    yield
    gc.collect()
    gc.freeze()


@both_colours
@pytest.mark.usefixtures("all_objects")
def test_no_object_of_ours_shows_a_secret(colour: Colour) -> None:
    """Of all that exist while requests are on their way, and after."""
    leaks: list[Leak] = []

    def look() -> None:
        for thing in gc.get_objects():
            module = str(getattr(cast("object", thing), "__module__", ""))
            # Models of the wire are the user's own data, which he may print.
            if module.startswith("vlmrun.") and not module.startswith(("vlmrun.client.types", "vlmrun.local")):
                leaks.extend(found_in(module, repr(thing), str(thing)))

    def answer(sent: Sent) -> Answer | Exception:
        look()
        return with_storage(lambda _: Answer(200, ARTIFACT))(sent)

    with fake_wire(answer):
        for use in (execute, presigned, artifact, *((chat, run("chat")) if find_spec("openai") else ())):
            colour.run(use, api_key=KEY)
    look()
    assert leaks == []


# The logs of others ---------------------------------------------------------------------------------------------------


def _told(records: Iterable[logging.LogRecord]) -> list[tuple[str, str]]:
    """What records say, without what differs each time."""
    varying = re.compile(r"\d+\.\d+|\b[0-9a-f]{8}-[0-9a-f-]{27}\b|0x[0-9a-f]+|\d\d:\d\d:\d\d|127\.0\.0\.1:\d+")
    return [(record.name, varying.sub("...", record.getMessage())) for record in records]


def test_the_logs_of_other_clients_are_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain client of OpenAI's, and one of httpx2's, log what they log without us, also beside a client of ours."""
    openai = pytest.importorskip("openai", reason="it is about OpenAI's log")
    elsewhere = with_storage(lambda _: Answer(200))

    def others(base_url: str) -> None:
        with openai.OpenAI(api_key="k", base_url=f"{base_url}/openai") as plain:
            plain.chat.completions.create(**ASK)
        with closing(httpx2.Client(follow_redirects=True)) as client:
            client.get(f"{base_url}/artifacts?session_id=s")

    with LoopbackServer(elsewhere) as server:
        with VLMRun(KEY, server.base_url) as client:
            chat(client)
            artifact(client)
            with all_records() as beside:
                others(server.base_url)
        for name, keep in FILTERS.items():
            monkeypatch.setattr(logging.getLogger(name), "filters", keep)
        with all_records() as alone:
            others(server.base_url)
    assert _told(beside) == _told(alone)
    assert "URL" in {leak.secret for leak in logged_in(beside)}


FILTERS = {
    name: [one for one in logging.getLogger(name).filters if not _is_ours(getattr(one, "__module__", None))]
    for name in ("openai._base_client", "httpcore2.http11", "httpcore2.http2")
}
"""The filters of loggers, without ours."""


@both_colours
@pytest.mark.parametrize("switch", ["debug", "info"])
def test_openais_switch_shows_no_secret(colour: Colour, switch: str) -> None:
    """`OPENAI_LOG`, which openai reads when it is imported, turns on logs on the standard error: of no documents."""
    pytest.importorskip("openai", reason="it is OpenAI's switch")
    name = colour.client.__name__
    with LoopbackServer() as server:
        done = subprocess.run(  # noqa: S603  # nothing here comes from outside
            [sys.executable, "-c", SWITCHED, name, KEY, server.base_url, WORDS],
            env={**os.environ, "OPENAI_LOG": switch},
            capture_output=True,
            text=True,
            check=True,
        )
    assert switch == "info" or "openai._base_client" in done.stderr
    assert list(found_in("standard error", done.stderr)) == []


SWITCHED = """
import asyncio, inspect, sys
import vlmrun
from vlmrun import content

name, key, base_url, words = sys.argv[1:]
client = getattr(vlmrun, name)(key, base_url)
part = content.document(b"%PDF-1.7 " + words.encode())


async def main():
    answer = client.agent.completions.create(model="m", messages=[content.user(part, words)])
    return await answer if inspect.isawaitable(answer) else answer


asyncio.run(main())
"""


# Whether the looking works --------------------------------------------------------------------------------------------


def as_if_ours(function: FunctionType) -> Callable[[], None]:
    """A function, as if it were one of this package."""
    return FunctionType(function.__code__, {**function.__globals__, "__name__": "vlmrun.test"})


def _hides() -> None:
    try:
        raise ValueError(KEY)
    except ValueError:
        raise InputError("no") from None


def _comes_of() -> None:
    raise InputError("no") from ValueError(KEY)


def _holds() -> None:
    key = base64.b64encode(KEY.encode())
    raise InputError(f"no {len(key)}")


@pytest.mark.parametrize("talkative", [_hides, _comes_of, _holds])
def test_a_talkative_error_is_found(talkative: FunctionType) -> None:
    """In what is hidden, in what it came of, and in a variable of a function of ours."""
    with pytest.raises(InputError) as caught:
        as_if_ours(talkative)()
    assert {leak.secret for leak in told_by(caught.value)} == {"key"}


@pytest.mark.parametrize("talkative", [_hides, _holds])
def test_a_discreet_error_is_not(talkative: FunctionType) -> None:
    """The same errors, once they have left a block that is discreet."""
    with pytest.raises(InputError) as caught, discreet_errors():
        as_if_ours(talkative)()
    assert list(told_by(caught.value)) == []


def test_a_discreet_error_keeps_what_is_others() -> None:
    """What it came of, and the frames of whoever called and was called."""
    with pytest.raises(InputError) as caught, discreet_errors():
        _comes_of()
    assert isinstance(caught.value.__cause__, ValueError)
    with pytest.raises(InputError) as caught, discreet_errors():
        _holds()
    assert any("key" in frame.f_locals for frame, _ in traceback.walk_tb(caught.tb))
    with pytest.raises(InputError) as caught:
        _is_raised_beside_another()
    assert isinstance(caught.value.__context__, KeyError)


def _is_raised_beside_another() -> None:
    try:
        raise KeyError("the caller's")
    except KeyError:
        with discreet_errors():
            raise InputError("no")  # noqa: B904  # as one does who knows nothing of the caller


@pytest.mark.parametrize("before", range(3))
def test_every_spelling_is_found(before: int) -> None:
    """Base64 has three ways to spell a text, by what stands before it."""
    for name, secret in SECRETS.items():
        data = b"x" * before + secret.encode() + b"yz"
        assert list(found_in("", base64.b64encode(data).decode())) == [(name, "")]
        assert list(found_in("", repr(data))) == [(name, "")]
    assert list(found_in("", "nothing")) == []


def test_a_talkative_object_is_found() -> None:
    """However it is reached: through an attribute, a list, a dict, a closure, a method or a partial."""

    class Talkative:
        __module__ = "vlmrun.test"

        def __init__(self, *held: object) -> None:
            self.held = held

        def method(self) -> None: ...

        def __repr__(self) -> str:
            return KEY if not self.held else "..."

    inner = Talkative()
    ways: list[object] = [[inner], {"a": inner}, lambda: inner, inner.method, functools.partial(print, inner)]
    for way in ways:
        assert {leak.secret for leak in shown_by(Talkative(way))} == {"key"}


def test_a_talkative_log_is_found() -> None:
    """In its text, in an argument that prints itself as something else, and in a traceback."""

    class Shy(str):
        __slots__ = ()

        def __str__(self) -> str:
            return "..."

    logger = logging.getLogger("test.talkative")
    with all_records() as records:
        logger.debug("it is %s", KEY)
        logger.debug("it is %s", Shy(KEY))
        try:
            raise ValueError(KEY)
        except ValueError:
            logger.exception("it broke")
        logger.debug("nothing")
    assert [list(logged_in([record])) for record in records] == [[("key", "log of test.talkative")]] * 3 + [[]]
