"""Names of types that load when a program asks what an annotation means.

Annotations are read at run time by `typing.get_type_hints`, and so by pydantic, FastAPI and agent frameworks. Importing
every type that an annotation names would make this package slow to import, and openai a requirement.
"""

from __future__ import annotations

from typing import Annotated, Any, ForwardRef

__all__ = ["later", "loaded"]


def later(module: str, name: str) -> object:
    """A placeholder for a type in an annotation; `typing.get_type_hints` evaluates it by importing the module.

    In `Annotated`, because Python 3.10 cannot combine a bare forward reference with other types by `|`.
    """
    reference = ForwardRef(f"__import__({__name__!r}, fromlist=['loaded']).loaded({module!r}, {name!r})")
    return Annotated[reference, "imported when it is evaluated"]


def loaded(module: str, name: str) -> object:
    """The type itself; `Any` for one of an optional package that is missing, as it is to type checkers."""
    from importlib import import_module

    try:
        return getattr(import_module(module), name)
    except ImportError:
        if module.startswith("vlmrun."):
            raise
        return Any
