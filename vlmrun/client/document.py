"""Documents: what VLM Run extracts from them."""

from vlmrun._resources._async.document import AsyncDocument
from vlmrun._resources._sync.document import Document

__all__ = ["AsyncDocument", "Document"]
