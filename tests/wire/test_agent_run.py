"""`client.agent.run` on the wire: what either style sends, what comes of the answer, and what is refused.

Source: API.md §3.6 (executions), §4 (chats).
"""

from __future__ import annotations

import json
import pickle
import re
import sys
import threading
from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

import httpx2
import pydantic
import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel, create_model, field_validator, model_validator
from typing_extensions import Self

from support.colours import API_KEY, BASE_URL, Colour, both_colours
from support.statuses import STATUSES
from support.wire import (
    COMPLETED,
    COMPLETION,
    EXECUTION,
    Answer,
    Answerer,
    LoopbackServer,
    Sent,
    closed_port,
    fake_wire,
    json_answer,
    vlm_run,
)
from vlmrun import AgentModel, AgentRun, Skill, content
from vlmrun.client import exceptions
from vlmrun.client.exceptions import (
    APIError,
    DependencyError,
    ExecutionFailedError,
    ExecutionTimeoutError,
    InputError,
    NetworkError,
    OutputValidationError,
    RequestTimeoutError,
    ResponseValidationError,
)
from vlmrun.client.types import AgentExecutionResponse, CreditUsage
from vlmrun.options import AgentMetadata
from vlmrun.results import run_from_execution

# `Any`, because the calls of these tests are written once for clients of both colours.
Use = Callable[[Any], Any]

CHAT, EXECUTE = "/v1/openai/chat/completions", "/v1/agent/execute"
SECRET = "patient-4711"
MODES = ["chat", "execution"]
both_modes = pytest.mark.parametrize("mode", MODES)
"""Runs a test once for each style; it takes the argument `mode`."""


class Invoice(BaseModel):
    """What the agent of these tests reads."""

    total: float


@pytest.fixture(autouse=True)
def _with_openai(request: pytest.FixtureRequest) -> None:
    """All tests need openai, but for those of executions: these say so in their name or in their `mode`."""
    if "execution" not in request.node.name:
        pytest.importorskip("openai", reason="chats are OpenAI's")


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between two looks at an execution, made without waiting."""
    made: list[float] = []

    async def async_pause(seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr("vlmrun._lifetimes.waiting.sleep", made.append)
    monkeypatch.setattr("vlmrun._lifetimes.waiting.async_sleep", async_pause)
    return made


def asks(prompt: str = "Read it.", **arguments: Any) -> Use:
    """A run with these arguments."""
    return lambda client: client.agent.run(prompt, **arguments)


def sent_by(colour: Colour, use: Use) -> list[Sent]:
    """The requests that a run makes, where all is well."""
    with fake_wire() as sent:
        colour.run(use)
    return sent


def answered(colour: Colour, use: Use, *answers: Answer) -> Any:
    """What a run gives for these answers, in their order."""
    waiting = iter(answers)
    with fake_wire(lambda _: next(waiting)):
        result = colour.run(use)
    assert next(waiting, None) is None
    return result


def said(text: object, **fields: object) -> dict[str, Any]:
    """`COMPLETION`, with another text and other fields."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    return {**COMPLETION, "choices": [choice], **fields}


def ended(response: object, **fields: object) -> list[Answer]:
    """What the server says of an execution that ended with this."""
    return [json_answer(EXECUTION), json_answer({**COMPLETED, "response": response, **fields})]


def answers_of(mode: str, text: str, **fields: object) -> list[Answer]:
    """What the server says, in either style, where the agent says this."""
    return [json_answer(said(text, **fields))] if mode == "chat" else ended(text, **fields)


# What a chat sends ----------------------------------------------------------------------------------------------------

IMAGE = content.image("https://example.com/a.png", detail="low")
FILE = content.file("file_1")
SKILL = Skill.reference("reader", version="2")
METADATA = AgentMetadata(environment="dev", session_id="s", allow_training=False)
MESSAGE = {"role": "user", "content": [{"type": "text", "text": "Read it."}]}
BODIES: dict[str, tuple[Use, dict[str, Any]]] = {
    "least": (asks(), {}),
    "inputs come first": (
        asks(inputs=[IMAGE, FILE]),
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}},
                        {"type": "input_file", "file_id": "file_1"},
                        {"type": "text", "text": "Read it."},
                    ],
                }
            ]
        },
    ),
    "an iterator of inputs": (
        asks(inputs=iter([FILE])),
        {"messages": [{"role": "user", "content": [FILE, {"type": "text", "text": "Read it."}]}]},
    ),
    "a str among the inputs": (
        asks(inputs=["Page 1:", IMAGE]),
        {"messages": [{"role": "user", "content": [content.text("Page 1:"), IMAGE, content.text("Read it.")]}]},
    ),
    "no inputs": (asks(inputs=()), {}),
    "a model to answer in": (
        asks(response_model=Invoice),
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "Invoice", "schema": Invoice.model_json_schema()},
            }
        },
    ),
    "another model": (asks(model="m"), {"model": "m"}),
    "a known model": (asks(model=AgentModel.ORION_2_PRO), {"model": "vlmrun-orion-2:pro"}),
    "all options": (
        asks(toolsets=("image", "web"), skills=(SKILL,), session_id=COMPLETION["session_id"], metadata=METADATA),
        {
            "toolsets": ["image", "web"],
            "skills": [{"type": "skill_reference", "skill_id": "reader", "skill_version": "2"}],
            "session_id": COMPLETION["session_id"],
            "metadata": {"environment": "dev", "session_id": "s", "allow_training": False},
        },
    ),
    "empty lists": (asks(toolsets=[], skills=[]), {"toolsets": [], "skills": []}),
    "everything left out by name": (
        asks(
            response_model=None, mode="chat", name=None, toolsets=None, skills=None, session_id=None, metadata=None
        ),
        {},
    ),
}  # fmt: skip


@both_colours
@pytest.mark.parametrize("name", BODIES)
def test_a_chat_sends_its_body(colour: Colour, name: str) -> None:
    """One message, inputs first and the prompt last; options at the top level; nothing that was not asked for."""
    use, fields = BODIES[name]
    use = asks(inputs=iter([FILE])) if name == "an iterator of inputs" else use  # one for each colour
    (sent,) = sent_by(colour, use)
    text_alone = {"model": "vlmrun-orion-1:auto", "messages": [MESSAGE]}
    assert (sent.method, sent.url) == ("POST", f"{BASE_URL}/openai/chat/completions")
    assert sent.header("authorization") == f"Bearer {API_KEY}"
    assert _with_parts(sent.json()) == text_alone | fields


