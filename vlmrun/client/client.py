"""The clients."""

from vlmrun._resources._async.client import AsyncVLMRun
from vlmrun._resources._sync.client import VLMRun

__all__ = ["AsyncVLMRun", "VLMRun"]
