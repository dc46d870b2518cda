"""The typed Python SDK for VLM Run.

Set `VLMRUN_API_KEY`, then ask an agent:

```python
from vlmrun import VLMRun, content

client = VLMRun()
run = client.agent.run("What did they have?", inputs=[content.image("receipt.png")])
print(run.output)
```

Where to go from there:

```python
client.agent.run(..., response_model=Model)  # the answer as a pydantic model
client.agent.completions.create(...)         # OpenAI's own chat completions, answered by VLM Run's agents
client.agent.execute(...)                    # an execution in the background; client.executions.wait(id) polls it
client.agent.create(...)                     # stored agents: create, get, list, get_by_id
client.files.upload(...)                     # files that are too large for a message, or used several times
client.artifacts.download(...)               # the files that agents create
client.models, client.domains, client.hub    # the models, the domains and their schemas
client.skills                                # the skills that VLM Run stores: create, list, get, update, download
client.openai                                # OpenAI's client for VLM Run's endpoint
```

`AsyncVLMRun` has the same methods, to await. `vlmrun.client.exceptions` has the errors, `vlmrun.client.types` the
models, and `vlmrun.local` a server for tests.
"""

from typing import TYPE_CHECKING

from vlmrun._version import __version__

if TYPE_CHECKING:
    from vlmrun import content
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
        PredictionError,
        PredictionFailedError,
        PredictionTimeoutError,
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
    "PredictionError",
    "PredictionFailedError",
    "PredictionTimeoutError",
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

# Each name loads on first use: what a program does without takes no time.
_LAZY_MODULES = (
    "client",
    "content",
    "exceptions",
    "options",
    "results",
    "skills",
    "types",
    "version",
    "viz",
    "webhooks",
)
_HOMES = {
    "AgentModel": "vlmrun._inputs.options",
    "AgentOptions": "vlmrun._inputs.options",
    "AgentRun": "vlmrun._resources.results",
    "AsyncVLMRun": "vlmrun._resources._async.client",
    "Skill": "vlmrun._inputs.skills",
    "VLMRun": "vlmrun._resources._sync.client",
}
"""Where the names are that are not errors."""


def _find_hub() -> None:
    """Extend the package to where the distribution vlmrun-hub is, if that is on another path than this one.

    It brings `vlmrun/hub` alone. `pkgutil.extend_path` would do the same, and load more than this whole module does.
    """
    import os
    import sys

    for entry in sys.path:
        folder = os.path.join(os.path.abspath(entry), "vlmrun")
        if folder not in __path__ and os.path.isdir(os.path.join(folder, "hub")):
            __path__.append(folder)


_find_hub()

if not TYPE_CHECKING:  # a type checker would accept any name

    def __getattr__(name: str) -> object:
        if name in _LAZY_MODULES:
            return __import__(f"vlmrun.{name}", fromlist=[name])  # this sets the attribute of this module
        if name in __all__:
            home = _HOMES.get(name, "vlmrun.client.exceptions")
            value = globals()[name] = getattr(__import__(home, fromlist=[name]), name)
            return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*__all__, *_LAZY_MODULES})