def _with_parts(body: dict[str, Any]) -> dict[str, Any]:
    """The body, with the content of its messages as parts, for which a text alone is short."""
    for message in body["messages"]:
        if isinstance(message["content"], str):
            message["content"] = [{"type": "text", "text": message["content"]}]
    return body


@both_colours
def test_a_model_in_a_chat_is_sent_as_a_plain_name(colour: Colour) -> None:
    """A member of `AgentModel` goes out as the name that it stands for."""
    (sent,) = sent_by(colour, asks(model=AgentModel.ORION_1_FAST))
    assert b'"vlmrun-orion-1:fast"' in sent.body
    assert b"ORION" not in sent.body


Item = TypeVar("Item")


class Box(BaseModel, Generic[Item]):
    """A model that is made of another type, and whose name says so: `Box[int]`."""

    inside: Item


NAMES: dict[str, tuple[type[BaseModel], str]] = {
    "a name that fits": (Invoice, "Invoice"),
    "a generic model": (Box[int], "Box_int"),
    "a generic model of one": (Box[Box[int]], "Box_Box_int"),
    "a generic model of a list": (Box[list[int]], "Box_list_int"),
    "letters of another language": (pydantic.create_model("Prüfung-2", total=(int, ...)), "Pr_fung-2"),
    "nothing but such letters": (pydantic.create_model("発票", total=(int, ...)), "Answer"),
    "a long name": (pydantic.create_model(70 * "a", total=(int, ...)), 64 * "a"),
}


@both_colours
@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_schema_is_one_that_openais_api_takes(colour: Colour, name: str) -> None:
    """Letters, digits, `_` and `-`, at most 64: what OpenAI's API says of `json_schema.name`."""
    model, expected = NAMES[name]
    with fake_wire(lambda _: json_answer(said("{}"))) as sent, pytest.raises(OutputValidationError):
        colour.run(asks(response_model=model))
    found = sent[-1].json()["response_format"]["json_schema"]["name"]
    assert found == expected
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", found)


# What an execution sends ----------------------------------------------------------------------------------------------

EXECUTIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "least": ({}, {}),
    "inputs": (
        {"inputs": [IMAGE, FILE]},
        {
            "inputs": {
                "files": [
                    {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}},
                    {"type": "input_file", "file_id": "file_1"},
                ]
            }
        },
    ),
    "a tuple of inputs": ({"inputs": (FILE,)}, {"inputs": {"files": [FILE]}}),
    "a str among the inputs": ({"inputs": ["Page 1:", FILE]}, {"inputs": {"files": [content.text("Page 1:"), FILE]}}),
    "no inputs": ({"inputs": []}, {}),
    "a model to answer in": (
        {"response_model": Invoice},
        {"config": {"prompt": "Read it.", "json_schema": Invoice.model_json_schema()}},
    ),
    "skills": (
        {"skills": [SKILL]},
        {
            "config": {
                "prompt": "Read it.",
                "skills": [{"type": "skill_reference", "skill_id": "reader", "skill_version": "2"}],
            }
        },
    ),
    "all options": (
        {"toolsets": ["image", "web"], "model": AgentModel.ORION_2, "name": "reader:2", "metadata": METADATA},
        {
            "toolsets": ["image", "web"],
            "model": "vlmrun-orion-2",
            "name": "reader:2",
            "metadata": {"environment": "dev", "session_id": "s", "allow_training": False},
        },
    ),
    "another model": ({"model": "m"}, {"model": "m"}),
}


@both_colours
@pytest.mark.parametrize("name", EXECUTIONS)
def test_an_execution_sends_its_body(colour: Colour, name: str) -> None:
    """The prompt, the schema and the skills are its configuration, and the parts are its input `files`."""
    arguments, fields = EXECUTIONS[name]
    start, look = sent_by(colour, asks(mode="execution", **arguments))
    least = {"batch": True, "model": "vlmrun-orion-1:auto", "config": {"prompt": "Read it."}}
    assert (start.method, start.url) == ("POST", f"{BASE_URL}/agent/execute")
    assert start.json() == least | fields
    assert (look.method, look.url, look.body) == ("GET", f"{BASE_URL}/agent/executions/{EXECUTION['id']}", b"")


@both_colours
def test_an_iterator_of_inputs_is_sent_by_an_execution(colour: Colour) -> None:
    """Inputs may come from a generator, such as `content.document_pages`."""
    start, _ = sent_by(colour, lambda client: client.agent.run("p", inputs=iter([FILE, FILE]), mode="execution"))
    assert start.json()["inputs"] == {"files": [FILE, FILE]}


@both_colours
def test_an_execution_is_asked_for_until_it_is_completed(colour: Colour, pauses: list[float]) -> None:
    """It is started once, and looked at again and again, with a pause after each look but the last."""
    statuses = ["pending", "running", "dreaming", "completed"]
    answers = [json_answer(EXECUTION), *(json_answer({**COMPLETED, "status": status}) for status in statuses)]
    run = answered(colour, asks(mode="execution", response_model=Invoice), *answers)
    assert run.output == Invoice(total=12.5)
    assert len(pauses) == 3


@both_colours
@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_an_execution_that_ends_otherwise_is_an_error(colour: Colour, status: str) -> None:
    """A failure is not an output; the error names the execution and says why."""
    with pytest.raises(ExecutionFailedError, match="Too dark") as caught:
        answered(colour, asks(mode="execution"), *ended({"error": {"message": "Too dark"}}, status=status))
    assert (caught.value.execution_id, caught.value.status) == (EXECUTION["id"], status)


# Without openai -------------------------------------------------------------------------------------------------------


@pytest.fixture
def without_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    """Openai cannot be imported; `tests/bare` shows the same in a process of its own."""
    for name in list(sys.modules):
        if name == "openai" or name.startswith(("openai.", "vlmrun._openai.")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "openai", None)


@both_colours
@pytest.mark.usefixtures("without_openai")
def test_an_execution_needs_no_openai(colour: Colour) -> None:
    """Where openai is missing, an execution runs from inputs to typed output."""
    arguments: dict[str, Any] = {"inputs": [FILE], "skills": [SKILL], "toolsets": ["image"], "metadata": METADATA}
    with fake_wire():
        run = colour.run(asks(mode="execution", response_model=Invoice, **arguments))
    assert run.output == Invoice(total=12.5)


