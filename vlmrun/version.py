"""The version of this package, where the official SDK has it; the same as `vlmrun.__version__`."""

from vlmrun._version import __version__

__all__ = ["__version__"]
