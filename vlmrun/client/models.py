"""Models: which of them serve which domains."""

from vlmrun._resources._async.models import AsyncModels
from vlmrun._resources._sync.models import Models

__all__ = ["AsyncModels", "Models"]
