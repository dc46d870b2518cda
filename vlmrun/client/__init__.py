"""The clients and what they are made of; `vlmrun/__init__.py` has the map.

`from vlmrun.client import VLMRun, AsyncVLMRun` is the import path that the official SDK has taught.
"""

from __future__ import annotations

from vlmrun.client.client import AsyncVLMRun, VLMRun

__all__ = ["AsyncVLMRun", "VLMRun"]
