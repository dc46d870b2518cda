"""Names of types that load when a program asks what an annotation means.

Annotations are read at run time by `typing.get_type_hints`, and so by pydantic, FastAPI and agent frameworks. Importing
every type that an annotation names would make this package slow to import, and openai a requirement.
"""

from __future__ import annotations

from typing import Annotated, ForwardRef

__all__ = ["later"]


def later(module: str, name: str) -> object:
    """What stands for a type in an annotation until `typing.get_type_hints` evaluates it, and imports its module.

    In `Annotated`, because Python 3.10 joins no bare forward reference to other types with `|`.
    """
    reference = ForwardRef(f"__import__('importlib').import_module({module!r}).{name}")
    return Annotated[reference, "imported when it is evaluated"]
