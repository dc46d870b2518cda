"""The public import paths of clients, resources, models and errors. The modules here re-export them.

`from vlmrun.client import VLMRun, AsyncVLMRun` is the import path of the official SDK.

May import: _arguments, _http, _inputs, _resources.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vlmrun.client.client import AsyncVLMRun, VLMRun

__all__ = ["AsyncVLMRun", "VLMRun"]

# On first use, as in `vlmrun`: an error, and a program with one of the clients, does without the rest.
_LAZY_MODULES = ("client", "exceptions")

if not TYPE_CHECKING:  # a type checker would accept any name

    def __getattr__(name: str) -> object:
        if name in _LAZY_MODULES:
            return __import__(f"vlmrun.client.{name}", fromlist=[name])  # this sets the attribute of this module
        if name in __all__:
            value = globals()[name] = getattr(__import__("vlmrun"), name)  # which knows where they are
            return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__, *_LAZY_MODULES} - {"TYPE_CHECKING", "_LAZY_MODULES"})
