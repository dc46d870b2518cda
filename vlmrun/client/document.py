"""Documents: what VLM Run extracts from them."""

from vlmrun._resources._async.media import AsyncDocument
from vlmrun._resources._sync.media import Document

__all__ = ["AsyncDocument", "Document"]
