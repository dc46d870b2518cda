"""The public import paths of clients, resources, models and errors. The modules here re-export them.

`from vlmrun.client import VLMRun, AsyncVLMRun` is the import path of the official SDK.

May import: _arguments, _http, _inputs, _resources.
"""

from vlmrun.client.client import AsyncVLMRun, VLMRun

__all__ = ["AsyncVLMRun", "VLMRun"]
