"""What a base URL may be, and how other URLs are made from it."""

from vlmrun._arguments.urls import (
    InvalidURLError,
    is_in_the_clear,
    is_unicode,
    join,
    normalize_base_url,
    openai_base_url,
)

__all__ = ["InvalidURLError", "is_in_the_clear", "is_unicode", "join", "normalize_base_url", "openai_base_url"]
