"""Executions: runs of agents in the background, and waiting for them."""

from vlmrun._resources._async.executions import AsyncExecutions
from vlmrun._resources._sync.executions import Executions

__all__ = ["AsyncExecutions", "Executions"]
