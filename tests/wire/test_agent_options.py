"""VLM Run's own fields on the wire: OpenAI's client sends `AgentOptions` as they are, in every kind of call."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any, get_args

import pydantic
import pytest
from pydantic import BaseModel, TypeAdapter

from support.colours import Colour, both_colours
from support.wire import COMPLETION, fake_wire
from vlmrun.client.exceptions import InputError
from vlmrun.client.types import AgentCreationConfig, AgentExecutionConfig
from vlmrun.options import AgentMetadata, AgentModel, AgentOptions, AgentToolset, toolsets
from vlmrun.skills import Skill


def _bundle() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("SKILL.md", "---\nname: n\ndescription: d\n---\n")
    return buffer.getvalue()


REFERENCE = Skill.reference("reader", version="2")
INLINE = Skill.inline(_bundle(), name="n", description="d")
SKILLS = [REFERENCE, INLINE]
OPTIONS = AgentOptions(
    toolsets=["image", "web"],
    skills=SKILLS,
    session_id=COMPLETION["session_id"],
    models=("depth-anything-3",),
    metadata=AgentMetadata(environment="dev", session_id="s", allow_training=False),
    preview=False,
)
SENT: dict[str, Any] = {
    "toolsets": ["image", "web"],
    "skills": [
        {"type": "skill_reference", "skill_id": "reader", "skill_version": "2"},
        {"type": "inline", "name": "n", "description": "d", "source": INLINE["source"]},
    ],
    "session_id": "9f1f0a52-0000-4000-8000-000000000000",
    "models": ["depth-anything-3"],
    "metadata": {"environment": "dev", "session_id": "s", "allow_training": False},
    "preview": False,
}
"""The same as it is to be sent, per API.md §4, 7 and 15."""


class Invoice(BaseModel):
    """What the agent of these tests reads."""

    total: float


# Chat completions -----------------------------------------------------------------------------------------------------

HELLO: dict[str, Any] = {"model": AgentModel.ORION_1_FAST, "messages": [{"role": "user", "content": "Hello!"}]}


def _streamed(colour: Colour) -> Callable[[Any, dict[str, Any]], Any]:
    def use(client: Any, arguments: dict[str, Any]) -> Any:
        with client.agent.completions.stream(**arguments) as events:
            return list(events)

    async def async_use(client: Any, arguments: dict[str, Any]) -> Any:
        async with client.agent.completions.stream(**arguments) as events:
            return [event async for event in events]

    return async_use if colour.is_async else use


def _chats(colour: Colour, how: str, **extra: Any) -> dict[str, Any]:
    """The body that a call sends."""
    pytest.importorskip("openai", reason="chat completions are OpenAI's")
    calls: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
        "create": lambda c, arguments: c.agent.completions.create(**arguments),
        "parse": lambda c, arguments: c.agent.completions.parse(**arguments, response_format=Invoice),
        "stream": _streamed(colour),
    }
    with fake_wire() as sent:
        colour.run(lambda client: calls[how](client, {**HELLO, **extra}))
    (one,) = sent
    body: dict[str, Any] = one.json()
    return body


each_call = pytest.mark.parametrize("how", ["create", "parse", "stream"])


@both_colours
@each_call
def test_options_are_sent_at_the_top_level(colour: Colour, how: str) -> None:
    """Exactly these fields are added, beside what the call sends without them, in every kind of call."""
    assert _chats(colour, how, extra_body=OPTIONS) == {**_chats(colour, how), **SENT}


@both_colours
@each_call
def test_what_is_left_out_is_not_sent(colour: Colour, how: str) -> None:
    """The server's defaults hold for it."""
    assert _chats(colour, how, extra_body=AgentOptions()) == _chats(colour, how)
    some = _chats(colour, how, extra_body=AgentOptions(preview=True))
    assert some == {**_chats(colour, how), "preview": True}


@both_colours
@each_call
def test_metadata_of_the_options_goes_before_openais(colour: Colour, how: str) -> None:
    """OpenAI has a parameter of that name; what is in the options is sent instead."""
    options = AgentOptions(metadata={"allow_training": False})
    body = _chats(colour, how, metadata={"environment": "dev"}, extra_body=options)
    assert body["metadata"] == {"allow_training": False}


