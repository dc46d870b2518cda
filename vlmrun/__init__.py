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
    client/_lazy.py          0  values made when first asked for
    client/_deadline.py      0  until when to wait
    client/_media.py         0  what bytes are, by how they begin
    client/_chats.py         0  what is no answer to a chat, and where a stream of it ends
    client/_log_records.py   0  log records of others, without documents and signed URLs
    client/_discretion.py    1  errors that keep nothing of what was worked with
    client/_long_poll.py     1  how a chat that takes minutes is followed to its answer
    client/_total_timeout.py 1  timeouts for an answer as a whole
    client/urls.py           1  base-URL rules, pure functions
    client/pages.py          1  lists that come in pages
    client/_pdfium.py        1  PDFium, one thread at a time
    skills.py                1  Skill: what an agent is taught
    options.py               2  AgentOptions, AgentModel: what a chat takes beyond OpenAI's parameters
    client/_sources.py       2  from paths, bytes, files, images and arrays to URLs
    client/config.py         2  arguments and environment in, one frozen configuration out
    content.py               3  the parts of a message: text, image, video, audio, document, file
    client/types.py          3  pydantic models of the wire
    client/_transport.py     3  HTTP for native calls: errors, retries, waiting
    client/_openai.py        4  the only module that imports openai
    results.py               5  AgentRun, and readers and conversions of answers
    client/_connections.py   5  what the resources of one client share
    client/_runs.py          6  one run of an agent, in either style
    client/files.py          6  Files, AsyncFiles
    client/executions.py     6  Executions, AsyncExecutions
    client/artifacts.py      6  Artifacts, AsyncArtifacts
    client/agent.py          7  Agent, AsyncAgent
    client/_resources.py     8  the resources of a client, side by side
    client/client.py         9  VLMRun, AsyncVLMRun
    local/                   9  a VLM Run server on this machine, for demos and tests (extra `local`)

What type checkers see of this module and its like is in `stubs/vlmrun-stubs`, a part of the same wheel.
"""

from vlmrun import content
from vlmrun._version import __version__
from vlmrun.client import AsyncVLMRun, VLMRun
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
