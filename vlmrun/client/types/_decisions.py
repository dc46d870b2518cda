"""System One: typed answers with their probabilities, and the models that give them."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import AliasChoices, Field, JsonValue

from vlmrun.client.types._base import WireModel

__all__ = [
    "ChoiceAnswer",
    "NoulAnswer",
    "ScoreAnswer",
    "SystemOneModel",
    "SystemOneResponse",
    "SystemOneUsage",
    "read_decision",
    "read_decision_models",
]

A = TypeVar("A", bound=WireModel)


class NoulAnswer(WireModel):
    """The answer to a yes-or-no question."""

    type: Literal["noul"] = "noul"
    """`noul`."""
    noul: float
    """The probability of yes, from 0 to 1."""


class ChoiceAnswer(WireModel):
    """The answer to a question with labels."""

    type: Literal["choice"] = "choice"
    """`choice`."""
    choice: str
    """The label that was chosen."""
    probabilities: dict[str, float] | None = None
    """The probability of each label."""
    confidence: float | None = None
    """How sure the model is, from 0 to 1."""


class ScoreAnswer(WireModel):
    """The answer to a question with levels."""

    type: Literal["score"] = "score"
    """`score`."""
    score: float
    """The position on the scale; level 0 is the lowest."""
    legend: dict[int, JsonValue] | None = None
    """The words of each level."""
    probabilities: dict[int, float] | None = None
    """The probability of each level."""
    confidence: float | None = None
    """How sure the model is, from 0 to 1."""


class SystemOneUsage(WireModel):
    """The usage of a decision."""

    input_tokens: int | None = None
    """Tokens that the model has read."""
    output_tokens: int | None = None
    """Tokens that the model has written."""
    reads: int | None = None
    """How many times the model has read the input."""
    cost: float | None = None
    """The price in US dollars."""


class SystemOneResponse(WireModel):
    """A decision: the answers to all questions."""

    model: str | None = None
    """The model that has decided."""
    answers: dict[str, Annotated[NoulAnswer | ChoiceAnswer | ScoreAnswer, Field(discriminator="type")]]
    """The answers by the names of the questions."""
    usage: SystemOneUsage | None = None
    """The usage."""
    latency_ms: float | None = None
    """How long the server has taken, in milliseconds; of a stream only."""

    @property
    def nouls(self) -> dict[str, NoulAnswer]:
        """The answers to yes-or-no questions."""
        return self._of(NoulAnswer)

    @property
    def choices(self) -> dict[str, ChoiceAnswer]:
        """The answers to questions with labels."""
        return self._of(ChoiceAnswer)

    @property
    def scores(self) -> dict[str, ScoreAnswer]:
        """The answers to questions with levels."""
        return self._of(ScoreAnswer)

    def _of(self, kind: type[A]) -> dict[str, A]:
        return {name: answer for name, answer in self.answers.items() if isinstance(answer, kind)}


class SystemOneModel(WireModel):
    """A model of System One."""

    name: str = Field(validation_alias=AliasChoices("name", "id"))
    """The name of the model in requests."""
    description: str | None = None
    """What the model is for."""
    release_date: str | None = None
    """When the model was published."""
    context_window: int | None = None
    """Maximum number of tokens that it reads."""


class _ModelList(WireModel):
    models: list[SystemOneModel] = Field(validation_alias=AliasChoices("models", "data"))


def read_decision(body: bytes) -> SystemOneResponse:
    """Parse a decision."""
    return SystemOneResponse.model_validate_json(body)


def read_decision_models(body: bytes) -> list[SystemOneModel]:
    """Parse the list of System One's models."""
    return _ModelList.model_validate_json(body).models
