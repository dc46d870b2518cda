"""Predictions: what VLM Run has extracted from an image, a document, audio or a video."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeAlias

from pydantic import Field, GetPydanticSchema, JsonValue, PrivateAttr, TypeAdapter
from pydantic_core import core_schema, to_jsonable_python
from typing_extensions import TypeVar

from vlmrun.client.types._base import TIMESTAMP, CreditUsage, JobStatus, WireModel, markdown_of
from vlmrun.client.types._grounding import PredictionField, field_of

__all__ = ["Domain", "PredictionResponse", "answer_of", "read_prediction", "read_predictions", "with_response"]

Domain: TypeAlias = (
    Literal[
        "aerospace.remote-sensing",
        "audio.transcription",
        "construction.blueprint",
        "document.bank-statement",
        "document.invoice",
        "document.layout-detection",
        "document.markdown",
        "document.q-and-a",
        "document.receipt",
        "document.resume",
        "document.us-drivers-license",
        "document.utility-bill",
        "healthcare.claims-processing",
        "healthcare.patient-identification",
        "healthcare.patient-medical-history",
        "healthcare.patient-referral",
        "healthcare.physician-order",
        "image.caption",
        "image.object-detection",
        "image.person-detection",
        "retail.product-catalog",
        "video.conferencing-summary",
        "video.dashcam-analytics",
        "video.podcast-summary",
        "video.product-demo-summary",
        "video.summary",
        "video.transcription",
        "video.transcription-summary",
    ]
    | str
)
"""A domain: the kind of input, and so the schema of its answer. Open: `client.domains.list()` has them all."""

R = TypeVar("R")
T_co = TypeVar("T_co", covariant=True, default=JsonValue)


def _any(source: Any, handler: Callable[[Any], core_schema.CoreSchema]) -> core_schema.CoreSchema:
    """What is validated as its type says, and serialised as what it is."""
    # A function that returns its argument: pydantic before 2.9 has no serializer for `any`.
    as_is = core_schema.plain_serializer_function_ser_schema(_same)
    return core_schema.chain_schema([handler(source)], serialization=as_is)


def _same(value: object) -> object:
    return value


def _nothing() -> Any:  # `Any`: where a prediction has no response yet, its type says so
    return None


class PredictionResponse(WireModel, Generic[T_co]):
    """A prediction. Its parameter is the type of `response`, JSON by default: `PredictionResponse[Invoice]`."""

    id: str
    """The prediction's id, which `client.predictions.wait` takes."""
    created_at: Annotated[datetime, TIMESTAMP] | None = None
    """When the prediction was submitted."""
    completed_at: Annotated[datetime, TIMESTAMP] | None = None
    """When the prediction ended; `None` while it is running."""
    response: Annotated[T_co, GetPydanticSchema(_any)] = Field(default_factory=_nothing)
    """The answer, once `status` is `completed`."""
    status: JobStatus = "pending"
    """The current status."""
    usage: CreditUsage | None = None
    """The usage so far."""
    domain: str | None = None
    """The domain of the request."""
    message: str | None = None
    """The server's message about the prediction, such as why it failed."""
    _answer: JsonValue = PrivateAttr(default=None)

    def field(self, path: str) -> PredictionField:
        """A field of the answer, with how sure the server is of it, and where in the input it was read.

        Ask for both with `config=GenerationConfig(confidence=True, grounding=True)`.

        Args:
            path: The name of the field, with dots for what lies within: `total`, `items.0.price`.

        Raises:
            InputError: The answer has no such field.
        """
        return field_of(answer_of(self), path)

    def _repr_markdown_(self) -> str:
        """The answer, in a notebook; while there is none, the prediction."""
        return markdown_of(self.response, self)


def answer_of(prediction: PredictionResponse[object]) -> JsonValue:
    """The answer as the server sent it, as far as that is known."""
    sent = prediction._answer  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # of its own class
    return to_jsonable_python(prediction.response) if sent is None else sent


def with_response(prediction: PredictionResponse, response: R) -> PredictionResponse[R]:
    """The same prediction with its answer read into a model; `field` still looks at what the server sent."""
    # At run time the parameter says nothing, and a class of its own for each model could not be pickled.
    made: PredictionResponse[R] = PredictionResponse.model_construct(  # pyright: ignore[reportAssignmentType]
        prediction.model_fields_set, **{**dict(prediction), "response": response}
    )
    made._answer = prediction.response  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # of its own class
    return made


def read_prediction(body: bytes) -> PredictionResponse:
    """Parse a prediction in JSON."""
    return PredictionResponse.model_validate_json(body)


read_predictions = TypeAdapter(list[PredictionResponse]).validate_json
"""Parses a JSON list of predictions."""
