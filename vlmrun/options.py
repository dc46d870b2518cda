"""VLM Run's own fields of a chat, typed for editors and type checkers. At run time they are plain values."""

from vlmrun._inputs.options import (
    AgentMetadata,
    AgentModel,
    AgentOptions,
    AgentToolset,
    Environment,
    GatewayOptions,
    GenerationOptions,
    toolsets,
)

__all__ = [
    "AgentMetadata",
    "AgentModel",
    "AgentOptions",
    "AgentToolset",
    "Environment",
    "GatewayOptions",
    "GenerationOptions",
    "toolsets",
]
