"""The hub: the catalogue of domains, with their schemas."""

from vlmrun._resources._async.hub import AsyncHub
from vlmrun._resources._sync.hub import Hub

__all__ = ["AsyncHub", "Hub"]
