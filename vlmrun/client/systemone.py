"""System One: typed decisions about text, JSON, images and PDFs."""

from vlmrun._resources._async.systemone import AsyncSystemOne
from vlmrun._resources._sync.systemone import SystemOne

__all__ = ["AsyncSystemOne", "SystemOne"]
