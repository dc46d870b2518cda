"""Downloads from URLs: bounded in size and in time, and from public addresses only, unless told otherwise."""

from vlmrun._compat.utils import download_artifact, download_image, remote_image

__all__ = ["download_artifact", "download_image", "remote_image"]


def __dir__() -> list[str]:
    return __all__  # and not what is imported here
