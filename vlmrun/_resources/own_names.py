"""The methods that a resource inherits, under the name of the resource.

Python's `TypeError` for a wrong argument names the class that wrote the method, and users know only the resource:
`Document.generate()`, not a base that it shares with others.
"""

from __future__ import annotations

from types import FunctionType

from typing_extensions import get_overloads, overload

__all__ = ["take_names"]


def take_names(resource: type) -> None:
    """Give a class of this package copies of the methods that it inherits, whose errors then name it."""
    if not resource.__module__.startswith("vlmrun."):
        return  # a class of a user's stays as it was written
    for base in resource.__mro__[1:-1]:
        for name, member in vars(base).items():
            is_public = name == "__init__" or not name.startswith("_")
            if isinstance(member, FunctionType) and is_public and name not in vars(resource):
                setattr(resource, name, _named(member, resource))
                for signature in get_overloads(member):
                    if isinstance(signature, FunctionType):
                        overload(_named(signature, resource))


def _named(method: FunctionType, resource: type) -> FunctionType:
    copy = FunctionType(method.__code__, method.__globals__, method.__name__, method.__defaults__, method.__closure__)
    copy.__kwdefaults__ = method.__kwdefaults__
    copy.__annotations__ = method.__annotations__
    copy.__doc__ = method.__doc__
    copy.__module__ = method.__module__  # where pydantic looks for the names of its annotations
    copy.__qualname__ = f"{resource.__qualname__}.{method.__name__}"
    return copy
