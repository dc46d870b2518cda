"""Under tools of others that replace what this package stands on: freezegun, mocks, eventlet.

Each case runs in a process of its own, where the tool comes before the first use.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from importlib.util import find_spec
from textwrap import dedent
from typing import Annotated, get_args, get_origin

import pytest
from pydantic import GetPydanticSchema

from support.wire import PREDICTION, LoopbackServer
from vlmrun.client import types
from vlmrun.client.types._base import WireModel

needs_openai = pytest.mark.skipif(find_spec("openai") is None, reason="chats need openai")


def run(program: str, base_url: str, *arguments: str) -> str:
    """What a program prints; it has the base URL as its first argument."""
    done = subprocess.run(  # noqa: S603  # this Python and a program of ours
        [sys.executable, "-c", dedent(program), base_url, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# freezegun ------------------------------------------------------------------------------------------------------------

FROZEN = """
import sys
from freezegun import freeze_time
from vlmrun import VLMRun

client = VLMRun("k", base_url=sys.argv[1], max_retries=0)
with freeze_time("2026-01-01"):
    eval(sys.argv[2])
for used in (client.agent.list()[0], client.files.get("f"), client.executions.get("e"), client.predictions.get("p")):
    print(used.created_at.isoformat())
"""


@pytest.mark.parametrize(
    "first",
    [
        "None",
        "client.agent.list()",
        "__import__('vlmrun.client.types')",
        "client.predictions.get('p')",
        "client.image.generate(urls=['https://a.test/b.png'], domain='document.invoice')",
        "client.skills.list()",
        "client.feedback.get('r')",
        "client.fine_tuning.list()",
        "__import__('vlmrun.webhooks')",
    ],
)
def test_a_first_use_while_time_is_frozen_breaks_no_later_call(first: str) -> None:
    """What is imported meanwhile works afterwards, and gives real moments."""
    pytest.importorskip("freezegun", reason="it freezes time")
    with LoopbackServer() as server:
        assert run(FROZEN, server.base_url, first).split() == [
            "2026-05-19T08:30:00+00:00",
            "2026-05-19T08:29:00+00:00",
            "2026-05-19T08:32:00+00:00",
            PREDICTION["created_at"].replace("Z", "+00:00"),
        ]


def is_bare(annotation: object) -> bool:
    """Whether pydantic would be asked for a schema of whatever is called `datetime` at the time."""
    if get_origin(annotation) is Annotated:
        return not any(isinstance(one, GetPydanticSchema) for one in get_args(annotation)[1:])
    return annotation is datetime or any(is_bare(one) for one in get_args(annotation))


def test_no_model_asks_what_datetime_is() -> None:
    """Newer releases of pydantic see through freezegun's class; older ones never build a model that has it."""
    models = [value for value in vars(types).values() if isinstance(value, type) and issubclass(value, WireModel)]
    moments = [
        (model, name, field)
        for model in models
        for name, field in model.model_fields.items()
        if "datetime" in repr(field)
    ]
    assert moments
    for model, name, field in moments:
        has_schema = any(isinstance(one, GetPydanticSchema) for one in field.metadata)
        assert has_schema or not is_bare(field.annotation), f"{model.__name__}.{name} is a bare datetime: add TIMESTAMP"


# Mocks ----------------------------------------------------------------------------------------------------------------

MOCKED = """
import sys
from unittest import mock

import openai
from vlmrun import VLMRun
from vlmrun.client.exceptions import DependencyError


def chat():
    with VLMRun("k", base_url=sys.argv[1], max_retries=0) as client:
        for completions in (client.agent.completions, client.openai.chat.completions):
            print(completions.create(model="m", messages=[]).id)


with mock.patch(sys.argv[2], **eval(sys.argv[3])):
    try:
        chat()
    except DependencyError as error:
        print(error.error_type)
chat()
"""
CHATTED = ["chatcmpl-1"] * 2


@needs_openai
@pytest.mark.parametrize("options", ["{}", "{'autospec': True}", "{'new': None}"])
@pytest.mark.parametrize("name", ["openai.OpenAI", "openai.AsyncOpenAI"])
def test_a_client_of_openai_that_is_mocked_is_not_ours(name: str, options: str) -> None:
    """A user's test that replaces OpenAI's client while this package is first used changes nothing here."""
    with LoopbackServer() as server:
        assert run(MOCKED, server.base_url, name, options).split() == CHATTED * 2


@needs_openai
@pytest.mark.parametrize("options", ["{}", "{'autospec': True}"])
@pytest.mark.parametrize("name", ["openai.Client", "openai.DefaultHttpxClient"])
def test_a_class_that_is_subclassed_and_mocked_is_named(name: str, options: str) -> None:
    """An error says so, and nothing of it is left afterwards."""
    with LoopbackServer() as server:
        assert run(MOCKED, server.base_url, name, options).split() == ["patched_dependency", *CHATTED]


# eventlet -------------------------------------------------------------------------------------------------------------

GREEN = """
import sys
import warnings

sys.modules["trio"] = None  # it cannot be imported under eventlet
warnings.simplefilter("ignore")  # eventlet is deprecated

import eventlet

eventlet.monkey_patch()

from vlmrun import VLMRun
from vlmrun.client.exceptions import VLMRunError

listener = eventlet.listen(("127.0.0.1", 0))
silent = VLMRun("k", base_url="http://127.0.0.1:%d/v1" % listener.getsockname()[1], max_retries=0)


def ask():
    try:
        silent.agent.list()
    except VLMRunError as error:
        print("the client was closed" in str(error))


with VLMRun("k", base_url=sys.argv[1], max_retries=0) as client:
    print(len(client.agent.list()))
asking = eventlet.spawn(ask)
eventlet.sleep(0.2)
silent.close()
asking.wait()
"""


def test_a_client_is_closed_under_eventlet() -> None:
    """Closing ends a call that is under way in another green thread."""
    pytest.importorskip("eventlet", reason="deprecated by its authors, so no dependency of the tests")
    with LoopbackServer() as server:
        assert run(GREEN, server.base_url).split() == ["2", "True"]


GREEN_STAND_IN = """
import socket
import sys

sys.modules["trio"] = None  # it cannot be imported then

class Green:
    def __init__(self, fd):
        self.fd = fd

    def __getattr__(self, name):
        return getattr(self.fd, name)


connect = socket.create_connection
socket.create_connection = lambda *arguments, **options: Green(connect(*arguments, **options))
from vlmrun import VLMRun

client = VLMRun("k", base_url=sys.argv[1], max_retries=0)
print(len(client.agent.list()))
socket.socket = Green
client.close()
print("closed")
"""


def test_a_client_is_closed_where_sockets_are_wrapped() -> None:
    """As eventlet wraps them: what is called `socket.socket` then has no methods of its own."""
    with LoopbackServer() as server:
        assert run(GREEN_STAND_IN, server.base_url).split() == ["2", "closed"]
