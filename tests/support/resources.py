"""The resources of a client, found by reflection: nobody has to add a new one to a list."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from types import FunctionType
from typing import Any

from vlmrun import AsyncVLMRun
from vlmrun._resources import _async
from vlmrun._resources._async.resource import AsyncResource


def async_classes() -> dict[str, type]:
    """The async client and its resources, by where a client has them: `""`, `files` or `gateway.systemone`."""
    classes = {
        value.__name__: value
        for found in pkgutil.iter_modules(_async.__path__, f"{_async.__name__}.")
        for value in vars(importlib.import_module(found.name)).values()
        if inspect.isclass(value) and value.__module__ == found.name and value is not AsyncResource
        if issubclass(value, (AsyncResource, AsyncVLMRun))
    }
    homes: dict[str, type] = {"": AsyncVLMRun}
    new = [""]
    while new:
        home = new.pop()
        for name, property_ in vars(homes[home]).items():
            if isinstance(property_, property) and property_.fget:
                cls = classes.get(property_.fget.__annotations__["return"])
                if cls is not None:
                    homes[f"{home}.{name}".lstrip(".")] = cls
                    new.append(f"{home}.{name}".lstrip("."))
    return homes


def twin_of(cls: type) -> type:
    """The blocking class that goes with an async one: the same name without `Async`, in the folder beside it."""
    module = importlib.import_module(re.sub(r"async(?=\.\w+$)", "sync", cls.__module__))
    twin: type = getattr(module, cls.__name__.removeprefix("Async"))
    return twin


def raw_of(cls: type) -> type | None:
    """The class of `with_raw_response` of a resource, of either colour; `None` where it has none."""
    if not hasattr(cls, "with_raw_response"):
        return None
    name = inspect.getattr_static(cls, "with_raw_response").fget.__annotations__["return"]
    module = importlib.import_module(cls.__module__.replace("_resources._", "_resources._raw_"))
    raw: type = getattr(module, name)
    return raw


def public_members(cls: type) -> dict[str, object]:
    """What a class of this package has for its users: functions and properties, inherited ones among them."""
    return {
        name: member
        for base in reversed(cls.__mro__)
        if base is not object
        for name, member in vars(base).items()
        if isinstance(member, (FunctionType, property, classmethod, staticmethod))
        if not name.startswith("_") or name == "__init__"
    }


# `Any`, because functions of all kinds come.
def sending_methods(cls: type) -> dict[str, Callable[..., Any]]:
    """The methods that send something: those whose docstring says which endpoint they call.

    One that returns a stream sends nothing yet.
    """
    return {
        name: member
        for name, member in public_members(cls).items()
        if isinstance(member, FunctionType) and "HTTP: " in (inspect.getdoc(member) or "")
        if not str(member.__annotations__.get("return")).endswith("DecisionStream")
    }
