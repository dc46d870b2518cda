"""Readers and conversions of answers: what they find, and what they refuse. `tests/laws` has the laws."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from pydantic import JsonValue

from support.wire import COMPLETED, COMPLETION, EXECUTION
from vlmrun.client.exceptions import InputError
from vlmrun.client.types import AgentExecutionResponse, CreditUsage
from vlmrun.results import (
    AgentRun,
    artifact_ids,
    backend,
    completion_from_execution,
    cost_usd,
    credit_usage,
    credits_used,
    execution_from_completion,
    response_text,
    served_model_id,
    session_id,
)

# Above the imports that need it: where openai is missing, the module ends here.
pytest.importorskip("openai", reason="the readers read OpenAI's models")

from openai.types import CompletionUsage, CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessage

CHUNK: dict[str, Any] = {
    "id": "c",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": None}],
}
TOKENS: dict[str, Any] = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def completion(text: object = "Done.", **fields: object) -> ChatCompletion:
    """A completion, made as OpenAI's client makes it: nothing is checked."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    made: dict[str, Any] = {**COMPLETION, "choices": [choice], **fields}
    return ChatCompletion.construct(**made)


def execution(response: object = "Done.", **fields: object) -> AgentExecutionResponse:
    """A completed execution."""
    return AgentExecutionResponse.model_validate({**COMPLETED, "response": response, **fields})


# The session ----------------------------------------------------------------------------------------------------------


def test_the_session_of_a_completion_and_of_a_chunk() -> None:
    """Either has it beside OpenAI's fields."""
    assert session_id(ChatCompletion.model_validate(COMPLETION)) == COMPLETION["session_id"]
    assert session_id(completion()) == COMPLETION["session_id"]
    assert session_id(ChatCompletionChunk.model_validate({**CHUNK, "session_id": "s-1"})) == "s-1"
    assert session_id(ChatCompletionChunk.construct(**CHUNK, session_id="s-1")) == "s-1"


def test_no_session() -> None:
    """Where the server sent none, there is none, and that is no error."""
    assert session_id(ChatCompletion.model_validate({**COMPLETION, "session_id": None})) is None
    assert session_id(ChatCompletionChunk.model_validate(CHUNK)) is None
    without = {name: value for name, value in COMPLETION.items() if name != "session_id"}
    assert session_id(ChatCompletion.model_validate(without)) is None


@pytest.mark.parametrize("wrong", [7, True, ["s"], {"id": "s"}, ""])
def test_a_session_that_is_no_text_is_none(wrong: object) -> None:
    """What cannot be sent as a session is none."""
    assert session_id(completion(session_id=wrong)) is None
    assert session_id(ChatCompletionChunk.construct(**CHUNK, session_id=wrong)) is None


# The gateway ----------------------------------------------------------------------------------------------------------

SERVED: dict[str, Any] = {"served_model_id": "zai-org/glm-ocr", "backend": "gpu-3"}
EMBEDDED: dict[str, Any] = {"object": "list", "model": "m", "data": []}


def test_what_the_gateway_says_of_its_answers() -> None:
    """Which model answered, where, and at what price; of a completion, a chunk and embeddings, checked or not."""
    for answer in (
        ChatCompletion.model_validate({**COMPLETION, **SERVED}),
        completion(**SERVED),
        ChatCompletionChunk.model_validate({**CHUNK, **SERVED}),
        CreateEmbeddingResponse.construct(**EMBEDDED, **SERVED),
    ):
        assert (served_model_id(answer), backend(answer)) == ("zai-org/glm-ocr", "gpu-3")
    usage = {"prompt_tokens": 3, "total_tokens": 3, "cost": 0.00125}
    embedded = CreateEmbeddingResponse.model_validate({**EMBEDDED, "usage": usage})
    assert cost_usd(embedded.usage) == 0.00125
    for cost, expected in ((0.5, 0.5), (0, 0.0), (2, 2.0), ("0.5", None), (None, None), (True, None), (math.nan, None)):
        assert cost_usd(CompletionUsage.construct(**TOKENS, cost=cost)) == expected


@pytest.mark.parametrize("wrong", [None, 7, "", ["a"]])
def test_the_platform_says_nothing_of_them(wrong: object) -> None:
    """Where there is none, or something else, that is `None`."""
    answer = completion(served_model_id=wrong, backend=wrong)
    assert (served_model_id(answer), backend(answer)) == (None, None)
    assert (served_model_id(completion()), backend(completion())) == (None, None)
    assert cost_usd(None) is cost_usd(CompletionUsage.construct(**TOKENS)) is None


