"""Images: what VLM Run extracts from them."""

from vlmrun._resources._async.image import AsyncImage
from vlmrun._resources._sync.image import Image

__all__ = ["AsyncImage", "Image"]
