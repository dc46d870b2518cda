"""Files: what is too large for a request, or is used in more than one, is uploaded once."""

from vlmrun._inputs.uploads import DEFAULT_EXPIRATION, MAX_DIRECT_BYTES, UploadMethod, UploadSource
from vlmrun._resources._async.files import AsyncFiles
from vlmrun._resources._sync.files import Files

__all__ = ["DEFAULT_EXPIRATION", "MAX_DIRECT_BYTES", "AsyncFiles", "Files", "UploadMethod", "UploadSource"]
