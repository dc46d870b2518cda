"""What the gateway and System One are asked."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias, cast

from pydantic import ConfigDict, Field

from vlmrun.local._requests.parts import JSONObject, WireModel

__all__ = [
    "ChoiceQuestion",
    "DecideMessage",
    "DecisionRequest",
    "EmbeddingRequest",
    "NoulQuestion",
    "Question",
    "Questions",
    "SessionRequest",
    "TranscriptionRequest",
    "with_file_parts",
]


class EmbeddingRequest(WireModel):
    """`POST /gateway/v1/openai/embeddings`."""

    model: Annotated[str, Field(min_length=1)]
    input: str | Annotated[list[str | list[JSONObject]], Field(min_length=1)]
    dimensions: Annotated[int, Field(ge=1, le=4096)] = 8
    encoding_format: Literal["float", "base64"] = "float"

    @property
    def inputs(self) -> list[str | list[JSONObject]]:
        """What gets a vector each."""
        return [self.input] if isinstance(self.input, str) else self.input


class TranscriptionRequest(WireModel):
    """`POST /gateway/v1/openai/audio/transcriptions`: the fields of the form, without the file."""

    model: Annotated[str, Field(min_length=1)]
    url: str | None = None
    language: str | None = None
    prompt: str | None = None
    response_format: str = "json"


class _Strict(WireModel):
    """Fields that are not named are refused, as System One does."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


class NoulQuestion(_Strict):
    """A yes-or-no question."""

    type: Literal["noul"]
    instructions: str | None = None
    criteria: dict[Literal["true", "false"], str] | None = None


class ChoiceQuestion(_Strict):
    """A question with labels."""

    type: Literal["choice"]
    instructions: str | None = None
    criteria: Annotated[dict[str, str | None], Field(min_length=2, max_length=128)]


class ScoreQuestion(_Strict):
    """A question with levels."""

    type: Literal["score"]
    instructions: str | None = None
    criteria: Annotated[list[str], Field(min_length=2, max_length=10)]


Question: TypeAlias = Annotated[NoulQuestion | ChoiceQuestion | ScoreQuestion, Field(discriminator="type")]
Questions: TypeAlias = Annotated[dict[str, Question], Field(min_length=1, max_length=16)]
"""The questions of a decision, by their names."""
Content: TypeAlias = Annotated[list[JSONObject], Field(max_length=9)]


class DecisionRequest(_Strict):
    """`POST /gateway/typesafe/v1/systemone`."""

    state: object
    model: Annotated[str, Field(min_length=1)]
    questions: Questions
    content: Content | None = None
    reasoning_effort: str | None = None
    steps: Annotated[int, Field(ge=1, le=8)] | None = None
    samples: Annotated[int, Field(ge=1, le=32)] | None = None


class SessionRequest(_Strict):
    """The first message of a session: `session.create`."""

    type: Literal["session.create"]
    model: Annotated[str, Field(min_length=1)]
    questions: Questions
    max_inflight: Annotated[int, Field(ge=1, le=8)] = 2


class DecideMessage(_Strict):
    """A message that asks for a decision."""

    type: Literal["decide"]
    id: str
    content: Content | None = None


def with_file_parts(body: object) -> object:
    """The body of a chat, whose `document_url` parts, which only the gateway takes, are `file_url` parts."""
    if isinstance(body, list):
        return [with_file_parts(item) for item in cast("list[object]", body)]
    if not isinstance(body, dict):
        return body
    members = cast("JSONObject", body)
    if members.get("type") == "document_url":
        return {"type": "file_url", "file_url": members.get("document_url")}
    return {
        name: with_file_parts(value) if name in ("messages", "content") else value for name, value in members.items()
    }
