"""The base of every model, and the types that several resources share.

Enumerations are open: the literals are the known values, for people and editors; any other `str` is accepted, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, GetPydanticSchema, JsonValue, PydanticUserError, model_validator
from pydantic_core import core_schema, to_jsonable_python
from typing_extensions import Self

from vlmrun._inputs.options import Environment

__all__ = [
    "TIMESTAMP",
    "AnswerConfig",
    "CreditUsage",
    "JobStatus",
    "RequestMetadata",
    "ServiceTier",
    "WireModel",
    "markdown_of",
]

JobStatus: TypeAlias = Literal["enqueued", "pending", "running", "completed", "failed", "paused", "cancelled"] | str
"""The status of a job. `completed`, `failed` and `cancelled` are final."""
ServiceTier: TypeAlias = Literal["auto", "default", "standard", "flex", "priority"] | str
"""The priority, and the price, at which a job runs. Open: other values are accepted."""
TIMESTAMP = GetPydanticSchema(lambda _source, _handler: core_schema.datetime_schema())
"""Says with each `datetime` of a model what pydantic has to read.

freezegun and similar tools replace `datetime` by another class: models imported meanwhile would ask pydantic for a
schema of that class, and never work again.
"""


class WireModel(BaseModel):
    """The base of every model: keeps unknown fields, and builds its validator on first use."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", defer_build=True, protected_namespaces=())

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        # Of unknown fields only what cannot be a secret: a text may be a URL that lets anybody in.
        # One that was never made, as a debugger may show, has none.
        unknown: dict[str, object] = getattr(self, "__pydantic_extra__", None) or {}
        for name, value in super().__repr_args__():
            is_shown = name not in unknown or value is None or isinstance(value, (bool, int, float))
            yield name, _in_short(value) if is_shown else _HIDDEN


class _Text:
    """What a `repr` shows in place of a value."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


_HIDDEN = _Text("...")
_LONGEST_VALUE = 300  # characters: some lines of a terminal


def _in_short(value: object) -> object:
    """A value, or the beginning of its `repr` if that is long, as that of a document is."""
    text = repr(value)
    return value if len(text) <= _LONGEST_VALUE else _Text(f"{text[:_LONGEST_VALUE]}... ({len(text):,} characters)")


def markdown_of(answer: object, otherwise: object) -> str:
    """An answer in a notebook: text as Markdown, a document as itself, anything else as JSON."""
    if answer is None:
        return f"```\n{otherwise!r}\n```"
    if isinstance(answer, str):
        return answer
    own = getattr(answer, "_repr_markdown_", None)
    if callable(own):
        return str(own())
    return f"```json\n{json.dumps(to_jsonable_python(answer), indent=2, ensure_ascii=False)}\n```"


class AnswerConfig(WireModel):
    """A configuration that may contain the JSON schema of the answer."""

    json_schema: dict[str, JsonValue] | None = None
    """The JSON schema that answers must match."""
    response_model: type[BaseModel] | None = Field(default=None, exclude=True)
    """A pydantic model instead of `json_schema`, which is derived from it. It is not sent."""

    @model_validator(mode="after")
    def _schema_of_response_model(self) -> Self:
        if self.response_model is not None:
            if self.json_schema is not None:
                raise ValueError("json_schema and response_model say the same thing: set one of them")
            if self.response_model is BaseModel:
                raise ValueError("response_model must have fields: pass a model of your own")
            try:
                self.json_schema = self.response_model.model_json_schema()
            except PydanticUserError:
                raise
            except Exception as error:  # models have code of their own, and pydantic's recursion has an end
                raise PydanticUserError(f"response_model has no JSON schema: {error}", code=None) from error
        return self


class CreditUsage(WireModel):
    """The usage of a job: what it processed and what it cost."""

    elements_processed: int | None = None
    """The number of elements processed."""
    element_type: Literal["image", "page", "video", "audio"] | str | None = None
    """The type of the elements: `image`, `page`, `video` or `audio`."""
    credits_used: float | None = None
    """The credits used; 100 credits are 1 US dollar. May be a fraction."""
    steps: int | None = None
    """The number of steps that the agent took."""
    message: str | None = None
    """The server's message about the usage."""
    duration_seconds: float | None = None
    """The processed duration of video or audio, in seconds."""
    prompt_tokens: int | float | None = None  # as a server may estimate them
    """Tokens of the prompt; of chats only."""
    completion_tokens: int | float | None = None  # as a server may estimate them
    """Tokens of the answer; of chats only."""
    total_tokens: int | float | None = None  # as a server may estimate them
    """Tokens of both; of chats only."""


class RequestMetadata(WireModel):
    """Metadata stored with a request.

    Only fields that are set are sent; the server's defaults apply to the others.
    """

    environment: Environment | None = None
    """`dev`, `staging` or `prod`."""
    session_id: str | None = None
    """Your own id for a group of requests."""
    allow_training: bool | None = None
    """Whether VLM Run may train on the request."""
