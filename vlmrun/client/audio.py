"""Audio: what VLM Run extracts from it."""

from vlmrun._resources._async.audio import AsyncAudio
from vlmrun._resources._sync.audio import Audio

__all__ = ["AsyncAudio", "Audio"]