@both_colours
@pytest.mark.usefixtures("without_openai")
def test_a_chat_without_openai_says_what_to_install(colour: Colour) -> None:
    """Nothing is sent, and the error has the command that installs it."""
    with fake_wire() as sent, pytest.raises(DependencyError) as caught:
        colour.run(asks())
    assert sent == []
    assert caught.value.suggestion is not None
    assert "pip install" in caught.value.suggestion


# What comes of the answer ---------------------------------------------------------------------------------------------


@both_colours
def test_a_chat_becomes_a_run(colour: Colour) -> None:
    """Each field says what the answer said; the answer itself is OpenAI's own object."""
    from openai.types.chat import ChatCompletion

    text = 'See {"a": "img_a1b2c3"} and vid_000000.mp4, and img_a1b2c3 again.'
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7, "credits": 2, "steps": 5}
    run = answered(colour, asks(), json_answer(said(text, usage=usage)))
    assert run.__class__ is AgentRun
    assert (run.output, run.text) == (text, text)
    used: Any = run.usage
    assert isinstance(used, CreditUsage)
    assert (used.credits_used, used.steps) == (2.0, 5)
    assert (used.prompt_tokens, used.completion_tokens, used.total_tokens) == (3, 4, 7)
    assert used.model_extra == {"credits": 2}
    assert run.artifacts == ("img_a1b2c3", "vid_000000")
    assert (run.session_id, run.execution_id) == (COMPLETION["session_id"], None)
    assert type(run.raw) is ChatCompletion
    assert run.raw.id == COMPLETION["id"]


@both_colours
def test_an_execution_becomes_a_run(colour: Colour) -> None:
    """Each field says what the execution said; the text of what is no text is JSON."""
    response = {"é": ["img_a1b2c3", {"url": "url_ffffff"}], "n": 1.5}
    run = answered(colour, asks(mode="execution"), *ended(response))
    assert run.__class__ is AgentRun
    assert run.output == run.text == '{"é": ["img_a1b2c3", {"url": "url_ffffff"}], "n": 1.5}'
    assert run.usage == CreditUsage.model_validate(EXECUTION["usage"])
    assert run.artifacts == ("img_a1b2c3", "url_ffffff")
    assert (run.session_id, run.execution_id) == (None, EXECUTION["id"])
    assert type(run.raw) is AgentExecutionResponse
    assert run.raw.response == response


@both_colours
@pytest.mark.parametrize(("response", "text"), [(None, ""), ("", ""), ("Done.", "Done."), (0, "0"), ([], "[]")])
def test_an_execution_that_answers_in_any_json_has_a_text(colour: Colour, response: object, text: str) -> None:
    """A text is itself, nothing is the empty text, and all else is JSON."""
    run = answered(colour, asks(mode="execution"), *ended(response))
    assert (run.output, run.text) == (text, text)


@both_colours
@both_modes
def test_the_output_is_what_was_asked_for(colour: Colour, mode: str) -> None:
    """With a `response_model` the output is one, and everything else is as without."""
    plain = answered(colour, asks(mode=mode), *answers_of(mode, '{"total": 12.5}'))
    run = answered(colour, asks(mode=mode, response_model=Invoice), *answers_of(mode, '{"total": 12.5}'))
    assert run.output == Invoice(total=12.5)
    assert plain.output == plain.text == run.text
    for name in ("usage", "artifacts", "session_id", "execution_id", "raw"):
        assert getattr(run, name) == getattr(plain, name)


@both_colours
def test_an_execution_that_answers_in_json_is_read_like_one_that_answers_in_text(colour: Colour) -> None:
    """The object itself and its JSON in a text give the same output."""
    use = asks(mode="execution", response_model=Invoice)
    outputs = [answered(colour, use, *ended(response)).output for response in ({"total": 1}, '{"total": 1}')]
    assert outputs == [Invoice(total=1), Invoice(total=1)]


class Tree(BaseModel):
    """A model of models, with a name of its own on the wire."""

    paid_on: date = Field(alias="paidOn")
    children: list[Tree] = []


@both_colours
@both_modes
def test_any_model_can_be_asked_for(colour: Colour, mode: str) -> None:
    """A model that contains itself and has aliases, and a generic one, are asked for and read."""
    text = '{"paidOn": "2026-05-19", "children": [{"paidOn": "2026-05-20"}]}'
    output = answered(colour, asks(mode=mode, response_model=Tree), *answers_of(mode, text)).output
    assert output.children[0].paid_on == date(2026, 5, 20)


@both_colours
@both_modes
def test_a_run_can_be_pickled(colour: Colour, mode: str) -> None:
    """A result can go to another process."""
    run = answered(colour, asks(mode=mode, response_model=Invoice), *answers_of(mode, '{"total": 12.5}'))
    assert pickle.loads(pickle.dumps(run)) == run  # noqa: S301  # our own bytes


@both_colours
@both_modes
def test_a_run_prints_its_output_in_short(colour: Colour, mode: str) -> None:
    """In a REPL the answer is what one wants to see, but not all of a long one, nor what may sign a URL."""
    text = "See https://s.test/a.png?signature=4711. " + "All is well. " * 1000
    shown = repr(answered(colour, asks(mode=mode), *answers_of(mode, text)))
    assert shown.startswith("AgentRun(output='See https://s.test/a.png?... All is well.")
    assert len(shown) < 800
    assert "4711" not in shown
    assert "usage=CreditUsage(" in shown
    assert "Ellipsis" not in shown
    assert "raw=" not in shown


@both_colours
@both_modes
def test_a_run_is_an_answer_in_a_notebook(colour: Colour, mode: str) -> None:
    """Text is Markdown, and a model is JSON."""
    run = answered(colour, asks(mode=mode), *answers_of(mode, "# Total"))
    assert run._repr_markdown_() == "# Total"
    run = answered(colour, asks(mode=mode, response_model=Invoice), *answers_of(mode, '{"total": 12.5}'))
    assert run._repr_markdown_() == '```json\n{\n  "total": 12.5\n}\n```'


