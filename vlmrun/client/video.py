"""Videos: what VLM Run extracts from them."""

from vlmrun._resources._async.media import AsyncVideo
from vlmrun._resources._sync.media import Video

__all__ = ["AsyncVideo", "Video"]