@both_colours
@each_call
def test_a_model_is_sent_by_its_name(colour: Colour, how: str) -> None:
    """A member of `AgentModel` is the str that it stands for."""
    assert _chats(colour, how)["model"] == "vlmrun-orion-1:fast"


# The native API -------------------------------------------------------------------------------------------------------


def _native(colour: Colour, use: Callable[[Any], Any]) -> dict[str, Any]:
    with fake_wire() as sent:
        colour.run(use)
    (one,) = sent
    body: dict[str, Any] = one.json()
    return body


@both_colours
def test_native_calls_send_the_same_skills(colour: Colour) -> None:
    """In `config`, as a model or a mapping, a skill is the object that chats send."""
    creation = AgentCreationConfig(prompt="p", skills=SKILLS)
    execution = AgentExecutionConfig(prompt="p", skills=SKILLS)
    expected = {"prompt": "p", "skills": SENT["skills"]}
    assert _native(colour, lambda c: c.agent.create(creation))["config"] == expected
    assert _native(colour, lambda c: c.agent.create({"prompt": "p", "skills": SKILLS}))["config"] == expected
    assert _native(colour, lambda c: c.agent.execute(config=execution))["config"] == expected
    assert _native(colour, lambda c: c.agent.execute(config={"prompt": "p", "skills": SKILLS}))["config"] == expected


@both_colours
def test_native_calls_send_a_model_by_its_name(colour: Colour) -> None:
    """A member of `AgentModel` is the str that it stands for."""
    assert _native(colour, lambda c: c.agent.execute(model=AgentModel.ORION_2_PRO))["model"] == "vlmrun-orion-2:pro"


# Names from a configuration -------------------------------------------------------------------------------------------


def test_toolsets_of_a_configuration_are_those_that_are_known() -> None:
    """What comes out is what went in, as a list."""
    known = get_args(AgentToolset)
    assert toolsets(known) == list(known)
    assert toolsets([]) == []


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["image", "imgae"], "names[1] is not a known toolset: 'imgae'."),
        ("image", "names must be a list, not str."),
        ([7], "names[0] must be a non-empty string, not int."),
        (None, "names must be a list, not NoneType."),
    ],
)
def test_an_unknown_toolset_is_named(names: Any, words: str) -> None:
    """With those that are known."""
    with pytest.raises(InputError) as caught:
        toolsets(names)
    assert caught.value.message == words
    if "known" in words:
        assert caught.value.suggestion == ("pass some of core, image, image-gen, world-gen, viz, document, video, web.")


def test_options_are_fields_of_pydantic_models() -> None:
    """On every Python: pydantic takes no `typing.TypedDict` before 3.12."""
    model = pydantic.create_model("Settings", options=(AgentOptions, ...), metadata=(AgentMetadata, ...))
    made: Any = model.model_validate({"options": {"toolsets": ["web"], "preview": True}, "metadata": {}})
    assert (made.options, made.metadata) == ({"toolsets": ["web"], "preview": True}, {})


# The models by themselves ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", AgentModel)
def test_a_model_is_its_name(model: AgentModel) -> None:
    """However it is turned into text, and back."""
    name = model.value
    assert name.startswith("vlmrun-orion-")
    assert (str(model), f"{model}", f"{model:>30}", f"{model!s}", "%s" % model, "".join([model])) == (  # noqa: UP031  # each way
        name,
        name,
        f"{name:>30}",
        name,
        name,
        name,
    )
    assert json.dumps({"model": model}) == json.dumps({"model": name})
    assert TypeAdapter(AgentModel).dump_json(model) == json.dumps(name).encode()
    assert AgentModel(name) is model
    assert model == name


def test_the_models_are_those_that_are_known() -> None:
    """API.md §9 names these."""
    first = {f"vlmrun-orion-1{kind}" for kind in ("", ":lite", ":fast", ":auto", ":pro")}
    second = {f"vlmrun-orion-2{kind}" for kind in ("", ":fast", ":auto", ":pro")}
    assert {model.value for model in AgentModel} == first | second
    for model in AgentModel:
        assert model.value == f"vlmrun-{model.name.lower().replace('_', '-', 1).replace('_', ':')}"
