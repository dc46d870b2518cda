"""Documents: what VLM Run extracts from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlmrun._lifetimes.names import later
from vlmrun._resources._async.media_resource import AsyncMediaResource

if TYPE_CHECKING:
    from vlmrun._resources._raw_async.document import AsyncDocumentWithRawResponse
else:
    AsyncDocumentWithRawResponse = later("vlmrun._resources._raw_async.document", "AsyncDocumentWithRawResponse")

__all__ = ["AsyncDocument"]


class AsyncDocument(AsyncMediaResource):
    """Predictions from documents: `AsyncVLMRun().document`."""

    __route__ = "document"

    @property
    def with_raw_response(self) -> AsyncDocumentWithRawResponse:
        """The same methods, returning the HTTP response with the result: `.headers`, `.request_id`, `.parse()`."""
        from vlmrun._resources._raw_async.document import AsyncDocumentWithRawResponse

        return AsyncDocumentWithRawResponse(self)
