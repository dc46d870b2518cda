"""Paths that the official SDK has taught.

May import: client.exceptions, _resources.
"""

__all__: list[str] = []
