from vlmrun._version import __version__
from vlmrun.client import AsyncVLMRun, VLMRun

__all__ = ["AsyncVLMRun", "VLMRun", "__version__"]
