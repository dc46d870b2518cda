"""Audio: what VLM Run extracts from it."""

from vlmrun._resources._async.media import AsyncAudio
from vlmrun._resources._sync.media import Audio

__all__ = ["AsyncAudio", "Audio"]
