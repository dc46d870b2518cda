"""Base URLs: validation, normal form, and the URLs derived from them."""

from vlmrun._arguments.urls import (
    InvalidURLError,
    is_in_the_clear,
    is_unicode,
    join,
    normalize_base_url,
    openai_base_url,
)

__all__ = ["InvalidURLError", "is_in_the_clear", "is_unicode", "join", "normalize_base_url", "openai_base_url"]