# Credits --------------------------------------------------------------------------------------------------------------

CREDITS: list[tuple[dict[str, Any], float | None]] = [
    ({"credits_used": 0.25}, 0.25),
    ({"credits_used": 3}, 3.0),
    ({"credits_used": 0}, 0.0),
    ({"credits": 1.5}, 1.5),
    ({"credits": 2}, 2.0),
    ({"credits_used": 1, "credits": 2}, 1.0),
    ({"credits_used": None, "credits": 2}, 2.0),
    ({"credits_used": "many", "credits": 2}, 2.0),
    ({"credits_used": None}, None),
    ({"credits_used": True}, None),
    ({"credits_used": "0.25"}, None),
    ({"credits": False}, None),
    ({"credits": [1]}, None),
    ({}, None),
]


@pytest.mark.parametrize(("fields", "expected"), CREDITS)
def test_credits_of_a_chat(fields: dict[str, Any], expected: float | None) -> None:
    """Either name, any number, and nothing that only looks like one."""
    for usage in (CompletionUsage.model_validate({**TOKENS, **fields}), CompletionUsage.construct(**TOKENS, **fields)):
        found = credits_used(usage)
        assert found == expected
        assert found is None or type(found) is float


def test_credits_of_an_execution() -> None:
    """The same reader takes the usage of executions; no usage is no credits."""
    assert credits_used(CreditUsage(credits_used=0.5)) == 0.5
    assert credits_used(CreditUsage.model_validate({"credits": 2})) == 2.0
    assert credits_used(CreditUsage()) is None
    assert credits_used(None) is None


@pytest.mark.parametrize(("fields", "expected"), CREDITS)
def test_the_usage_of_a_chat_becomes_that_of_an_execution(fields: dict[str, Any], expected: float | None) -> None:
    """With the same credits, and the counts of tokens."""
    usage = credit_usage(CompletionUsage.construct(**TOKENS, **fields))
    assert usage is not None
    assert usage.credits_used == credits_used(usage) == expected
    assert TOKENS.items() <= dict(usage).items()


def test_an_odd_usage_of_a_chat_loses_only_what_is_odd() -> None:
    """A field that is not of its type is left out; no usage is none."""
    odd: dict[str, Any] = {
        "steps": "many",
        "element_type": "page",
        "duration_seconds": [1],
        "credits": 2,
        "prompt_tokens": "x",
    }
    usage = credit_usage(CompletionUsage.construct(**odd))
    assert usage is not None
    assert (usage.steps, usage.element_type, usage.duration_seconds, usage.credits_used) == (None, "page", None, 2.0)
    assert credit_usage(None) is None


# Artifacts ------------------------------------------------------------------------------------------------------------

