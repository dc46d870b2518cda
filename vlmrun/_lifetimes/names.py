"""Names of types that load when a program asks what an annotation means.

Annotations are read at run time by `typing.get_type_hints`, and so by pydantic, FastAPI and agent frameworks. Importing
every type that an annotation names would make this package slow to import, and openai a requirement.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any, ForwardRef

__all__ = ["later", "loaded"]


def later(module: str, name: str) -> object:
    """A placeholder for a type in an annotation; `typing.get_type_hints` evaluates it by importing the module."""
    # Python compiles the text here, each time, so it is a short one, which is evaluated in this module.
    reference = ForwardRef(f"loaded({module!r}, {name!r})", module=__name__)
    if sys.version_info < (3, 11):  # which cannot combine a bare reference with other types by `|`
        return Annotated[reference, "imported when it is evaluated"]
    return reference


def loaded(module: str, name: str) -> object:
    """The type itself; `Any` for one of an optional package that is missing, as it is to type checkers."""
    from importlib import import_module

    try:
        return getattr(import_module(module), name)
    except ImportError:
        if module.startswith("vlmrun."):
            raise
        return Any
