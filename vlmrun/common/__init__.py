"""Paths that the official SDK has taught.

May import: client.exceptions, _resources.
"""

from vlmrun.common import webhook

__all__ = ["webhook"]


def __dir__() -> list[str]:
    return __all__  # and not what is imported here
