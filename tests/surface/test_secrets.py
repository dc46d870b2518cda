"""The key, a presigned URL and what is in a document are shown to nobody: no repr, no error, no log, no traceback.

What a caller hands over is in the frames of his own call; what is looked for here is what we make of it.
"""

from __future__ import annotations

import base64
import gc
import logging
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any, cast

import httpx2
import pytest

import vlmrun
from support.colours import BASE_URL, Colour, both_colours
from support.wire import PROMISE, Answer, Sent, fake_wire, json_answer, vlm_run
from vlmrun import content
from vlmrun.client.exceptions import APIError, InputError, VLMRunError

KEY = "vlmrun-key-0815"
SIGNATURE = "sesame-4711"  # of the presigned URL in PROMISE
WORDS = b"patient-4711 has a cold"
DOCUMENT = b"%PDF-1.7 " + WORDS
SECRETS = [KEY, SIGNATURE, WORDS.decode(), base64.b64encode(DOCUMENT).decode()[:24]]
PACKAGE = str(Path(vlmrun.__file__).parent)

Use = Callable[[Any], Any]


def shown(text: str) -> list[str]:
    """The secrets in a text."""
    return [secret for secret in SECRETS if secret in text]


# In logs --------------------------------------------------------------------------------------------------------------


@contextmanager
def all_logs() -> Generator[list[str], None, None]:
    """Everything that anybody logs, at any level, as it would be printed."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Keep(level=0)
    names = ["", "vlmrun", "openai", "httpx", "httpx2", "httpcore", "httpcore2"]
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    loggers[0].addHandler(handler)
    for logger in loggers:
        logger.setLevel(1)
    try:
        yield lines
    finally:
        loggers[0].removeHandler(handler)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


PART = content.document(DOCUMENT)
ASK: dict[str, Any] = {"model": "m", "messages": [content.user(PART, WORDS.decode())]}
NATIVE: dict[str, Use] = {
    "list": lambda client: client.agent.list(),
    "execute": lambda client: client.agent.execute(inputs={"file": PART}, config={"prompt": WORDS.decode()}),
    "run": lambda client: client.agent.run(WORDS.decode(), inputs=[PART], mode="execution"),
    "upload": lambda client: client.files.upload(DOCUMENT, filename="a.pdf", force=True),
    "presigned upload": lambda client: client.files.upload(
        DOCUMENT, filename="a.pdf", method="presigned-url", force=True
    ),
    "artifact": lambda client: client.artifacts.get("img_a1b2c3", session_id="s"),
}
CHATS: dict[str, Use] = {
    "chat": lambda client: client.agent.completions.create(**ASK),
    "raw chat": lambda client: client.agent.completions.with_raw_response.create(**ASK),
    "chat with extras": lambda client: client.agent.completions.create(**ASK, extra_body={"more": WORDS.decode()}),
    "chat of a copy": lambda client: client.openai.with_options(max_retries=0).chat.completions.create(**ASK),
    "run": lambda client: client.agent.run(WORDS.decode(), inputs=[PART]),
}
CALLS: list[tuple[str, Use]] = [*NATIVE.items(), *(CHATS.items() if find_spec("openai") else ())]
all_calls = pytest.mark.parametrize(("name", "use"), CALLS, ids=[f"{i}-{call[0]}" for i, call in enumerate(CALLS)])


def moved(sent: Sent) -> Answer:
    """Artifacts lie in a storage, at an address that is a secret; all else is as ever."""
    if "/artifacts" in sent.path:
        return Answer(302, headers={"location": f"https://storage.test/a?X-Signature={SIGNATURE}"})
    return Answer(200, b"...", {"content-type": "image/png"}) if "storage.test/a" in sent.url else vlm_run(sent)


def broken(sent: Sent) -> Answer:
    """Whatever is asked for fails, and the storage says why in words that hold the signature."""
    if "presigned-url" in sent.path:
        return json_answer(PROMISE)
    if sent.method == "PUT":
        return Answer(403, f"<Error>{SIGNATURE}</Error>".encode())
    return json_answer({"detail": "Oh."}, 500)


def unreadable(sent: Sent) -> Answer:
    return json_answer(PROMISE) if "presigned-url" in sent.path else Answer(200, b"{", {"content-type": "text/html"})


def gone(sent: Sent) -> Answer | Exception:
    if "presigned-url" in sent.path:
        return json_answer(PROMISE)
    return httpx2.ReadTimeout("too late") if sent.method == "PUT" else httpx2.ConnectError("no route")


def refused(_: Sent) -> Answer:
    return json_answer({"detail": [{"loc": ["body", "messages"], "msg": "wrong", "type": "t"}]}, 422)


ANSWERERS = [moved, broken, unreadable, gone, refused]
all_answers = pytest.mark.parametrize("answerer", ANSWERERS, ids=[answerer.__name__ for answerer in ANSWERERS])


def attempt(colour: Colour, use: Use) -> Exception | None:
    """The error of a call, if it has one."""
    try:
        colour.run(use, api_key=KEY, max_retries=1)
    except Exception as error:  # noqa: BLE001  # OpenAI's, or ours
        return error
    return None


def no_jitter(low: float, _: float) -> float:
    return low


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow each other at once."""
    monkeypatch.setattr("vlmrun.client._transport._jitter", no_jitter)
    monkeypatch.setattr("vlmrun.client._transport.FIRST_BACKOFF_SECONDS", 0.0)


