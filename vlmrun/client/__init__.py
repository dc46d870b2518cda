"""The public paths of clients, resources, models and errors: modules here hand on what lies elsewhere.

`from vlmrun.client import VLMRun, AsyncVLMRun` is the import path that the official SDK has taught.

May import: _arguments, _http, _inputs, _resources.
"""

from vlmrun.client.client import AsyncVLMRun, VLMRun

__all__ = ["AsyncVLMRun", "VLMRun"]
