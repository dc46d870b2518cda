"""Agents: OpenAI's chat completions, the native API, and `run`, which supports both."""

from vlmrun._inputs.options import DEFAULT_MODEL
from vlmrun._resources._async.agent import AsyncAgent
from vlmrun._resources._sync.agent import Agent

__all__ = ["DEFAULT_MODEL", "Agent", "AsyncAgent"]