@both_colours
@all_calls
@all_answers
def test_no_log_shows_a_secret(colour: Colour, name: str, use: Use, answerer: Callable[[Sent], Any]) -> None:
    """At any level, ours and those of the libraries below."""
    with all_logs() as lines, fake_wire(answerer):
        attempt(colour, use)
    assert lines or answerer is gone, name
    for line in lines:
        if "return_value=" in line and "location" in line.lower():
            continue  # httpcore's log of raw headers: SECURITY.md says so
        assert shown(line) == [], line


def test_the_logs_of_others_are_as_they_were() -> None:
    """A plain client of OpenAI's says what it says: nothing of it is patched."""
    openai = pytest.importorskip("openai", reason="it is about OpenAI's log")
    with all_logs() as mixed, fake_wire():
        vlmrun.VLMRun(api_key=KEY).agent.completions.create(**ASK)
        del mixed[:]
        with openai.OpenAI(api_key="k", base_url=f"{BASE_URL}/openai") as plain:
            plain.chat.completions.create(**ASK)
    from vlmrun.client._openai import without_body

    logger = logging.getLogger("openai._base_client")
    logger.removeFilter(without_body)
    try:
        with all_logs() as alone, fake_wire(), openai.OpenAI(api_key="k", base_url=f"{BASE_URL}/openai") as plain:
            plain.chat.completions.create(**ASK)
    finally:
        logger.addFilter(without_body)
    assert [len(line) for line in mixed] == [len(line) for line in alone]
    assert sum(map(len, (shown(line) for line in mixed))) == sum(map(len, (shown(line) for line in alone)))


def test_the_logs_are_all_there() -> None:
    """What is looked at above does hold what is logged: a secret in a URL of somebody else's is found."""
    with all_logs() as lines, fake_wire(), closing(httpx2.Client()) as client:
        client.get(f"https://vlmrun.test/v1/agent?{SIGNATURE}")
    assert any(shown(line) for line in lines)


# In errors ------------------------------------------------------------------------------------------------------------


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and what it came of, also where that is not printed."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and one not in seen:
            seen.append(one)
            waiting += [one.__cause__, one.__context__]
    return iter(seen)


