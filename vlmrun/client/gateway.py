"""The gateway: models of other makers for chats, embeddings and transcriptions."""

from vlmrun._resources._async.gateway import AsyncGateway
from vlmrun._resources._sync.gateway import Gateway

__all__ = ["AsyncGateway", "Gateway"]
