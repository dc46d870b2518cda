"""The typed Python SDK for VLM Run.

```python
from vlmrun import VLMRun

client = VLMRun()                   # reads VLMRUN_API_KEY by default, or api_key=...
client.agent.completions            # OpenAI's own chat completions, answered by VLM Run's agents
client.agent.run(...)               # one question and its typed answer, as a chat or an execution
client.agent.create(...)            # the native agent API: create, execute, get, list, get_by_id
client.files, client.executions, client.artifacts
client.openai                       # OpenAI's own client for VLM Run's endpoint
```

`AsyncVLMRun` has the same names, to await.
"""

from typing import TYPE_CHECKING

from vlmrun._version import __version__
from vlmrun.client import AsyncVLMRun, VLMRun
from vlmrun.client.exceptions import (
    AnswerError,
    APIError,
    AuthenticationError,
    ClientError,
    ConfigurationError,
    ConflictError,
    ContentFilterError,
    DependencyError,
    ExecutionError,
    ExecutionFailedError,
    ExecutionTimeoutError,
    IncompleteOutputError,
    InputError,
    MissingFileError,
    NetworkError,
    OutputValidationError,
    PaymentRequiredError,
    PermissionDeniedError,
    RateLimitError,
    RefusalError,
    RequestTimeoutError,
    RequestTooLargeError,
    ResourceNotFoundError,
    ResponseValidationError,
    ServerError,
    UnprocessableEntityError,
    ValidationError,
    VLMRunError,
)

if TYPE_CHECKING:
    from vlmrun import content
    from vlmrun.options import AgentModel, AgentOptions
    from vlmrun.results import AgentRun
    from vlmrun.skills import Skill

__all__ = [
    "APIError",
    "AgentModel",
    "AgentOptions",
    "AgentRun",
    "AnswerError",
    "AsyncVLMRun",
    "AuthenticationError",
    "ClientError",
    "ConfigurationError",
    "ConflictError",
    "ContentFilterError",
    "DependencyError",
    "ExecutionError",
    "ExecutionFailedError",
    "ExecutionTimeoutError",
    "IncompleteOutputError",
    "InputError",
    "MissingFileError",
    "NetworkError",
    "OutputValidationError",
    "PaymentRequiredError",
    "PermissionDeniedError",
    "RateLimitError",
    "RefusalError",
    "RequestTimeoutError",
    "RequestTooLargeError",
    "ResourceNotFoundError",
    "ResponseValidationError",
    "ServerError",
    "Skill",
    "UnprocessableEntityError",
    "VLMRun",
    "VLMRunError",
    "ValidationError",
    "__version__",
    "content",
]

# A program that only chats needs none of these, and they take longer to import than all the rest of the package: each
# loads when it is first named.
_LAZY_MODULES = ("content", "exceptions", "options", "results", "skills")
_LAZY_NAMES = {
    "AgentModel": "vlmrun._inputs.options",
    "AgentOptions": "vlmrun._inputs.options",
    "AgentRun": "vlmrun._resources.results",
    "Skill": "vlmrun._inputs.skills",
}

if not TYPE_CHECKING:  # a checker would take every name for one that is there

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name in _LAZY_MODULES:
            return import_module(f"vlmrun.{name}")  # which makes it an attribute of this module
        if name in _LAZY_NAMES:
            value = globals()[name] = getattr(import_module(_LAZY_NAMES[name]), name)
            return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *_LAZY_NAMES, *_LAZY_MODULES})
