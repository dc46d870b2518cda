"""What VLM Run takes beyond OpenAI's own parameters, for editors and type checkers: plain values when it runs.

Source: API.md §4 (agent chat), §7 (metadata), §9 (enumerations).
"""

from vlmrun._inputs.options import AgentMetadata, AgentModel, AgentOptions, AgentToolset, Environment

__all__ = ["AgentMetadata", "AgentModel", "AgentOptions", "AgentToolset", "Environment"]
