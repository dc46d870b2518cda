"""VLM Run's own fields of a chat, System One's questions and `on_progress`, typed for editors.

At run time they are plain values.
"""

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
from vlmrun._inputs.progress import OnProgress
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
    "OnProgress",
    "Question",
    "Questions",
    "ScoreQuestion",
    "toolsets",
]
