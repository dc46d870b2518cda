"""Answering a chat."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from vlmrun.local._answers.answers import Findings, answer_schema, as_object, in_words
from vlmrun.local._answers.usage import elements, prompt_words
from vlmrun.local._inputs.contents import Opener
from vlmrun.local._inputs.skills import open_skills
from vlmrun.local._media.facts import Fact
from vlmrun.local._requests.bodies import ChatRequest, ObjectFormat, SchemaFormat
from vlmrun.local._store.store import Store

__all__ = ["Completion", "complete"]

# A word and the white space around it: the pieces of a text join to the text.
_PIECE = re.compile(r"\s*\S+\s*|\s+")


@dataclass(frozen=True)
class Completion:
    """An answer before it has a form on the wire."""

    id: str
    """Its id."""
    created: int
    """When it was made, in seconds since 1970."""
    model: str
    """The model that was asked for."""
    session_id: str
    """The session, the client's own or a new one."""
    pieces: tuple[str, ...]
    """The content, split on words."""
    finish_reason: str
    """`stop`, or `length` where the limit cut it."""
    choices: int
    """How many times it is given."""
    usage: dict[str, object]
    """The usage on the wire."""


def complete(store: Store, request: ChatRequest) -> Completion:
    """Answer a chat.

    Args:
        store: Where files and sessions are kept.
        request: What was asked.

    Returns:
        The completion.

    Raises:
        RefusalError: 422, something does not open, or the schema cannot be filled; 404, there is no file of an id.
    """
    facts = Opener(store.files).messages(request.messages)
    skills = open_skills(request.skills, ("body", "skills"))
    structured = _structured(request, facts)
    # Last of all, since a chat that is refused leaves its session as it was. The answer is a message too.
    turn = store.take_turn(request.session_id, len(request.messages) + 1, facts)
    content = structured or _free(request, Findings(facts, skills, turn.remembered, turn.artifacts))
    pieces: list[str] = _PIECE.findall(content)
    kept = tuple(pieces[: request.limit])
    choices = request.n or 1
    prompt, completion = prompt_words(facts), len(kept) * choices
    return Completion(
        id=f"chatcmpl-{uuid.uuid4().hex}",
        created=int(time.time()),
        model=request.model,
        session_id=turn.session_id,
        pieces=kept,
        finish_reason="stop" if len(kept) == len(pieces) else "length",
        choices=choices,
        usage={
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "credits_used": sum(elements(facts).values()),
        },
    )


def _structured(request: ChatRequest, facts: Sequence[Fact]) -> str | None:
    """The answer where a schema says how it looks."""
    if not isinstance(request.response_format, SchemaFormat):
        return None
    loc, schema = request.response_format.asked
    return json.dumps(answer_schema(schema, loc, facts), ensure_ascii=False)


def _free(request: ChatRequest, findings: Findings) -> str:
    """The answer where none does."""
    if isinstance(request.response_format, ObjectFormat):
        return json.dumps(as_object(findings), ensure_ascii=False)
    return in_words(findings)