@both_colours
@both_modes
def test_a_run_can_be_dumped(colour: Colour, mode: str) -> None:
    """As pydantic's models can, to a dict or to JSON; the raw answer has its own ways."""
    run = answered(colour, asks(mode=mode, response_model=Invoice), *answers_of(mode, '{"total": 12.5}'))
    dumped = run.model_dump()
    assert dumped["output"] == {"total": 12.5}
    assert dumped["artifacts"] == ()
    assert set(dumped) == {one.name for one in fields(AgentRun)} - {"raw"}
    assert json.loads(run.model_dump_json()) == run.model_dump(mode="json")
    assert run.model_dump(mode="json")["artifacts"] == []
    assert "\n  " in run.model_dump_json(indent=2)


# Why it ended ---------------------------------------------------------------------------------------------------------


def _ended_by(reason: str, text: str | None, refusal: str | None = None) -> Answer:
    choice = {
        "index": 0,
        "finish_reason": reason,
        "message": {"role": "assistant", "content": text, "refusal": refusal},
    }
    return json_answer({**COMPLETION, "choices": [choice]}, x_request_id="r-9")


@both_colours
def test_a_run_says_why_it_ended_and_which_request_it_was(colour: Colour) -> None:
    """The server's words for both."""
    run = answered(colour, asks(), _ended_by("stop", "Yes."))
    assert (run.finish_reason, run.request_id) == ("stop", "r-9")


@both_colours
def test_a_run_of_an_execution_says_which_request_it_was(colour: Colour) -> None:
    """The one that the answer came with; an execution does not say why it ended."""
    answers = [json_answer(EXECUTION), json_answer({**COMPLETED, "response": "Yes."}, x_request_id="r-9")]
    run = answered(colour, asks(mode="execution"), *answers)
    assert (run.finish_reason, run.request_id) == (None, "r-9")


@both_colours
@pytest.mark.parametrize("model", [None, Invoice], ids=["text", "model"])
@pytest.mark.parametrize(
    ("answer", "name", "text"),
    [
        (_ended_by("stop", None, "I cannot help with that."), "RefusalError", "I cannot help with that."),
        (_ended_by("content_filter", None), "ContentFilterError", ""),
        (_ended_by("content_filter", "The total"), "ContentFilterError", "The total"),
        (_ended_by("length", '{"total": 1'), "IncompleteOutputError", '{"total": 1'),
    ],
    ids=["refusal", "filter", "filter after some text", "length"],
)
def test_an_answer_that_ended_early_is_an_error(
    colour: Colour, answer: Answer, name: str, text: str, model: type[BaseModel] | None
) -> None:
    """Neither an empty output, nor a cut one, nor invalid JSON; the error has the text, the raw answer and the call."""
    error: Any = failure(colour, asks(response_model=model), answer)
    assert type(error) is getattr(exceptions, name)
    assert isinstance(error, exceptions.AnswerError)
    assert error.text == text
    choice = json.loads(answer.body)["choices"][0]
    body: Any = error.body
    assert body["choices"][0]["message"]["content"] == choice["message"]["content"]
    assert error.finish_reason == choice["finish_reason"]
    assert "(POST /openai/chat/completions: 200" in str(error)
    assert "request id r-9) Try: " in str(error)


