"""What VLM Run takes beyond OpenAI's own parameters, for editors and type checkers: plain values when it runs.

Source: API.md §4 (agent chat), §7 (metadata), §9 (enumerations).
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Literal, TypeAlias, TypedDict

from vlmrun._inputs.skills import Skill

__all__ = ["DEFAULT_MODEL", "AgentMetadata", "AgentModel", "AgentOptions", "AgentToolset", "Environment"]

DEFAULT_MODEL: str = "vlmrun-orion-1:auto"
"""The model that native calls of agents name by default."""

# Closed, as it is only ever sent, so that a checker finds a typing error. A name of tomorrow goes through a plain dict.
AgentToolset: TypeAlias = Literal["core", "image", "image-gen", "world-gen", "viz", "document", "video", "web"]
"""A set of tools that an agent may use."""
Environment: TypeAlias = Literal["dev", "staging", "prod"] | str
"""The environment that a request is filed under."""


class AgentModel(str, enum.Enum):
    """The known models of VLM Run's agents, by name.

    Each is the str that is sent. Any other str works too, wherever a model is asked for.

    Source: API.md §9, Orion models.
    """

    ORION_1 = "vlmrun-orion-1"
    ORION_1_LITE = "vlmrun-orion-1:lite"
    ORION_1_FAST = "vlmrun-orion-1:fast"
    ORION_1_AUTO = "vlmrun-orion-1:auto"
    ORION_1_PRO = "vlmrun-orion-1:pro"
    ORION_2 = "vlmrun-orion-2"
    ORION_2_FAST = "vlmrun-orion-2:fast"
    ORION_2_AUTO = "vlmrun-orion-2:auto"
    ORION_2_PRO = "vlmrun-orion-2:pro"

    # Without it, an f-string has the plain name on one Python and `AgentModel.ORION_1` on another.
    __str__ = str.__str__


class AgentMetadata(TypedDict, total=False):
    """What a chat is filed under. The server's defaults hold for what is left out.

    Attributes:
        environment: `dev`, `staging` or `prod`.
        session_id: Your name for the session that the chat belongs to.
        allow_training: Whether VLM Run may train on the chat.

    Source: API.md §7, RequestMetadata.
    """

    environment: Environment
    session_id: str
    allow_training: bool


class AgentOptions(TypedDict, total=False):
    """VLM Run's own fields of a chat, checked by name and type, for OpenAI's `extra_body`.

        completions.create(..., extra_body=AgentOptions(toolsets=["image"], session_id=s))

    The same in `create`, `parse` and `stream`. When it runs, it is a plain dict; a field or toolset that is not known
    here yet goes through a plain dict too: `extra_body={"toolsets": ["one-of-tomorrow"]}`.

    Attributes:
        toolsets: The sets of tools that the agent may use.
        skills: The skills that it may use.
        session_id: The chat to go on with, a UUID; its artifacts are kept under the same name.
        models: Tools of these models, such as `depth-anything-3`.
        metadata: What the chat is filed under; goes out instead of OpenAI's parameter of the same name.
        preview: `False` makes the answer hold ids of artifacts, to be fetched by `session_id`.

    Source: API.md §4.
    """

    toolsets: Sequence[AgentToolset]
    skills: Sequence[Skill]
    session_id: str
    models: Sequence[str]
    metadata: AgentMetadata
    preview: bool
