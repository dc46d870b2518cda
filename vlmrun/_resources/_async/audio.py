"""Audio: what VLM Run extracts from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlmrun._lifetimes.names import later
from vlmrun._resources._async.media_resource import AsyncMediaResource

if TYPE_CHECKING:
    from vlmrun._resources._raw_async.audio import AsyncAudioWithRawResponse
else:
    AsyncAudioWithRawResponse = later("vlmrun._resources._raw_async.audio", "AsyncAudioWithRawResponse")

__all__ = ["AsyncAudio"]


class AsyncAudio(AsyncMediaResource):
    """Predictions from audio: `AsyncVLMRun().audio`."""

    __route__ = "audio"

    @property
    def with_raw_response(self) -> AsyncAudioWithRawResponse:
        """The same methods, returning the HTTP response with the result: `.headers`, `.request_id`, `.parse()`."""
        from vlmrun._resources._raw_async.audio import AsyncAudioWithRawResponse

        return AsyncAudioWithRawResponse(self)