USAGES: dict[str, tuple[object, object]] = {
    "null": (None, None),
    "credits alone": ({"credits_used": 0.25}, 0.25),
    "credits, by their other name": ({"credits": 3}, 3.0),
    "null counts": ({"prompt_tokens": None, "completion_tokens": None, "total_tokens": None, "credits": 3}, 3.0),
    "no credits": ({"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}, None),
    "credits that are no number": ({"credits_used": True, "total_tokens": 2}, None),
    "a field of another type": ({"credits_used": 2, "steps": "many", "message": ["x"], "prompt_tokens": "x"}, 2.0),
    "details of another type": ({"credits_used": 2, "prompt_tokens_details": "none"}, 2.0),
}


@both_colours
@pytest.mark.parametrize("name", USAGES)
def test_a_usage_of_any_kind_costs_nobody_the_answer(colour: Colour, name: str) -> None:
    """Whatever the server says of a chat's usage, the answer is there, and so are the credits if it names them."""
    usage, expected = USAGES[name]
    run = answered(colour, asks(), json_answer(said("Done.", usage=usage)))
    assert run.text == "Done."
    assert (None if run.usage is None else run.usage.credits_used) == expected


@both_colours
def test_a_chat_with_an_empty_answer_is_a_run(colour: Colour) -> None:
    """An answer without a text is the empty text."""
    for nothing in ("", None):
        run = answered(colour, asks(), json_answer(said(nothing)))
        assert (run.output, run.text, run.artifacts) == ("", "", ())


@both_colours
@both_modes
def test_an_empty_answer_is_no_model(colour: Colour, mode: str) -> None:
    """Nothing does not fit a model."""
    with pytest.raises(OutputValidationError) as caught:
        answered(colour, asks(mode=mode, response_model=Invoice), *answers_of(mode, ""))
    assert caught.value.text == ""


UNREADABLE: dict[str, Answer] = {
    "no choices": json_answer({**COMPLETION, "choices": []}),
    "null for choices": json_answer({**COMPLETION, "choices": None}),
    "no message": json_answer({**COMPLETION, "choices": [{"index": 0}]}),
    "null for a message": json_answer({**COMPLETION, "choices": [{"message": None}]}),
    "null for a choice": json_answer({**COMPLETION, "choices": [None]}),
    "a content that is no text": json_answer(said([{"type": "text"}])),
}


@both_colours
@pytest.mark.parametrize("name", UNREADABLE)
@pytest.mark.parametrize("response_model", [None, Invoice])
def test_a_chat_without_an_answer_is_an_error_with_its_body(
    colour: Colour, name: str, response_model: type[Invoice] | None
) -> None:
    """A completion in which nothing is said is not an empty answer: the error has what came."""
    with pytest.raises(ResponseValidationError) as caught:
        answered(colour, asks(response_model=response_model), UNREADABLE[name])
    assert type(caught.value) is ResponseValidationError
    body: Any = caught.value.body
    assert body["id"] == COMPLETION["id"]


NO_COMPLETION: dict[str, Answer] = {
    "HTML": Answer(200, b"<html>Log in</html>", {"content-type": "text/html"}),
    "another type": json_answer([1, 2]),
    "an empty object": json_answer({}),
    "a text": json_answer("Done."),
    "null": json_answer(None),
    "half a JSON": Answer(200, b'{"id": "chat', {"content-type": "application/json"}),
    "nothing": Answer(200, b"", {"content-type": "application/json"}),
    "204": Answer(204, b""),
}


@both_colours
@pytest.mark.parametrize("name", NO_COMPLETION)
def test_a_chat_answered_with_something_else_is_an_error(colour: Colour, name: str) -> None:
    """What says success and is no completion is this package's error, whatever OpenAI's client makes of it."""
    with pytest.raises(ResponseValidationError):
        answered(colour, asks(), NO_COMPLETION[name])


# Values that are no objects -------------------------------------------------------------------------------------------

VALUES: dict[str, tuple[Any, object]] = {
    "a text": (str, "Done."),
    "a text in quotes": (str, '"Done."'),
    "a text like a number": (str, "12"),
    "an empty text": (str, ""),
    "a date": (date, date(2026, 5, 19)),
    "a number": (int | None, 7),
    "no number": (int | None, None),
    "anything": (Any, "null"),
    "nothing": (type(None), None),
    "a choice": (Literal["a", "b"], "b"),
    "a list": (list[str], ["a"]),
}


@both_colours
@both_modes
@pytest.mark.parametrize("name", VALUES)
def test_a_value_can_be_asked_for(colour: Colour, mode: str, name: str) -> None:
    """A `RootModel` of what is no object is read alike in both styles: an execution has it bare, a chat in JSON."""
    kind, value = VALUES[name]
    root: Any = RootModel
    model = root[kind]
    in_json = model(value).model_dump_json()
    answers = [json_answer(said(in_json))] if mode == "chat" else ended(json.loads(in_json))
    assert answered(colour, asks(mode=mode, response_model=model), *answers).output == model(value)


@both_colours
def test_an_execution_that_answers_a_value_in_json_text_is_read(colour: Colour) -> None:
    """As an object in a text is."""
    cases: list[tuple[Any, str, object]] = [(RootModel[int], "7", 7), (RootModel[list[str]], '["a"]', ["a"])]
    for model, text, value in cases:
        assert answered(colour, asks(mode="execution", response_model=model), *ended(text)).output == model(value)


@both_colours
def test_a_value_that_does_not_fit_says_what_it_should_be(colour: Colour) -> None:
    """And not that it is no JSON, as it has to be none."""
    with pytest.raises(OutputValidationError, match="valid date") as caught:
        answered(colour, asks(mode="execution", response_model=RootModel[date]), *ended("tomorrow"))
    assert caught.value.text == "tomorrow"


# A model whose code fails ---------------------------------------------------------------------------------------------


class OddError(RuntimeError):
    """An error of whoever wrote the model."""


def _raising(error: Exception) -> type[BaseModel]:
    class Picky(BaseModel):
        total: float

        @model_validator(mode="after")
        def compare(self) -> Self:
            raise error

    return Picky


class Due(BaseModel):
    """A model with the common mistake: it compares a time that may have no zone with one that has."""

    due: datetime

    @field_validator("due")
    @classmethod
    def in_time(cls, due: datetime) -> datetime:
        """Compare."""
        assert due < datetime(2030, 1, 1, tzinfo=timezone.utc)
        return due


FAILING: dict[str, tuple[type[BaseModel], str, type[Exception]]] = {
    "times without and with a zone": (Due, '{"due": "2026-05-19T08:30:00"}', TypeError),
    **{
        type(error).__name__: (_raising(error), '{"total": 1}', type(error))
        for error in (KeyError("x"), OddError("odd"), RecursionError(), StopIteration(), OSError(), InputError("x."))
        if not isinstance(error, ValueError)
    },
}


@both_colours
@both_modes
@pytest.mark.parametrize("name", FAILING)
def test_a_validator_may_raise_anything(colour: Colour, mode: str, name: str) -> None:
    """The answer, which was paid for, is in the error, and so are its cause and the call."""
    model, text, kind = FAILING[name]
    with pytest.raises(OutputValidationError) as caught:
        answered(colour, asks(mode=mode, response_model=model), *answers_of(mode, text))
    error = caught.value
    assert error.text == text
    assert type(error.__cause__) is kind
    assert kind.__name__ in error.message
    assert model.__name__ in error.message
    assert error.errors == []
    assert error.body is not None
    assert error.method == ("POST" if mode == "chat" else "GET")


def test_a_validator_may_raise_anything_of_an_execution_that_came_otherwise() -> None:
    """As by a webhook, or by `wait`."""
    execution = AgentExecutionResponse.model_validate({**COMPLETED, "response": {"due": "2026-05-19T08:30:00"}})
    with pytest.raises(OutputValidationError) as caught:
        run_from_execution(execution, Due)
    assert isinstance(caught.value.__cause__, TypeError)
    assert caught.value.text == '{"due": "2026-05-19T08:30:00"}'


@both_colours
@both_modes
def test_who_interrupts_a_validator_is_heard(colour: Colour, mode: str) -> None:
    """Ctrl-C is no answer."""

    class Patient(BaseModel):
        @model_validator(mode="before")
        @classmethod
        def wait(cls, _: object) -> object:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answered(colour, asks(mode=mode, response_model=Patient), *answers_of(mode, "{}"))


def _nested(depth: int) -> type[BaseModel]:
    model = create_model("Innermost", total=(float, ...))
    for level in range(depth):
        model = create_model(f"Level{level}", inner=(model, ...))
    return model


class NoDescription(BaseModel):
    """A model whose own code fails when it is described."""

    total: float

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> Any:
        """Fail."""
        raise OddError("odd")


@both_colours
@pytest.mark.parametrize(("model", "said"), [(_nested(200), "too deeply"), (NoDescription, "no JSON schema")])
def test_a_model_that_cannot_be_described_is_refused(colour: Colour, model: type[BaseModel], said: str) -> None:
    """Nothing is sent, whichever call it is for."""
    uses: list[Use] = [
        asks(response_model=model),
        asks(response_model=model, mode="execution"),
        lambda client: client.agent.execute(config={"prompt": "p", "response_model": model}),
        lambda client: client.agent.create({"prompt": "p", "response_model": model}),
    ]
    for use in uses:
        with fake_wire() as sent, pytest.raises(InputError, match=f"response_model.*{said}") as caught:
            colour.run(use)
        assert sent == []
        assert caught.value.suggestion


# An output that does not fit ------------------------------------------------------------------------------------------


class Cat(BaseModel):
    """One of two."""

    kind: Literal["cat"]


class Dog(BaseModel):
    """The other."""

    kind: Literal["dog"]


class Pet(BaseModel):
    """Either, told apart by a tag; and what else pydantic says something of its own about."""

    pet: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None
    born: date | None = None
    mood: Literal["good", "bad"] = "good"


UNFIT: dict[str, tuple[type[BaseModel], str]] = {
    "another type": (Invoice, json.dumps({"total": SECRET})),
    "a missing field": (Invoice, json.dumps({"name": SECRET})),
    "not JSON": (Invoice, SECRET),
    "half a JSON": (Invoice, f'{{"total": "{SECRET}'),
    "JSON in a fence": (Invoice, f'```json\n{{"total": "{SECRET}"}}\n```'),
    "another value": (Pet, json.dumps({"mood": SECRET})),
    "another tag": (Pet, json.dumps({"pet": {"kind": SECRET}})),
    "no date": (Pet, json.dumps({"born": SECRET})),
}


@both_colours
@both_modes
@pytest.mark.parametrize("name", UNFIT)
def test_an_output_that_does_not_fit_is_an_error_with_the_answer(colour: Colour, mode: str, name: str) -> None:
    """The answer, which was paid for, is all there: its text, what is wrong with it, and the whole; asked for once."""
    model, text = UNFIT[name]
    waiting = iter(answers_of(mode, text))
    with fake_wire(lambda _: next(waiting)) as sent, pytest.raises(OutputValidationError) as caught:
        colour.run(asks(mode=mode, response_model=model), max_retries=3)
    error = caught.value
    assert [one.method for one in sent].count("POST") == 1
    assert error.text == text
    assert error.errors
    for found in error.errors:
        assert found.keys() == {"type", "loc", "msg"}
    body: Any = error.body
    if mode == "chat":
        assert body["choices"][0]["message"]["content"] == text
        assert body["session_id"] == COMPLETION["session_id"]
    else:
        assert body["response"] == text
        assert body["id"] == EXECUTION["id"]
    assert json.loads(json.dumps(body)) == body


@both_colours
@both_modes
@pytest.mark.parametrize("name", UNFIT)
def test_an_output_that_does_not_fit_is_not_quoted(colour: Colour, mode: str, name: str) -> None:
    """Messages are logged: they name the model and the places, and no value; nor does pydantic's error hang on it."""
    model, text = UNFIT[name]
    with pytest.raises(OutputValidationError) as caught:
        answered(colour, asks(mode=mode, response_model=model), *answers_of(mode, text))
    error = caught.value
    assert model.__name__ in error.message
    assert SECRET not in f"{error} {error!r} {error.args} {error.suggestion}"
    assert error.__cause__ is None
    assert error.__context__ is None


@both_colours
@both_modes
def test_an_output_that_does_not_fit_says_where(colour: Colour, mode: str) -> None:
    """The message and `errors` name the place."""
    text = '{"paidOn": "2026-05-19", "children": [{"paidOn": "x"}]}'
    with pytest.raises(OutputValidationError, match=r"children\.0\.paidOn") as caught:
        answered(colour, asks(mode=mode, response_model=Tree), *answers_of(mode, text))
    assert [found["loc"] for found in caught.value.errors] == [("children", 0, "paidOn")]


@both_colours
@both_modes
@pytest.mark.parametrize("name", UNFIT)
def test_an_output_that_does_not_fit_survives_pickling(colour: Colour, mode: str, name: str) -> None:
    """The error of a worker process reaches its parent with the answer."""
    model, text = UNFIT[name]
    with pytest.raises(OutputValidationError) as caught:
        answered(colour, asks(mode=mode, response_model=model), *answers_of(mode, text))
    error = caught.value
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    assert type(copy) is OutputValidationError
    assert vars(copy) == vars(error)
    assert str(copy) == str(error)


# Errors ---------------------------------------------------------------------------------------------------------------


def failure(colour: Colour, use: Use, answer: Answerer | Answer | Exception, **options: Any) -> APIError:
    """The error that a run ends with where this is the answer."""
    answerer: Answerer = answer if callable(answer) else lambda _: answer
    with fake_wire(answerer), pytest.raises(APIError) as caught:
        colour.run(use, **options)
    return caught.value


@both_colours
@both_modes
@pytest.mark.parametrize("status", STATUSES)
def test_each_status_has_the_error_of_native_calls(colour: Colour, mode: str, status: int) -> None:
    """A run that the server refuses raises this package's error in both styles, with all that the server said."""
    body = {"error": {"message": "Because.", "type": "a_kind", "id": "e-7"}}
    error = failure(colour, asks(mode=mode), json_answer(body, status, x_request_id="r-1", x_more="m"))
    assert type(error) is STATUSES[status]
    assert (error.message, error.error_type, error.http_status) == ("Because.", "a_kind", status)
    assert error.body == body
    assert error.headers["x-more"] == "m"
    assert error.request_id == "e-7"


@both_colours
@both_modes
@pytest.mark.parametrize(
    ("content_type", "body", "parsed", "message"),
    [
        ("application/json", b'{"detail": "No."}', {"detail": "No."}, "No."),
        ("text/html", b"<html>Bad Gateway</html>", "<html>Bad Gateway</html>", "502"),
        ("application/json", b"", None, "502"),
    ],
)
def test_an_error_has_its_body_whatever_it_is(
    colour: Colour, mode: str, content_type: str, body: bytes, parsed: object, message: str
) -> None:
    """JSON is parsed, text is text, and nothing is `None`; the request's name comes from the header."""
    error = failure(colour, asks(mode=mode), Answer(502, body, {"content-type": content_type, "x-request-id": "r-1"}))
    assert (error.body, error.http_status, error.request_id) == (parsed, 502, "r-1")
    assert message in error.message


@both_colours
@both_modes
@pytest.mark.parametrize("kind", ["ReadTimeout", "ConnectTimeout", "WriteTimeout", "PoolTimeout"])
def test_no_answer_in_time_is_a_timeout(colour: Colour, mode: str, kind: str) -> None:
    """Whichever part took too long."""
    error = failure(colour, asks(mode=mode), getattr(httpx2, kind)("made up"))
    assert type(error) is RequestTimeoutError
    assert (error.http_status, error.error_type) == (None, "timeout")
    assert error.suggestion is not None
    assert ("timeout" in error.suggestion) is (kind != "ConnectTimeout")  # which the client's timeout is not about


@both_colours
@both_modes
def test_no_connection_is_a_network_error(colour: Colour, mode: str) -> None:
    """Where nobody listens, the error says so, in both styles."""
    with closed_port() as base_url, pytest.raises(NetworkError) as caught:
        colour.run(asks(mode=mode), base_url=base_url)
    error = caught.value
    assert type(error) is NetworkError
    assert (error.http_status, error.error_type) == (None, "connection")
    assert error.suggestion is not None
    assert "base_url" in error.suggestion


@both_colours
@both_modes
def test_an_answer_that_breaks_off_is_a_network_error(colour: Colour, mode: str) -> None:
    """Half an answer is none."""

    def half(_: Sent) -> Answer:
        return Answer(
            200, b'{"id"', {"content-type": "application/json", "content-length": "1000", "connection": "close"}
        )

    with LoopbackServer(half) as server, pytest.raises(NetworkError):
        colour.run(asks(mode=mode), base_url=server.base_url, timeout=60)


@both_colours
def test_no_error_of_openais_comes_out_of_a_chat(colour: Colour) -> None:
    """`except openai.OpenAIError` is not needed around a run."""
    import openai

    error = failure(colour, asks(), json_answer({"detail": "No."}, 401))
    assert isinstance(error, exceptions.AuthenticationError)
    assert not isinstance(error, openai.OpenAIError)


@both_colours
@pytest.mark.parametrize("status", [408, 409, 500, 502, 504])
def test_a_chat_that_the_server_may_have_answered_is_not_repeated(colour: Colour, status: int) -> None:
    """A run is asked for once: OpenAI's own client would repeat it, and the work with it."""
    with fake_wire(lambda _: json_answer({"detail": "Oh."}, status)) as sent, pytest.raises(APIError):
        colour.run(asks(), max_retries=3)
    assert len(sent) == 1


@both_colours
def test_a_chat_that_the_server_has_not_begun_is_repeated(colour: Colour) -> None:
    """A 429 and a 503 say that nothing was done."""
    answers = iter([json_answer({}, 429, retry_after="0"), json_answer({}, 503, retry_after="0")])
    with fake_wire(lambda _: next(answers, json_answer(COMPLETION))) as sent:
        assert colour.run(asks(), max_retries=2).text == '{"total": 12.5}'
    assert len(sent) == 3


# Timeouts -------------------------------------------------------------------------------------------------------------


@both_colours
@pytest.mark.parametrize(
    ("options", "arguments", "seconds"),
    [
        ({"timeout": 77.0}, {}, 77.0),
        ({"timeout": 77.0}, {"timeout": 12.5}, 12.5),
        ({"timeout": 77.0}, {"timeout": 700}, 700.0),
        ({"timeout": 77.0}, {"timeout": None}, None),
        ({"timeout": None}, {}, None),
        ({}, {}, 600.0),
    ],
)
def test_a_chat_keeps_to_its_timeout(
    colour: Colour, options: dict[str, Any], arguments: dict[str, Any], seconds: float | None
) -> None:
    """`timeout=...` is what the HTTP client is told; without it, the client's own; connecting keeps its limit."""
    with fake_wire() as sent:
        colour.run(asks(**arguments), **options)
    read, write = sent[0].timeout["read"], sent[0].timeout["write"]
    assert read == write == (None if seconds is None else pytest.approx(seconds, abs=0.5))
    connect = sent[0].timeout["connect"]
    assert connect is not None
    assert connect <= 10


@both_colours
@pytest.mark.parametrize(
    ("options", "arguments", "looks"), [({"timeout": 2}, {}, 7), ({"timeout": 600}, {"timeout": 2}, 7)]
)
def test_an_execution_keeps_to_its_timeout(
    colour: Colour,
    options: dict[str, Any],
    arguments: dict[str, Any],
    looks: int,
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An execution that does not end is left alone in time; the error names it, for it goes on."""
    monkeypatch.setattr("vlmrun._lifetimes.waiting.monotonic", lambda: sum(pauses))
    with fake_wire(lambda _: json_answer(EXECUTION)) as sent, pytest.raises(ExecutionTimeoutError) as caught:
        colour.run(asks(mode="execution", **arguments), **options)
    assert (caught.value.execution_id, caught.value.status) == (EXECUTION["id"], "pending")
    assert sum(pauses) < 2
    assert [one.method for one in sent] == ["POST"] + ["GET"] * looks


@both_colours
def test_starting_an_execution_takes_of_its_timeout(
    colour: Colour, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`timeout` is for all of the run: what the POST has taken is gone when the waiting begins."""
    monkeypatch.setattr("vlmrun._lifetimes.waiting.monotonic", lambda: sum(pauses))

    def answer(request: Sent) -> Answer:
        if request.method == "POST":
            pauses.append(6.0)  # the server thinks for so long
        return json_answer(EXECUTION)

    with fake_wire(answer) as sent, pytest.raises(ExecutionTimeoutError):
        colour.run(asks(mode="execution", timeout=7))
    assert sent[0].timeout["read"] == 7
    assert sent[1].timeout["read"] == 1
    assert sum(pauses) < 7


@both_colours
def test_an_execution_without_a_timeout_is_waited_for(
    colour: Colour, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`None` waits for as long as it takes, whatever the client's timeout."""
    monkeypatch.setattr("vlmrun._lifetimes.waiting.monotonic", lambda: sum(pauses))
    answers = [json_answer(EXECUTION)] * 30 + [json_answer(COMPLETED)]
    answered(colour, lambda client: client.agent.run("p", mode="execution", timeout=None), *answers)
    assert sum(pauses) > 60


@both_colours
def test_a_long_chat_that_is_not_finished_in_time_is_a_timeout(
    colour: Colour, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chat that the server lets us poll for ends like one that it does not answer; the work is asked for once."""
    monkeypatch.setattr("vlmrun._lifetimes.waiting.monotonic", lambda: sum(pauses))

    def never(sent: Sent) -> Answer:
        return Answer(202) if sent.method == "GET" else Answer(303, headers={"location": f"{BASE_URL}/polls/1"})

    with fake_wire(never) as sent, pytest.raises(RequestTimeoutError) as caught:
        colour.run(asks(timeout=30), max_retries=3)
    assert (caught.value.http_status, caught.value.error_type) == (None, "timeout")
    assert [one.method for one in sent].count("POST") == 1
    assert sum(pauses) == 30


@both_colours
def test_a_504_of_the_server_is_its_own(colour: Colour) -> None:
    """Whatever it says of itself, it is an answer of the server."""
    body = {"error": {"message": "Upstream timed out.", "type": "timeout"}}
    error = failure(colour, asks(), json_answer(body, 504, x_should_retry="false"))
    assert type(error) is exceptions.ServerError
    assert error.http_status == 504


# What is refused ------------------------------------------------------------------------------------------------------


class NoSchema(BaseModel):
    """A model that JSON cannot describe."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    lock: threading.Event


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "prompt, empty": ({"prompt": ""}, "prompt"),
    "prompt, None": ({"prompt": None}, "prompt"),
    "prompt, bytes": ({"prompt": b"Read."}, "prompt"),
    "prompt, a list": ({"prompt": ["Read."]}, "prompt"),
    "inputs, str": ({"inputs": SECRET}, "inputs"),
    "inputs, bytes": ({"inputs": SECRET.encode()}, "inputs"),
    "inputs, one part": ({"inputs": FILE}, "inputs"),
    "inputs, None": ({"inputs": None}, "inputs"),
    "inputs, a number": ({"inputs": 7}, "inputs"),
    "inputs, a path in a list": ({"inputs": [FILE, Path(SECRET)]}, "inputs[1]"),
    "inputs, a str in a list that is no text": ({"inputs": [f"{SECRET}\ud800"]}, "inputs[0]"),
    "inputs, a dict without type": ({"inputs": [{"text": SECRET}]}, "inputs[0]"),
    "inputs, None in a list": ({"inputs": [None]}, "inputs[0]"),
    "response_model, an instance": ({"response_model": Invoice(total=1)}, "response_model"),
    "response_model, a dict": ({"response_model": {"type": "object"}}, "response_model"),
    "response_model, another class": ({"response_model": int}, "response_model"),
    "response_model, a list of models": ({"response_model": list[Invoice]}, "response_model"),
    "response_model, no schema": ({"response_model": NoSchema}, "response_model"),
    "mode": ({"mode": "swarm"}, "mode"),
    "mode, None": ({"mode": None}, "mode"),
    "mode, a list": ({"mode": ["chat"]}, "mode"),
    "toolsets, one name": ({"toolsets": "image"}, "toolsets"),
    "toolsets, a set": ({"toolsets": {"image"}}, "toolsets"),
    "skills, one skill": ({"skills": SKILL}, "skills"),
    "skills, one name": ({"skills": "reader"}, "skills"),
    "skills, a name in a list": ({"skills": [SECRET]}, "skills"),
    "skills, a skill of two forms": ({"skills": [{"type": "inline", "skill_id": SECRET, "source": {}}]}, "skills"),
    "session_id in an execution": ({"mode": "execution", "session_id": "s"}, "session_id"),
    "name in a chat": ({"mode": "chat", "name": "reader"}, "name"),
    "session_id, empty": ({"mode": "chat", "session_id": ""}, "session_id"),
    "session_id, a number": ({"mode": "chat", "session_id": 7}, "session_id"),
    "metadata, a str": ({"metadata": SECRET}, "metadata"),
    "metadata, a field of another type": ({"metadata": {"allow_training": SECRET}}, "metadata.allow_training"),
    "timeout, 0": ({"timeout": 0}, "timeout"),
    "timeout, negative": ({"timeout": -1.0}, "timeout"),
    "timeout, str": ({"timeout": "60"}, "timeout"),
    "timeout, True": ({"timeout": True}, "timeout"),
    "timeout, endless": ({"timeout": float("inf")}, "timeout"),
    "timeout, OpenAI's": ({"timeout": (5.0, 60.0)}, "timeout"),
}


@both_colours
@both_modes
@pytest.mark.parametrize("name", BAD)
def test_a_bad_argument_is_refused_by_its_name(colour: Colour, mode: str, name: str) -> None:
    """Nothing is sent; the error names the argument and does not quote it."""
    arguments, named = BAD[name]
    with fake_wire() as sent, pytest.raises(InputError) as caught:
        colour.run(asks(**({"mode": mode} | arguments)))
    assert sent == []
    assert named in caught.value.message
    assert caught.value.suggestion
    assert SECRET not in f"{caught.value} {caught.value!r} {caught.value.__cause__!r}"


UNSENDABLE: dict[str, dict[str, Any]] = {
    "an object in a part": {"inputs": [{"type": "text", "text": object()}]},
    "NaN in a part": {"inputs": [{"type": "text", "text": float("nan")}]},
    "bytes that are no text": {"inputs": [{"type": "text", "text": b"\xff JPEG"}]},
    "half a character": {"prompt": "\ud800"},
    "an object in metadata": {"metadata": {"team": object()}},
    "an object as a toolset": {"toolsets": [object()]},
}


@both_colours
@both_modes
@pytest.mark.parametrize("name", UNSENDABLE)
def test_what_is_not_json_is_refused_in_both_styles(colour: Colour, mode: str, name: str) -> None:
    """An argument that has no JSON is an `InputError` before anything is sent, not an error of some encoder."""
    with fake_wire() as sent, pytest.raises(InputError) as caught:
        colour.run(asks(**({"mode": mode} | UNSENDABLE[name])))
    assert sent == []
    assert "JPEG" not in str(caught.value)


@both_colours
def test_a_path_or_a_date_is_sent_alike_in_both_styles(colour: Colour) -> None:
    """What executions take in a part or in metadata, chats take, too."""
    metadata: Any = {"team": Path("blue"), "since": date(2026, 5, 19)}
    bodies = [sent_by(colour, asks(mode=mode, metadata=metadata))[0].json() for mode in MODES]
    assert bodies[0]["metadata"] == bodies[1]["metadata"] == {"team": "blue", "since": "2026-05-19"}


@both_colours
def test_a_chat_on_a_closed_client_is_refused(colour: Colour) -> None:
    """A client that was closed says so in both styles."""

    def closed(client: Any) -> Any:
        async def later() -> Any:
            await client.close()
            return await client.agent.run("p")

        if colour.is_async:
            return later()
        client.close()
        return client.agent.run("p")

    with fake_wire() as sent, pytest.raises(exceptions.ClientError, match="closed"):
        colour.run(closed)
    assert sent == []


def test_the_wire_of_these_tests_answers_both_styles() -> None:
    """What stands in for the server has the two routes."""
    assert vlm_run(Sent("POST", f"https://h{CHAT}", (), b"{}")).status == 200
    assert vlm_run(Sent("POST", f"https://h{EXECUTE}", (), b"{}")).status == 200
