"""VLM Run's own fields of a chat, and System One's questions, typed for editors. At run time they are plain values."""

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
from vlmrun._inputs.questions import ChoiceQuestion, NoulQuestion, Question, Questions, ScoreQuestion

__all__ = [
    "AgentMetadata",
    "AgentModel",
    "AgentOptions",
    "AgentToolset",
    "ChoiceQuestion",
    "Environment",
    "GatewayOptions",
    "GenerationOptions",
    "NoulQuestion",
    "Question",
    "Questions",
    "ScoreQuestion",
    "toolsets",
]
