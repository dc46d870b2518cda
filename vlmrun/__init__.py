"""The typed Python SDK for VLM Run.

    from vlmrun import VLMRun

    client = VLMRun()                   # VLMRUN_API_KEY, or api_key=...
    client.agent.completions            # OpenAI's own chat completions, answered by VLM Run's agents
    client.agent.create(...)            # the native agent API: create, execute, get, list, get_by_id
    client.openai                       # OpenAI's own client for VLM Run's endpoint

`AsyncVLMRun` has the same names, to await.

The map. A module imports only from the layers above it:

    client/exceptions.py     0  what went wrong, and what to do
    protocols.py             0  the vocabulary: what code may ask of a client
    client/_lazy.py          0  values made when first asked for
    client/_long_poll.py     0  how a chat that takes minutes is followed to its answer
    client/urls.py           1  base-URL rules, pure functions
    client/types.py          1  pydantic models of the wire
    client/config.py         2  arguments and environment in, one frozen configuration out
    client/_openai.py        3  the only module that imports openai
    client/_transport.py     3  HTTP for native calls: errors, retries, waiting
    client/_connections.py   4  what the resources of one client share
    client/agent.py          5  Agent, AsyncAgent
    client/client.py         6  VLMRun, AsyncVLMRun
    local/                   6  a VLM Run server on this machine, for demos and tests (extra `local`)

What type checkers see of this module and its like is in `stubs/vlmrun-stubs`, a part of the same wheel.
"""

from vlmrun._version import __version__
from vlmrun.client import AsyncVLMRun, VLMRun

__all__ = ["AsyncVLMRun", "VLMRun", "__version__"]
