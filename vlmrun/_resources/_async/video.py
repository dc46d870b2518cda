"""Videos: what VLM Run extracts from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlmrun._lifetimes.names import later
from vlmrun._resources._async.media_resource import AsyncMediaResource

if TYPE_CHECKING:
    from vlmrun._resources._raw_async.video import AsyncVideoWithRawResponse
else:
    AsyncVideoWithRawResponse = later("vlmrun._resources._raw_async.video", "AsyncVideoWithRawResponse")

__all__ = ["AsyncVideo"]


class AsyncVideo(AsyncMediaResource):
    """Predictions from videos: `AsyncVLMRun().video`."""

    __route__ = "video"

    @property
    def with_raw_response(self) -> AsyncVideoWithRawResponse:
        """The same methods, returning the HTTP response with the result: `.headers`, `.request_id`, `.parse()`."""
        from vlmrun._resources._raw_async.video import AsyncVideoWithRawResponse

        return AsyncVideoWithRawResponse(self)
