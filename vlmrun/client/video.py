"""Videos: what VLM Run extracts from them."""

from vlmrun._resources._async.video import AsyncVideo
from vlmrun._resources._sync.video import Video

__all__ = ["AsyncVideo", "Video"]
