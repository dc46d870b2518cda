from vlmrun.client.client import AsyncVLMRun, VLMRun

__all__ = ["AsyncVLMRun", "VLMRun"]
