"""What the routes of predictions do. Answers are computed at once: what cannot be answered is refused immediately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vlmrun.local._answers.answers import Findings, answer_schema, as_object, in_words
from vlmrun.local._answers.evidence import with_evidence
from vlmrun.local._answers.json_schema import Schema
from vlmrun.local._answers.usage import credit_usage
from vlmrun.local._catalogue.asked import SCHEMA_LOC, asked_schema
from vlmrun.local._catalogue.domains import Domain, known_domain
from vlmrun.local._inputs.contents import Opener
from vlmrun.local._inputs.skills import open_skills
from vlmrun.local._media.facts import KnownSkill, PDFFact, TextFact
from vlmrun.local._media.pdf import finder
from vlmrun.local._predictions.bodies import BODIES, Material, selected
from vlmrun.local._predictions.received import Received, agent_config, called_agent, receive
from vlmrun.local._requests.generation import GenerationConfig
from vlmrun.local._requests.predictions import (
    FileExecution,
    FileGeneration,
    FileSource,
    ImageExecution,
    ImageGeneration,
    ImageSource,
)
from vlmrun.local._requests.training import TunedGeneration
from vlmrun.local._script.answer import Answer
from vlmrun.local._store.records import Prediction
from vlmrun.local._store.store import Store
from vlmrun.local._wire.json_values import json_object

__all__ = ["execute", "generate", "generate_tuned", "infer_schema"]


def generate(store: Store, request: ImageGeneration | FileGeneration, kind: str, told: Answer | None) -> Prediction:
    """Extract what a domain, a schema or skills say.

    Args:
        store: Where files and predictions are kept.
        request: What was asked.
        kind: What a file should be: `file`, `audio` or `video`.
        told: What a test has told the server to answer.

    Returns:
        The prediction: pending if it is a batch job, else ended.

    Raises:
        RefusalError: 404, there is no such domain, or no file of an id; 422, something does not open, or a schema
            cannot be filled.
    """
    config = request.settings
    # What a test has told is an answer of any domain.
    domain = None if request.domain is None or told is not None else known_domain(request.domain)
    received = receive(store.files, request, config, kind)
    skills = open_skills(config.skills, ("body", "config", "skills"))
    answer = _answer(domain, config, received, skills) if told is None else told.json
    return _keep(store, request, received, _with_evidence(answer, config, received), request.domain, told)


def execute(store: Store, request: ImageExecution | FileExecution, kind: str, told: Answer | None) -> Prediction:
    """Extract what a named agent says; the arguments, the result and the errors are those of `generate`.

    Raises:
        RefusalError: Also 404, there is no such agent.
    """
    if told is not None:
        # Its agent need not exist.
        config = request.settings
        received = receive(store.files, request, config, kind)
        return _keep(store, request, received, _with_evidence(told.json, config, received), None, told)
    agent = called_agent(store, request)
    config = agent_config(agent, request)
    received = receive(store.files, request, config, kind)
    skills = open_skills(config.skills, ("body", "config", "skills")) or agent.skills
    answer = _with_evidence(_answer(None, config, received, skills), config, received)
    return _keep(store, request, received, answer, None, None)


def generate_tuned(store: Store, request: TunedGeneration, told: Answer | None) -> Prediction:
    """Extract what a schema says, with a fine-tuned model; the errors are those of `generate`."""
    opener, config = Opener(store.files), request.config
    found = [
        opener.source(url, None, kind, ("body", f"{kind}s", index)).fact
        for kind, urls in (("image", request.images), ("video", request.videos))
        for index, url in enumerate(urls or ())
    ]
    facts = [*([] if config.prompt is None else [TextFact(config.prompt)]), *found]
    answer = answer_schema(asked_schema({}, config), SCHEMA_LOC, facts) if told is None else told.json
    made = _with_told(Prediction(response=answer, usage=credit_usage(found), domain=None), told)
    return store.predictions.finish(store.predictions.add(made))


def infer_schema(
    store: Store, request: ImageSource | FileSource, kind: str, told: Answer | None, members: Schema
) -> Prediction:
    """Infer the schema of what arrived; the arguments, the result and the errors are those of `generate`.

    Without a model, the fields are the facts that are known of it, such as `width`. `members` are those of the response
    that a test has set.
    """
    received = receive(store.files, request, GenerationConfig(), kind)
    properties: dict[str, object] = {}
    for source in received.sources:
        known = {name: value for name, value in source.fact.fields().items() if name != "kind"}
        properties.update({name: {"type": _json_type(value)} for name, value in known.items()})
    schema: dict[str, object] = {"title": "Received", "type": "object", "properties": properties}
    group = "document" if kind == "file" else kind
    described = Domain(f"{group}.received", "Received", "What is known of what arrived.", (), schema)
    described_schema = described.as_schema(json_object(members.get("json_schema")) or schema)
    return _keep(store, request, received, {**described_schema, **members}, None, told)


def _json_type(value: object) -> str:
    # bool comes before int, which it is a kind of.
    names = {bool: "boolean", int: "integer", float: "number", str: "string"}
    return next((name for kind, name in names.items() if isinstance(value, kind)), "string")


def _answer(
    domain: Domain | None, config: GenerationConfig, received: Received, skills: Sequence[KnownSkill]
) -> object:
    findings = Findings(received.facts, skills)
    if domain is None and config.json_schema is None:
        return as_object(findings)
    schema = asked_schema({} if domain is None else domain.json_schema, config)
    body = BODIES.get(domain.id) if domain is not None and config.json_schema is None else None
    if body is None:
        return answer_schema(schema, SCHEMA_LOC, received.facts)
    return selected(body(Material(received.sources, received.pages, in_words(findings))), schema)


def _with_evidence(answer: object, config: GenerationConfig, received: Received) -> object:
    confidence, grounding = config.confidence is True, config.grounding is True
    source = received.sources[0]
    if not grounding or source.content is None or not isinstance(source.fact, PDFFact):
        return with_evidence(answer, confidence=confidence, grounding=grounding, find=lambda _: [])
    with finder(source.content.read(), received.pages) as find:
        return with_evidence(answer, confidence=confidence, grounding=grounding, find=find)


def _keep(
    store: Store,
    request: ImageSource | FileSource,
    received: Received,
    answer: object,
    domain: str | None,
    told: Answer | None,
) -> Prediction:
    prediction = _with_told(Prediction(response=answer, usage=received.usage, domain=domain), told)
    store.predictions.add(prediction)
    return prediction if request.batch else store.predictions.finish(prediction)


def _with_told(prediction: Prediction, told: Answer | None) -> Prediction:
    if told is None:
        return prediction
    return replace(prediction, usage={**prediction.usage, **told.usage}, outcome=told.outcome, failure=told.error)
