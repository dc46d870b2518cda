"""Paths that the official SDK has taught.

May import: client.exceptions, _compat, _drawing.
"""

from vlmrun.common import image, pdf, utils, viz, webhook

__all__ = ["image", "pdf", "utils", "viz", "webhook"]


def __dir__() -> list[str]:
    return __all__  # and not what is imported here
