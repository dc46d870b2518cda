"""The official SDK's path for the references of `vlmrun.types`."""

from vlmrun.client.types._refs import ArrayRef, AudioRef, DocumentRef, ImageRef, ReconRef, UrlRef, VideoRef

__all__ = ["ArrayRef", "AudioRef", "DocumentRef", "ImageRef", "ReconRef", "UrlRef", "VideoRef"]


def __dir__() -> list[str]:
    return __all__  # and not what is imported here
