"""The typed Python SDK for VLM Run.

    from vlmrun import VLMRun

    client = VLMRun()                   # VLMRUN_API_KEY, or api_key=...
    client.agent.completions            # OpenAI's own chat completions, answered by VLM Run's agents
    client.agent.run(...)               # one question and its typed answer, as a chat or an execution
    client.agent.create(...)            # the native agent API: create, execute, get, list, get_by_id
    client.files, .executions, .artifacts
    client.openai                       # OpenAI's own client for VLM Run's endpoint

`AsyncVLMRun` has the same names, to await.

The map. A module imports only from the layers above it:

    client/exceptions.py     0  what went wrong, and what to do
    protocols.py             0  the vocabulary: what code may ask of a client
    client/_fork.py          0  what a forked process does anew
    client/_deadline.py      0  until when to wait
    client/_total_timeout.py 0  timeouts for an answer as a whole
    client/_media.py         0  what bytes are, by how they begin
    client/_chats.py         0  what is no answer to a chat, and where a stream of it ends
    client/_redirects.py     0  what of a request goes on to another host
    client/urls.py           0  base-URL rules, pure functions
    client/_log_records.py   0  log records of others, without documents and signed URLs
    client/_discretion.py    1  errors that keep nothing of what was worked with
    client/_checks.py        1  what arguments have to be
    client/_lazy.py          1  values made when first asked for
    client/_pdfium.py        1  PDFium, one thread at a time
    client/_long_poll.py     2  how a chat that takes minutes is followed to its answer
    client/_network.py       2  the sockets under a client's connections
    client/pages.py          2  lists that come in pages
    skills.py                2  Skill: what an agent is taught
    client/_sources.py       2  from paths, bytes, files, images and arrays to URLs
    client/config.py         2  arguments and environment in, one frozen configuration out
    options.py               3  AgentOptions, AgentModel: what a chat takes beyond OpenAI's parameters
    content.py               3  the parts of a message: text, image, video, audio, document, file
    client/_transport.py     3  HTTP for native calls: errors, retries, waiting
    client/types.py          4  pydantic models of the wire
    client/_openai.py        4  the only module that imports openai
    results.py               5  AgentRun, and readers and conversions of answers
    client/_connections.py   5  what the resources of one client share
    client/_runs.py          6  one run of an agent, in either style
    client/files.py          6  Files, AsyncFiles
    client/executions.py     6  Executions, AsyncExecutions
    client/artifacts.py      6  Artifacts, AsyncArtifacts
    client/agent.py          7  Agent, AsyncAgent
    client/client.py         8  VLMRun, AsyncVLMRun
    local/                   8  a VLM Run server on this machine, for demos and tests (extra `local`)

What type checkers see of this module and its like is in `stubs/vlmrun-stubs`, a part of the same wheel.
"""

from typing import TYPE_CHECKING

from vlmrun._version import __version__
from vlmrun.client import AsyncVLMRun, VLMRun

if TYPE_CHECKING:
    from vlmrun import content
    from vlmrun.options import AgentModel, AgentOptions
    from vlmrun.results import AgentRun
    from vlmrun.skills import Skill

__all__ = [
    "AgentModel",
    "AgentOptions",
    "AgentRun",
    "AsyncVLMRun",
    "Skill",
    "VLMRun",
    "__version__",
    "content",
]

# A program that only chats needs none of these, and they take longer to import than all the rest of the package: each
# loads when it is first named.
_LAZY_MODULES = ("content", "options", "results", "skills")
_LAZY_NAMES = {
    "AgentModel": "vlmrun.options",
    "AgentOptions": "vlmrun.options",
    "AgentRun": "vlmrun.results",
    "Skill": "vlmrun.skills",
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
