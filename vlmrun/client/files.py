"""Files: uploaded once, used in any number of requests."""

from vlmrun._inputs.uploads import DEFAULT_EXPIRATION, MAX_DIRECT_BYTES, UploadMethod
from vlmrun._resources._async.files import AsyncFiles
from vlmrun._resources._sync.files import Files

__all__ = ["DEFAULT_EXPIRATION", "MAX_DIRECT_BYTES", "AsyncFiles", "Files", "UploadMethod"]
