"""Names of types that load when a program asks what an annotation means.

Annotations are read at run time by `typing.get_type_hints`, and so by pydantic, FastAPI and agent frameworks. Importing
every type that an annotation names would make this package slow to import, and openai a requirement.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any, ForwardRef, Union

__all__ = ["later", "loaded"]


class _Text(str):
    """A type as text, which Python compiles and evaluates when somebody asks for the annotation."""

    __slots__ = ()

    def __or__(self, other: Any) -> object:
        return Union[self, other]  # noqa: UP007  # this is what `|` means here

    def __ror__(self, other: Any) -> object:
        return Union[other, self]  # noqa: UP007  # as above


def later(module: str, name: str) -> object:
    """A placeholder for a type in an annotation; `typing.get_type_hints` evaluates it by importing the module."""
    text = f"__import__({__name__!r}, fromlist=['loaded']).loaded({module!r}, {name!r})"
    if sys.version_info < (3, 11):  # which does not evaluate a text in brackets, nor combines a reference by `|`
        return Annotated[ForwardRef(text), "imported when it is evaluated"]
    return _Text(text)


def loaded(module: str, name: str) -> object:
    """The type itself; `Any` for one of an optional package that is missing, as it is to type checkers."""
    from importlib import import_module

    try:
        return getattr(import_module(module), name)
    except ImportError:
        if module.startswith("vlmrun."):
            raise
        return Any
