"""Predictions: what VLM Run has extracted from an image, a document, audio or a video."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlmrun._lifetimes.names import later
from vlmrun._resources._async.prediction_resource import AsyncPredictionResource

if TYPE_CHECKING:
    from vlmrun._resources._raw_async.predictions import AsyncPredictionsWithRawResponse
else:
    AsyncPredictionsWithRawResponse = later(
        "vlmrun._resources._raw_async.predictions", "AsyncPredictionsWithRawResponse"
    )

__all__ = ["AsyncPredictions"]


class AsyncPredictions(AsyncPredictionResource):
    """The predictions of an account: `AsyncVLMRun().predictions`. `client.document.generate` makes one."""

    @property
    def with_raw_response(self) -> AsyncPredictionsWithRawResponse:
        """The same methods, returning the HTTP response with the result: `.headers`, `.request_id`, `.parse()`."""
        from vlmrun._resources._raw_async.predictions import AsyncPredictionsWithRawResponse

        return AsyncPredictionsWithRawResponse(self)
