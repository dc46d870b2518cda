"""The only module that imports openai. Importing it raises if openai is missing, broken or too old.

Other modules import it only in functions that need one of OpenAI's objects.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from vlmrun.client.exceptions import DependencyError

__all__ = [
    "AsyncClient",
    "AsyncCompletions",
    "ChatCompletion",
    "Client",
    "Completions",
    "DefaultAsyncHttpxClient",
    "DefaultHttpxClient",
    "core",
    "httpx",
    "openai",
]

_INSTALL = "pip install 'vlmrun[openai]'"
_UPGRADE = "pip install --upgrade 'vlmrun[openai]'"
_OLDEST = (1, 92)  # the first release whose chat completions have every method


def _unusable(error: Exception) -> DependencyError:
    """The error for a failed import of openai."""
    if isinstance(error, ModuleNotFoundError) and error.name == "openai":
        return DependencyError(
            "client.agent.completions and client.openai require the OpenAI SDK, which is not installed.",
            suggestion=_INSTALL,
            error_type="missing_dependency",
        )
    return DependencyError(
        f"The OpenAI SDK is installed but cannot be imported ({type(error).__name__}: {error}).",
        suggestion=_UPGRADE,
        error_type="broken_dependency",
    )


try:
    import openai

    _version = str(openai.__version__)
    if tuple(map(int, _version.split(".")[:2])) < _OLDEST:
        raise DependencyError(
            f"The OpenAI SDK {_version} is too old: vlmrun requires version 1.92.0 or newer.",
            suggestion=_UPGRADE,
            error_type="outdated_dependency",
        )
    # `Client` and `AsyncClient` are OpenAI's aliases of `OpenAI` and `AsyncOpenAI`, which users patch in tests.
    from openai import AsyncClient, Client, DefaultAsyncHttpxClient, DefaultHttpxClient
    from openai.resources.chat.completions import AsyncCompletions, Completions
    from openai.types.chat import ChatCompletion

    _classes: list[object] = [AsyncClient, Client, DefaultAsyncHttpxClient, DefaultHttpxClient]
    for _class in _classes:
        if not issubclass(type(_class), type):  # not `isinstance`, which a mock with a spec satisfies
            raise DependencyError(
                f"A class of the OpenAI SDK is replaced by a {type(_class).__name__}, so vlmrun cannot subclass it.",
                suggestion="patch openai.OpenAI, or what the client returns.",
                error_type="patched_dependency",
            )
except DependencyError:
    raise
except Exception as error:  # importing a damaged installation may raise anything
    raise _unusable(error) from error

if TYPE_CHECKING:
    import httpcore2 as core
    import httpx2 as httpx
else:
    # Older releases of openai use httpx, which has the same names.
    httpx = importlib.import_module(DefaultHttpxClient.__base__.__module__)
    core = importlib.import_module(httpx.__name__.replace("httpx", "httpcore"))
