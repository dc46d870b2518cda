"""Paths that the official SDK has taught.

May import: client.exceptions, _drawing, _resources.
"""

from vlmrun.common import viz, webhook

__all__ = ["viz", "webhook"]


def __dir__() -> list[str]:
    return __all__  # and not what is imported here