def frames(error: BaseException) -> Iterator[FrameType]:
    """The frames of this package in the traceback of an error."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename.startswith(PACKAGE):
            yield frame


@both_colours
@all_calls
@all_answers
def test_no_error_shows_a_secret(colour: Colour, name: str, use: Use, answerer: Callable[[Sent], Any]) -> None:
    """Neither in its text, nor in what it came of; nor does a local variable show the key or the URL."""
    with fake_wire(answerer):
        error = attempt(colour, use)
    for one in chain(error):
        assert shown(f"{one} {one!r} {one.args!r}") == [], name
        for frame in frames(one):
            for variable, value in frame.f_locals.items():
                found = set(shown(repr(value))) & {KEY, SIGNATURE}
                assert not found, (name, frame.f_code.co_name, variable)


BAD_INPUTS: dict[str, Use] = {
    "a document that is no JSON": lambda client: client.agent.execute(inputs={"a": [WORDS.decode(), object()]}),
    "bytes that are no UTF-8": lambda client: client.agent.execute(inputs={"a": WORDS + bytes([255])}),
    "a config of another kind": lambda client: client.agent.execute(config={"prompt": [WORDS.decode()]}),
    "a config with a bad member": lambda client: client.agent.create({"prompt": {"words": WORDS.decode()}}),
    "metadata of another kind": lambda client: client.agent.execute(metadata={"session_id": [WORDS.decode()]}),
    "skills of another kind": lambda client: client.agent.run("p", skills=[WORDS.decode()]),
    "inputs of another kind": lambda client: client.agent.run("p", inputs=WORDS.decode()),
    "a part of another kind": lambda client: client.agent.run("p", inputs=[DOCUMENT]),
    "a file that is none": lambda client: client.files.upload({"words": WORDS.decode()}),
    "an image that is none": lambda _: content.image(DOCUMENT),
    "a data URL that is none": lambda _: content.image(f"data:image/png;base64,{WORDS.decode()}!"),
}  # fmt: skip


@both_colours
@pytest.mark.parametrize("name", BAD_INPUTS)
def test_no_error_about_an_argument_quotes_it(colour: Colour, name: str) -> None:
    """What was wrong may be a document. pydantic's errors quote it, and are not even kept as the context."""
    with fake_wire():
        error = attempt(colour, BAD_INPUTS[name])
    assert isinstance(error, VLMRunError)
    for one in chain(error):
        assert shown(f"{one} {one!r} {one.args!r}") == [], type(one)


@pytest.mark.parametrize("name", ["api_key", "default_headers"])
def test_no_error_about_a_client_quotes_a_key(name: str) -> None:
    arguments: dict[str, Any] = {"api_key": KEY, name: f"{KEY}\nx" if name == "api_key" else {"X": f"{KEY}\n"}}
    with pytest.raises(VLMRunError) as caught:
        vlmrun.VLMRun(**arguments)
    for one in chain(caught.value):
        assert shown(f"{one} {one!r} {one.args!r}") == []


# In reprs -------------------------------------------------------------------------------------------------------------


@both_colours
def test_no_object_of_ours_shows_a_secret(colour: Colour) -> None:
    """Every object of this package that exists while and after calls are made."""
    found: list[str] = []

    def look() -> None:
        for thing in gc.get_objects():
            module = str(getattr(cast("object", thing), "__module__", ""))
            # Models of the wire are the user's own data, which he may print.
            if module.startswith("vlmrun.client") and module != "vlmrun.client.types":
                found.extend(f"{module}: {secret}" for secret in shown(f"{thing!r} {thing}"))

    def answer(sent: Sent) -> Answer:
        look()
        return vlm_run(sent)

    with fake_wire(answer):
        for _, use in CALLS:
            colour.run(use, api_key=KEY)
    look()
    assert found == []


def test_an_input_error_is_one_of_this_package() -> None:
    """The errors above are judged by what they are called."""
    assert issubclass(InputError, VLMRunError)
    assert issubclass(APIError, VLMRunError)
