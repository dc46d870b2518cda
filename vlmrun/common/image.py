"""Images as `data:` URLs. `vlmrun.content` makes message parts of more sources."""

from vlmrun._compat.image import encode_frame, encode_image, encode_video

__all__ = ["encode_frame", "encode_image", "encode_video"]


def __dir__() -> list[str]:
    return __all__  # and not what is imported here
