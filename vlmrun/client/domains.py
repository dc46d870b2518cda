"""Domains: kinds of input, each with a schema of its answers."""

from vlmrun._resources._async.domains import AsyncDomains
from vlmrun._resources._sync.domains import Domains

__all__ = ["AsyncDomains", "Domains"]