TEXTS: list[tuple[str, tuple[str, ...]]] = [
    ("", ()),
    ("img_a1b2c3", ("img_a1b2c3",)),
    ("See img_a1b2c3, vid_000000; (aud_ffffff) [doc_012345]", ("img_a1b2c3", "vid_000000", "aud_ffffff", "doc_012345")),
    ("recon_abcdef arr_abcdef url_abcdef", ("recon_abcdef", "arr_abcdef", "url_abcdef")),
    ("vid_000000 img_a1b2c3 vid_000000", ("vid_000000", "img_a1b2c3")),
    ("img_a1b2c3.png", ("img_a1b2c3",)),
    ("`img_a1b2c3`, **doc_a1b2c3**.", ("img_a1b2c3", "doc_a1b2c3")),
    ("https://h/img_a1b2c3?x=doc_a1b2c3", ("img_a1b2c3", "doc_a1b2c3")),
    ('{"id": "img_a1b2c3"}', ("img_a1b2c3",)),
    ("img_a1b2c3\nimg_a1b2c4", ("img_a1b2c3", "img_a1b2c4")),
    ("img_A1B2C3 img_a1b2cg img_a1b2c IMG_a1b2c3", ()),
    ("img_a1b2c3d img_a1b2c3_ img_a1b2c3-1", ()),
    ("doc_string img_folder arr_length url_prefix", ()),
    ("xdoc_a1b2c3 my_img_a1b2c3 -img_a1b2c3 1img_a1b2c3", ()),
    ("a1b2c3 _a1b2c3 foo_a1b2c3 img a1b2c3", ()),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_artifacts_in_a_text(text: str, expected: tuple[str, ...]) -> None:
    """Ids, each once and in order; words that only look like one are none. A message is read like its text."""
    assert artifact_ids(text) == expected
    assert artifact_ids(ChatCompletionMessage(role="assistant", content=text)) == expected
    assert artifact_ids({"content": [text]}) == expected


def test_artifacts_in_json() -> None:
    """All values are read, in the order in which they stand, however deep."""
    value: JsonValue = {
        "z": [{"id": "vid_000002"}, "img_000001 and img_000003"],
        "a": {"deep": [[[{"er": "doc_000004"}]], None, 1, True, 1.5]},
        "again": "vid_000002",
    }
    assert artifact_ids(value) == ("vid_000002", "img_000001", "img_000003", "doc_000004")
    nothing: list[JsonValue] = [None, 1, True, [], {}, 1.5]
    assert [artifact_ids(one) for one in nothing] == [()] * 6


def test_artifacts_in_json_as_deep_as_it_comes() -> None:
    """Depth is no error."""
    value: JsonValue = "img_a1b2c3"
    for _ in range(100_000):
        value = [value]
    assert artifact_ids(value) == ("img_a1b2c3",)


def test_artifacts_of_a_message_without_a_text() -> None:
    """There are none."""
    assert artifact_ids(ChatCompletionMessage(role="assistant", content=None)) == ()


# Conversions ----------------------------------------------------------------------------------------------------------


def test_a_completed_execution_as_a_completion() -> None:
    """It is OpenAI's own object, with one choice that has the answer as JSON."""
    made = completion_from_execution(execution({"é": 1}), model="vlmrun-orion-2")
    assert type(made) is ChatCompletion
    assert (made.id, made.object, made.model) == (COMPLETED["id"], "chat.completion", "vlmrun-orion-2")
    assert made.created == 1779179520
    (choice,) = made.choices
    assert (choice.index, choice.finish_reason) == (0, "stop")
    assert (choice.message.role, choice.message.content) == ("assistant", '{"é": 1}')
    assert made.usage is None
    assert ChatCompletion.model_validate(made.model_dump()) == made


def test_an_execution_that_counted_tokens_has_a_usage() -> None:
    """The counts and the credits are where code for completions reads them."""
    made = completion_from_execution(execution(usage={**TOKENS, "credits_used": 0.5}))
    assert type(made.usage) is CompletionUsage
    assert (made.usage.prompt_tokens, made.usage.completion_tokens, made.usage.total_tokens) == (3, 4, 7)
    assert credits_used(made.usage) == 0.5


ODD_FIELDS: dict[str, dict[str, object]] = {
    "a model that is no text": {"model": 7},
    "a session that is no text": {"session_id": ["s"]},
    "tokens that are no numbers": {"usage": {**TOKENS, "total_tokens": "7"}},
    "tokens that are null": {"usage": {**TOKENS, "total_tokens": None}},
    "tokens that are fractions": {"usage": {**TOKENS, "total_tokens": 7.5}},
    "tokens that are true": {"usage": {**TOKENS, "total_tokens": True}},
    "details that are none": {"usage": {**TOKENS, "prompt_tokens_details": "none", "completion_tokens_details": 1}},
    "names of a completion": {"choices": [], "created": "x", "object": 1, "service_tier": 7, "system_fingerprint": []},
    "an execution in an execution": {"execution": {"execution": 1}},
    "a time without a zone": {"created_at": "2026-05-19T08:32:00"},
}


@pytest.mark.parametrize("name", ODD_FIELDS)
def test_an_execution_with_odd_fields_is_converted_and_restored(name: str) -> None:
    """A server grows: what it adds to an execution, of whatever type, is in nobody's way and is not lost."""
    one = execution(**ODD_FIELDS[name])
    made = completion_from_execution(one)
    assert made.choices[0].message.content == "Done."
    assert type(made.model) is str
    assert made.usage is None or type(made.usage.total_tokens) is int
    assert execution_from_completion(made) == one


def test_the_model_of_an_execution_is_the_one_that_is_named() -> None:
    """By the caller, else by the execution, else by nobody."""
    assert completion_from_execution(execution(model="a"), model="b").model == "b"
    assert completion_from_execution(execution(model="a")).model == "a"
    assert completion_from_execution(execution()).model == ""


def test_a_time_without_a_zone_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `created` says does not depend on where this machine is."""
    import time

    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        made = completion_from_execution(execution(created_at="2026-05-19T08:32:00"))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert made.created == 1779179520


@pytest.mark.parametrize("status", ["pending", "running", "failed", "cancelled", "paused", "enqueued", "dreaming"])
def test_an_execution_that_is_not_completed_is_refused(status: str) -> None:
    """It has no answer yet, or never will; the error says where it stands and how to wait."""
    with pytest.raises(InputError, match=status) as caught:
        completion_from_execution(AgentExecutionResponse.model_validate({**EXECUTION, "status": status}))
    assert caught.value.suggestion is not None
    assert "wait" in caught.value.suggestion


def test_a_completion_as_an_execution() -> None:
    """It is completed, at the time of the completion, with the object that its text is in JSON."""
    made = execution_from_completion(completion('{"total": 12.5}'))
    assert type(made) is AgentExecutionResponse
    assert (made.id, made.status, made.response) == (COMPLETION["id"], "completed", {"total": 12.5})
    assert made.created_at.isoformat() == "2026-05-19T08:30:00+00:00"
    assert made.usage is not None
    assert made.usage.credits_used == 0.25
    assert made.model_extra == {"model": COMPLETION["model"], "session_id": COMPLETION["session_id"]}


RESPONSES: list[tuple[str, JsonValue]] = [
    ("", ""),
    ("Done.", "Done."),
    ("[]", []),
    (' {"a": [1, null]} ', {"a": [1, None]}),
    ("12", "12"),
    ("null", "null"),
    ("true", "true"),
    ('"a"', '"a"'),
    ("{", "{"),
    ("[NaN]", "[NaN]"),
    ("[Infinity]", "[Infinity]"),
    ('```json\n{"a": 1}\n```', '```json\n{"a": 1}\n```'),
    ("[" * 300 + "]" * 300, "[" * 300 + "]" * 300),
    ("[" * 100_000, "[" * 100_000),
    ('["\\ud800"]', '["\\ud800"]'),
]


@pytest.mark.parametrize(("text", "response"), RESPONSES, ids=range(len(RESPONSES)))
def test_a_text_is_an_object_or_an_array_or_a_text(text: str, response: JsonValue) -> None:
    """Objects and arrays become values; a number, or what the API's JSON cannot say, is the text that it came as."""
    assert execution_from_completion(completion(text)).response == response


NO_TEXT: dict[str, ChatCompletion] = {
    "null": completion(None),
    "no choice": completion(choices=[]),
    "null for choices": completion(choices=None),
    "a choice without a message": completion(choices=[{"index": 0}]),
    "null for a choice": completion(choices=[None]),
    "a content that is no text": completion([{"type": "text"}]),
    "nothing": ChatCompletion.construct(),
}


@pytest.mark.parametrize("name", NO_TEXT)
def test_a_completion_without_a_text_is_refused(name: str) -> None:
    """There is no answer in it, whatever OpenAI's client has made of what came."""
    with pytest.raises(InputError, match="no text"):
        execution_from_completion(NO_TEXT[name])


@pytest.mark.parametrize("kept", [{}, {"id": "x"}, {"response": 1}, 7, None, [1]])
def test_a_field_of_the_servers_that_is_called_execution_is_not_taken_for_ours(kept: object) -> None:
    """A completion that was never an execution is converted as any other."""
    made = execution_from_completion(completion("Done.", execution=kept))
    assert (made.id, made.status, made.response) == (COMPLETION["id"], "completed", "Done.")


def test_a_text_that_was_changed_is_the_response() -> None:
    """Code that edits a text answer between the two conversions finds its text in the execution."""
    made = completion_from_execution(execution("Done."))
    made.choices[0].message.content = "Edited."
    assert execution_from_completion(made).response == "Edited."


@pytest.mark.parametrize(
    ("response", "text"),
    [(None, ""), ("", ""), ("a", "a"), (1, "1"), (True, "true"), ({"é": [None]}, '{"é": [null]}'), ([], "[]")],
)
def test_a_response_as_text(response: JsonValue, text: str) -> None:
    """A text is itself, nothing is the empty text, and all else is JSON that people can read."""
    assert response_text(response) == text


# The result -----------------------------------------------------------------------------------------------------------


def test_a_run_is_a_value() -> None:
    """Two of the same are equal, one cannot be changed, and its `repr` shows the output and not the raw answer."""
    made: list[AgentRun[str]] = [
        AgentRun("secret", "secret", CreditUsage(credits_used=1), ("img_a1b2c3",), "s", None, completion("secret"))
        for _ in range(2)
    ]
    assert made[0] == made[1]
    usage = repr(CreditUsage(credits_used=1))
    shown = f"AgentRun(output='secret', usage={usage}, artifacts=('img_a1b2c3',), session_id='s')"
    assert repr(made[0]) == shown
    with pytest.raises(AttributeError):
        made[0].text = "other"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_the_samples_are_json() -> None:
    """What these tests read is what a server could send."""
    assert json.loads(json.dumps(COMPLETED)) == COMPLETED
